// SHA-256 of what is read, taken while it is read, so that a text can be recognised later: as a manifest records it, and
// as a comparison looks for it. Hashed are the bytes without compression, so `zh.txt` and `zh.txt.gz` are the same text.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { openByteSource } from './byte-source.ts';
import type { CorpusFile } from './expand-inputs.ts';

/** One input that was read to its end. */
export interface InputHash {
  /** Name of the file without its folder; `-` for standard input. */
  readonly name: string;
  /** Bytes without compression. */
  readonly bytes: number;
  /** SHA-256 of these, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** Hands the chunks on; `onEnd` is told the hash after the last one, and never when the reader stops before. */
export async function* hashChunks(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  onEnd: (hash: InputHash) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  onEnd({ name: path === '-' ? path : basename(path), bytes, sha256: hash.digest('hex') });
}

/** The hash of a file that is not read in order, such as Parquet, or not by one reader; the one that the hub has, where it has it. */
export async function hashFile({
  path,
  size,
  etag = '',
}: Pick<CorpusFile, 'path' | 'size' | 'etag'>): Promise<InputHash> {
  if (/^[0-9a-f]{64}$/.test(etag)) return { name: basename(path), bytes: size, sha256: etag };
  let result: InputHash | undefined;
  const { chunks } = await openByteSource({ path });
  for await (const _ of hashChunks(chunks, path, (hash) => {
    result = hash;
  }));
  return result!;
}
