import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf, openProgramFolder } from '../program.ts';

const { at, run } = openProgramFolder();

const SHARDS = 3;
const LINES = ['人工智能是计算机科学。', 'The quick brown fox', '', '学习，但是他', '１２３ “但是”'];

beforeAll(() => {
  writeFileSync(at('a.txt'), `${LINES.join('\n')}\n`.repeat(30));
  writeFileSync(at('b.txt.gz'), gzipSync(LINES.join('\n').repeat(9)));
  writeFileSync(at('c.jsonl'), LINES.map((text) => JSON.stringify({ text })).join('\n'));
});

async function done(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(args);
  expect(code, err).toBe(0);
  return out;
}

async function fails(message: string, ...args: readonly string[]): Promise<void> {
  const { code, err } = await run(args);
  expect(code, err).not.toBe(0);
  expect(failureOf(err).error).toContain(message);
}

const input = ['--input', 'a.txt', 'b.txt.gz', 'c.jsonl'];
const compare = ['compare', '--tokenizer', 'llama2', '--tokenizer', 'L3=llama3', ...input];
const encode = ['encode', '--tokenizer', 'llama2', ...input];

describe('the program with --shard', () => {
  it('compares in parts as in one process: the report and the page', async () => {
    const parts = [];
    for (let index = 1; index <= SHARDS; index++) {
      parts.push(`part-${index}.jsonl.gz`);
      await done(...compare, '--shard', `${index}/${SHARDS}`, '--out', parts.at(-1)!);
    }
    expect(await done(...compare, '--shard', `2/${SHARDS}`, '--out', parts[1]!)).toContain('is there already');
    parts.reverse();
    for (const format of ['json', 'html', 'csv', 'md']) {
      await done(...compare, '--format', format, '--out', `whole.${format}`);
      await done('compare', 'merge', ...parts, '--out', `merged.${format}`);
      expect(readFileSync(at(`merged.${format}`)).equals(readFileSync(at(`whole.${format}`))), format).toBe(true);
    }
    await fails('1 shard of 3 missing: 3/3', 'compare', 'merge', ...parts.slice(1));
    await fails('is given twice', 'compare', 'merge', ...parts, parts[0]!);
    await fails('another result: optimum', ...compare, '--optimum', '--shard', '2/3', '--out', parts[1]!);
    await done(...compare, '--seed', '2', '--shard', '1/3', '--out', 'seed.jsonl');
    await fails('seed is not set, in seed.jsonl it is 2', 'compare', 'merge', 'seed.jsonl', ...parts.slice(0, 2));
    const text = readFileSync(at('seed.jsonl'), 'utf8');
    writeFileSync(at('cut.jsonl'), text.slice(0, text.lastIndexOf('#end')));
    await fails(
      'cut.jsonl: ends before its last line',
      ...compare,
      '--seed',
      '2',
      '--shard',
      '1/3',
      '--out',
      'cut.jsonl',
    );
    writeFileSync(at('old.jsonl'), text.replace('"version":"', '"version":"0.0.'));
    await fails('was counted by version', 'compare', 'merge', 'seed.jsonl', 'old.jsonl');
    await fails('is no part of a comparison', 'compare', 'merge', 'a.txt');
  });

  it('encodes in parts that follow each other', async () => {
    const whole = await done(...encode);
    let joined = '';
    for (let index = 1; index <= SHARDS; index++) {
      await done(...encode, '--shard', `${index}/${SHARDS}`, '--out', `ids-${index}`);
      joined += readFileSync(at(`ids-${index}`), 'utf8');
    }
    expect(joined).toBe(whole);
    expect(await done(...encode, '--shard', '1/3', '--out', 'ids-1')).toContain('is there already');
    expect(await done(...encode, '--shard', '1/3', '--out', '-')).toBe(readFileSync(at('ids-1'), 'utf8'));
    expect(existsSync(at('-.json'))).toBe(false);
    appendFileSync(at('ids-1'), '[]\n');
    await fails('another hash than ids-1.json says', ...encode, '--shard', '1/3', '--out', 'ids-1');
    await done(...encode, '--shard', '1/3', '--out', 'ids-1', '--force');
    await fails('it is shard 1/3, and this run is shard 2/3', ...encode, '--shard', '2/3', '--out', 'ids-1');
    await fails('belong together', ...encode, '--shard', '2/3');
  });

  it('says what can be cut where a shard has nothing', async () => {
    const gzip = ['--input', 'b.txt.gz', '--shard', '2/2', '--out'];
    for (const [args, cut] of [
      [['count', ...gzip, 'empty.tsv'], 'plain text, JSON Lines and Parquet are cut'],
      [['encode', '--tokenizer', 'llama2', ...gzip, 'empty-ids'], 'as bgzip and pzstd do; every other file is whole'],
      [['compare', '--tokenizer', 'llama2', ...gzip, 'empty.jsonl'], 'files of 256 MiB and more are cut'],
    ] as const) {
      const { code, err } = await run(args);
      expect([code, err]).toEqual([0, expect.stringMatching(/warning: shard 2\/2 has no text: /)]);
      expect(err).toContain(cut);
      const [first] = [args.map((arg) => (arg === '2/2' ? '1/2' : arg === args.at(-1) ? `first-${arg}` : arg))];
      expect((await run(first)).err).not.toContain('has no text');
    }
  });

  it('replaces no part unasked, and makes none twice', async () => {
    const count = ['count', ...input, '--out'];
    for (const index of [1, 2, 3]) await done(...count, `${index}.tsv.gz`, '--shard', `${index}/3`);
    await done('count', 'merge', '1.tsv.gz', '2.tsv.gz', '--partial', '--out', 'two.tsv');
    const files = ['1.tsv.gz', 'two.tsv'].map((name) => readFileSync(at(name)));
    await fails('two.tsv: is there already, and a part of a larger work', ...count, 'two.tsv');
    await fails(
      '1.tsv.gz: is there already, and a part of a larger work',
      ...compare,
      '--format',
      'md',
      '--out',
      '1.tsv.gz',
    );
    await fails('1.tsv.gz: is there already, and another result', ...count, '1.tsv.gz', '--shard', '2/3');
    const merge = ['count', 'merge', '1.tsv.gz', '2.tsv.gz'];
    expect(await done(...merge, '--partial', '--out', 'two.tsv')).toBe('two.tsv: is there already\n');
    await fails('two.tsv: is there already, and a part', ...merge, '3.tsv.gz', '--out', 'two.tsv');
    await fails(
      'two.tsv: is there already, and another',
      'count',
      'merge',
      '3.tsv.gz',
      '--partial',
      '--out',
      'two.tsv',
    );
    expect(['1.tsv.gz', 'two.tsv'].map((name) => readFileSync(at(name)))).toEqual(files);
    for (let times = 0; times < 2; times++) await done(...merge, '3.tsv.gz', '--out', 'whole.tsv');
  });

  it('refuses shards that there are not, and streams', async () => {
    for (const shard of ['0/4', '5/4', '1', '1/0', '-1/4']) {
      await fails('is no shard', ...compare, `--shard=${shard}`, '--out', 'no.jsonl');
      await fails('is no shard', ...encode, `--shard=${shard}`, '--out', 'no.jsonl');
      await fails('is no shard', 'count', ...input, `--shard=${shard}`, '--out', 'no.tsv');
    }
    await fails('cannot be divided', 'encode', '--tokenizer', 'llama2', '--shard', '1/2', '--out', 'no.jsonl');
    await fails('--text is not for them', ...compare, '--text', 'a', '--shard', '1/2', '--out', 'no.jsonl');
    await fails('--shard needs --out', ...compare, '--shard', '1/2');
  });
});
