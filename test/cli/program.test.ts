// The program as people run it: real processes of dist/cli/main.js (npm test builds it first), their output, their exit
// status, what they leave behind, and what they say to bad input.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { WireWriter } from '../../src/formats/protobuf.ts';
import { serializeModelProto } from '../../src/formats/sentencepiece.ts';
import { buildLlama2Proto } from '../../src/vocab/llama2.ts';
import { SAMPLES_FOLDER } from '../../src/vocab/sample-texts.ts';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

function start(args: string[], input?: string | Uint8Array): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  if (input !== undefined) child.stdin!.write(input);
  child.stdin!.end();
  return child;
}

function run(args: string[], input?: string | Uint8Array): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = start(args, input);
    let out = '';
    let err = '';
    child.stdin!.on('error', () => {});
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** The one `error:` line and one `hint:` line that every failure ends with. */
function failureOf(err: string): { error: string; hint: string } {
  const errors = err.split('\n').filter((line) => line.startsWith('error: '));
  const hints = err.split('\n').filter((line) => line.startsWith('hint: '));
  expect(errors.length, err).toBe(1);
  expect(hints.length, err).toBe(1);
  return { error: errors[0]!, hint: hints[0]! };
}

describe('the program', () => {
  it('explains itself', async () => {
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    for (const name of [
      'build',
      'train',
      'merge',
      'audit',
      'compare',
      'encode',
      'decode',
      'inspect',
      'count',
      'demo',
    ]) {
      expect(help.out).toContain(`  ${name} `);
      const own = await run([name, '--help']);
      expect(own.code).toBe(0);
      expect(own.out).toContain('Examples:');
    }
    expect((await run([])).code).toBe(2);
    expect((await run(['train', '-h'])).out).toBe((await run(['train', '--help'])).out);
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  }, 120_000);

  it('encodes and decodes lines, in order, with a line for a line', async () => {
    const text = '人工智能\n\nHello, world!\r\n龘\u0000x\n最后一行';
    const encoded = await run(['encode', '--tokenizer', 'llama2'], text);
    expect(encoded.code).toBe(0);
    const lines = encoded.out.trim().split('\n');
    expect(lines.length).toBe(5);
    expect(lines[0]).toBe('[29871,30313,31041,31676,30815]');
    expect(lines[1]).toBe('[]');
    const decoded = await run(['decode', '--tokenizer', 'llama2', '--jsonl'], encoded.out);
    expect(
      decoded.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(['人工智能', '', 'Hello, world!', '龘\u0000x', '最后一行']);
    const jsonl = await run(['encode', '--tokenizer', 'llama2', '--jsonl', '--json'], '"a\\nb"\n{"text":"人工智能"}\n');
    expect(JSON.parse(jsonl.out)[1]).toEqual([29871, 30313, 31041, 31676, 30815]);
  }, 60_000);

  it('reads lone surrogates in JSON and invalid UTF-8 in text as U+FFFD', async () => {
    const surrogate = await run(['encode', '--tokenizer', 'llama2', '--jsonl'], '"a\\ud800b"\n"a\ufffdb"\n');
    const [first, second] = surrogate.out.trim().split('\n');
    expect(first).toBe(second);
    const invalid = await run(['encode', '--tokenizer', 'llama2'], Uint8Array.of(0x61, 0xff, 0x62, 0x0a));
    expect(invalid.out.trim()).toBe(second);
  }, 60_000);

  it('trains, merges and compares from files, and says so as JSON', async () => {
    const train = await run([
      ...['train', `--input=${join(SAMPLES_FOLDER, 'zh-news.txt')},${join(SAMPLES_FOLDER, 'zh-law.txt')}`],
      ...['--model_prefix=zh', '--vocab_size=1500', '--model_type=bpe', '--normalization_rule_name=identity', '--json'],
    ]);
    expect(train.code, train.err).toBe(0);
    expect(JSON.parse(train.out).vocabSize).toBe(1500);
    expect(readFileSync(at('zh.vocab'), 'utf8').trim().split('\n').length).toBe(1500);

    const merge = await run([
      ...['merge', '--base', 'llama2', '--extension', 'zh.model', '--out', 'merged'],
      ...['--scores', 'below', '--target-size', '32100', '--pad-to-multiple-of', '64', '--golden', '--json'],
    ]);
    expect(merge.code, merge.err).toBe(0);
    expect(JSON.parse(merge.out).target).toMatchObject({ vocabSize: 32100, rows: 32128 });
    expect(JSON.parse(merge.out).files).toHaveProperty(['golden.jsonl']);
    expect(readdirSync(at('merged')).sort()).toEqual([
      'golden.jsonl',
      'manifest.json',
      'row-map.csv',
      'row-map.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer.model',
      'tokenizer_config.json',
    ]);
    const golden = readFileSync(at('merged/golden.jsonl'), 'utf8');
    const goldenLines = golden.trim().split('\n');
    expect(goldenLines.length).toBeGreaterThan(300);
    const goldenIds = await run(['encode', '--tokenizer', 'merged', '--jsonl'], golden);
    expect(goldenIds.out.trim().split('\n')).toEqual(goldenLines.map((line) => JSON.stringify(JSON.parse(line).ids)));
    const again = await run(['inspect', 'merged', '--json']);
    expect(JSON.parse(again.out).sha256).toBe(JSON.parse(merge.out).target.sha256);

    const audit = await run(['audit', 'merged', '--base', 'llama2', '--json', '--fail-on', 'broken,base-ids,ties']);
    expect(audit.code, audit.err).toBe(0);
    expect(JSON.parse(audit.out).tokenizer).toMatchObject({ vocabSize: 32100 });
    const strict = await run(['audit', 'merged', '--base', 'llama2', '--fail-on', 'dead,nonsense']);
    expect(strict.code).not.toBe(0);
    expect(failureOf(strict.err).error).toContain('nonsense');

    const compare = await run([
      ...['compare', '--tokenizer', 'llama2', '--tokenizer', 'merged', '--input', SAMPLES_FOLDER, '--json'],
    ]);
    const report = JSON.parse(compare.out);
    expect(report.texts.length).toBe(16);
    const [base, merged] = report.total.figures;
    expect(merged.tokens).toBeLessThan(base.tokens);
    const table = await run(['compare', '--tokenizer', 'llama2', '--text', '人工智能', '--out', 'report.md']);
    expect(table.out).toBe('');
    expect(readFileSync(at('report.md'), 'utf8')).toMatch(/\| llama2 +\| +32,000 \| +5 \|/);
  }, 120_000);
});

describe('build', () => {
  it('learns on the tokens of the base, and refuses flags that would change nothing', async () => {
    const input = join(SAMPLES_FOLDER, 'zh-*.txt');
    const flags = ['--base', 'llama2', '--input', input, '--target-size', '32400', '--out', 'safe', '--json'];
    const built = await run(['build', ...flags]);
    expect(built.code, built.err).toBe(0);
    const { manifest, report } = JSON.parse(built.out);
    expect(manifest.target).toMatchObject({ vocabSize: 32400, rows: 32400 });
    expect(Object.keys(manifest.files).sort()).toEqual(
      readdirSync(at('safe'))
        .filter((name) => name !== 'manifest.json')
        .sort(),
    );
    const [base, extended] = report.total.figures;
    expect(extended.tokens).toBeLessThan(base.tokens);
    const english = report.texts.find(({ name }: { name: string }) => name === 'en').figures;
    expect(english[1].tokens).toBe(english[0].tokens);
    const audit = await run([
      'audit',
      'safe',
      '--base',
      'llama2',
      '--fail-on',
      'dead,broken,ties,digits,outranks,base-ids',
    ]);
    expect(audit.code, audit.err).toBe(0);
    const shipped = await run([
      'build',
      '--base',
      'llama2',
      '--target-size',
      '40000',
      '--out',
      'shipped',
      '--golden',
      '--json',
    ]);
    expect(shipped.code, shipped.err).toBe(0);
    expect(JSON.parse(shipped.out).manifest.files['golden.jsonl'].bytes).toBeGreaterThan(10_000);
    expect(JSON.parse(shipped.out).manifest.target).toMatchObject({ vocabSize: 40000 });
    const clean = await run([
      'audit',
      'shipped',
      '--base',
      'llama2',
      '--fail-on',
      'dead,broken,ties,outranks,base-ids',
    ]);
    expect(clean.code, clean.err).toBe(0);
    const tooMany = await run(['build', '--base', 'llama2', '--target-size', '90000', '--out', 'nothing']);
    expect(failureOf(tooMany.err).error).toContain('58000 new pieces were asked for');
    const refused = await run(['build', '--base', 'llama2', '--vocab-size', '9', '--out', 'nothing']);
    expect(refused.code).toBe(1);
    expect(failureOf(refused.err).error).toContain('--vocab-size has no meaning for --preset safe');
  }, 120_000);
});

describe('train --input-format tsv', () => {
  it('takes the second column as the count of the first', async () => {
    writeFileSync(at('counts.tsv'), '学习\t7\n学生\t2\n生活\t1\n');
    const flags = [
      '--model_type=bpe',
      '--vocab_size=9',
      '--normalization_rule_name=identity',
      '--add_dummy_prefix=false',
    ];
    const result = await run(['train', '--input=counts.tsv', '--input_format=tsv', '--model_prefix=counts', ...flags]);
    expect(result.code, result.err).toBe(0);
    const pieces = readFileSync(at('counts.vocab'), 'utf8')
      .split('\n')
      .map((line) => line.split('\t')[0]);
    expect(pieces.slice(3, -1)).toEqual(['学习', '学生', '学', '习', '生', '活']);
  });
});

describe('bad input', () => {
  const llama = (): Promise<Uint8Array> => buildLlama2Proto().then(serializeModelProto);
  const lengthField = (length: number): Uint8Array => {
    const writer = new WireWriter();
    writer.writeTag(1, 2);
    writer.writeVarint(length);
    return writer.finish();
  };
  const files: Record<string, () => Promise<Uint8Array> | Uint8Array> = {
    'empty.model': () => new Uint8Array(0),
    'picture.model': () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
    'truncated.model': async () => (await llama()).slice(0, 123_457),
    'negative.model': () => lengthField(-5),
    'huge.model': () => lengthField(10_000_000_000),
    'empty.txt': () => new Uint8Array(0),
    'picture.txt': () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
  };

  const cases: [what: string, args: string[], code: number, error: RegExp][] = [
    ['a missing file', ['inspect', 'missing.model'], 1, /missing\.model: no such file/],
    ['an empty model', ['inspect', 'empty.model'], 1, /empty\.model.*empty/],
    ['a folder without a tokenizer', ['inspect', '.'], 1, /is a folder|no tokenizer/],
    ['a picture', ['inspect', 'picture.model'], 1, /picture\.model.*PNG/],
    ['a truncated model', ['inspect', 'truncated.model'], 1, /truncated\.model: at byte \d+/],
    ['a negative length', ['inspect', 'negative.model'], 1, /negative\.model: at byte 1: negative length -5/],
    ['a length of 10 GB', ['inspect', 'huge.model'], 1, /huge\.model: at byte 1: length 10000000000 reaches/],
    [
      'an empty corpus',
      ['train', '--input', 'empty.txt', '--model-prefix', 'new'],
      1,
      /empty\.txt: no text in 0 lines/,
    ],
    ['a missing corpus', ['train', '--input', 'nothing.txt', '--model-prefix', 'new'], 1, /nothing\.txt: no such file/],
    ['a picture as a corpus', ['train', '--input', 'picture.txt', '--model-prefix', 'new'], 1, /picture\.txt.*PNG/],
    [
      'a target below the base',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--target-size', '100', '--out', 'new'],
      1,
      /100 is out of reach: the base has 32000 pieces/,
    ],
    [
      'a token added twice',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--add-token', 'x1', '--add-token', 'x1', '--out', 'new'],
      1,
      /"x1" is given twice/,
    ],
    [
      'an unknown flag',
      ['train', '--vocab_sise=9', '--input', 'a', '--model-prefix', 'b'],
      2,
      /unknown flag --vocab-sise/,
    ],
    ['an unknown command', ['marge'], 2, /unknown command "marge"/],
    ['a missing flag', ['merge', '--base', 'llama2'], 2, /--extension is missing/],
    [
      'an output folder that is a file',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--add-token', '[NEW]', '--out', 'empty.txt'],
      1,
      /empty\.txt: is a file/,
    ],
    [
      'an output that cannot be written',
      ['merge', '--base', 'llama2', '--extension', 'llama2', '--add-token', '[NEW]', '--out', 'empty.txt/below'],
      1,
      /empty\.txt\/below: cannot be written/,
    ],
    [
      'a disk that is full',
      ['compare', '--tokenizer', 'llama2', '--text', 'a', '--out', '/dev/full'],
      1,
      /no space left/,
    ],
    [
      'nothing to learn from',
      ['extend', '--base', 'llama2', '--input', 'empty.txt', '--out', 'new'],
      1,
      /empty\.txt: there is no text/,
    ],
    ['nothing to compare', ['compare', '--tokenizer', 'llama2', '--input', 'empty.txt'], 1, /empty\.txt: no text in 0/],
    ['nothing to audit on', ['audit', 'llama2', '--input', 'empty.txt'], 1, /empty\.txt: no text in 0 lines/],
    [
      'an option out of range, by its flag',
      [
        'merge',
        '--base',
        'llama2',
        '--extension',
        'llama2',
        '--add-token',
        'x',
        '--pad-to-multiple-of',
        '0',
        '--out',
        'new',
      ],
      1,
      /--pad-to-multiple-of: 0 is not a whole number/,
    ],
    ['ids that do not exist', ['decode', '--tokenizer', 'llama2'], 1, /line 1: .*id 99999 is outside/],
  ];

  it.each(cases)('%s: one error, one hint, nothing left behind', async (_, args, code, error) => {
    if (args.includes('/dev/full') && !existsSync('/dev/full')) return;
    for (const [name, make] of Object.entries(files)) if (!existsSync(at(name))) writeFileSync(at(name), await make());
    const before = readdirSync(folder).sort();
    const result = await run(args, '[99999]\n');
    expect(result.code, result.err).toBe(code);
    expect(failureOf(result.err).error).toMatch(error);
    expect(result.out).toBe('');
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it.skipIf(!existsSync('/dev/full'))('a disk that is full behind stdout is a failure like any other', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'inspect', 'llama2'], { stdio: ['ignore', full, 'pipe'] });
    let err = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
    const code = await new Promise((resolve) => child.on('close', resolve));
    closeSync(full);
    expect(code).toBe(1);
    expect(failureOf(err).error).toBe('error: standard output: cannot be written: no space left on the disk');
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('reads records by --field, and files of --jsonl as the lines they are', async () => {
    writeFileSync(at('body.jsonl'), '{"body":"人工智能"}\n{"body":"a\\nb"}\n');
    const ids = '[29871,30313,31041,31676,30815]';
    for (const flags of [
      ['--field', 'body'],
      ['--field', 'body', '--jsonl'],
    ]) {
      const encoded = await run(['encode', '--tokenizer', 'llama2', '--input', 'body.jsonl', ...flags]);
      expect(encoded.code, encoded.err).toBe(0);
      expect(encoded.out.split('\n')[0]).toBe(ids);
    }
    writeFileSync(at('ids.jsonl'), `${ids}\n`);
    expect((await run(['decode', '--tokenizer', 'llama2', '--input', 'ids.jsonl'])).out).toBe('人工智能\n');
    const compared = await run([
      'compare',
      '--tokenizer',
      'llama2',
      '--input',
      'body.jsonl',
      '--field',
      'body',
      '--json',
    ]);
    expect(JSON.parse(compared.out).total.characters).toBe(7);
  });

  it('Ctrl-C in the middle leaves nothing behind and keeps what was there', async () => {
    const place = at('interrupted');
    mkdirSync(place);
    const line = readFileSync(join(SAMPLES_FOLDER, 'zh-history.txt'), 'utf8');
    writeFileSync(join(place, 'long.txt'), line.repeat(200));
    writeFileSync(join(place, 'zh.model'), 'the old one');
    const args = [
      'train',
      '--input',
      join(place, 'long.txt'),
      '--model-prefix',
      join(place, 'zh'),
      '--vocab-size',
      '2000',
    ];
    const child = start(args);
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
    setTimeout(() => child.kill('SIGINT'), 700);
    expect(await ended).toBe('SIGINT');
    expect(readdirSync(place).sort()).toEqual(['long.txt', 'zh.model']);
    expect(readFileSync(join(place, 'zh.model'), 'utf8')).toBe('the old one');
  });

  it('a line of 50 MB is encoded and trained on', async () => {
    writeFileSync(at('line.txt'), '中国人民银行发布公告，'.repeat(50_000_000 / 33));
    const encoded = await run(['encode', '--tokenizer', 'llama2', '--count', '--input', 'line.txt']);
    expect(encoded.code, encoded.err).toBe(0);
    expect(Number(encoded.out)).toBeGreaterThan(10_000_000);
    const trained = await run([
      ...['train', '--input', 'line.txt', '--model-prefix', 'line', '--vocab-size', '20', '--model-type', 'bpe'],
      ...['--normalization-rule-name', 'identity', '--json'],
    ]);
    expect(trained.code, trained.err).toBe(0);
    expect(JSON.parse(trained.out).corpus).toMatchObject({ lines: 1, split: 1 });
  }, 120_000);
});
