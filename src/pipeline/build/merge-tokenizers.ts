// Merge, row map and every tokenizer file of the result, in memory: what `merge` writes and what `build` goes on from.
// It decides nothing itself; merge/ and formats/ do. Writing is left to the caller, so that nothing is half-written.
import type { TokenizerModel } from '../../core/model.ts';
import type { RowMap } from '../../core/row-map.ts';
import { toByteUnits } from '../../core/unicode/byte-level.ts';
import { OptionError } from '../../errors.ts';
import { parseVocabularyConfig } from '../../formats/checkpoint/model-config.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import type { SkippedFile, TokenizerDocument } from '../../formats/tokenizer-document.ts';
import type { MergeOptions } from '../../merge/merge-options.ts';
import { type MergeResult, mergeVocab } from '../../merge/merge-vocab.ts';
import { buildRowMap } from '../../merge/row-map/build-row-map.ts';
import { fillRowMap, padRowMap } from '../../merge/row-map/row-map-algebra.ts';
import { formatRowMapCsv } from '../../report/print/row-map-csv.ts';
import { createTokenizer, type Tokenizer } from '../../tokenize/tokenizer.ts';
import { readablePieces } from '../../tokenize/vocabulary.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { sha256Of } from '../io/sha256.ts';
import { buildGoldenFile } from './golden-file.ts';

/** What the files of a result depend on beside its pieces. */
export interface MergedFilesOptions {
  /**
   * Rows of the base checkpoint's embedding, when it has more than pieces. Default: the base's vocabulary size; with
   * `fillPadding` the `vocab_size` of the config.json beside the base.
   */
  readonly baseRows?: number | undefined;
  /** New pieces take the rows that the checkpoint has to spare first, see `fillRowMap`. Default false. */
  readonly fillPadding?: boolean | undefined;
  /** Also make golden.jsonl, see `buildGoldenFile`. Default false. */
  readonly golden?: boolean | undefined;
}

interface ApplyMergeOptions extends MergedFilesOptions {
  /** As it was merged with. */
  readonly padToMultipleOf?: number | undefined;
}

/** Input of {@link mergeTokenizers}. */
export interface MergeTokenizersOptions extends MergeOptions, MergedFilesOptions {
  readonly base: ExtendableTokenizer;
  readonly extension: TokenizerModel;
}

/** Result of {@link mergeTokenizers}. */
export interface MergedTokenizer {
  readonly merge: MergeResult;
  readonly document: TokenizerDocument;
  readonly model: TokenizerModel;
  /** Made on first use. */
  readonly tokenizer: Tokenizer;
  /** Of the file that holds the vocabulary, such as tokenizer.model. */
  readonly sha256: string;
  readonly rowMap: RowMap;
  /** Every file of the result by name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Files that this model cannot have, such as a tokenizer.json for a model with `▁` as suffix. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Merges `extension` into `base` and derives all files from the result.
 *
 * @throws OptionError, InputError as `mergeVocab` does
 * @example
 * ```ts
 * const base = requireExtendable(await loadTokenizer('llama2'));
 * const { files } = await mergeTokenizers({ base, extension: parseTokenizerModel(bytes) });
 * for (const [name, content] of files) await writeFile(join('out', name), content);
 * ```
 */
export async function mergeTokenizers(options: MergeTokenizersOptions): Promise<MergedTokenizer> {
  const { base, extension, baseRows, fillPadding, golden, ...mergeOptions } = options;
  const { model, document } = base;
  const merge = mergeVocab({ base: model, extension, training: document.training, ...mergeOptions });
  return applyMerge(base, merge, { baseRows, fillPadding, padToMultipleOf: mergeOptions.padToMultipleOf, golden });
}

function isByteUnits(piece: string): boolean {
  for (let i = 0; i < piece.length; i++) if (piece.charCodeAt(i) > 0xff) return false;
  return true;
}

function rowsBeside({ name, modelConfig }: ExtendableTokenizer): number {
  const source = `config.json beside ${name}`;
  const rows = modelConfig && parseVocabularyConfig(modelConfig, { source }).vocabSizes[0]?.value;
  if (typeof rows === 'number') return rows;
  throw new OptionError('fillPadding: it is not known how many rows the checkpoint has', {
    hint: 'Put its config.json beside the base, or give --base-rows, which is vocab_size there; or leave it to resize --fill-padding.',
  });
}

/** Applies what was merged, or learnt, to the base and derives all files. */
export async function applyMerge(
  base: ExtendableTokenizer,
  merge: MergeResult,
  options: ApplyMergeOptions = {},
): Promise<MergedTokenizer> {
  const { fillPadding = false, padToMultipleOf = 1, golden = false } = options;
  const baseRows = options.baseRows ?? (fillPadding ? rowsBeside(base) : undefined);
  const document = base.document.apply(merge.patch);
  const { model, vocabularyFile } = document;
  const sha256 = sha256Of(vocabularyFile.bytes);
  const built = buildRowMap({
    base: { idCount: merge.baseSize, rows: baseRows, sha256: base.sha256, pieceTypes: base.model.pieceTypes },
    target: { idCount: model.pieces.length, rows: merge.rows, sha256, pieceTypes: model.pieceTypes },
    removed: merge.patch.removed,
    pieces: model.pieces,
    units: model.units,
    // The text of a special token is no bytes, whatever spells the pieces.
    tokenize: (piece) =>
      base.tokenizer.encodePieceText(model.units === 'byte' && !isByteUnits(piece) ? toByteUnits(piece) : piece),
  });
  const rowMap = fillPadding ? padRowMap(fillRowMap(built), padToMultipleOf) : built;
  let tokenizer: Tokenizer | undefined;
  const files = new Map(document.files());
  const merged: MergedTokenizer = {
    merge,
    document,
    model,
    get tokenizer() {
      tokenizer ??= createTokenizer(model);
      return tokenizer;
    },
    sha256,
    rowMap,
    files,
    skipped: document.skipped,
  };
  files.set('row-map.json', serializeRowMap(rowMap));
  files.set('row-map.csv', await formatRowMapCsv(rowMap, { pieces: readablePieces(model) }));
  if (golden) files.set('golden.jsonl', await buildGoldenFile(merged.tokenizer));
  return merged;
}
