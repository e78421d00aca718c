// Parquet files of a hundred bytes that promise thousands of millions of values: each is refused before there is room made for them.
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../../src/corpus/lines/read-corpus.ts';
import { InputError } from '../../../../src/errors.ts';
import { type ParquetPage, parquetFile, varint } from '../../parquet-file.ts';

const plain = (text: string): Uint8Array => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
};
const DICTIONARY: ParquetPage = { values: 1, isDictionary: true, data: plain('甲乙') };
/** A page of one run: an index of one bit, so many times. */
const run = (values: number, times: number): ParquetPage => ({
  ...{ values, encoding: 'RLE_DICTIONARY' as const },
  data: Buffer.concat([Buffer.of(1), varint(2 * times), Buffer.of(0)]),
});

/** Whole numbers, of which the second is `step` more than the first and all others are as the second. Spec: DELTA_BINARY_PACKED. */
const deltas = (values: number, first: number, step: number): Uint8Array => {
  const zero = Buffer.alloc(5);
  const stepBytes = Buffer.alloc(128);
  stepBytes.writeUInt32LE(step);
  return Buffer.concat([
    ...[varint(128), varint(4), varint(values), varint(2 * first)],
    ...[Buffer.of(0, 32, 0, 0, 0), stepBytes],
    ...Array.from({ length: Math.ceil((values - 1) / 128) - 1 }, () => zero),
  ]);
};
/** One text of so many bytes, and others that repeat all of it. */
const repeated = (values: number, length: number): ParquetPage => ({
  ...{ values, encoding: 'DELTA_BYTE_ARRAY' as const },
  data: Buffer.concat([deltas(values, 0, length), deltas(values, length, -length >>> 0), Buffer.alloc(length, 'a')]),
});

async function linesOf(file: Uint8Array): Promise<string[]> {
  async function* stdin() {
    yield file;
  }
  const lines: string[] = [];
  for await (const line of readLines(['-'], { stdin: stdin(), format: 'parquet' })) lines.push(line);
  return lines;
}

describe('pages of Parquet', () => {
  it('are read where they keep what they promise', async () => {
    const text = Buffer.concat([plain('甲'), plain('乙丙')]);
    expect(await linesOf(parquetFile([{ values: 2, data: text }]))).toEqual(['甲', '乙丙']);
    const packed = { values: 2, unpacked: text.length, data: gzipSync(text) };
    expect(await linesOf(parquetFile([packed], { codec: 2 }))).toEqual(['甲', '乙丙']);
    expect(await linesOf(parquetFile([repeated(300, 8)]))).toEqual(Array(300).fill('aaaaaaaa'));
    expect(await linesOf(parquetFile([DICTIONARY, run(3, 3), run(2, 2)]))).toEqual(Array(5).fill('甲乙'));
  });

  it.each<[what: string, pages: ParquetPage[], message: RegExp]>([
    [
      'a run of many values in a page of five',
      [DICTIONARY, run(5, 2 ** 30)],
      /a page repeats 1073741824 values where it/,
    ],
    ['a page of many values', [DICTIONARY, run(2 ** 30, 2 ** 30)], /more than 8388608 values in a column/],
    ['many pages', [DICTIONARY, ...Array(9).fill(run(1e6, 1e6))], /more than 8388608 values in a column/],
    ['indexes without bits', [DICTIONARY, { ...run(2 ** 30, 1), data: Buffer.of(0) }], /more than 8388608 values/],
    ['a dictionary of many entries', [{ ...DICTIONARY, values: 2 ** 30 }, run(1, 1)], /more than 8388608 values/],
    [
      'texts that repeat the one before them',
      [repeated(100_000, 20_000)],
      /repeat 1999980000 bytes of those before them; at most 1073741824/,
    ],
    ['less than no values', [DICTIONARY, run(-5, 1)], /less than no values/],
    [
      'bytes that are not there',
      [{ values: 1, unpacked: 2 ** 31 - 1, data: plain('甲') }],
      /a page has 2147483647 bytes/,
    ],
  ])('are refused: %s', async (_, pages, message) => {
    const error = await linesOf(parquetFile(pages, { rows: 5 })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
});
