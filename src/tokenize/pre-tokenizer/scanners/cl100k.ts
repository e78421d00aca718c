// The patterns of cl100k_base and what came of it (Llama 3, Qwen 2 and later, Phi-4 and others):
// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
// They differ in how many digits stay together; Qwen 3.5's has marks with the letters, tiktoken's own has \s++$ before \s*[\r\n].
import { characterFlags, LETTER, NEWLINE, NUMBER, SPACE, WORD } from './character-flags.ts';
import {
  APOSTROPHE,
  BLANK,
  behind,
  contractionLength,
  endOfFew,
  endOfLinesOrSpaces,
  endOfOthers,
  endOfRun,
  flagsAt,
  NOTHING_OUTSIDE,
  type Scanner,
  withPlainWords,
} from './runs.ts';

/** How a pattern of this family differs from others. */
export interface Cl100kVariant {
  /** Most digits of one pre-token. */
  readonly digits: number;
  /** White space at the end of the text stays together, line breaks or not: `\s++$`. */
  readonly wholeTail: boolean;
  /** Marks are letters: `[\p{L}\p{M}]+`, and `[^\s\p{L}\p{M}\p{N}]+` for the others. */
  readonly marksInWords: boolean;
}

/** The scanner of a pattern of this family. */
export function createCl100kScanner({ digits, wholeTail, marksInWords }: Cl100kVariant): Scanner {
  const tables = characterFlags();
  const letters = marksInWords ? WORD : LETTER;
  return withPlainWords(tables.units, letters, (units, start, end) => {
    const first = units[start]!;
    if (first === APOSTROPHE) {
      const length = contractionLength(units, start, end);
      if (length > 0) return start + length;
    }
    const flags = flagsAt(tables, units, start, end);
    if ((flags & NUMBER) !== 0) return endOfFew(tables, units, start, end, NUMBER, digits);
    let position = behind(start, flags);
    if ((flags & letters) !== 0) return endOfRun(tables, units, position, end, letters);
    // One character before letters, whatever it is but a line break.
    if (position < end && (flags & NEWLINE) === 0) {
      const next = flagsAt(tables, units, position, end);
      if ((next & letters) !== 0) return endOfRun(tables, units, behind(position, next), end, letters);
      if (first === BLANK && (next & (NUMBER | SPACE)) === 0) {
        position = endOfOthers(tables, units, behind(position, next), end, letters | NUMBER | SPACE);
        return endOfRun(tables, units, position, end, NEWLINE);
      }
    }
    if ((flags & SPACE) === 0) {
      position = endOfOthers(tables, units, position, end, letters | NUMBER | SPACE);
      return endOfRun(tables, units, position, end, NEWLINE);
    }
    if (wholeTail && endOfRun(tables, units, position, end, SPACE) === end) return end;
    return endOfLinesOrSpaces(tables, units, start, end, NOTHING_OUTSIDE);
  });
}
