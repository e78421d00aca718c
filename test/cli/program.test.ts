// The program as people run it: what its commands print, their exit status, and what they leave behind.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SAMPLES_FOLDER } from '../../src/vocab/sample-texts.ts';
import { failureOf, openProgramFolder } from './program.ts';

const { at, run, runAlone } = openProgramFolder();

describe('the program', () => {
  it('explains itself', async () => {
    const help = await runAlone(['--help']);
    expect(help.code).toBe(0);
    // Every command has a file, is named in the help, and explains itself.
    const told = Array.from(help.out.matchAll(/^ {2}([a-z-]+(?: [a-z]+)?) {2,}(\S.*)/gm), ([, ...line]) =>
      line.join(': '),
    );
    const named = told.map((line) => line.split(':')[0]!);
    const files = readdirSync(new URL('../../src/cli/commands', import.meta.url));
    const words = files.map((file) => file.replace(/\.ts$/, ''));
    expect(named.map((name) => name.replace(' ', '-')).sort()).toEqual(words.sort());
    const explained = await Promise.all(named.map((name) => run([...name.split(' '), '--help'])));
    for (const [i, own] of explained.entries()) {
      expect(own.code).toBe(0);
      expect(own.out.split('\n')[0]).toBe(`vocab-merge ${told[i]}`);
      expect(own.out).toContain('Examples:');
    }
    expect((await runAlone([])).code).toBe(2);
    expect((await run(['train', '-h'])).out).toBe((await run(['train', '--help'])).out);
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('encodes and decodes lines, in order, with a line for a line', async () => {
    const text = '人工智能\n\nHello, world!\r\n龘\u0000x\n最后一行';
    const encoded = await runAlone(['encode', '--tokenizer', 'llama2'], text);
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
  });

  it('reads lone surrogates in JSON and invalid UTF-8 in text as U+FFFD', async () => {
    const surrogate = await run(['encode', '--tokenizer', 'llama2', '--jsonl'], '"a\\ud800b"\n"a\ufffdb"\n');
    const [first, second] = surrogate.out.trim().split('\n');
    expect(first).toBe(second);
    const invalid = await run(['encode', '--tokenizer', 'llama2'], Uint8Array.of(0x61, 0xff, 0x62, 0x0a));
    expect(invalid.out.trim()).toBe(second);
    expect(invalid.err).toMatch(/: 1 invalid UTF-8 sequence was read as U\+FFFD$/m);
  });

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
    await run(['compare', '--tokenizer', 'llama2', '--text', '人工智能', '--out', 'R.HTML']);
    expect(readFileSync(at('R.HTML'), 'utf8').slice(0, 15)).toBe('<!doctype html>');
  });
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
    expect(failureOf(tooMany.err).error).toContain('58,000 new pieces were asked for');
    const refused = await run(['build', '--base', 'llama2', '--vocab-size', '9', '--out', 'nothing']);
    expect(refused.code).toBe(1);
    expect(failureOf(refused.err).error).toContain('--vocab-size has no meaning for --preset safe');
  });
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
