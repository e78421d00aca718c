// How a model comes by each of its pieces: what it merges a piece from, what its text becomes where the piece is gone, and
// whether any text yields it at all. It looks at one piece at a time and decides nothing.
//
// Every piece that merges come to has one last merge (formation.ts), whatever else a file lists, and needs the two parts of it.
// A whole pre-token that is taken before any merge (`wholePieceFirst`) needs nothing.
import { groupDigits } from '../../core/counted.ts';
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { codePointBytes } from '../../core/unicode/utf8.ts';
import { OptionError } from '../../errors.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { NEVER_FORMED, SINGLE_SYMBOL, traceFormation } from './formation.ts';

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
    if (isMerging(type!)) {
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

function isMerging(type: number): boolean {
  return type === PIECE_TYPE.normal || type === PIECE_TYPE.unused;
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

/** Splits pieces by undoing their last merge; those that merges never come to, as their merges leave them. */
function createMergeSplitter(model: TokenizerModel): (id: number) => Origin {
  const { pieces, pieceTypes } = model;
  const { leftIds, rightIds } = traceFormation(model, (id) => isMerging(pieceTypes[id]!));
  const { encodePieceText } = createTokenizer({ ...model, wholePieceFirst: false });
  const tokensOf = codePointTokens(model);
  const describe = (symbol: number, codePoint: number): SplitToken =>
    symbol < pieces.length ? { id: symbol, tokens: 1 } : { id: -1, tokens: tokensOf(codePoint) };
  return (id) => {
    const piece = pieces[id]!;
    const left = leftIds[id]!;
    const [first, last] = [piece.codePointAt(0)!, Array.from(piece.slice(-2)).at(-1)!.codePointAt(0)!];
    if (left === SINGLE_SYMBOL) {
      return { isReached: true, isMerged: false, symbols: [{ id: -1, tokens: tokensOf(first) }] };
    }
    if (left >= 0) {
      return { isReached: true, isMerged: true, symbols: [describe(left, first), describe(rightIds[id]!, last)] };
    }
    if (left === NEVER_FORMED) {
      const symbols = encodePieceText(piece).map((part): SplitToken => ({ id: part, tokens: 1 }));
      return { isReached: false, isMerged: false, symbols };
    }
    throw new OptionError(
      `piece ${id} has ${groupDigits(piece.length)} units, too many to find what it is merged from`,
      { hint: 'No tokenizer has words as long: check the vocabulary.' },
    );
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
