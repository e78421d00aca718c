// The merges of a BPE model as encoders look them up: of two adjacent symbols the merge, of a merge its rank and the symbol
// it makes. Two rules answer: a model that scores its pieces merges whatever texts joined are a piece (find-by-text.ts), one
// that lists merges only what it lists (find-listed.ts). A symbol is a piece or a single character.
import { type MergeList, PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';
import { buildByteJoins } from './byte-joins.ts';
import { createTextFinder, createTextTable, extendHash, hashOfText, type TextTable } from './find-by-text.ts';
import { createListedFinder } from './find-listed.ts';
import { addJoin, createJoinFilter, hashPair, type JoinFilter } from './join-filter.ts';

/** Score of "these two do not merge", below that of every merge. */
export const NO_SCORE = Number.NEGATIVE_INFINITY;

/** Marks units that are half of a surrogate pair in {@link MergeTable.unitSymbols}. */
export const SURROGATE_UNIT = -2;

/**
 * Merges of symbols. A symbol below idCount is a piece; those from idCount on stand for single characters that occur inside
 * scored pieces without being pieces themselves. A merge is a number: the piece that it makes where pieces are scored, its
 * place in the list where merges are listed.
 */
export interface MergeTable {
  readonly idCount: number;
  /**
   * Symbol of each BMP character, -1 if it merges with nothing and is no piece, {@link SURROGATE_UNIT}: `[65536]`. Of bytes
   * where pieces are spelled in bytes.
   */
  readonly unitSymbols: Int32Array;
  /** Symbol of each character past the BMP that has one. */
  readonly astralSymbols: ReadonlyMap<number, number>;
  /** Code point of the symbols from idCount on. */
  readonly extraCodePoints: readonly number[];
  /** Scores of the merges in an order that `>` gives, all of them above {@link NO_SCORE}: `[merges]`. */
  readonly mergeScores: Float32Array | Float64Array;
  /** The same as ranks, best first; equal scores share one: `[merges]`. Made on first use, since few texts need them. */
  readonly mergeRanks: Int32Array;
  /** The piece that each merge makes: `[merges]`. */
  readonly mergeResults: Int32Array;
  /** Merge of two adjacent symbols, or -1. */
  find(left: number, right: number): number;
  /** Between which characters of a text merges may go across. */
  readonly joins: JoinFilter;
  /** The pieces by text. */
  readonly texts: TextTable;
}

/** What of a model says how it merges. */
export type MergingModel = Pick<TokenizerModel, 'pieces' | 'pieceTypes' | 'pieceScores'> &
  Partial<Pick<TokenizerModel, 'units' | 'merges'>>;

/** Ranks are sorted as score and id in one float64, and the long merger keeps rank and place in one. */
const MAX_MERGES = 2 ** 21;

/** Slots of the direct-mapped memory of answers; 2^16 of them take 0.8 MB. */
const MEMORY_SLOTS = 1 << 16;

/**
 * Builds the merge table of `model`. Time and memory are linear in the total length of the pieces and the number of merges.
 *
 * @throws OptionError for more than 2^21 pieces or merges
 */
export function buildMergeTable(model: MergingModel): MergeTable {
  const { pieces, pieceScores, merges } = model;
  const idCount = pieces.length;
  checkLimit(idCount, 'pieces');
  if (merges !== undefined) return buildListedTable(model, merges);
  const alphabet = readAlphabet(model);
  const { texts, extraCodePoints } = alphabet;
  const mergeResults = new Int32Array(idCount);
  for (let id = 0; id < idCount; id++) mergeResults[id] = id;
  let mergeRanks: Int32Array | undefined;
  return {
    idCount,
    ...alphabet,
    mergeScores: comparableScores(pieceScores),
    get mergeRanks() {
      mergeRanks ??= rankByScore(pieceScores);
      return mergeRanks;
    },
    mergeResults,
    find: createTextFinder({ pieces, texts, extraCodePoints }),
  };
}

/**
 * The table of a model that lists its merges. Opening it is quick: what follows from all pieces or all merges is made when a
 * text first asks for it.
 */
function buildListedTable(model: MergingModel, merges: MergeList): MergeTable {
  const { pieces, units } = model;
  const mergeCount = merges.resultIds.length;
  checkLimit(mergeCount, 'merges');
  // Exact in float32, since there are fewer than 2^24.
  const mergeScores = new Float32Array(mergeCount);
  for (let merge = 0; merge < mergeCount; merge++) mergeScores[merge] = -merge;
  const unitSymbols = createUnitSymbols();
  const astralSymbols = new Map<number, number>();
  const ids = readTextIds(model);
  for (const id of ids) {
    const piece = pieces[id]!;
    if (piece.length === 1) unitSymbols[piece.charCodeAt(0)] = id;
    else if (piece.length === 2 && units !== 'byte' && piece.codePointAt(0)! > 0xffff) {
      astralSymbols.set(piece.codePointAt(0)!, id);
    }
  }
  let mergeRanks: Int32Array | undefined;
  let joins: JoinFilter | undefined;
  let texts: TextTable | undefined;
  let findListed: MergeTable['find'] | undefined;
  return {
    idCount: pieces.length,
    unitSymbols,
    astralSymbols,
    extraCodePoints: [],
    mergeScores,
    get mergeRanks() {
      mergeRanks ??= Int32Array.from(mergeScores, (score) => -score);
      return mergeRanks;
    },
    mergeResults: merges.resultIds,
    find: rememberAnswers((left, right) => {
      findListed ??= createListedFinder(merges);
      return findListed(left, right);
    }),
    get joins() {
      joins ??= units === 'byte' ? buildByteJoins(pieces, ids) : buildUnitJoins(pieces, ids);
      return joins;
    },
    get texts() {
      texts ??= buildTextTable(pieces, ids);
      return texts;
    },
  };
}

function checkLimit(count: number, what: string): void {
  if (count > MAX_MERGES) throw new OptionError(`model: ${count} ${what}, the limit is ${MAX_MERGES}`);
}

type Alphabet = Pick<MergeTable, 'unitSymbols' | 'astralSymbols' | 'extraCodePoints' | 'joins' | 'texts'>;

/** Reads the texts of scored pieces in one go: their characters, and which of these are pieces themselves. */
function readAlphabet(model: MergingModel): Alphabet {
  const { pieces, units = 'utf16' } = model;
  const idCount = pieces.length;
  const unitSymbols = createUnitSymbols();
  const astralSymbols = new Map<number, number>();
  const extraCodePoints: number[] = [];
  const ids = readTextIds(model);
  const texts = createTextTable(pieces);
  const isByte = units === 'byte';
  const joins = isByte ? buildByteJoins(pieces, ids) : createJoinFilter();

  for (const id of ids) {
    const piece = pieces[id]!;
    let hash = 0;
    let previous = 0;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      hash = extendHash(hash, unit);
      if ((unit & 0xfc00) === 0xdc00) {
        const codePoint = piece.codePointAt(i - 1)!;
        if (!astralSymbols.has(codePoint)) astralSymbols.set(codePoint, idCount + extraCodePoints.push(codePoint) - 1);
      } else {
        if (unitSymbols[unit] === -1) unitSymbols[unit] = idCount + extraCodePoints.push(unit) - 1;
        if (i > 0 && !isByte) addJoin(joins, previous, unit);
      }
      previous = unit;
    }
    texts.add(id, hash);
    // A piece that is one character stands for it, also where a longer piece has named it before.
    if (piece.length === 1) unitSymbols[previous] = id;
    else if (piece.length === 2 && (previous & 0xfc00) === 0xdc00) astralSymbols.set(piece.codePointAt(0)!, id);
  }
  return { unitSymbols, astralSymbols, extraCodePoints, joins, texts };
}

function createUnitSymbols(): Int32Array {
  return new Int32Array(0x10000).fill(-1).fill(SURROGATE_UNIT, 0xd800, 0xe000);
}

function buildUnitJoins(pieces: readonly string[], ids: Int32Array): JoinFilter {
  const joins = createJoinFilter();
  for (const id of ids) {
    const piece = pieces[id]!;
    for (let i = 1; i < piece.length; i++) addJoin(joins, piece.charCodeAt(i - 1), piece.charCodeAt(i));
  }
  return joins;
}

function buildTextTable(pieces: readonly string[], ids: Int32Array): TextTable {
  const texts = createTextTable(pieces);
  for (const id of ids) texts.add(id, hashOfText(pieces[id]!));
  return texts;
}

/** Ids of the pieces that text can become. */
function readTextIds({ pieces, pieceTypes }: MergingModel): Int32Array {
  const ids = new Int32Array(pieces.length);
  let count = 0;
  for (let id = 0; id < pieces.length; id++) {
    const type = pieceTypes[id];
    if (type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined || type === PIECE_TYPE.unused) ids[count++] = id;
  }
  return ids.subarray(0, count);
}

/** Puts a direct-mapped memory before a rule; symbols that are negative merge with nothing. */
function rememberAnswers(find: MergeTable['find']): MergeTable['find'] {
  // [left, right, merge] of each slot.
  const answers = new Int32Array(MEMORY_SLOTS * 3).fill(-1);
  return (left, right) => {
    // Uncovered characters and frozen symbols.
    if ((left | right) < 0) return -1;
    const at = (hashPair(left, right) & (MEMORY_SLOTS - 1)) * 3;
    if (answers[at] === left && answers[at + 1] === right) return answers[at + 2]!;
    const merge = find(left, right);
    answers[at] = left;
    answers[at + 1] = right;
    answers[at + 2] = merge;
    return merge;
  };
}

/** Scores whose order two comparisons can trust: as they are, unless one of them is no number or could pass for "none". */
function comparableScores(scores: Float32Array): Float32Array {
  if (!scores.includes(Number.NaN) && !scores.includes(NO_SCORE)) return scores;
  return Float32Array.from(rankByScore(scores), (rank) => -rank);
}

/** Ranks by descending float32 score; equal scores share a rank, so that ties fall to the leftmost pair. */
function rankByScore(scores: Float32Array): Int32Array {
  // One float64 a piece that sorts by score, best first, and carries the id: far faster than a comparison function.
  const withoutMinusZero = new Float32Array(scores.length);
  const bits = new Int32Array(withoutMinusZero.buffer);
  const order = new Float64Array(scores.length);
  for (let id = 0; id < scores.length; id++) {
    // Adding 0 turns -0 into 0, which compares equal but has other bits.
    withoutMinusZero[id] = scores[id]! + 0;
    const ascending = bits[id]! < 0 ? bits[id]! ^ 0x7fffffff : bits[id]!;
    order[id] = -ascending * MAX_MERGES + id;
  }
  order.sort();
  const ranks = new Int32Array(scores.length);
  let rank = -1;
  let previous = Number.NaN;
  for (let i = 0; i < order.length; i++) {
    const key = order[i]!;
    const id = key - Math.floor(key / MAX_MERGES) * MAX_MERGES;
    if (scores[id] !== previous) rank++;
    previous = scores[id]!;
    ranks[id] = rank;
  }
  return ranks;
}
