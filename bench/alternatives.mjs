// node bench/alternatives.mjs: ways to put Chinese pieces into llama2, all of the same size and learnt on the same text.
// Each is made, audited and measured through the command line, as a user would; prints one Markdown table. With --base,
// ways to extend that base instead, beside tokenizer-extension: byte-level-alternatives.mjs.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareByteLevel } from './byte-level-alternatives.mjs';
import { readOptions } from './options.mjs';

const USAGE = `usage: node bench/alternatives.mjs [options]

  --train FILE      learn on this text; repeats; default: the embedded Chinese table
  --text FILE       measure tokens per character on this text; repeats; default: the Chinese samples
  --english FILE    count the lines whose ids change; default: the English sample
  --published FILE  an extension model, merged as the published recipe does, for comparison
  --size N          pieces of every result; default 49953
  --learn N         pieces of the models that are trained to be appended, before those that the base has; default 24000
  --out FILE        the table goes here too

Another base, with --train and --text of any language (plain text):
  --base FOLDER     a folder with the tokenizer.json of Llama 3, Qwen or the like
  --pieces N        new pieces of every result; default 3000
  --scripts NAME    as of extend; default what the text is written in
  --tokenizer-extension FOLDER  a clone of the Python package; left out where none is named
  --python PATH     a Python that has transformers, for it
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'dist', 'cli', 'main.js');
const options = readOptions(process.argv.slice(2), {
  usage: USAGE,
  flags: {
    train: { type: 'string', multiple: true, default: [join(root, 'vocab', 'zh-segments.tsv.br')] },
    text: { type: 'string', multiple: true, default: [join(root, 'corpus-samples', 'zh-*.txt')] },
    english: { type: 'string', default: join(root, 'corpus-samples', 'en.txt') },
    published: { type: 'string' },
    size: { type: 'count', default: 49953 },
    learn: { type: 'count', default: 24000 },
    out: { type: 'string' },
    base: { type: 'string' },
    pieces: { type: 'count', default: 3000 },
    scripts: { type: 'string' },
    'tokenizer-extension': { type: 'string' },
    python: { type: 'string' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'vocab-merge-alternatives-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
const table =
  options.base === undefined ? await measureAll(await makeAll()) : await compareByteLevel(folder, program, options);
process.stdout.write(table);
if (options.out !== undefined) await writeFile(options.out, table);

async function makeAll() {
  const size = ['--target-size', String(options.size)];
  const text = options.train.flatMap((file) => ['--input', file]);
  const trainFlags = [
    '--vocab-size',
    String(options.learn),
    '--character-coverage',
    '0.9995',
    '--add-dummy-prefix=false',
  ];
  const identity = ['--normalization-rule-name', 'identity'];
  for (const type of ['unigram', 'bpe']) {
    await run([
      'train',
      ...text,
      '--model-type',
      type,
      '--model-prefix',
      join(folder, type),
      ...trainFlags,
      ...identity,
    ]);
  }
  const made = [];
  const make = async (name, args) => {
    const out = join(folder, `result-${made.length}`);
    await run([...args, '--base', 'llama2', '--out', out]);
    made.push({ name, out });
  };
  const append = (model, scores) => [
    'merge',
    '--extension',
    join(folder, `${model}.model`),
    '--scores',
    scores,
    ...size,
  ];
  if (options.published !== undefined) {
    await make('published Chinese-LLaMA', [
      'merge',
      '--extension',
      options.published,
      '--preset',
      'chinese-llama',
      ...size,
    ]);
  }
  await make('append Unigram, score 0', append('unigram', 'zero'));
  await make('append Unigram, below', append('unigram', 'below'));
  await make('append BPE, below', append('bpe', 'below'));
  await make('continued BPE', ['extend', ...text, ...size]);
  await make('shipped pieces', ['build', ...size]);
  return made;
}

async function measureAll(made) {
  for (const each of made) {
    const { checks, text } = await run(['audit', each.out, '--base', 'llama2', '--input', options.english]);
    const countOf = (code) => checks.find((check) => check.code === code).count;
    const changed = text.scripts.reduce((sum, script) => sum + script.changedLines, 0);
    Object.assign(each, { dead: countOf('dead'), broken: countOf('broken'), changed, lines: text.lines });
  }
  const tokenizers = made.flatMap(({ out }) => ['--tokenizer', out]);
  const { texts, total } = await run(['compare', ...tokenizers, ...options.text.flatMap((file) => ['--input', file])]);
  const row = (title, cells) => `| ${[title, ...cells].join(' | ')} |\n`;
  const rates = ({ name, figures }) =>
    row(
      name,
      figures.map(({ tokensPerCharacter }) => tokensPerCharacter.toFixed(4)),
    );
  return [
    row(
      '',
      made.map(({ name }) => name),
    ),
    `| --- |${' ---: |'.repeat(made.length)}\n`,
    row(
      'dead new pieces',
      made.map(({ dead }) => dead.toLocaleString('en')),
    ),
    row(
      'broken base pieces',
      made.map(({ broken }) => broken.toLocaleString('en')),
    ),
    row(
      'English lines changed',
      made.map(({ changed, lines }) => `${((100 * changed) / lines).toFixed(1)} %`),
    ),
    ...texts.map(rates),
    rates({ ...total, name: 'all' }),
  ].join('');
}

/** Runs the command line with --json and gives what it prints. */
function run(args) {
  process.stderr.write(
    `vocab-merge ${args
      .map((arg) => basename(arg))
      .join(' ')
      .slice(0, 150)}\n`,
  );
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args, '--json', '--quiet'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      output += part;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`vocab-merge ${args[0]} ended with ${code}`));
      else resolve(JSON.parse(output));
    });
  });
}
