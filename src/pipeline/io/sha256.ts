// The one hash that manifests, row maps and summaries use.
import { createHash } from 'node:crypto';

/** SHA-256 in lower-case hexadecimal; a string is hashed as UTF-8. */
export function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The same of chunks as they come, such as a stream of a large file. */
export async function sha256OfChunks(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
