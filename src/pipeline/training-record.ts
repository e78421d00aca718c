// What a tokenizer was trained on, from the manifest.json that this program has put beside it. A manifest that belongs to
// another tokenizer, or that is none of ours, says nothing; only the inputs' hashes are taken from it.
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrainingText } from '../report/training-texts.ts';
import { MANIFEST_FORMAT } from './manifest.ts';

/**
 * The training texts of the tokenizer at `source`, `undefined` when nothing beside it tells.
 *
 * @param source as given to `loadTokenizer`: only a path can have a manifest beside it
 * @param sha256 of the tokenizer that was loaded; a manifest must name it, as its target or among its files
 * @example
 * ```ts
 * await readTrainingTexts('./merged', merged.sha256); // [{ name: 'zh.txt.gz', sha256: '9f86d081…' }]
 * ```
 */
export async function readTrainingTexts(source: string, sha256: string): Promise<TrainingText[] | undefined> {
  const place = await stat(source).catch(() => undefined);
  if (place === undefined) return undefined;
  const path = join(place.isDirectory() ? source : dirname(source), 'manifest.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : trainingTextsOf(text, sha256);
}

/** The training texts that a manifest records, `undefined` when it is not of that tokenizer or records none. */
export function trainingTextsOf(manifest: string, sha256: string): TrainingText[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(manifest);
  } catch {
    return undefined;
  }
  if (!isObject(json) || json.format !== MANIFEST_FORMAT) return undefined;
  const files = isObject(json.files) ? Object.values(json.files) : [];
  const hashes = [json.target, ...files].map((entry) => (isObject(entry) ? entry.sha256 : undefined));
  if (!hashes.includes(sha256)) return undefined;
  const training = isObject(json.extension) ? json.extension.training : undefined;
  const inputs = isObject(training) && isObject(training.stats) ? training.stats.inputs : undefined;
  if (!Array.isArray(inputs)) return undefined;
  return inputs.flatMap((input: unknown) =>
    isObject(input) && typeof input.name === 'string' && typeof input.sha256 === 'string'
      ? [{ name: input.name, sha256: input.sha256 }]
      : [],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
