import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packTableChunks } from '../../../src/corpus/count/pack-table.ts';

async function pack(chunks: Iterable<Uint8Array>): Promise<Buffer> {
  const packed = [];
  for await (const chunk of packTableChunks(chunks, 'x.tsv.gz')) packed.push(chunk);
  return Buffer.concat(packed);
}

function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('packTableChunks', () => {
  // Longer than several slices of 1 MiB, and not a multiple of one.
  const lines = Array.from({ length: 500_000 }, (_, i) => `${Math.imul(i, 0x9e3779b1) >>> 12}\t${i % 9}\n`);
  const bytes = Buffer.from(lines.join(''));

  it('gives one gzip member with all bytes, the same however they come', async () => {
    const packed = await pack([bytes]);
    expect(bytes.length).toBeGreaterThan(4 << 20);
    expect(gunzipSync(packed).equals(bytes)).toBe(true);
    // A member ends with the number of its bytes.
    expect(packed.readUInt32LE(packed.length - 4)).toBe(bytes.length);
    for (const size of [1 << 20, 1_234_567]) expect((await pack(piecesOf(bytes, size))).equals(packed)).toBe(true);
  });

  it('packs nothing, and exactly one slice', async () => {
    expect(gunzipSync(await pack([]))).toHaveLength(0);
    expect(gunzipSync(await pack([bytes.subarray(0, 1 << 20)])).equals(bytes.subarray(0, 1 << 20))).toBe(true);
  });

  it('passes on what the source meets', async () => {
    function* failing(): Generator<Uint8Array> {
      yield bytes;
      throw new Error('the source has failed');
    }
    await expect(pack(failing())).rejects.toThrow('the source has failed');
  });
});
