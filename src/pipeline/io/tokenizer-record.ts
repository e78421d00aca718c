// What is known of a tokenizer from the files that this program has put beside it: which texts it was trained on
// (manifest.json), and its size curve (curve.json). A manifest that belongs to another tokenizer, or that is none of ours,
// says nothing; a curve counts only if the manifest has its hash.

import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isObject } from '../../core/json-object.ts';
import { type ModelShape, parseModelShape } from '../../formats/checkpoint/model-shape.ts';
import { MODEL_SHAPES } from '../../report/advise/model-shapes.ts';
import { CURVE_FORMAT, type ExtensionCurve } from '../../report/measure/curve/extension-curve.ts';
import type { TrainingText } from '../../report/measure/training-texts.ts';
import { listBuiltinVocabularies } from '../../vocab/builtin-vocabularies.ts';
import { MANIFEST_FORMAT } from './manifest.ts';
import { sha256Of } from './sha256.ts';

/** What the files beside a tokenizer tell; what they do not tell is undefined. */
export interface TokenizerRecord {
  /** The inputs that its new pieces were learnt from. */
  readonly trainedOn: readonly TrainingText[] | undefined;
  readonly curve: ExtensionCurve | undefined;
}

const NOTHING: TokenizerRecord = { trainedOn: undefined, curve: undefined };

/**
 * Looks beside a tokenizer. Files that are missing or damaged are as if they were not there: this is a hint, not an input.
 *
 * @param source as given to `loadTokenizer`: only a path can have files beside it
 * @param sha256 of the tokenizer that was loaded; a manifest must name it, as its target or among its files
 * @example
 * ```ts
 * const { trainedOn } = await readTokenizerRecord('./merged', merged.sha256);
 * trainedOn; // [{ name: 'zh.txt.gz', sha256: '9f86d081…' }]
 * ```
 */
export async function readTokenizerRecord(source: string, sha256: string): Promise<TokenizerRecord> {
  const place = await stat(source).catch(() => undefined);
  if (place === undefined) return NOTHING;
  const folder = place.isDirectory() ? source : dirname(source);
  const [manifestText, curveText] = await Promise.all(
    ['manifest.json', 'curve.json'].map((name) => readFile(join(folder, name), 'utf8').catch(() => undefined)),
  );
  const manifest = parseManifest(manifestText, sha256);
  if (manifest === undefined) return NOTHING;
  const { files } = manifest;
  const curveHash = isObject(files) && isObject(files['curve.json']) ? files['curve.json'].sha256 : undefined;
  const curve = curveText !== undefined && curveHash === sha256Of(curveText) ? parseObject(curveText) : undefined;
  return {
    trainedOn: trainingTextsOf(statsOf(manifest)),
    curve: curve?.format === CURVE_FORMAT ? (curve as unknown as ExtensionCurve) : undefined,
  };
}

/**
 * The shape of a tokenizer's model: as the config.json beside it tells, or as was published of the built-in vocabularies;
 * undefined where neither is known.
 *
 * @param source as given to `loadTokenizer`
 * @example
 * ```ts
 * const shape = await readModelShape('llama2', await loadTokenizer('llama2'));
 * [shape?.name, shape?.hiddenSize]; // ['7B', 4096]
 * ```
 */
export async function readModelShape(
  source: string,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): Promise<ModelShape | undefined> {
  const place = await stat(source).catch(() => undefined);
  const folder = place?.isDirectory() ? source : dirname(source);
  const text = place && (await readFile(join(folder, 'config.json'), 'utf8').catch(() => undefined));
  return (text === undefined ? undefined : parseModelShape(text, name)) ?? publishedShape(sha256);
}

/** Shapes of the models that the built-in vocabularies were published with. */
const PUBLISHED: Readonly<Record<string, string>> = { llama2: '7B', llama3: 'Llama-3-8B' };

/** The shape of the model that a vocabulary was published with, by the SHA-256 of its file. */
export function publishedShape(sha256: string): ModelShape | undefined {
  const builtin = listBuiltinVocabularies().find((each) => each.sha256 === sha256);
  return MODEL_SHAPES.find(({ name }) => name === PUBLISHED[builtin?.name ?? '']);
}

function parseManifest(text: string | undefined, sha256: string): Record<string, unknown> | undefined {
  const manifest = parseObject(text);
  if (manifest?.format !== MANIFEST_FORMAT) return undefined;
  const files = isObject(manifest.files) ? Object.values(manifest.files) : [];
  const hashes = [manifest.target, ...files].map((entry) => (isObject(entry) ? entry.sha256 : undefined));
  return hashes.includes(sha256) ? manifest : undefined;
}

function statsOf({ extension }: Record<string, unknown>): unknown {
  const training = isObject(extension) ? extension.training : undefined;
  return isObject(training) ? training.stats : undefined;
}

/** The inputs that a corpus was read from, by the figures of it that a manifest keeps; undefined where they tell none. */
export function trainingTextsOf(stats: unknown): TrainingText[] | undefined {
  const inputs = isObject(stats) ? stats.inputs : undefined;
  if (!Array.isArray(inputs)) return undefined;
  return inputs.flatMap((input: unknown) =>
    isObject(input) && typeof input.name === 'string' && typeof input.sha256 === 'string'
      ? [{ name: input.name, sha256: input.sha256 }]
      : [],
  );
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const json: unknown = text === undefined ? undefined : JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
