// Pruning as a whole job in memory: count what occurs in the text to be kept, take out the pieces that it misses least, row
// map, what gets longer, every file. Which pieces leave is merge/choice/prune-pieces.ts' decision.
// The text is opened through the caller, twice: to count, and to measure the result on it. Nothing is written here.
import { counted, groupDigits } from '../../core/counted.ts';
import { ABSENT_PIECE, type TokenizerModel } from '../../core/model.ts';
import type { RowMap } from '../../core/row-map.ts';
import { InputError, OptionError } from '../../errors.ts';
import type { TextAudit } from '../../formats/audit-report.ts';
import { readAddedTokens } from '../../formats/companion-files.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import type { SkippedFile, TokenizerDocument } from '../../formats/tokenizer-document.ts';
import { buildAuditContext } from '../../merge/audit/subject.ts';
import { createTextAudit } from '../../merge/audit/text.ts';
import { choosePrunedPieces, type PrunedPieces } from '../../merge/choice/prune-pieces.ts';
import { buildPrunedRowMap } from '../../merge/row-map/build-row-map.ts';
import { formatRemovedPiecesCsv } from '../../report/print/removed-pieces-csv.ts';
import { formatRowMapCsv } from '../../report/print/row-map-csv.ts';
import { createTokenizer, type Tokenizer } from '../../tokenize/tokenizer.ts';
import { readablePieces } from '../../tokenize/vocabulary.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { buildPruneManifest, type PruneManifest, serializeManifest } from '../io/manifest.ts';
import { sha256Of } from '../io/sha256.ts';
import type { BuiltFiles } from './finish-build.ts';
import { buildGoldenFile } from './golden-file.ts';

/** A text that can be read more than once. */
export interface ReadableText {
  readonly name: string;
  /** Its lines from the start, each time. */
  open(): Iterable<string> | AsyncIterable<string>;
}

/** How far pruning has come. */
export interface PruneProgress {
  readonly step: 'count' | 'choose' | 'measure';
  /** The text that is read. */
  readonly text?: string;
  /** Lines of all texts so far in this step. */
  readonly lines: number;
}

/** Which pieces may leave, and what the result is measured on: what `prune` and `--swap` have in common. */
export interface KeepOptions {
  /** Text whose tokens are to stay few. Default none: then the last pieces leave first. */
  readonly keepText?: readonly ReadableText[] | undefined;
  /** Scripts that are wanted; pieces with letters of others leave first. Default all. */
  readonly keepScripts?: readonly string[] | undefined;
  /** Further texts to measure the result on. */
  readonly texts?: readonly ReadableText[] | undefined;
  readonly onProgress?: ((progress: PruneProgress) => void) | undefined;
}

/** Options of {@link pruneVocabulary}. */
export interface PruneVocabularyOptions extends KeepOptions {
  readonly base: ExtendableTokenizer;
  /** Exact number of pieces of the result, added tokens included. */
  readonly targetSize: number;
  /** Rows of the base checkpoint's embedding, when it has more than ids. */
  readonly baseRows?: number | undefined;
  /** Rows of the result are a multiple of this. Default 1. */
  readonly padToMultipleOf?: number | undefined;
  /** Also make golden.jsonl, see `buildGoldenFile`. Default false. */
  readonly golden?: boolean | undefined;
}

/** What became of one text. */
export interface PrunedText extends TextAudit {
  readonly name: string;
  /** True for text that was to be kept, false for what was only measured. */
  readonly isKept: boolean;
  readonly baseTokens: number;
}

/** Result of {@link pruneVocabulary}. */
export interface PrunedVocabulary {
  readonly document: TokenizerDocument;
  readonly model: TokenizerModel;
  readonly tokenizer: Tokenizer;
  /** Of the file that holds the vocabulary. */
  readonly sha256: string;
  readonly removed: PrunedPieces;
  readonly rowMap: RowMap;
  readonly texts: readonly PrunedText[];
  readonly skipped: readonly SkippedFile[];
  readonly manifest: PruneManifest;
  /** Every file of the result by name. */
  readonly files: BuiltFiles;
}

/**
 * Shrinks a vocabulary.
 *
 * @throws OptionError for a target size that the base does not exceed
 * @throws InputError when fewer pieces can leave, when the text to be kept is empty, and for a format that cannot leave
 *   pieces out
 * @example
 * ```ts
 * const keepText = [{ name: 'mine', open: () => lines }];
 * const { rowMap } = await pruneVocabulary({ base, keepText, targetSize: 20_000 });
 * rowMap.target.rows; // 20000
 * ```
 */
export async function pruneVocabulary(options: PruneVocabularyOptions): Promise<PrunedVocabulary> {
  const { base, targetSize, keepText = [], keepScripts, baseRows, padToMultipleOf, golden } = options;
  const { model } = base;
  const present = presentIds(model);
  if (!Number.isInteger(targetSize) || targetSize < 1 || targetSize >= present.length) {
    throw new OptionError(
      `targetSize: ${targetSize} is not a number of pieces below the ${groupDigits(present.length)} that ${base.name} has`,
      { hint: 'Give the number of pieces that the result is to have.' },
    );
  }
  const { removed, counts } = await chooseLeaving(base, present.length - targetSize, options);
  const isGone = new Set(removed.ids);
  const ids = present.filter((id) => !isGone.has(id));
  const document = base.document.keep!(ids);
  const sha256 = sha256Of(document.vocabularyFile.bytes);
  const tokenizer = createTokenizer(document.model);
  const rowMap = buildPrunedRowMap({
    base: { idCount: model.pieces.length, rows: baseRows, sha256: base.sha256, pieceTypes: model.pieceTypes },
    target: { sha256 },
    ids,
    ...(padToMultipleOf !== undefined && { padToMultipleOf }),
  });
  const measured = await measureLonger(base, { name: `${base.name}, pruned`, tokenizer }, options);
  const files = new Map(document.files());
  files.set('row-map.json', serializeRowMap(rowMap));
  files.set('row-map.csv', await formatRowMapCsv(rowMap, { pieces: readablePieces(document.model) }));
  for (const [name, text] of await leavingFiles(model, { removed, counts }, measured)) files.set(name, text);
  if (golden) files.set('golden.jsonl', await buildGoldenFile(tokenizer));
  const { ids: _, ...reasons } = removed;
  const manifest = buildPruneManifest({
    base: { name: base.name, vocabSize: model.pieces.length, sha256: base.sha256 },
    options: { targetSize, keepText: keepText.map(({ name }) => name), keepScripts, padToMultipleOf, baseRows },
    target: { name: document.vocabularyFile.name, vocabSize: document.model.pieces.length, sha256 },
    rows: rowMap.target.rows,
    removed: { pieces: removed.ids.length, ...reasons },
    files,
  });
  files.set('manifest.json', serializeManifest(manifest));
  return {
    ...{ document, model: document.model, tokenizer, sha256, removed, rowMap, manifest, files },
    texts: measured,
    skipped: document.skipped,
  };
}

/** Lines between two reports of progress. */
const PROGRESS_LINES = 256;

/** How often each token occurs in texts, `[idCount]`. */
async function countTokens(
  tokenizer: Tokenizer,
  texts: readonly ReadableText[],
  onProgress?: (progress: PruneProgress) => void,
): Promise<Float64Array> {
  const counts = new Float64Array(tokenizer.vocabSize);
  const add = (id: number): void => {
    counts[id]!++;
  };
  let lines = 0;
  for (const text of texts) {
    for await (const line of text.open()) {
      if (lines++ % PROGRESS_LINES === 0) onProgress?.({ step: 'count', text: text.name, lines });
      tokenizer.forEachId(line, add);
    }
  }
  if (texts.length > 0 && counts.every((count) => count === 0)) {
    throw new InputError(`${texts.map(({ name }) => name).join(', ')}: there is no text to keep`, {
      hint: 'Check the input.',
    });
  }
  return counts;
}

/** Counts the tokens of texts before and after, line by line. */
export async function measureLonger(
  before: ExtendableTokenizer,
  after: { readonly name: string; readonly tokenizer: Tokenizer },
  { keepText = [], texts = [], onProgress }: KeepOptions,
): Promise<PrunedText[]> {
  const context = buildAuditContext(after, before);
  const all = [...keepText.map((text) => ({ text, isKept: true })), ...texts.map((text) => ({ text, isKept: false }))];
  const results: PrunedText[] = [];
  let lines = 0;
  for (const { text, isKept } of all) {
    const audit = createTextAudit(context, { scripts: [] });
    for await (const line of text.open()) {
      if (lines++ % PROGRESS_LINES === 0) onProgress?.({ step: 'measure', text: text.name, lines });
      audit.add(line);
    }
    const found = audit.finish().text;
    results.push({ name: text.name, isKept, ...found, baseTokens: found.baseTokens ?? 0 });
  }
  return results;
}

/** The pieces that leave a base, and how often each token occurs in the text to be kept, `[idCount]`. */
export interface LeavingPieces {
  readonly removed: PrunedPieces;
  readonly counts: Float64Array;
}

/**
 * Reads the text to be kept and chooses `count` pieces that leave. Tokens that the files beside the vocabulary list stay.
 *
 * @throws InputError, OptionError as `choosePrunedPieces` does, for empty text, and for a format that cannot leave pieces out
 */
export async function chooseLeaving(
  base: ExtendableTokenizer,
  count: number,
  { keepText = [], keepScripts, onProgress }: KeepOptions,
): Promise<LeavingPieces> {
  if (base.document.keep === undefined) throw cannotPrune(base);
  const counts = await countTokens(base.tokenizer, keepText, onProgress);
  onProgress?.({ step: 'choose', lines: 0 });
  const listed = readAddedTokens(base.files, base.name, undefined);
  const keep = new Set(listed.map(({ id }) => id));
  return { removed: choosePrunedPieces({ model: base.model, counts, count, keep, scripts: keepScripts }), counts };
}

/** What tells of pieces that have left: removed-pieces.csv, and longer.json with the texts that take more tokens now. */
export async function leavingFiles(
  base: TokenizerModel,
  { removed, counts }: LeavingPieces,
  texts: readonly PrunedText[],
): Promise<[name: string, text: string][]> {
  return [
    ['removed-pieces.csv', await formatRemovedPiecesCsv(removed.ids, { pieces: readablePieces(base), counts })],
    ['longer.json', `${JSON.stringify(texts, null, 2)}\n`],
  ];
}

/** The ids that have a piece: there may be holes between them. */
export function presentIds({ pieceTypes }: TokenizerModel): number[] {
  return Array.from(pieceTypes.keys()).filter((id) => pieceTypes[id] !== ABSENT_PIECE);
}

/** Why a tokenizer's files cannot leave pieces out. */
export function cannotPrune({ name, document }: ExtendableTokenizer): InputError {
  return new InputError(`${name}: pieces cannot be left out of a ${document.vocabularyFile.name}`, {
    hint: 'Save the tokenizer as tokenizer.json first, with save_pretrained of transformers.',
  });
}

/** `1,200 of 2,000 tokens`, for messages. */
export function describeLeaving({ ids, dead, otherScripts, unseen }: PrunedPieces): string {
  const reasons = [
    dead > 0 && `${groupDigits(dead)} that no text yields`,
    otherScripts > 0 && `${groupDigits(otherScripts)} of other scripts`,
    unseen > 0 && `${groupDigits(unseen)} that the text does not have`,
  ].filter((reason) => reason !== false);
  const rest = ids.length - dead - otherScripts - unseen;
  if (rest > 0) reasons.push(`${groupDigits(rest)} that the text has least use for`);
  return `${counted(ids.length, 'piece leaves', 'pieces leave')}: ${reasons.join(', ')}`;
}
