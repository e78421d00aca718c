// The lines that a tokenizer makes longest beside the first one: a list of fixed length, whatever the text.
// Longest is by tokens gained, then by the factor, then the line that came first. It keeps the beginning of a line only.
import { codePointLength } from '../../core/unicode/utf8.ts';

/** A line that takes more tokens than with the first tokenizer. */
export interface RegressionLine {
  /** Name of its text. */
  readonly text: string;
  /** Number of the line in that text, from 1. */
  readonly line: number;
  /** Its first code points, at most {@link EXCERPT_LENGTH}. */
  readonly excerpt: string;
  /** Code points of the whole line. */
  readonly characters: number;
  /** Tokens by each tokenizer of the report, in its order. */
  readonly tokens: readonly number[];
}

/** The longer lines of one tokenizer, in all texts. */
export interface Regressions {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  /** The worst of them, worst first, at most {@link WORST_LINES}. */
  readonly worst: readonly RegressionLine[];
}

/** Lines that are kept of each tokenizer. */
const WORST_LINES = 10;
/** Code points that are kept of a line. */
const EXCERPT_LENGTH = 200;

/** Collects the lines that get longest. */
export interface RegressionCollector {
  /** Looks at a line; `tokens[start + i]` is what tokenizer `i` takes. */
  add(text: string, lineNumber: number, line: string, tokens: ArrayLike<number>, start: number): void;
  /** The worst lines of each tokenizer, worst first; none for the first tokenizer. */
  lists(): readonly (readonly RegressionLine[])[];
}

/** Creates a collector; `names` are those of all tokenizers, the first included. */
export function createRegressionCollector(names: readonly string[]): RegressionCollector {
  const lists = names.map((): RegressionLine[] => []);
  return {
    add(text, lineNumber, line, tokens, start) {
      const first = tokens[start]!;
      for (let i = 1; i < names.length; i++) {
        const own = tokens[start + i]!;
        if (own <= first) continue;
        insert(lists[i]!, i, own, first, () => ({
          text,
          line: lineNumber,
          excerpt: beginningOf(line),
          characters: codePointLength(line),
          tokens: names.map((_, n) => tokens[start + n]!),
        }));
      }
    },
    lists: () => lists,
  };
}

/** Takes the worst lines of a later text, or of a later part of one, into those of the lines before. */
export function addRegressions(lists: RegressionLine[][], later: readonly (readonly RegressionLine[])[]): void {
  for (const [i, worst] of lists.entries()) {
    for (const line of later[i]!) insert(worst, i, line.tokens[i]!, line.tokens[0]!, () => line);
  }
}

function insert(
  worst: RegressionLine[],
  tokenizer: number,
  own: number,
  first: number,
  make: () => RegressionLine,
): void {
  if (worst.length === WORST_LINES && !isWorse(own, first, worst.at(-1)!.tokens, tokenizer)) return;
  let at = worst.length;
  while (at > 0 && isWorse(own, first, worst[at - 1]!.tokens, tokenizer)) at--;
  worst.splice(at, 0, make());
  if (worst.length > WORST_LINES) worst.pop();
}

function isWorse(own: number, first: number, other: readonly number[], tokenizer: number): boolean {
  const gained = own - first;
  const otherGained = other[tokenizer]! - other[0]!;
  // With the same gain, the shorter line has the larger factor.
  return gained > otherGained || (gained === otherGained && first < other[0]!);
}

function beginningOf(line: string): string {
  // Twice as many UTF-16 units as code points are enough; a lone half at the end is cut off with the rest.
  const head = line.slice(0, 2 * EXCERPT_LENGTH);
  const points = [...head];
  return points.length <= EXCERPT_LENGTH ? head : points.slice(0, EXCERPT_LENGTH).join('');
}
