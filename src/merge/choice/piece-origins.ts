// How a model comes by each of its pieces: what it merges a piece from, what its text becomes where the piece is gone, and
// whether any text yields it at all. It looks at one piece at a time and decides nothing.
//
// A piece that merging makes anywhere is made there by the same merges as alone, see reachability.ts. So every piece has one
// last merge, whatever else a file lists, and needs the two parts of that merge. A whole pre-token that is taken before any
// merge (`wholePieceFirst`) needs nothing.
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { codePointBytes } from '../../core/unicode/utf8.ts';
import { buildMergeTable } from '../../tokenize/bpe/merge-table.ts';
import { createShortMerger } from '../../tokenize/bpe/short-merger.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';

/** How a model comes by its pieces; arrays by id, `[idCount]`. Pieces that are no text (control, byte, unknown) have no parts. */
export interface PieceOrigins {
  /** 1: no text yields the piece. Never said of a piece that a whole pre-token may be. */
  readonly isDead: Uint8Array;
  /** 1: it is merged from its two parts, and cannot be made without them. */
  readonly isMerged: Uint8Array;
  /** Tokens that its text takes where the piece is gone. */
  readonly tokensWithout: Int32Array;
  /** `parts[partStarts[id]..partStarts[id + 1])`: those of these tokens that are pieces of text. `[idCount + 1]` */
  readonly partStarts: Int32Array;
  readonly parts: Int32Array;
}

/**
 * Finds the origins of all pieces. Takes about a second for 256,000 pieces.
 *
 * @throws FormatError, OptionError as `createTokenizer` does
 */
export function findPieceOrigins(model: TokenizerModel): PieceOrigins {
  const { pieces, pieceTypes } = model;
  const idCount = pieces.length;
  const isDead = new Uint8Array(idCount);
  const isMerged = new Uint8Array(idCount);
  const tokensWithout = new Int32Array(idCount);
  const partStarts = new Int32Array(idCount + 1);
  const parts: number[] = [];
  const split = model.modelType === 'unigram' ? createPathSplitter(model) : createMergeSplitter(model);
  const isYielded = createYieldTest(model);
  for (let id = 0; id < idCount; id++) {
    const type = pieceTypes[id];
    if (type === PIECE_TYPE.normal || type === PIECE_TYPE.unused) {
      const origin = split(id);
      if (type === PIECE_TYPE.normal && !isYielded(id, origin.isReached)) isDead[id] = 1;
      else if (origin.isMerged) isMerged[id] = 1;
      let tokens = 0;
      for (const symbol of origin.symbols) {
        tokens += symbol.tokens;
        if (symbol.id >= 0) parts.push(symbol.id);
      }
      tokensWithout[id] = tokens;
    }
    partStarts[id + 1] = parts.length;
  }
  return { isDead, isMerged, tokensWithout, partStarts, parts: Int32Array.from(parts) };
}

/** A token that a text is split into; -1 for a character without a piece, which may take several. */
interface SplitToken {
  readonly id: number;
  readonly tokens: number;
}

interface Origin {
  /** Its own merges end with the piece. */
  readonly isReached: boolean;
  readonly isMerged: boolean;
  readonly symbols: readonly SplitToken[];
}

/** Says of a piece whether a text yields it, where its merges alone do not tell. */
function createYieldTest(model: TokenizerModel): (id: number, isReached: boolean) => boolean {
  const { modelType, pieces, pieceTypes, wholePieceFirst } = model;
  if (wholePieceFirst) return () => true;
  // User-defined symbols are cut out before anything merges.
  if (modelType === 'bpe' && !pieceTypes.includes(PIECE_TYPE.userDefined)) return (_, isReached) => isReached;
  const { encodePieceText } = createTokenizer(model);
  return (id, isReached) => {
    if (modelType === 'bpe' && !isReached) return false;
    const ids = encodePieceText(pieces[id]!);
    return ids.length === 1 && ids[0] === id;
  };
}

/** Splits pieces by undoing their last merge. O(n^2) in the length of a piece. */
function createMergeSplitter(model: TokenizerModel): (id: number) => Origin {
  const { pieces, units } = model;
  const table = buildMergeTable(model);
  const { idCount, unitSymbols, astralSymbols, extraCodePoints } = table;
  const last = new Int32Array(2);
  let stretch = new Int32Array(64);
  const merge = createShortMerger(table, (_, at) => {
    last[0] = stretch[at]!;
    last[1] = stretch[at + 1]!;
  });
  const tokensOf = codePointTokens(model);
  const describe = (symbol: number): SplitToken =>
    symbol >= 0 && symbol < idCount
      ? { id: symbol, tokens: 1 }
      : { id: -1, tokens: tokensOf(symbol < 0 ? -1 - symbol : extraCodePoints[symbol - idCount]!) };
  return (id) => {
    const piece = pieces[id]!;
    if (stretch.length < piece.length) stretch = new Int32Array(2 * piece.length);
    let size = 0;
    for (let i = 0; i < piece.length; i++) {
      const codePoint = units === 'byte' ? piece.charCodeAt(i) : piece.codePointAt(i)!;
      if (codePoint > 0xffff) i++;
      const symbol = codePoint > 0xffff ? (astralSymbols.get(codePoint) ?? -1) : unitSymbols[codePoint]!;
      stretch[size++] = symbol < 0 ? -1 - codePoint : symbol;
    }
    if (size === 1) {
      const tokens = units === 'byte' ? 1 : tokensOf(piece.codePointAt(0)!);
      return { isReached: stretch[0] === id, isMerged: false, symbols: [{ id: -1, tokens }] };
    }
    const left = merge(stretch, size);
    const isReached = left === 1 && stretch[0] === id;
    return {
      isReached,
      isMerged: isReached,
      symbols: [...(isReached ? last : stretch.subarray(0, left))].map(describe),
    };
  };
}

/** Splits pieces of a Unigram model along the best path that does not take the piece itself. */
function createPathSplitter(model: TokenizerModel): (id: number) => Origin {
  const { pieces, pieceScores, pieceTypes } = model;
  const ids = new Map<string, number>();
  let worst = 0;
  for (let id = 0; id < pieces.length; id++) {
    if (pieceTypes[id] !== PIECE_TYPE.normal) continue;
    ids.set(pieces[id]!, id);
    worst = Math.min(worst, pieceScores[id]!);
  }
  const tokensOf = codePointTokens(model);
  return (id) => {
    const piece = pieces[id]!;
    const { length } = piece;
    const scores = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    const arrivals: ({ readonly from: number; readonly token: SplitToken } | undefined)[] = new Array(length + 1);
    scores[0] = 0;
    for (let start = 0; start < length; start++) {
      if (scores[start] === Number.NEGATIVE_INFINITY) continue;
      const codePoint = piece.codePointAt(start)!;
      const width = codePoint > 0xffff ? 2 : 1;
      for (let end = start + width; end <= length; end++) {
        const part = end - start === length ? undefined : ids.get(piece.slice(start, end));
        if (part === undefined && end > start + width) continue;
        const score = scores[start]! + (part === undefined ? worst - UNKNOWN_PENALTY : pieceScores[part]!);
        if (score <= scores[end]!) continue;
        scores[end] = score;
        const token = part === undefined ? { id: -1, tokens: tokensOf(codePoint) } : { id: part, tokens: 1 };
        arrivals[end] = { from: start, token };
      }
    }
    const symbols: SplitToken[] = [];
    for (let end = length; end > 0; end = arrivals[end]!.from) symbols.push(arrivals[end]!.token);
    return { isReached: true, isMerged: false, symbols };
  };
}

/** As SentencePiece has it: so far below the worst piece is a character without one. */
const UNKNOWN_PENALTY = 10;

/** Tokens of a character that has no piece: its bytes, or one unknown. */
function codePointTokens({ byteFallback, units }: TokenizerModel): (codePoint: number) => number {
  return byteFallback && units !== 'byte' ? codePointBytes : () => 1;
}
