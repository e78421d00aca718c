// The merges of a BPE model as encoders look them up: of two adjacent symbols the merge, of a merge its rank and the symbol
// it makes. Two rules answer: a model that scores its pieces merges whatever texts joined are a piece (find-by-text.ts), one
// that lists merges only what it lists (find-listed.ts). A symbol is a piece or a single character.

import { grown } from '../../core/grown.ts';
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { type PieceTexts, pieceTextsOf } from '../../core/piece-texts.ts';
import { OptionError } from '../../errors.ts';
import { codePointAt } from '../symbols/symbols.ts';
import { buildByteJoins } from './byte-joins.ts';
import { createTextTable, type TextTable } from './find-by-text.ts';
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
 * Opening is quick: what a text may not need is made when one first asks for it.
 *
 * @throws OptionError for more than 2^21 pieces or merges
 */
export function buildMergeTable(model: MergingModel): MergeTable {
  const { pieceScores, merges, units } = model;
  const texts = pieceTextsOf(model);
  const idCount = texts.starts.length - 1;
  checkLimit(idCount, 'pieces');
  const ids = readTextIds(model.pieceTypes);
  const isByte = units === 'byte';
  const alphabet = readAlphabet(texts, ids, { isByte, isScored: merges === undefined });
  let joins: JoinFilter | undefined;
  let textTable: TextTable | undefined;
  let mergeRanks: Int32Array | undefined;
  let findListed: MergeTable['find'] | undefined;
  let mergeScores: MergeTable['mergeScores'];
  let mergeResults: Int32Array;
  if (merges === undefined) {
    mergeScores = comparableScores(pieceScores);
    mergeResults = new Int32Array(idCount);
    for (let id = 0; id < idCount; id++) mergeResults[id] = id;
  } else {
    mergeResults = merges.resultIds;
    checkLimit(mergeResults.length, 'merges');
    // Exact in float32, since there are fewer than 2^24.
    mergeScores = new Float32Array(mergeResults.length);
    for (let merge = 0; merge < mergeScores.length; merge++) mergeScores[merge] = -merge;
  }
  const readTexts = (): TextTable => {
    textTable ??= createTextTable(appendCharacters(texts, alphabet.extraCodePoints), ids, idCount);
    return textTable;
  };
  return {
    idCount,
    ...alphabet,
    mergeScores,
    get mergeRanks() {
      mergeRanks ??= merges === undefined ? rankByScore(pieceScores) : Int32Array.from(mergeScores, (score) => -score);
      return mergeRanks;
    },
    mergeResults,
    find:
      merges === undefined
        ? readTexts().createFinder()
        : rememberAnswers((left, right) => {
            findListed ??= createListedFinder(merges);
            return findListed(left, right);
          }),
    get joins() {
      joins ??= isByte ? buildByteJoins(texts, ids) : buildUnitJoins(texts, ids);
      return joins;
    },
    get texts() {
      return readTexts();
    },
  };
}

function checkLimit(count: number, what: string): void {
  if (count > MAX_MERGES) throw new OptionError(`model: ${count} ${what}, the limit is ${MAX_MERGES}`);
}

type Alphabet = Pick<MergeTable, 'unitSymbols' | 'astralSymbols' | 'extraCodePoints'>;

/** The characters that are pieces and, where pieces are scored, those inside of pieces. */
function readAlphabet(
  { units, starts }: PieceTexts,
  ids: Int32Array,
  { isByte, isScored }: { readonly isByte: boolean; readonly isScored: boolean },
): Alphabet {
  const idCount = starts.length - 1;
  const unitSymbols = new Int32Array(0x10000).fill(-1).fill(SURROGATE_UNIT, 0xd800, 0xe000);
  const astralSymbols = new Map<number, number>();
  const extraCodePoints: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const start = starts[id]!;
    const end = starts[id + 1]!;
    const size = end - start;
    // A piece that is one character stands for it, also where a longer piece has named it before.
    if (size === 1) unitSymbols[units[start]!] = id;
    else if (size === 2 && !isByte && isPair(units, start)) astralSymbols.set(codePointAt(units, start), id);
    else if (isScored) {
      for (let at = start; at < end; at++) {
        const unit = units[at]!;
        if ((unit & 0xfc00) === 0xdc00) {
          const codePoint = codePointAt(units, at - 1);
          if (!astralSymbols.has(codePoint))
            astralSymbols.set(codePoint, idCount + extraCodePoints.push(codePoint) - 1);
        } else if (unitSymbols[unit] === -1) unitSymbols[unit] = idCount + extraCodePoints.push(unit) - 1;
      }
    }
  }
  return { unitSymbols, astralSymbols, extraCodePoints };
}

function isPair(units: Uint16Array, at: number): boolean {
  return (units[at]! & 0xfc00) === 0xd800 && (units[at + 1]! & 0xfc00) === 0xdc00;
}

/** The texts of pieces, and behind them those of single characters. */
function appendCharacters({ units, starts }: PieceTexts, codePoints: readonly number[]): PieceTexts {
  if (codePoints.length === 0) return { units, starts };
  let to = units.length;
  const longerUnits = grown(units, to + 2 * codePoints.length);
  const longerStarts = grown(starts, starts.length + codePoints.length);
  codePoints.forEach((codePoint, i) => {
    const text = String.fromCodePoint(codePoint);
    for (let at = 0; at < text.length; at++) longerUnits[to++] = text.charCodeAt(at);
    longerStarts[starts.length + i] = to;
  });
  return { units: longerUnits, starts: longerStarts };
}

function buildUnitJoins({ units, starts }: PieceTexts, ids: Int32Array): JoinFilter {
  const joins = createJoinFilter(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const end = starts[ids[i]! + 1]!;
    for (let at = starts[ids[i]!]! + 1; at < end; at++) addJoin(joins, units[at - 1]!, units[at]!);
  }
  return joins;
}

/** Ids of the pieces that text can become. */
function readTextIds(pieceTypes: Uint8Array): Int32Array {
  const ids = new Int32Array(pieceTypes.length);
  let count = 0;
  for (let id = 0; id < pieceTypes.length; id++) {
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
