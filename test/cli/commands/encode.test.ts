// `encode` as people run it. Needs dist/, as the other tests of the program.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failureOf, openProgramFolder } from '../program.ts';

const { folder, at, run } = openProgramFolder();
const text = '人工智能\n\nHello, world!\n';
writeFileSync(at('zh.txt'), text);
const encode = (...args: string[]) => run(['encode', '--tokenizer', 'llama2', ...args], text);

describe('encode to files', () => {
  it('writes ids, says what it wrote, and leaves alone what is there', async () => {
    const args = ['--input', 'zh.txt', '--format', 'megatron', '--out', 'ids/zh', '--eos'];
    const first = await encode(...args);
    expect([first.code, first.out]).toEqual([
      0,
      '12 tokens of 3 texts, as uint16: written to ids/zh.bin, ids/zh.idx, ids/zh.manifest.json\n',
    ]);
    const ids = readFileSync(at('ids/zh.bin'));
    expect(Array.from({ length: 6 }, (_, i) => ids.readUInt16LE(2 * i))).toEqual([
      29871, 30313, 31041, 31676, 30815, 2,
    ]);
    const manifest = JSON.parse(readFileSync(at('ids/zh.manifest.json'), 'utf8'));
    expect(manifest.read[0]).toMatchObject({ name: 'zh.txt', bytes: Buffer.byteLength(text) });
    expect((await encode(...args)).out).toBe('ids/zh.bin: is there already\n');
    const shard = (name: string, ...flags: string[]) =>
      encode('--input', 'zh.txt', '--format', 'bin', '--out', `ids/${name}`, ...flags);
    const shards = await Promise.all(['1/2', '2/2'].map((each, i) => shard(`part-${i}`, '--shard', each)));
    expect(shards.map(({ code }) => code)).toEqual([0, 0]);
    await shard('whole');
    const parts = [0, 1].map((i) => readFileSync(at(`ids/part-${i}.bin`)));
    expect(Buffer.concat(parts).equals(readFileSync(at('ids/whole.bin')))).toBe(true);
    expect((await shard('part-0', '--shard', '1/2')).out).toContain('is there already');
    expect(failureOf((await shard('part-0', '--shard', '2/2')).err).error).toContain(
      'ids/part-0.bin: is there already, and another result: it is shard 1/2, and this run is shard 2/2',
    );
    // Ids of another text, and with other options, are another result.
    writeFileSync(at('other.txt'), 'other');
    for (const [other, difference] of [
      [[...args, '--bos'], 'bos is not set, in this run it is true'],
      [['--input', 'other.txt', ...args.slice(2)], 'its inputs are others than those of this run (zh.txt)'],
      [args.slice(2), 'it is of the whole input, this run is no shard'],
    ] as const) {
      const error = `error: ids/zh.bin: is there already, and another result: ${difference}`;
      expect(failureOf((await encode(...other)).err)).toEqual({
        error,
        hint: 'hint: Choose another name, or add --force to replace it.',
      });
    }
    const again = await encode(...args, '--bos', '--json', '--force');
    expect([again.code, JSON.parse(again.out).tokens]).toEqual([0, 15]);
    // What came through standard input says of no text that it is of it, and is made again.
    const streamed = ['--format', 'bin', '--out', 'ids/streamed'];
    for (let times = 0; times < 2; times++) expect((await encode(...streamed)).out).toContain('9 tokens');
    // Ids of another text beside the index of this one would be read without a complaint.
    const mixed = await encode('--format', 'bin', '--out', 'ids/zh');
    expect([mixed.code, failureOf(mixed.err).error]).toEqual([
      1,
      'error: ids/zh.idx: is there already, of a run with another --format, and belongs to ids/zh.manifest.json',
    ]);
    writeFileSync(at('ids/zh.bin'), 'of somebody else');
    const refused = await encode(...args);
    expect([refused.code, failureOf(refused.err).error]).toEqual([
      1,
      'error: ids/zh.bin: is there already, and no whole result of this command (ids/zh.bin: has another hash than zh.manifest.json says)',
    ]);
    expect(
      readdirSync(at('ids'))
        .filter((file) => /^zh|tmp$/.test(file))
        .sort(),
    ).toEqual(['zh.bin', 'zh.idx', 'zh.manifest.json']);
  });

  it('prints ids in two formats, and refuses what does not go together', async () => {
    const lines = await encode('--threads', '1');
    expect(lines.out.split('\n')).toEqual(['[29871,30313,31041,31676,30815]', '[]', '[15043,29892,3186,29991]', '']);
    expect((await encode('--format', 'bin')).code).toBe(0);
    const wrong = [
      ['--format', 'npy'],
      ['--format', 'bin', '--json'],
      ['--pieces', '--out', 'ids/x'],
      ['--out', 'ids/x'],
      ['--count', '--format', 'bin'],
      ['--format', 'bin', '--out', 'ids/'],
    ];
    for (const { code, err } of await Promise.all(wrong.map((args) => encode(...args)))) {
      expect([code, failureOf(err).hint !== '']).toEqual([2, true]);
    }
    expect(readdirSync(folder).sort()).toEqual(['ids', 'other.txt', 'zh.txt']);
  });
});
