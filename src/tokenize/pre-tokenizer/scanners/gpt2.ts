// The pattern of GPT-2, which ByteLevel with use_regex has too:
// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// It also comes behind Digits, which cuts every digit off first (StarCoder, SmolLM).
import { type CharacterFlags, characterFlags, LETTER, NUMBER, SPACE } from './character-flags.ts';
import {
  APOSTROPHE,
  BLANK,
  behind,
  endOfOthers,
  endOfRun,
  endOfSpaces,
  flagsAt,
  NOTHING_OUTSIDE,
  type Scanner,
  smallContractionLength,
  withPlainWords,
} from './runs.ts';

/** The scanner of GPT-2's pattern. */
export function createGpt2Scanner(): Scanner {
  const tables = characterFlags();
  return withPlainWords(tables.units, LETTER, (units, start, end) => {
    return endOfGpt2(tables, units, start, end, NOTHING_OUTSIDE);
  });
}

/**
 * The scanner of digits, each on its own, and of GPT-2's pattern between them.
 *
 * @param tables what counts as a number: as the pre-tokenizer Digits sees it, or as `\p{N}`
 */
export function createDigitsThenGpt2Scanner(tables: CharacterFlags): Scanner {
  return withPlainWords(tables.units, LETTER, (units, start, end) => {
    const flags = flagsAt(tables, units, start, end);
    return (flags & NUMBER) !== 0 ? behind(start, flags) : endOfGpt2(tables, units, start, end, NUMBER);
  });
}

function endOfGpt2(tables: CharacterFlags, units: Uint16Array, start: number, end: number, outside: number): number {
  const first = units[start]!;
  let position = start;
  if (first === BLANK) {
    position++;
    if (position === end) return end;
  } else if (first === APOSTROPHE) {
    const length = smallContractionLength(units, start, end);
    if (length > 0) return start + length;
  }
  const flags = flagsAt(tables, units, position, end);
  if ((flags & outside) !== 0) return position;
  const next = behind(position, flags);
  if ((flags & LETTER) !== 0) return endOfRun(tables, units, next, end, LETTER);
  if ((flags & NUMBER) !== 0) return endOfRun(tables, units, next, end, NUMBER);
  if ((flags & SPACE) === 0) return endOfOthers(tables, units, next, end, LETTER | NUMBER | SPACE);
  return endOfSpaces(tables, units, start, endOfRun(tables, units, start, end, SPACE), end, outside);
}
