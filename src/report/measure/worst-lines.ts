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

/** Collects {@link Regressions}. */
export interface RegressionCollector {
  /** Looks at a line; `tokens[start + i]` is what tokenizer `i` takes. */
  add(text: string, lineNumber: number, line: string, tokens: ArrayLike<number>, start: number): void;
  /** The result, one entry for each tokenizer but the first. */
  finish(): Regressions[];
}

/** Creates a collector; `names` are those of all tokenizers, the first included. */
export function createRegressionCollector(names: readonly string[]): RegressionCollector {
  const lists = names.map((): RegressionLine[] => []);
  return {
    add(text, lineNumber, line, tokens, start) {
      const first = tokens[start]!;
      for (let i = 1; i < names.length; i++) {
        const worst = lists[i]!;
        const own = tokens[start + i]!;
        if (own <= first) continue;
        if (worst.length === WORST_LINES && !isWorse(own, first, worst.at(-1)!.tokens, i)) continue;
        let at = worst.length;
        while (at > 0 && isWorse(own, first, worst[at - 1]!.tokens, i)) at--;
        worst.splice(at, 0, {
          text,
          line: lineNumber,
          excerpt: beginningOf(line),
          characters: codePointLength(line),
          tokens: names.map((_, n) => tokens[start + n]!),
        });
        if (worst.length > WORST_LINES) worst.pop();
      }
    },
    finish: () => lists.slice(1).map((worst, i) => ({ tokenizer: names[i + 1]!, worst })),
  };
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
