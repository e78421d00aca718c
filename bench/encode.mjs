// node bench/encode.mjs: how fast texts become ids, beside every other engine that is there, in one run. Ids are compared
// before anything is timed. Then, for a SentencePiece model: texts by kind, short lines, one line of 100 to 1,000,000
// characters, counting, threads, and what opening a model takes in a fresh process; for published byte-level tokenizers: texts
// by kind, one long line, opening. See README.md in this folder for how to read it.
import { createBatchEncoder } from '../dist/pipeline/threads/encode-batch.js';
import { findByteLevelFiles, openByteLevelEngines } from './byte-level-engines.mjs';
import { parseEncodeArguments } from './encode-arguments.mjs';
import { openEncodeEngines } from './encode-engines.mjs';
import { measureOpening } from './encode-opening.mjs';
import { longLines, readEncodeTexts } from './encode-texts.mjs';
import { OURS } from './engines.mjs';
import { describeMachine } from './machine.mjs';
import { measure } from './measure.mjs';
import { formatNumber, printHeading, printMachine, printTable, writeResults } from './print.mjs';
import { buildVocabularies } from './vocabularies.mjs';

/** tiktoken takes minutes for a pre-token of 10,000 Han characters, and hours for one of 1,000,000. */
const PEERS_LONGEST_LINE = 1000;

const log = (message) => process.stderr.write(`${message}\n`);
const options = parseEncodeArguments(process.argv.slice(2));
const time = options.quick ? 300 : 1500;
const machine = await describeMachine();
const texts = await readEncodeTexts(options);
const lines = longLines(texts, options);

printMachine(machine);
const figures = {
  ...(options.kind !== 'byte-level' && (await measureSentencePiece())),
  ...(options.kind !== 'sentencepiece' && { byteLevel: await measureByteLevel() }),
};

await writeResults('bench-encode', options.out, { quick: options.quick, machine, ...figures });

/** llama2 with a Chinese model merged in. */
async function measureSentencePiece() {
  const vocabulary = (await buildVocabularies({ ...options, log })).vocabularies[1];
  const { bytes, model } = vocabulary.document;
  const engines = await openEncodeEngines(vocabulary.document, options);
  printHeading(`SentencePiece: llama2 with a Chinese model, ${model.pieces.length} pieces`);
  await checkIds(engines, texts);
  printHeading('MB/s of UTF-8, one thread, ids as arrays; in brackets how many times faster we are');
  const encode = await measureTexts(engines, texts);
  printHeading('One line without a break: MB/s; a linear encoder has the same speed at every length');
  const long = await measureTexts(engines, lines);
  const own = await measureOwn(engines.find(({ name }) => name === OURS));
  const opening = await measureOpeningOf('tokenizer.model', bytes);
  for (const { close } of engines) await close?.();
  return { pieces: model.pieces.length, encode, long, own, opening };
}

/** Published tokenizer.json files. */
async function measureByteLevel() {
  const found = [];
  for (const { name, bytes } of findByteLevelFiles(options.byteLevel)) {
    const engines = await openByteLevelEngines(bytes, options);
    // tiktoken does not normalize, so that it is given normalized text.
    const normalized = texts.map((text) => ({ ...text, lines: text.lines.map((line) => line.normalize('NFC')) }));
    printHeading(`Byte-level: ${name}`);
    await checkIds(engines, normalized);
    printHeading('MB/s of UTF-8, one thread, ids as arrays; in brackets how many times faster we are');
    const encode = await measureTexts(engines, normalized);
    printHeading('One line without a break: MB/s; the time of the others grows with the square of its length');
    const isForAll = ({ characters, lines }) => characters / lines.length <= PEERS_LONGEST_LINE;
    const compared = await measureTexts(engines, lines.filter(isForAll));
    const alone = await measureTexts(
      engines.slice(0, 1),
      lines.filter((line) => !isForAll(line)),
    );
    const long = [...compared, ...alone];
    found.push({ name, encode, long, opening: await measureOpeningOf('tokenizer.json', bytes) });
    for (const { close } of engines) close?.();
  }
  return found;
}

async function measureOpeningOf(fileName, bytes) {
  const opening = await measureOpening(bytes, { fileName, runs: options.quick ? 3 : 9 });
  printHeading('Opening the file from its bytes in a fresh process: ms, median; MB it holds once open');
  printTable(
    ['step', ''],
    Object.entries(opening).map(([step, value]) => [step, formatNumber(value)]),
  );
  return opening;
}

/** Every engine must give our ids for every line, or the run ends: the speed of a wrong answer is of no interest. */
async function checkIds(engines, checked) {
  const all = [...checked.flatMap((text) => text.lines), ...lines[0].lines];
  const expected = await engines.find(({ name }) => name === OURS).idsOf(all);
  for (const { name, idsOf } of engines) {
    const found = await idsOf(all);
    const at = all.findIndex((_, i) => String(found[i]) !== String(expected[i]));
    if (at < 0) continue;
    log(`error: ${name} gives other ids than we do, first for ${JSON.stringify(all[at].slice(0, 200))}`);
    log('hint: `vocab-merge verify` says why; a merge with --scores below has the same ids everywhere.');
    process.exit(1);
  }
  printHeading(`The same ids from ${engines.map(({ name }) => name).join(', ')} on ${all.length} lines.`);
}

async function measureTexts(engines, measured) {
  const figures = [];
  const rows = [];
  for (const text of measured) {
    const tasks = await measure(
      engines.map(({ name, run, before }) => ({ name, run: () => run(text), before })),
      { time },
    );
    const own = tasks.find(({ name }) => name === OURS);
    for (const { name: engine, ...task } of tasks) {
      const { name, bytes: size, characters } = text;
      const speed = {
        megabytesPerSecond: size / 1000 / task.milliseconds,
        ratio: task.milliseconds / own.milliseconds,
      };
      figures.push({ text: name, bytes: size, characters, lines: text.lines.length, engine, ...task, ...speed });
    }
    const row = figures.slice(-tasks.length);
    rows.push([
      text.name,
      ...row.map(({ engine, megabytesPerSecond, ratio }) =>
        engine === OURS
          ? formatNumber(megabytesPerSecond)
          : `${formatNumber(megabytesPerSecond)} (${formatNumber(ratio)}x)`,
      ),
    ]);
  }
  printTable(['text', ...engines.map(({ name }) => name)], rows);
  return figures;
}

/** What only we have: counting without arrays, and batches on several threads. */
async function measureOwn(ours) {
  const { tokenizer } = ours;
  const figures = [];
  const rows = [];
  const encoders = Array.from({ length: options.threads }, (_, i) => createBatchEncoder(tokenizer, { threads: i + 1 }));
  for (const text of texts) {
    // Large batches: threads are for megabytes.
    const copies = Math.max(1, Math.ceil((options.quick ? 8e6 : 32e6) / text.bytes));
    const batch = Array.from({ length: copies }, () => text.lines).flat();
    const tasks = await measure(
      [
        { name: 'encode', run: () => ours.run(text), scale: 1 },
        {
          name: 'countTokens',
          run: () => {
            for (const line of text.lines) tokenizer.countTokens(line);
          },
          scale: 1,
        },
        ...encoders.map((encoder, i) => ({
          name: `batch, ${i + 1} ${i === 0 ? 'thread' : 'threads'}`,
          run: async () => {
            await encoder.encodeFlat(batch);
          },
          scale: copies,
        })),
      ],
      { time: options.quick ? time : 2 * time },
    );
    const speeds = tasks.map(({ name, milliseconds }, i) => {
      const scale = i < 2 ? 1 : copies;
      return { text: text.name, what: name, megabytesPerSecond: (text.bytes * scale) / 1000 / milliseconds };
    });
    figures.push(...speeds);
    rows.push([text.name, ...speeds.map(({ megabytesPerSecond }) => formatNumber(megabytesPerSecond))]);
  }
  for (const encoder of encoders) await encoder.close();
  printHeading(`Counting, and batches of ${options.quick ? 8 : 32} MB on threads: MB/s`);
  printTable(['text', ...new Set(figures.map(({ what }) => what))], rows);
  return figures;
}
