// The one hash that manifests, row maps and summaries use.
import { createHash } from 'node:crypto';

/** SHA-256 in lower-case hexadecimal; a string is hashed as UTF-8. */
export function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
