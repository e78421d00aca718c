// npm run bench: equivalence first, then speed - encoding, opening, merging, starting, whole files, training, resizing - with the
// other engines in the same run. Prints tables, their ratios at the end, and writes the same figures as JSON. See README.md in
// this folder for how to read them.
import { buildTokenizerJson, serializeTokenizerJson } from '../dist/formats/tokenizer-json/tokenizer-json.js';
import { mergeVocab } from '../dist/index.js';
import { parseArguments } from './arguments.mjs';
import { OURS, prepareEngines } from './engines.mjs';
import { compareIds } from './equivalence.mjs';
import { describeMachine } from './machine.mjs';
import { measure } from './measure.mjs';
import { formatNumber, printHeading, printMachine, printTable, writeResults } from './print.mjs';
import { measureCorpus, measureStarting, runBenchmark } from './processes.mjs';
import { printRatios } from './ratios.mjs';
import { readTexts } from './texts.mjs';
import { buildVocabularies } from './vocabularies.mjs';

const log = (message) => process.stderr.write(`${message}\n`);

const options = parseArguments(process.argv.slice(2));
const time = options.quick ? 200 : 1000;
const machine = await describeMachine();
const texts = await readTexts(options.text);
const { base, extension, vocabularies } = await buildVocabularies({ ...options, log });

printMachine(machine);
const prepared = [];
for (const vocabulary of vocabularies) {
  const openers = await prepareEngines(vocabulary.document, vocabulary);
  const engines = [];
  for (const { name, open } of openers) engines.push({ name, ...(await open()) });
  prepared.push({ vocabulary, openers, engines });
}

const equivalence = checkEquivalence();
const encode = await measureEncoding();
const open = await measureOpening();
const merge = await measureMerging();
const start = measureStarting(options);
const corpus = await measureCorpus(prepared[1].vocabulary.document, { ...options, log });

const { quick, scores, python } = options;
printHeading('7. Training');
const peer = python === undefined ? [] : ['--python', python];
const train = runBenchmark('train', [...peer, '--megabytes', String(options.trainMb), ...options.corpus]);
printHeading('8. Resizing a checkpoint');
const resize = runBenchmark('resize', ['--other-mb', String(options.resizeMb), '--rounds', quick ? '1' : '2']);

const figures = { encode, start, corpus, train, resize };
printRatios(figures);
await writeResults('bench', options.out, { quick, scores, machine, equivalence, open, merge, ...figures });

function checkEquivalence() {
  printHeading('1. Ids that differ from ours, by line');
  const lines = texts.flatMap((text) => text.lines);
  const found = prepared.flatMap(({ vocabulary, engines }) =>
    compareIds(engines, lines, options).map((result) => ({ vocabulary: vocabulary.name, ...result })),
  );
  printTable(
    ['vocabulary', 'pieces', 'engine', 'lines', 'differ'],
    found.map(({ vocabulary, engine, lines: count, differing }) => [
      vocabulary,
      String(vocabularies.find(({ name }) => name === vocabulary).document.model.pieces.length),
      engine,
      String(count),
      String(differing),
    ]),
  );
  for (const { vocabulary, engine, differing, exception, example } of found) {
    if (differing === 0) continue;
    if (exception === undefined) {
      log(
        `error: ${vocabulary}: ${engine} gives other ids than we do, first for ${JSON.stringify(example.slice(0, 200))}`,
      );
      log('hint: Find out which one is right before measuring; then state the exception in bench/equivalence.mjs.');
      process.exit(1);
    }
    printHeading(`  ${engine}, ${vocabulary}: ${exception}.`);
  }
  return found;
}

async function measureEncoding() {
  const figures = [];
  // The ids are used, so that no compiler may leave out the work.
  let tokens = 0;
  for (const { vocabulary, engines } of prepared) {
    printHeading(
      `2. Encoding, ${vocabulary.name}, ${vocabulary.document.model.pieces.length} pieces: MB/s, and how many times faster we are`,
    );
    const rows = [];
    for (const { name, lines, bytes, characters } of texts) {
      const measured = await measure(
        engines.map(({ name: engine, encode: encodeLine, forget }) => ({
          name: engine,
          run: () => {
            for (const line of lines) tokens += encodeLine(line).length;
          },
          before: forget,
        })),
        { time },
      );
      const speeds = measured.map((task) => ({ ...task, megabytesPerSecond: bytes / 1000 / task.milliseconds }));
      const ours = speeds.find((task) => task.name === OURS);
      for (const { name: engine, ...task } of speeds) {
        const ratio = task.milliseconds / ours.milliseconds;
        figures.push({ vocabulary: vocabulary.name, text: name, bytes, characters, engine, ...task, ratio });
      }
      rows.push([
        name,
        ...speeds.map((task) =>
          task === ours
            ? formatNumber(task.megabytesPerSecond)
            : `${formatNumber(task.megabytesPerSecond)} (${formatNumber(task.milliseconds / ours.milliseconds)}x)`,
        ),
      ]);
    }
    printTable(['text', ...engines.map(({ name }) => name)], rows);
  }
  if (tokens === 0) throw new Error('nothing was encoded');
  return figures;
}

async function measureOpening() {
  printHeading('3. Opening a tokenizer from its file in memory: ms, and how many times faster we are');
  const figures = [];
  const rows = [];
  const names = prepared[0].openers.map(({ name }) => name);
  for (const { vocabulary, openers } of prepared) {
    const measured = await measure(
      openers.map(({ name, open: openEngine }) => ({ name, run: openEngine })),
      { time },
    );
    const ours = measured.find(({ name }) => name === OURS);
    for (const { name: engine, ...task } of measured) {
      figures.push({ vocabulary: vocabulary.name, engine, ...task, ratio: task.milliseconds / ours.milliseconds });
    }
    rows.push([
      vocabulary.name,
      ...names.map((name) => {
        const task = measured.find((other) => other.name === name);
        if (task === undefined) return '-';
        const ratio = name === OURS ? '' : ` (${formatNumber(task.milliseconds / ours.milliseconds)}x)`;
        return formatNumber(task.milliseconds) + ratio;
      }),
    ]);
  }
  printTable(['vocabulary', ...names], rows);
  return figures;
}

async function measureMerging() {
  const { scores } = options;
  const merge = () => mergeVocab({ base: base.model, extension: extension.model, scores }).patch;
  const patch = merge();
  const { model } = base.apply(patch);
  printHeading(
    `4. Merging ${extension.model.pieces.length} pieces into ${base.model.pieces.length}, giving ${model.pieces.length}: ms`,
  );
  const measured = await measure(
    [
      { name: 'mergeVocab', run: merge },
      { name: 'tokenizer.model', run: () => base.apply(patch).bytes },
      { name: 'tokenizer.json', run: () => serializeTokenizerJson(buildTokenizerJson(model)) },
      {
        name: 'all of it',
        run: () => {
          const merged = base.apply(merge());
          serializeTokenizerJson(buildTokenizerJson(merged.model));
          return merged.bytes;
        },
      },
    ],
    { time },
  );
  printTable(
    ['step', 'ms'],
    measured.map(({ name, milliseconds }) => [name, formatNumber(milliseconds)]),
  );
  return measured;
}
