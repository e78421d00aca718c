// Where the developers' shared fixtures and corpora lie: beside the project, never inside it.
// Users do not have them, so tests that need them are skipped and say so.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { skipUnless } from './skip.ts';

const sharedRoot = fileURLToPath(new URL('../../shared/', import.meta.url));

/** True where the shared material lies beside the checkout. */
export const hasShared: boolean = existsSync(new URL('../../shared/fixtures/llama2.model', import.meta.url));

/** Skips tests without the shared material. */
export const needsShared = skipUnless(hasShared, '../shared is missing, which only developers have');

/** Path of a shared file, such as `sharedPath('fixtures/llama2.model')`. */
export function sharedPath(name: string): string {
  return sharedRoot + name;
}

/** Bytes of a shared fixture, such as `sharedFixture('llama2.model')`; unpacked where its name ends in `.gz`. */
export function sharedFixture(name: string): Buffer<ArrayBuffer> {
  const bytes = readFileSync(sharedPath(`fixtures/${name}`));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}
