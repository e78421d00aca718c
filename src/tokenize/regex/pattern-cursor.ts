// A place in the text of a regular expression, with what every part of the parser asks of it. It knows no syntax.
import { FormatError } from '../../errors.ts';

/** Whose rules a regular expression is written by. */
export type RegexSyntax = 'oniguruma' | 'rust';

/** What else parsing needs to know. */
export interface ParseRegexOptions {
  /** What the pattern belongs to, for messages. */
  readonly what: string;
  readonly syntax: RegexSyntax;
}

/** What the letters in `(?i)` and its like switch. */
export interface Modes {
  readonly ignoreCase: boolean;
  /** `.` takes line breaks: `(?m)` of Oniguruma, `(?s)` of Rust. */
  readonly dotAll: boolean;
}

/** Deepest nesting of groups and brackets. */
const MAX_DEPTH = 200;

/** The place. */
export interface PatternCursor {
  /** Characters of the pattern. */
  readonly signs: readonly string[];
  /** Next character to read. */
  at: number;
  readonly isOniguruma: boolean;
  looksAt(text: string): boolean;
  /** Steps over a text if it is here. */
  take(text: string): boolean;
  /** Steps into a group or a bracket. */
  enter(): void;
  leave(): void;
  /** @throws FormatError naming a construct and its place */
  refuse(construct: string, place?: number): never;
}

/** The beginning of a pattern. */
export function createPatternCursor(pattern: string, { what, syntax }: ParseRegexOptions): PatternCursor {
  const signs = [...pattern];
  let depth = 0;

  function refuse(construct: string, place = cursor.at): never {
    const shown = pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern;
    throw new FormatError(
      `${what}: ${construct} at character ${place + 1} of the pattern ${shown} cannot be done exactly`,
      {
        hint: 'Write the pattern without it, or count with @huggingface/tokenizers, which reads patterns in its own way.',
      },
    );
  }

  const cursor: PatternCursor = {
    signs,
    at: 0,
    isOniguruma: syntax === 'oniguruma',
    looksAt(text) {
      for (let i = 0; i < text.length; i++) if (signs[cursor.at + i] !== text[i]) return false;
      return true;
    },
    take(text) {
      if (!cursor.looksAt(text)) return false;
      cursor.at += text.length;
      return true;
    },
    enter() {
      if (++depth > MAX_DEPTH) refuse(`nesting deeper than ${MAX_DEPTH}`);
    },
    leave() {
      depth--;
    },
    refuse,
  };
  return cursor;
}
