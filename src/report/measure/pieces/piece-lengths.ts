// How long the pieces of a vocabulary are, and how long those are that a text is made of. Lengths are code points of the
// text that a piece stands for, a space in front of it not counted; control pieces, which stand for none, are left out.
import { codePointLength } from '../../../core/unicode/utf8.ts';
import { surfaceOf, TOKEN_KIND, type TokenCounter } from '../../counters/token-counter.ts';

/** The pieces of one length. */
export interface PieceLength {
  /** Code points, a space in front not counted; 0 for pieces that are only spaces. */
  readonly characters: number;
  /** Pieces of the vocabulary that have this length. */
  readonly pieces: number;
  /** Tokens of the compared texts that have it. */
  readonly tokens: number;
}

/** Lengths of one tokenizer. */
export interface PieceLengths {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  /** Ascending; lengths that occur. */
  readonly lengths: readonly PieceLength[];
  /** Pieces that are bytes of a character, and tokens of them. */
  readonly byte: { readonly pieces: number; readonly tokens: number };
  /** Mean length over the tokens of the texts, bytes not counted; null where there are none. */
  readonly meanTokenLength: number | null;
}

/**
 * Sorts pieces and tokens by length.
 *
 * @param counts tokens of each id in the texts, `[vocabSize]`
 */
export function measurePieceLengths(name: string, counter: TokenCounter, counts: Float64Array): PieceLengths {
  const lengths = new Map<number, { pieces: number; tokens: number }>();
  const byte = { pieces: 0, tokens: 0 };
  let characters = 0;
  let tokens = 0;
  for (let id = 0; id < counter.vocabSize; id++) {
    if (counter.tokenKinds[id] === TOKEN_KIND.byte) {
      byte.pieces++;
      byte.tokens += counts[id]!;
      continue;
    }
    const surface = surfaceOf(counter, id);
    if (surface === undefined) continue;
    const length = surfaceLength(surface);
    const entry = lengths.get(length) ?? { pieces: 0, tokens: 0 };
    entry.pieces++;
    entry.tokens += counts[id]!;
    lengths.set(length, entry);
    characters += length * counts[id]!;
    tokens += counts[id]!;
  }
  return {
    tokenizer: name,
    lengths: [...lengths].sort((a, b) => a[0] - b[0]).map(([length, entry]) => ({ characters: length, ...entry })),
    byte,
    meanTokenLength: tokens === 0 ? null : characters / tokens,
  };
}

/** Code points of the text of a piece, without the spaces around it. */
export function surfaceLength(surface: string): number {
  return codePointLength(surface.trim());
}
