// Merge, row map and every tokenizer file of the result, in memory: what `merge` writes and what `build` goes on from.
// It decides nothing itself; merge/ and formats/ do. Writing is left to the caller, so that nothing is half-written.
import type { TokenizerModel } from '../../core/model.ts';
import type { RowMap } from '../../core/row-map.ts';
import { FormatError } from '../../errors.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import type { ModelProto } from '../../formats/sentencepiece/fields.ts';
import { parseModelProto, serializeModelProto } from '../../formats/sentencepiece/model-file.ts';
import { modelFromProto } from '../../formats/sentencepiece/model-from-proto.ts';
import {
  buildSpecialTokensMap,
  buildTokenizerConfig,
  tokenizerJsonOptions,
} from '../../formats/tokenizer-json/tokenizer-config.ts';
import {
  buildTokenizerJson,
  parseTokenizerJson,
  serializeTokenizerJson,
  type TokenizerJson,
} from '../../formats/tokenizer-json/tokenizer-json.ts';
import type { MergeOptions } from '../../merge/merge-options.ts';
import { type MergeResult, mergeVocab } from '../../merge/merge-vocab.ts';
import { buildRowMap } from '../../merge/row-map/build-row-map.ts';
import { formatRowMapCsv } from '../../report/print/row-map-csv.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import type { LoadedSentencePiece } from '../../vocab/load-tokenizer.ts';
import { sha256Of } from '../io/sha256.ts';
import { buildGoldenFile } from './golden-file.ts';

/** Files of a base that newer versions of transformers keep the chat template in. */
const CHAT_TEMPLATES: readonly string[] = ['chat_template.jinja', 'chat_template.json'];

/** Input of {@link mergeTokenizers}. */
export interface MergeTokenizersOptions extends MergeOptions {
  readonly base: LoadedSentencePiece;
  readonly extension: ModelProto;
  /** Rows of the base checkpoint's embedding, when it has more than pieces. Default: the base's vocabulary size. */
  readonly baseRows?: number | undefined;
  /** Also make golden.jsonl, see `buildGoldenFile`. Default false. */
  readonly golden?: boolean | undefined;
}

/** Result of {@link mergeTokenizers}. */
export interface MergedTokenizer {
  readonly merge: MergeResult;
  readonly model: TokenizerModel;
  /** `tokenizer.model`. */
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly rowMap: RowMap;
  /** Every file of the result by name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Files that this model cannot have, such as a tokenizer.json for a model with `▁` as suffix. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * Merges `extension` into `base` and derives all files from the result.
 *
 * @throws OptionError, InputError as `mergeVocab` does
 * @example
 * ```ts
 * const base = requireSentencePiece(await loadTokenizer('llama2'));
 * const { files } = await mergeTokenizers({ base, extension: parseModelProto(bytes) });
 * for (const [name, content] of files) await writeFile(join('merged', name), content);
 * ```
 */
export async function mergeTokenizers(options: MergeTokenizersOptions): Promise<MergedTokenizer> {
  const { base, extension, baseRows, golden = false, ...mergeOptions } = options;
  const merge = mergeVocab({ base: base.proto, extension, ...mergeOptions });
  const bytes = serializeModelProto(merge.proto);
  const sha256 = sha256Of(bytes);
  const model = modelFromProto(merge.proto);
  const rowMap = buildRowMap({
    base: { idCount: merge.baseSize, rows: baseRows, sha256: base.sha256 },
    target: { idCount: model.pieces.length, rows: merge.rows, sha256 },
    pieces: model.pieces,
    tokenize: base.tokenizer.encodePieceText,
  });

  const baseConfig = parseConfig(base, 'tokenizer_config.json');
  const baseSpecials = parseConfig(base, 'special_tokens_map.json');
  const addedTokens = (mergeOptions.addTokens ?? []).map((content) => ({ content, special: true }));
  const jsonOptions = tokenizerJsonOptions(baseConfig, parseBaseJson(base));
  const hasTies = merge.warnings.some(({ code }) => code === 'score-ties');
  const files = new Map<string, string | Uint8Array>([['tokenizer.model', bytes]]);
  const skipped: { file: string; reason: string }[] = [];
  try {
    files.set('tokenizer.json', serializeTokenizerJson(buildTokenizerJson(model, { ...jsonOptions, addedTokens })));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    skipped.push({ file: 'tokenizer.json', reason: error.message });
  }
  const rest: readonly (readonly [string, string])[] = [
    ['tokenizer_config.json', json(buildTokenizerConfig({ model, base: baseConfig, addedTokens, hasTies }))],
    ['special_tokens_map.json', json(buildSpecialTokensMap({ model, base: baseSpecials, addedTokens }))],
    ['row-map.json', serializeRowMap(rowMap)],
    ['row-map.csv', await formatRowMapCsv(rowMap, { pieces: model.pieces })],
  ];
  for (const [name, text] of rest) files.set(name, text);
  for (const name of CHAT_TEMPLATES) {
    const text = base.files.get(name);
    if (text !== undefined) files.set(name, text);
  }
  if (golden) files.set('golden.jsonl', await buildGoldenFile(createTokenizer(model)));
  return { merge, model, bytes, sha256, rowMap, files, skipped };
}

/** A model read back from its own bytes; what is written is what later steps see. */
export function reparse(proto: ModelProto): { proto: ModelProto; bytes: Uint8Array; sha256: string } {
  const bytes = serializeModelProto(proto);
  return { proto: parseModelProto(bytes), bytes, sha256: sha256Of(bytes) };
}

function parseConfig(base: LoadedSentencePiece, name: string): Record<string, unknown> | undefined {
  const text = base.files.get(name);
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

// Only asked how it puts the prefix; one that cannot be read says nothing.
function parseBaseJson(base: LoadedSentencePiece): TokenizerJson | undefined {
  const text = base.files.get('tokenizer.json');
  try {
    return text === undefined ? undefined : parseTokenizerJson(text);
  } catch {
    return undefined;
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
