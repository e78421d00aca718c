// New pieces for a base whose encoder asks for merges, not for scores that a file could hold: bases that list their merges,
// and ranked ones, whose ranks are their ids. The merge of a new piece follows from its text: encoded with the base and the new
// pieces before it, the text comes to two tokens, and these are its merge. So a list of texts says all there is to say.
//
// Why the piece then comes out of its own text: new merges rank behind those of the base and in the order of appending, and
// the encoder makes the best merge first. It does with the text what it did before, down to the two tokens, and the merge of
// the piece is the only one left. Merges appended later rank behind it and find nothing.
//
// Two rules of merging, as encoders have them: listed merges join two ids; where merges follow from ranks, two neighbours
// join whenever their texts joined are a piece, so that a new piece may lead to a base piece.
import { PIECE_TYPE, specialToken, type TokenizerModel } from '../../core/model.ts';
import type { NewMerge, NewPiece, VocabularyPatch } from '../../core/patch.ts';
import { createBpeSegmenter } from '../../tokenize/bpe/segmenter.ts';
import { uncoveredCodePoint } from '../../tokenize/symbols/symbols.ts';

/** The chain: see {@link createMergeChain}. */
export interface MergeChain {
  /**
   * Appends a piece, if its text comes to two tokens, or is one character that the base knows by its bytes only.
   * @param text in the units of the base, no piece of the base or the chain
   * @returns false when the text comes to something else: it is not appended
   */
  append(text: string): boolean;
  /** The pieces that a text comes to with the base and what was appended; an uncovered character as it is. */
  split(text: string): string[];
  /** What was appended, with ids behind those of the base. */
  readonly pieces: readonly NewPiece[];
  /** How the pieces come about, where they are not characters: by merges that the base lists, or would. */
  readonly steps: readonly NewMerge[];
  /** All of it as a patch, with special tokens behind the pieces. */
  buildPatch(addTokens?: readonly string[]): VocabularyPatch;
}

/** A merge of two neighbours: what it makes, and how good it is; the higher the better. */
interface Join {
  readonly id: number;
  readonly rank: number;
}

/** Creates the chain of a BPE model. */
export function createMergeChain(base: TokenizerModel): MergeChain {
  const baseSize = base.pieces.length;
  const segmenter = createBpeSegmenter({ ...base, wholePieceFirst: false });
  const isListed = base.merges !== undefined;
  const pieces: NewPiece[] = [];
  const steps: NewMerge[] = [];
  const joins = new Map<string, Join>();
  const characterIds = new Map<number, number>();
  const textOf = (symbol: number): string => {
    if (symbol < 0) return String.fromCodePoint(uncoveredCodePoint(symbol));
    return base.pieces[symbol] ?? pieces[symbol - baseSize]!.piece;
  };
  const keyOf = (left: number, right: number): string =>
    isListed ? `${left} ${right}` : `${textOf(left)}${textOf(right)}`;
  if (!isListed) {
    for (let id = 0; id < baseSize; id++) {
      if (base.pieceTypes[id] === PIECE_TYPE.normal) joins.set(base.pieces[id]!, { id, rank: base.pieceScores[id]! });
    }
  }
  const lowest = isListed ? 0 : base.pieceScores.reduce((least, score) => Math.min(least, score), 0);

  function encode(text: string): number[] {
    segmenter.clear();
    segmenter.appendPiece(text);
    const symbols = Array.from(segmenter.symbols.subarray(0, segmenter.count), (symbol) =>
      symbol < 0 ? (characterIds.get(uncoveredCodePoint(symbol)) ?? symbol) : symbol,
    );
    // Texts of pieces are short: every round looks at all neighbours.
    for (;;) {
      let best: Join | undefined;
      let at = -1;
      for (let i = 1; i < symbols.length; i++) {
        const join = joins.get(keyOf(symbols[i - 1]!, symbols[i]!));
        if (join === undefined || (best !== undefined && join.rank <= best.rank)) continue;
        best = join;
        at = i;
      }
      if (best === undefined) return symbols;
      symbols.splice(at - 1, 2, best.id);
    }
  }

  return {
    pieces,
    steps,
    split: (text) => encode(text).map(textOf),
    append(text) {
      const symbols = encode(text);
      const [left, right] = symbols;
      const isCharacter = symbols.length === 1 && left! < 0 && base.units === 'utf16';
      if (!isCharacter && (symbols.length !== 2 || left! < 0 || right! < 0)) return false;
      const id = baseSize + pieces.length;
      // Ranked models score a piece by its id.
      pieces.push({ id, piece: text, score: isListed ? 0 : -id, type: PIECE_TYPE.normal });
      if (isCharacter) {
        characterIds.set(uncoveredCodePoint(left!), id);
        return true;
      }
      joins.set(keyOf(left!, right!), { id, rank: lowest - id });
      steps.push({ leftId: left!, rightId: right!, resultId: id });
      return true;
    },
    buildPatch(addTokens = []) {
      const first = baseSize + pieces.length;
      const addedTokens = addTokens.map((content, i) => specialToken(first + i, content));
      const tokens = addedTokens.map(
        ({ id, content }): NewPiece => ({ id, piece: content, score: 0, type: PIECE_TYPE.control }),
      );
      return { pieces: [...pieces, ...tokens], merges: isListed ? [...steps] : [], addedTokens };
    },
  };
}
