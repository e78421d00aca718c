// Which merge makes each piece of a BPE model last, found by merging the piece's own symbols. It knows merges only: what
// normalizers and pre-tokenizers let through is reach.ts' question.
//
// Why one answer holds for every text: where a piece is formed somewhere in a text, the merges inside its span were each the
// best of all pairs there, so they are the best, and the leftmost of equals, of the pairs of the span alone. The piece's own
// symbols therefore go through the same merges. So a piece that they do not come to is never formed, a merge that is not the
// last of its piece is never applied, and at most one of the merges that a file lists for a piece ever is.
import type { TokenizerModel } from '../../core/model.ts';
import { createLongMerger } from '../../tokenize/bpe/long-merger.ts';
import { buildMergeTable, type MergeTable } from '../../tokenize/bpe/merge-table.ts';
import { createShortMerger } from '../../tokenize/bpe/short-merger.ts';

/** In {@link PieceFormation.leftIds}: the piece is a symbol to begin with. */
export const SINGLE_SYMBOL = -1;
/** In {@link PieceFormation.leftIds}: merges never come to the piece. */
export const NEVER_FORMED = -2;
/** In {@link PieceFormation.leftIds}: merges come to the piece; by which pair is not looked at, it is too long. */
export const FORMED_SOMEHOW = -3;

/** Symbols of a piece whose last merge is looked for: finding it takes the square of their number. */
const MAX_TRACED = 2000;

/** How merges make the pieces of a model; parallel arrays by id, `[idCount]`. */
export interface PieceFormation {
  /** Left part of the last merge, or one of the negative marks above. Ids from idCount on are characters without a piece. */
  readonly leftIds: Int32Array;
  readonly rightIds: Int32Array;
  /** Place of the last merge in the list, or the piece itself where merges follow from scores; -1 for none. */
  readonly merges: Int32Array;
}

/**
 * Traces the pieces for which `isWanted` says so; others count as never formed. Takes about 0.3 s for 128,000 pieces.
 *
 * @throws OptionError as `buildMergeTable` does
 */
export function traceFormation(model: TokenizerModel, isWanted: (id: number) => boolean): PieceFormation {
  const { pieces, units } = model;
  const table = buildMergeTable(model);
  const leftIds = new Int32Array(pieces.length).fill(NEVER_FORMED);
  const rightIds = new Int32Array(pieces.length).fill(-1);
  const merges = new Int32Array(pieces.length).fill(-1);
  let symbols: Int32Array = new Int32Array(64);
  let lastLeft = 0;
  let lastRight = 0;
  let lastMerge = -1;
  const mergeShort = createShortMerger(table, (merge, at) => {
    lastMerge = merge;
    lastLeft = symbols[at]!;
    lastRight = symbols[at + 1]!;
  });
  const mergeLong = createLongMerger(table);
  for (let id = 0; id < pieces.length; id++) {
    if (!isWanted(id)) continue;
    const piece = pieces[id]!;
    if (symbols.length < piece.length) symbols = new Int32Array(piece.length * 2);
    const size = units === 'byte' ? readBytes(piece, table, symbols) : readCharacters(piece, table, symbols);
    lastMerge = -1;
    const left = size > MAX_TRACED ? mergeLong(symbols, size) : mergeShort(symbols, size);
    if (left !== 1 || symbols[0] !== id) continue;
    leftIds[id] = size > MAX_TRACED ? FORMED_SOMEHOW : lastMerge < 0 ? SINGLE_SYMBOL : lastLeft;
    rightIds[id] = lastMerge < 0 ? -1 : lastRight;
    merges[id] = lastMerge;
  }
  return { leftIds, rightIds, merges };
}

function readBytes(piece: string, { unitSymbols }: MergeTable, symbols: Int32Array): number {
  for (let i = 0; i < piece.length; i++) symbols[i] = unitSymbols[piece.charCodeAt(i)]!;
  return piece.length;
}

function readCharacters(piece: string, { unitSymbols, astralSymbols }: MergeTable, symbols: Int32Array): number {
  let count = 0;
  for (const character of piece) {
    const codePoint = character.codePointAt(0)!;
    symbols[count++] = codePoint > 0xffff ? (astralSymbols.get(codePoint) ?? -1) : unitSymbols[codePoint]!;
  }
  return count;
}
