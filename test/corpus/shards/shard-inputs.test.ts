import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWholeTexts } from '../../../src/corpus/lines/read-corpus.ts';
import { emptyStats } from '../../../src/corpus/read/corpus-stats.ts';
import { type CorpusFile, expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { hashFile } from '../../../src/corpus/read/input-hash.ts';
import { recordShard, shardFiles, shardTexts } from '../../../src/corpus/shards/shard-inputs.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { runs } from '../../runs.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

async function file(name: string, data: string | Uint8Array): Promise<string> {
  await writeFile(join(root, name), data);
  return join(root, name);
}

async function linesOf(files: readonly CorpusFile[]): Promise<string[]> {
  const lines = [];
  for await (const line of readWholeTexts(files, {}, emptyStats())) lines.push(line);
  return lines;
}

const parquet = fileURLToPath(new URL('../../fixtures/corpus/snappy.parquet', import.meta.url));
/** The text in members of a few bytes, as bgzip makes them: the length of each is in its header. */
function bgzf(text: string, bytes: number): Buffer {
  const blocks = piecesOf(text, bytes).map((piece) => {
    const packed = deflateRawSync(piece);
    const block = Buffer.alloc(18 + packed.length + 8);
    block.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0]);
    block.writeUInt16LE(block.length - 1, 16);
    block.set(packed, 18);
    // Behind it the CRC and the length of what is in it.
    block.set(gzipSync(piece).subarray(-8), 18 + packed.length);
    return block;
  });
  return Buffer.concat(blocks);
}

/** The text in frames of one raw block each, every other with a frame to skip in front, as pzstd makes them, and one behind. */
function frames(text: string, bytes: number): Buffer {
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  const made = piecesOf(text, bytes).flatMap((piece, i) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(0xfd2fb528, 0);
    head[4] = 0xa0;
    head.writeUInt32LE(piece.length, 5);
    head.writeUIntLE((piece.length << 3) | 1, 9, 3);
    return i % 2 === 0 ? [skipped, head, piece] : [head, piece];
  });
  return Buffer.concat([...made, skipped]);
}

// The last one is empty, as in BGZF.
function piecesOf(text: string, bytes: number): Buffer[] {
  const all = Buffer.from(text);
  return Array.from({ length: Math.ceil(all.length / bytes) + 1 }, (_, i) => all.subarray(i * bytes, (i + 1) * bytes));
}

const line = fc.stringMatching(/^[甲é a]{0,9}$/);

describe('shards of files', () => {
  it('together are the lines of the files in their order, for any number of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(line, { maxLength: 12 }), { minLength: 1, maxLength: 2 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 60 }),
        async (texts, end, endsLine, of, sections, bytes) => {
          const inputs = [];
          for (const [i, lines] of texts.entries()) {
            const text = lines.join(end) + (endsLine ? end : '');
            const records = lines.map((each, n) => JSON.stringify(n % 3 === 1 ? { id: n } : { text: each })).join(end);
            inputs.push(await file(`${i}.txt`, text), await file(`${i}.gz`, gzipSync(text)));
            inputs.push(await file(`${i}.bgz.gz`, bgzf(text, bytes)), await file(`${i}.zst`, frames(text, bytes)));
            inputs.push(await file(`${i}.csv`, `text\n${lines.map((each) => `"${each}\n"`).join('\n')}`));
            inputs.push(await file(`${i}.jsonl`, records));
          }
          const files = await expandInputs([...inputs, parquet]);
          const whole = await linesOf(files);
          const [cut, sectioned]: [string[], string[]] = [[], []];
          const owners: number[] = [];
          for (let index = 1; index <= of; index++) {
            cut.push(...(await linesOf((await shardFiles([files], { index, of }, undefined)).flat())));
            for (const { text, file, sections: own } of await shardTexts(
              files,
              { index, of },
              { bytes: 1, sections },
            )) {
              if (own === undefined || own[0]!.range.start === 0) owners.push(text);
              sectioned.push(
                ...(await linesOf((own ?? [{ range: undefined }]).map(({ range }) => ({ ...file, range })))),
              );
            }
          }
          expect(cut).toEqual(whole);
          expect(sectioned).toEqual(whole);
          // Also texts without a line are in one shard.
          expect(owners).toEqual(files.map((_, i) => i));
        },
      ),
      runs(6),
    );
  });

  it('cut a file in sections at the same places for any number of them', async () => {
    const files = await expandInputs([await file('big.txt', '甲乙丙\n'.repeat(100)), await file('small.txt', '丁\n')]);
    const rule = { bytes: 100, sections: 7 };
    const whole = await shardTexts(files, undefined, rule);
    expect(whole.map(({ sections }) => sections?.length)).toEqual([7, undefined]);
    for (const of of [2, 3, 50]) {
      const ranges = [];
      for (let index = 1; index <= of; index++) ranges.push(...(await shardTexts(files, { index, of }, rule)));
      expect(ranges.flatMap(({ sections = [] }) => sections)).toEqual(whole[0]!.sections);
    }
  });

  it('cut a compressed file where its members can be told apart, and no other', async () => {
    const text = '甲乙丙\n'.repeat(100);
    const shares = async (name: string, data: Uint8Array) => {
      const files = await expandInputs([await file(name, data)]);
      const lines = [];
      for (const index of [1, 2])
        lines.push((await linesOf((await shardFiles([files], { index, of: 2 }, undefined)).flat())).length);
      return lines;
    };
    for (const share of [
      ...(await shares('m.txt.gz', bgzf(text, 70))),
      ...(await shares('m.txt.zst', frames(text, 70))),
    ]) {
      expect(Math.abs(share - 50)).toBeLessThan(10);
    }
    expect(await shares('w.txt.gz', gzipSync(text))).toEqual([100, 0]);
    expect(await shares('w.txt.zst', frames(text, 2000))).toEqual([100, 0]);
    // The text is hashed, and not what it is wrapped in.
    const hashes = ['m.txt.gz', 'm.txt.zst', 'w.txt.gz'].map(async (name) => {
      const [packed] = await expandInputs([join(root, name)]);
      return (await hashFile(packed!)).sha256;
    });
    expect(new Set(await Promise.all(hashes)).size).toBe(1);
    const cut = bgzf(text, 70);
    await expect(shares('cut.txt.gz', cut.subarray(0, cut.length - 40))).rejects.toThrow('damaged gzip data');
  });

  it('are none of a stream, and none that there is not', async () => {
    const files = await expandInputs([await file('one.txt', '甲\n')]);
    for (const index of [0, 5]) await expect(shardTexts(files, { index, of: 4 })).rejects.toThrow(OptionError);
    await expect(shardTexts(await expandInputs(['-']), { index: 1, of: 1 })).rejects.toThrow(InputError);
  });

  it('are refused of a file that has grown since it was divided', async () => {
    const path = await file('grows.txt', '甲乙丙\n'.repeat(10));
    const files = await expandInputs([path]);
    const [own] = await shardFiles([files], { index: 1, of: 2 }, undefined);
    const before = await recordShard(files, { index: 1, of: 2 }, { version: '1', field: undefined });
    await appendFile(path, '丁\n');
    await expect(linesOf(own!)).rejects.toThrow('had 100 bytes and has 104: somebody is writing it');
    const after = await recordShard(
      await expandInputs([path]),
      { index: 1, of: 2 },
      { version: '1', field: undefined },
    );
    expect([before, after].map(({ of }) => of!.inputs[0]!.bytes)).toEqual([100, 104]);
  });
});
