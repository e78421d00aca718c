// What every scanner is made of: the end of a run of characters, and the branches that the known patterns share.
// Hot code: integers and typed arrays only. A table of flags that is passed in as `tables` is character-flags.ts's.
import { type CharacterFlags, NEWLINE, pairFlags, SPACE, SURROGATE } from './character-flags.ts';

export const BLANK = 0x20;
export const APOSTROPHE = 0x27;

/** For patterns that cut the whole text at once: no character begins another piece. */
export const NOTHING_OUTSIDE = 0;

/** Gives the end of the pre-token that begins at `start`; `end` is the end of the text. It is above `start`, at most `end`. */
export type Scanner = (units: Uint16Array, start: number, end: number) => number;

/** Flags of the character at `position`; {@link SURROGATE} is set when it has two units. */
export function flagsAt(tables: CharacterFlags, units: Uint16Array, position: number, end: number): number {
  const flags = tables.units[units[position]!]!;
  return flags === SURROGATE ? pairFlags(tables, units, position, end) : flags;
}

/** Position behind a character, given its flags. */
export function behind(position: number, flags: number): number {
  return position + (flags & SURROGATE ? 2 : 1);
}

/** End of the run of characters from `position` on that have one of the flags of `mask`. */
export function endOfRun(tables: CharacterFlags, units: Uint16Array, from: number, end: number, mask: number): number {
  const unitFlags = tables.units;
  let position = from;
  for (;;) {
    while (position < end && (unitFlags[units[position]!]! & mask) !== 0) position++;
    if (position === end || unitFlags[units[position]!] !== SURROGATE) return position;
    const flags = pairFlags(tables, units, position, end);
    if ((flags & mask) === 0) return position;
    position = behind(position, flags);
  }
}

/**
 * A scanner that does the common case itself: letters (what has the flags `letters`) of one unit, with a space before them or
 * without. The rest goes to `otherwise`. Apart from it, this is small enough for the compiler to make the most of it.
 */
export function withPlainWords(unitFlags: Uint8Array, letters: number, otherwise: Scanner): Scanner {
  return (units, start, end) => {
    let position = start;
    if (units[position] === BLANK) position++;
    if (position < end && (unitFlags[units[position]!]! & letters) !== 0) {
      for (;;) {
        position++;
        if (position >= end) return end;
        const flags = unitFlags[units[position]!]!;
        if ((flags & letters) !== 0) continue;
        if (flags !== SURROGATE) return position;
        break;
      }
    }
    return otherwise(units, start, end);
  };
}

/** End of the run of characters from `position` on that have none of the flags of `mask`. */
export function endOfOthers(
  tables: CharacterFlags,
  units: Uint16Array,
  from: number,
  end: number,
  mask: number,
): number {
  const unitFlags = tables.units;
  const stops = mask | SURROGATE;
  let position = from;
  for (;;) {
    while (position < end && (unitFlags[units[position]!]! & stops) === 0) position++;
    if (position === end || unitFlags[units[position]!] !== SURROGATE) return position;
    const flags = pairFlags(tables, units, position, end);
    if ((flags & mask) !== 0) return position;
    position = behind(position, flags);
  }
}

/** End of `count` characters at most from `position` on that have the flag `mask`: `\p{N}{1,3}`. */
export function endOfFew(
  tables: CharacterFlags,
  units: Uint16Array,
  from: number,
  end: number,
  mask: number,
  count: number,
): number {
  let position = from;
  for (let taken = 0; taken < count && position < end; taken++) {
    const flags = flagsAt(tables, units, position, end);
    if ((flags & mask) === 0) break;
    position = behind(position, flags);
  }
  return position;
}

/**
 * End of what `\s+(?!\S)|\s+` takes at `from`, where white space stands up to `runEnd`: all but its last before other text.
 * A character with the flag `outside` is the beginning of another piece, so it counts as the end of the text.
 */
export function endOfSpaces(
  tables: CharacterFlags,
  units: Uint16Array,
  from: number,
  runEnd: number,
  end: number,
  outside: number,
): number {
  if (runEnd - from === 1 || runEnd === end || (flagsAt(tables, units, runEnd, end) & outside) !== 0) return runEnd;
  return runEnd - 1;
}

/** End of what `\s*[\r\n]+|\s+(?!\S)|\s+` takes at `from`: up to the last line break of the run, if there is one. */
export function endOfLinesOrSpaces(
  tables: CharacterFlags,
  units: Uint16Array,
  from: number,
  end: number,
  outside: number,
): number {
  const unitFlags = tables.units;
  const runEnd = endOfRun(tables, units, from, end, SPACE);
  for (let position = runEnd; position > from; position--) {
    if ((unitFlags[units[position - 1]!]! & NEWLINE) !== 0) return position;
  }
  return endOfSpaces(tables, units, from, runEnd, end, outside);
}

/**
 * Length of what `'(?i:s|t|re|ve|m|ll|d)` takes at an apostrophe, 0 for nothing. Ignoring case, `s` is also U+017F ſ: the
 * only letter beyond ASCII that folds to one of these.
 */
export function contractionLength(units: Uint16Array, apostrophe: number, end: number): number {
  if (apostrophe + 1 >= end) return 0;
  const first = units[apostrophe + 1]!;
  if (first === 0x17f) return 2;
  const second = apostrophe + 2 < end ? units[apostrophe + 2]! | 0x20 : 0;
  return first < 0x80 ? contractionOf(first | 0x20, second) : 0;
}

/** Length of what `'(?:s|t|re|ve|m|ll|d)` takes at an apostrophe, 0 for nothing: small letters only. */
export function smallContractionLength(units: Uint16Array, apostrophe: number, end: number): number {
  if (apostrophe + 1 >= end) return 0;
  return contractionOf(units[apostrophe + 1]!, apostrophe + 2 < end ? units[apostrophe + 2]! : 0);
}

function contractionOf(first: number, second: number): number {
  switch (first) {
    case 0x73: // s
    case 0x74: // t
    case 0x6d: // m
    case 0x64: // d
      return 2;
    case 0x72: // re
    case 0x76: // ve
      return second === 0x65 ? 3 : 0;
    case 0x6c: // ll
      return second === 0x6c ? 3 : 0;
    default:
      return 0;
  }
}
