// What config.json and generation_config.json say about the vocabulary, and the edits that follow from a resize: vocab_size
// and the ids of special tokens. Every other value keeps its text. It does not know any architecture; names decide.
import { isObject } from '../../core/json-object.ts';
import { FormatError } from '../../errors.ts';
import { editJson, type JsonEdit } from '../json/json-edit.ts';

/** A value of a configuration that is about the vocabulary. */
export interface ConfigValue<T> {
  /** Keys that lead to it: `['vocab_size']`, `['text_config', 'vocab_size']`. */
  readonly path: readonly string[];
  readonly value: T;
}

/** What a configuration says about the vocabulary. */
export interface VocabularyConfig {
  /** `vocab_size` and its relatives, the top level first. */
  readonly vocabSizes: readonly ConfigValue<number>[];
  /** `bos_token_id`, `eos_token_id` (one or several), `pad_token_id` and so on; null where the file says so. */
  readonly tokenIds: readonly ConfigValue<number | readonly number[] | null>[];
  /** `undefined` when it does not say. */
  readonly tieWordEmbeddings: boolean | undefined;
  readonly initializerRange: number | undefined;
  readonly modelType: string | undefined;
}

const VOCAB_SIZE_KEYS: readonly string[] = ['vocab_size', 'padded_vocab_size'];
/** Parts of multimodal and encoder-decoder models that share the vocabulary. */
const TEXT_PARTS: readonly string[] = ['text_config', 'llm_config', 'language_config', 'encoder', 'decoder'];

/**
 * Reads a configuration.
 *
 * @throws FormatError when the text is no JSON object
 */
export function parseVocabularyConfig(text: string, { source = 'config.json' } = {}): VocabularyConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source}: is not JSON: ${(cause as Error).message}`, {
      cause,
      hint: 'Get the file again.',
    });
  }
  if (!isObject(json)) throw new FormatError(`${source}: is JSON, but no object`, { hint: 'Get the file again.' });
  const vocabSizes: ConfigValue<number>[] = [];
  const tokenIds: ConfigValue<number | readonly number[] | null>[] = [];
  let tieWordEmbeddings: boolean | undefined;
  let initializerRange: number | undefined;
  const parts: [readonly string[], Record<string, unknown>][] = [[[], json]];
  for (const part of TEXT_PARTS) if (isObject(json[part])) parts.push([[part], json[part]]);
  for (const [prefix, part] of parts) {
    for (const [key, value] of Object.entries(part)) {
      const path = [...prefix, key];
      if (VOCAB_SIZE_KEYS.includes(key) && typeof value === 'number') vocabSizes.push({ path, value });
      if (!/_token_(id|index)$|^(begin_)?suppress_tokens$/.test(key)) continue;
      if (value === null || isId(value)) tokenIds.push({ path, value });
      else if (Array.isArray(value) && value.every(isId)) tokenIds.push({ path, value });
    }
    if (typeof part.tie_word_embeddings === 'boolean') tieWordEmbeddings ??= part.tie_word_embeddings;
    if (typeof part.initializer_range === 'number') initializerRange ??= part.initializer_range;
  }
  const modelType = typeof json.model_type === 'string' ? json.model_type : undefined;
  return { vocabSizes, tokenIds, tieWordEmbeddings, initializerRange, modelType };
}

/** Input of {@link updateVocabularyConfig}. */
export interface ConfigUpdate {
  /** Rows of the new matrices, which is what `vocab_size` means to a loader. */
  readonly rows: number;
  /** Sizes that stand for the old vocabulary: its rows and its pieces. */
  readonly oldSizes: readonly number[];
  /** Where a row of the old matrices went; `undefined` when it is gone. */
  readonly mapId: (id: number) => number | undefined;
  /** Ids of the new tokenizer's special tokens by key: `pad_token_id` and so on. */
  readonly specialIds: Readonly<Record<string, number>>;
  /** False for generation_config.json, which has no `vocab_size`. Default true. */
  readonly hasVocabSize?: boolean;
  readonly source?: string;
}

/** One changed value. */
export interface ConfigChange {
  /** Keys with dots between them. */
  readonly key: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Result of {@link updateVocabularyConfig}. */
export interface UpdatedConfig {
  readonly text: string;
  readonly changes: readonly ConfigChange[];
}

/**
 * Sets `vocab_size` and moves the ids of special tokens. An id whose row is gone becomes the new tokenizer's token of
 * that kind, or null. A new tokenizer with a pad token sets `pad_token_id`; bos and eos are set only where they are missing.
 *
 * @throws FormatError when the text is no JSON object
 */
export function updateVocabularyConfig(text: string, update: ConfigUpdate): UpdatedConfig {
  const { rows, oldSizes, mapId, specialIds, hasVocabSize = true, source = 'config.json' } = update;
  const config = parseVocabularyConfig(text, { source });
  const edits: JsonEdit[] = [];
  const changes: ConfigChange[] = [];
  const set = (path: readonly string[], from: unknown, to: unknown): void => {
    if (JSON.stringify(from) === JSON.stringify(to)) return;
    edits.push({ path, value: to });
    changes.push({ key: path.join('.'), from: from ?? null, to });
  };
  if (hasVocabSize) {
    const sizes = config.vocabSizes.filter(({ path, value }) => path.length === 1 || oldSizes.includes(value));
    if (sizes.length === 0) set(['vocab_size'], undefined, rows);
    for (const { path, value } of sizes) set(path, value, rows);
  }
  for (const { path, value } of config.tokenIds) {
    const key = path.at(-1)!;
    const special = specialIds[key];
    const isPad = key === 'pad_token_id';
    if (isPad && special !== undefined) set(path, value, special);
    else if (typeof value === 'number') set(path, value, value < 0 ? value : (mapId(value) ?? special ?? null));
    else if (value !== null) {
      const ids = value.map(mapId).filter((id) => id !== undefined);
      set(path, value, ids.length > 0 ? ids : (special ?? null));
    }
  }
  const present = new Set(config.tokenIds.filter(({ path }) => path.length === 1).map(({ path }) => path[0]!));
  const pad = specialIds.pad_token_id;
  if (pad !== undefined && !present.has('pad_token_id')) set(['pad_token_id'], undefined, pad);
  return { text: editJson(text, edits, { source }), changes };
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}
