// Builds the row map of a merge: base rows are copied, each new row becomes the weighted mean of the rows of the base
// tokens that its piece splits into ("mean of old tokens"), rows of no token are padding. Which free rows of the checkpoint
// new pieces take is row-map-algebra.ts' business. Also that of a vocabulary that pieces have left.
// It encodes nothing and hashes nothing: the base tokenizer's encoder and both hashes are passed in.

import { checkWhole } from '../../core/check-whole.ts';
import { ABSENT_PIECE, PIECE_TYPE, type PieceUnits, SPACE_SYMBOL } from '../../core/model.ts';
import {
  type CopyRange,
  type NewRow,
  ROW_MAP_FORMAT,
  ROW_MAP_VERSION,
  type RowMap,
  type RowMapVocab,
  type RowRange,
} from '../../core/row-map.ts';
import { byteSurface } from '../../core/unicode/byte-level.ts';
import { pieceToByte, utf8Length } from '../../core/unicode/utf8.ts';
import { InputError, OptionError } from '../../errors.ts';
import { isSpelledInBytes } from '../../tokenize/vocabulary.ts';
import { checkMultiple, MAX_COUNT, roundUpToMultiple } from '../merge-options.ts';
import { appendRange } from './row-map-algebra.ts';

/** One side of the map to build. */
export interface RowMapSide {
  /** Number of ids, the last one and 1. Default, on the target's side: the number of pieces given. */
  readonly idCount?: number | undefined;
  /**
   * Rows of the embedding, padding included. Base: of the checkpoint at hand, default `idCount`; what lies past the
   * base's ids is padding, never a token, and is not carried over. Target: default the number of ids.
   */
  readonly rows?: number | undefined;
  /** `PIECE_TYPE` of each piece, `[idCount]`; an id of type 0 has no piece. Default: all are normal. */
  readonly pieceTypes?: ArrayLike<number> | undefined;
  /** SHA-256 of the tokenizer file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Input of {@link buildRowMap}. */
export interface BuildRowMapOptions {
  readonly base: RowMapSide & { readonly idCount: number };
  readonly target: RowMapSide;
  /** Texts of the target's pieces, by id. */
  readonly pieces: readonly string[];
  /** How pieces are spelled: with `byte`, new rows get a readable surface too. Default `utf16`. */
  readonly units?: PieceUnits | undefined;
  /**
   * Base ids that a text in piece form (`▁` for space) splits into, without a prefix added: a tokenizer's
   * `encodePieceText`. Called once for each new piece.
   */
  readonly tokenize: (piece: string) => readonly number[];
  /**
   * Texts of the base's pieces, by id. With them, rows are matched by text, so that the target may order its pieces in
   * any way and lack some of the base's. Without, target ids that the base has are the base's, as after a merge.
   */
  readonly basePieces?: readonly string[] | undefined;
  /** Base ids whose pieces have left: where the target has a piece under one of them, its row is new. Default none. */
  readonly removed?: ArrayLike<number> | undefined;
  /** `uniform`: 1/n each (default). `length`: in proportion to the UTF-8 bytes a base token covers; needs `basePieces`. */
  readonly weighting?: 'uniform' | 'length' | undefined;
  /** Rows of the target are rounded up to a multiple of this. Default 1. */
  readonly padToMultipleOf?: number | undefined;
}

/**
 * Builds a row map.
 *
 * @throws OptionError when sizes contradict each other or `weighting: 'length'` lacks `basePieces`
 * @throws InputError when a new piece splits into nothing, or into an id that the base does not have
 * @example
 * ```ts
 * const rowMap = buildRowMap({
 *   base: { idCount: 2, sha256: '0'.repeat(64) },
 *   target: { sha256: '1'.repeat(64) },
 *   pieces: ['a', 'b', 'ab'],
 *   tokenize: (piece) => [...piece].map((character) => 'ab'.indexOf(character)),
 *   padToMultipleOf: 4,
 * });
 * rowMap.copy; // [[0, 0, 2]]
 * rowMap.new; // [{ id: 2, piece: 'ab', sources: [0, 1], weights: [0.5, 0.5] }]
 * rowMap.padding; // [3]
 * ```
 */
export function buildRowMap(options: BuildRowMapOptions): RowMap {
  const { base, target, pieces, tokenize, units = 'utf16', weighting = 'uniform', padToMultipleOf = 1 } = options;
  const { basePieces } = options;
  const idCount = pieces.length;
  const baseRows = base.rows ?? base.idCount;
  checkWhole('base.idCount', base.idCount, 1, MAX_COUNT);
  checkWhole('base.rows', baseRows, base.idCount, MAX_COUNT);
  checkMultiple('padToMultipleOf', padToMultipleOf);
  if (target.idCount !== undefined && target.idCount !== idCount) {
    throw new OptionError(`target.idCount: ${target.idCount} given, but there are ${idCount} pieces`);
  }
  if (target.rows !== undefined) checkWhole('target.rows', target.rows, idCount, MAX_COUNT);
  if (weighting !== 'uniform' && weighting !== 'length') {
    throw new OptionError(`weighting: ${JSON.stringify(weighting)} is unknown`, { hint: 'Use uniform or length.' });
  }
  if (weighting === 'length' && basePieces === undefined) {
    throw new OptionError('weighting: "length" needs basePieces, to know how much text each base token covers');
  }
  const targetRows = roundUpToMultiple(target.rows ?? idCount, padToMultipleOf);

  const copy: CopyRange[] = [];
  const newRows: NewRow[] = [];
  const padding: number[] = [];
  const baseIdOf = createBaseLookup(base, idCount, basePieces, options.removed);
  for (let id = 0; id < idCount; id++) {
    const piece = pieces[id]!;
    if (target.pieceTypes?.[id] === ABSENT_PIECE) {
      // A row that belongs to no token stays what it was where the base has the same hole.
      if (id < base.idCount && base.pieceTypes?.[id] === ABSENT_PIECE) appendRange(copy, [id, id, 1]);
      else padding.push(id);
      continue;
    }
    const baseId = baseIdOf(id, piece);
    if (baseId >= 0) appendRange(copy, [id, baseId, 1]);
    else {
      const sources = [...tokenize(piece)];
      checkSources(sources, id, piece, base);
      const weights = weigh(sources, weighting === 'length' ? basePieces : undefined, units);
      const pieceType = target.pieceTypes?.[id] ?? PIECE_TYPE.normal;
      const isBytes = isSpelledInBytes({ units, pieceTypes: [pieceType] }, 0);
      newRows.push({ id, piece, ...(isBytes && { surface: byteSurface(piece) }), sources, weights });
    }
  }
  for (let row = idCount; row < targetRows; row++) padding.push(row);
  return {
    format: ROW_MAP_FORMAT,
    version: ROW_MAP_VERSION,
    base: describeSide('base', base, base.idCount, baseRows),
    target: describeSide('target', target, idCount, targetRows),
    copy,
    new: newRows,
    padding,
  };
}

/** Input of {@link buildPrunedRowMap}. */
export interface PrunedRowMapOptions extends Pick<BuildRowMapOptions, 'base' | 'padToMultipleOf'> {
  readonly target: Pick<RowMapSide, 'sha256'>;
  /** Base ids of the pieces that stay, ascending; the place in the list is the new id. */
  readonly ids: ArrayLike<number>;
}

/**
 * Builds the row map of a vocabulary that pieces have left: every row is copied, none is made.
 *
 * @throws OptionError when an id is none of the base's, or has no piece
 * @example
 * ```ts
 * const rowMap = buildPrunedRowMap({
 *   base: { idCount: 5, sha256: '0'.repeat(64) },
 *   target: { sha256: '1'.repeat(64) },
 *   ids: [0, 1, 4],
 * });
 * rowMap.copy; // [[0, 0, 2], [2, 4, 1]]
 * ```
 */
export function buildPrunedRowMap({ base, target, ids, padToMultipleOf = 1 }: PrunedRowMapOptions): RowMap {
  const baseRows = base.rows ?? base.idCount;
  checkWhole('base.idCount', base.idCount, 1, MAX_COUNT);
  checkWhole('base.rows', baseRows, base.idCount, MAX_COUNT);
  checkMultiple('padToMultipleOf', padToMultipleOf);
  const idCount = ids.length;
  const copy: CopyRange[] = [];
  for (let id = 0; id < idCount; id++) {
    const baseId = ids[id]!;
    if (
      !Number.isInteger(baseId) ||
      baseId < 0 ||
      baseId >= base.idCount ||
      base.pieceTypes?.[baseId] === ABSENT_PIECE
    ) {
      throw new OptionError(`ids: ${baseId} is no piece of the base, whose last id is ${base.idCount - 1}`);
    }
    appendRange(copy, [id, baseId, 1]);
  }
  const rows = roundUpToMultiple(idCount, padToMultipleOf);
  return {
    format: ROW_MAP_FORMAT,
    version: ROW_MAP_VERSION,
    base: describeSide('base', base, base.idCount, baseRows),
    target: describeSide('target', target, idCount, rows),
    copy,
    new: [],
    padding: Array.from({ length: rows - idCount }, (_, i) => idCount + i),
  };
}

function describeSide(side: 'base' | 'target', vocab: RowMapSide, idCount: number, rows: number): RowMapVocab {
  const { pieceTypes } = vocab;
  const holes: RowRange[] = [];
  if (pieceTypes !== undefined) {
    if (pieceTypes.length !== idCount) {
      throw new OptionError(`${side}.pieceTypes: ${pieceTypes.length} given, there are ${idCount} ids`);
    }
    for (let id = 0; id < idCount; id++) {
      if (pieceTypes[id] !== ABSENT_PIECE) continue;
      const last = holes.at(-1);
      if (last !== undefined && last[0] + last[1] === id) holes[holes.length - 1] = [last[0], last[1] + 1];
      else holes.push([id, 1]);
    }
  }
  return { idCount, rows, ...(holes.length > 0 && { holes }), sha256: checkSha256(side, vocab.sha256) };
}

function createBaseLookup(
  { idCount: baseSize, pieceTypes }: BuildRowMapOptions['base'],
  targetSize: number,
  basePieces: readonly string[] | undefined,
  removed: ArrayLike<number> = [],
): (id: number, piece: string) => number {
  const isGone = new Set(Array.from(removed));
  const has = (id: number): boolean => id < baseSize && pieceTypes?.[id] !== ABSENT_PIECE && !isGone.has(id);
  if (basePieces === undefined) {
    if (targetSize < baseSize) {
      throw new OptionError(`pieces: ${targetSize} given, fewer than the base's ${baseSize}`, {
        hint: 'Give basePieces too, so that rows are matched by the text of their pieces.',
      });
    }
    return (id) => (has(id) ? id : -1);
  }
  if (basePieces.length !== baseSize) {
    throw new OptionError(`basePieces: ${basePieces.length} given, base.idCount is ${baseSize}`);
  }
  const ids = new Map<string, number>();
  for (let id = baseSize - 1; id >= 0; id--) if (has(id)) ids.set(basePieces[id]!, id);
  // Two pieces may have one text (a control and a normal one): the same id is then the same piece.
  return (id, piece) => (has(id) && basePieces[id] === piece ? id : (ids.get(piece) ?? -1));
}

function checkSources(
  sources: readonly number[],
  id: number,
  piece: string,
  { idCount, pieceTypes }: BuildRowMapOptions['base'],
): void {
  const what = `new piece ${id} ${JSON.stringify(piece)}`;
  if (sources.length === 0) {
    throw new InputError(`${what}: the base tokenizer splits it into nothing, a new row needs one base token at least`);
  }
  for (const source of sources) {
    if (Number.isInteger(source) && source >= 0 && source < idCount && pieceTypes?.[source] !== ABSENT_PIECE) continue;
    const limit = source < idCount ? 'which has no piece' : `the base's last id is ${idCount - 1}`;
    throw new InputError(`${what}: it splits into id ${source}, ${limit}`, {
      hint: 'Pass the tokenizer of the base, not of the merged model.',
    });
  }
}

function weigh(sources: readonly number[], basePieces: readonly string[] | undefined, units: PieceUnits): number[] {
  if (basePieces === undefined) return sources.map(() => 1 / sources.length);
  const lengths = sources.map((source) => coveredBytes(basePieces[source]!, units));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return lengths.map((length) => length / total);
}

// A byte piece covers one byte, and so does `▁`, which stands for a space.
function coveredBytes(piece: string, units: PieceUnits): number {
  if (units === 'byte') return Math.max(1, piece.length);
  if (pieceToByte(piece) >= 0) return 1;
  return Math.max(1, utf8Length(piece.replaceAll(SPACE_SYMBOL, ' ')));
}

function checkSha256(side: 'base' | 'target', sha256: string): string {
  const lower = sha256.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(lower)) return lower;
  throw new OptionError(`${side}.sha256: ${JSON.stringify(sha256)} is not 64 hexadecimal digits`);
}
