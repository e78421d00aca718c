// Ways to put pieces of one text into a base with listed merges (Llama 3, Qwen), all of the same number: ours, continued
// BPE by the Python package tokenizer-extension where its folder is named, and pieces of a model that was trained apart.
// Every result is a tokenizer.json, and the Rust engine counts the tokens of all of them. It measures no quality but that.
// tokenizer-extension: https://github.com/taidopurason/tokenizer-extension, arXiv 2512.03989.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { OURS, runMeasured } from './trainers.mjs';

/** Learns some pieces more than are taken: now and then it learns the text of a piece that the base has. */
const CONTINUE_IN_PYTHON = `import sys
from transformers import AutoTokenizer
from tokenizer_extension.extension import extend_tokenizer
from tokenizer_extension.train_vocab_extension import train_vocab_extension
base, pieces, out, *files = sys.argv[1:]
lines = [line.rstrip("\\n") for file in files for line in open(file, encoding="utf-8")]
learnt = train_vocab_extension(AutoTokenizer.from_pretrained(base), lines, int(pieces) + 64)
extended = extend_tokenizer(AutoTokenizer.from_pretrained(base), learnt["vocab"], learnt["merges"], int(pieces),
                            keep_added_token_positions=True)
extended.save_pretrained(out)`;

/**
 * Makes and counts all of them.
 *
 * @param options.base a folder with tokenizer.json
 * @param options.train, options.text plain text in UTF-8, one text a line
 * @returns a Markdown table
 */
export async function compareByteLevel(folder, program, options) {
  const { base, train, text, pieces, learn, scripts, python, tokenizerExtension } = options;
  const { Tokenizer } = createRequire(import.meta.url)('tokenizers');
  const lines = (await readLines(text)).filter((line) => line !== '');
  const open = async (path) => Tokenizer.fromString(await readFile(join(path, 'tokenizer.json'), 'utf8'));
  const tokensOf = async (path) => {
    const encodings = await (await open(path)).encodeBatch(lines, { addSpecialTokens: false });
    return encodings.reduce((sum, encoding) => sum + encoding.getLength(), 0);
  };
  const ours = (command, ...args) => [process.execPath, program, command, '--quiet', ...args];
  const input = train.flatMap((file) => ['--input', file]);
  const out = (name) => join(folder, name);

  const rows = [];
  const add = async (name, path, usage) => rows.push({ name, tokens: await tokensOf(path), ...usage });
  await add('not extended', base);
  const extend = ours('extend', '--base', base, ...input, '--new-pieces', String(pieces), '--out', out('extend'));
  await add(
    `${OURS} extend`,
    out('extend'),
    await runMeasured(OURS, scripts === undefined ? extend : [...extend, '--scripts', scripts]),
  );
  if (tokenizerExtension !== undefined && python !== undefined) {
    const command = [python, '-c', CONTINUE_IN_PYTHON, base, String(pieces), out('peer'), ...train];
    const env = { ...process.env, PYTHONPATH: tokenizerExtension, PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1' };
    await add('tokenizer-extension', out('peer'), await runMeasured('tokenizer-extension', command, { env }));
  } else {
    process.stderr.write('tokenizer-extension is left out: name its folder and a Python that has transformers\n');
  }

  const model = ['--model-type', 'bpe', '--vocab-size', String(learn), '--character-coverage', '0.9995'];
  const plain = ['--add-dummy-prefix=false', '--normalization-rule-name', 'identity'];
  await runMeasured(OURS, ours('train', ...input, '--model-prefix', out('bpe'), ...model, ...plain));
  const tokenizer = await open(base);
  const target = ['--target-size', String(tokenizer.getVocabSize(true) + pieces)];
  await runMeasured(
    OURS,
    ours('merge', '--base', base, '--extension', out('bpe.model'), ...target, '--out', out('merge')),
  );
  await add('trained apart, `merge`', out('merge'));
  await mkdir(out('added'));
  await writeFile(
    join(out('added'), 'tokenizer.json'),
    await withAddedTokens(base, tokenizer, out('bpe.vocab'), pieces),
  );
  await add('trained apart, added tokens', out('added'));

  return [
    `| ${pieces.toLocaleString('en')} pieces | tokens | of the base's | CPU time | peak memory |\n`,
    '| --- | ---: | ---: | ---: | ---: |\n',
    ...rows.map(({ name, tokens, cpuSeconds, peakBytes }) => {
      const share = `${((100 * tokens) / rows[0].tokens).toFixed(1)} %`;
      const time = cpuSeconds == null ? '' : `${cpuSeconds.toFixed(1)} s`;
      const memory = peakBytes == null ? '' : `${Math.round(peakBytes / 1e6).toLocaleString('en')} MB`;
      return `| ${[name, tokens.toLocaleString('en'), share, time, memory].join(' | ')} |\n`;
    }),
  ].join('');
}

/** The base with the first pieces of a model that it needs several tokens for, as `add_tokens` of transformers does. */
async function withAddedTokens(base, tokenizer, vocabulary, count) {
  const document = JSON.parse(await readFile(join(base, 'tokenizer.json'), 'utf8'));
  const texts = (await readLines([vocabulary]))
    .map((line) => line.split('\t')[0].replaceAll('▁', ' '))
    .filter((text) => text.trim() !== '' && !/^<.*>$/.test(text));
  const encodings = await tokenizer.encodeBatch(texts, { addSpecialTokens: false });
  const added = texts.filter((_, i) => encodings[i].getLength() > 1).slice(0, count);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: true, special: false };
  const first = tokenizer.getVocabSize(true);
  document.added_tokens.push(...added.map((content, i) => ({ id: first + i, content, ...flags })));
  return JSON.stringify(document);
}

async function readLines(files) {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.flatMap((each) => each.trimEnd().split('\n'));
}
