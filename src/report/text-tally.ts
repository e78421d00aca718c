// Running sums over the lines of one text, for one tokenizer. What is kept does not grow with the text: six numbers and
// one flag for each new piece.
import type { TokenFigures } from './comparison-report.ts';
import { TOKEN_KIND, type TokenCounter } from './token-counter.ts';

/** Size of a text, without its line breaks. */
export interface TextSize {
  lines: number;
  /** Code points. */
  characters: number;
  /** UTF-8 bytes. */
  bytes: number;
}

/** Sums of one tokenizer over some lines. */
export interface TokenTally {
  tokens: number;
  byteTokens: number;
  unknownTokens: number;
  newTokens: number;
  /** 1 for each new piece that occurred, counted from the first tokenizer's vocabSize on; empty if there are none. */
  readonly newPieceSeen: Uint8Array;
}

/** A tally and the function that feeds it. */
export interface LineTally {
  readonly tally: TokenTally;
  /** Encodes a line and adds what comes out. */
  add(line: string): void;
}

/**
 * Creates an empty tally.
 *
 * @param firstNewId ids from here on are new pieces; `counter.vocabSize` when none are
 */
export function createLineTally(counter: TokenCounter, firstNewId: number): LineTally {
  const { tokenKinds } = counter;
  const newPieceSeen = new Uint8Array(counter.vocabSize - firstNewId);
  const tally: TokenTally = { tokens: 0, byteTokens: 0, unknownTokens: 0, newTokens: 0, newPieceSeen };
  const visit = (id: number): void => {
    tally.tokens++;
    const kind = tokenKinds[id] ?? TOKEN_KIND.unknown;
    if (kind === TOKEN_KIND.byte) tally.byteTokens++;
    else if (kind === TOKEN_KIND.unknown) tally.unknownTokens++;
    if (id >= firstNewId) {
      tally.newTokens++;
      newPieceSeen[id - firstNewId] = 1;
    }
  };
  return { tally, add: (line) => counter.forEachId(line, visit) };
}

/** Adds `part` to `sum`; both belong to the same tokenizer. */
export function addTally(sum: TokenTally, part: TokenTally): void {
  sum.tokens += part.tokens;
  sum.byteTokens += part.byteTokens;
  sum.unknownTokens += part.unknownTokens;
  sum.newTokens += part.newTokens;
  for (let i = 0; i < part.newPieceSeen.length; i++) sum.newPieceSeen[i]! |= part.newPieceSeen[i]!;
}

/** What {@link buildFigures} derives figures from. */
export interface FiguresOptions {
  readonly tokenizer: string;
  readonly size: TextSize;
  readonly tally: TokenTally;
  /** Tokens of the first tokenizer for the same text. */
  readonly firstTokens: number;
  readonly extendsFirst: boolean;
  readonly contextSizes: readonly number[];
}

/** Derives the figures of a report from sums. */
export function buildFigures(options: FiguresOptions): TokenFigures {
  const { tokenizer, size, tally, firstTokens, extendsFirst, contextSizes } = options;
  const { tokens, byteTokens, unknownTokens } = tally;
  return {
    tokenizer,
    tokens,
    tokensPerCharacter: divide(tokens, size.characters),
    bytesPerToken: divide(size.bytes, tokens),
    ratioToFirst: divide(tokens, firstTokens),
    byteTokens,
    byteShare: divide(byteTokens, tokens),
    unknownTokens,
    unknownShare: divide(unknownTokens, tokens),
    newTokens: extendsFirst ? tally.newTokens : null,
    newShare: extendsFirst ? divide(tally.newTokens, tokens) : null,
    newPiecesUsed: extendsFirst ? tally.newPieceSeen.reduce((sum, seen) => sum + seen, 0) : null,
    contextCharacters: contextSizes.map((limit) =>
      tokens === 0 ? null : Math.floor((limit * size.characters) / tokens),
    ),
  };
}

function divide(value: number, by: number): number | null {
  return by === 0 ? null : value / by;
}
