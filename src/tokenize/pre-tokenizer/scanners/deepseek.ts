// DeepSeek-V3's three Splits as one scanner: \p{N}{1,3}, then runs of [一-龥぀-ゟ゠-ヿ], and in every piece between
// [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|
// \s*[\r\n]+|\s+(?!\S)|\s+ which leaves gaps: control characters and the unassigned, up to where it matches again.
import { type CharacterFlags, characterFlags, NEWLINE, NUMBER, SPACE, SYMBOL, WORD } from './character-flags.ts';
import { BLANK, behind, endOfFew, endOfLinesOrSpaces, endOfRun, flagsAt, type Scanner } from './runs.ts';

/** In the tables of one kind of piece: a character that belongs to another piece, which ends this one. */
const OUTSIDE = NUMBER;

/** The scanner of DeepSeek-V3's pre-tokenizer. */
export function createDeepseekScanner(): Scanner {
  const tables = characterFlags();
  const cjk: CharacterFlags = { ...tables, units: tables.units.map((flags, unit) => (isCjk(unit) ? flags : OUTSIDE)) };
  const others: CharacterFlags = {
    ...tables,
    units: tables.units.map((flags, unit) => (isCjk(unit) ? OUTSIDE : flags)),
  };
  return (units, start, end) => {
    if (isCjk(units[start]!)) return endInPiece(cjk, units, start, end);
    if ((flagsAt(tables, units, start, end) & NUMBER) !== 0) return endOfFew(tables, units, start, end, NUMBER, 3);
    return endInPiece(others, units, start, end);
  };
}

function isCjk(unit: number): boolean {
  return (unit >= 0x4e00 && unit <= 0x9fa5) || (unit >= 0x3040 && unit <= 0x30ff);
}

function endInPiece(tables: CharacterFlags, units: Uint16Array, start: number, end: number): number {
  for (let position = start; ; ) {
    const matchEnd = endOfMatch(tables, units, position, end);
    if (matchEnd > position) return position === start ? matchEnd : position;
    position = behind(position, flagsAt(tables, units, position, end));
    if (position === end || (flagsAt(tables, units, position, end) & OUTSIDE) !== 0) return position;
  }
}

/** End of the third pattern's match at `start`; `start` when there is none. */
function endOfMatch(tables: CharacterFlags, units: Uint16Array, start: number, end: number): number {
  const first = units[start]!;
  const flags = flagsAt(tables, units, start, end);
  if ((flags & WORD) !== 0) return endOfRun(tables, units, behind(start, flags), end, WORD);
  const second = behind(start, flags);
  const next = second < end ? flagsAt(tables, units, second, end) : OUTSIDE;
  if ((flags & SYMBOL) !== 0) {
    if (first < 0x80 && isAsciiLetter(units, second, end)) return endOfAsciiLetters(units, second, end);
    return endOfSymbols(tables, units, second, end);
  }
  if ((flags & NEWLINE) === 0 && (next & WORD) !== 0) return endOfRun(tables, units, second, end, WORD);
  if (first === BLANK && (next & SYMBOL) !== 0) return endOfSymbols(tables, units, second, end);
  return (flags & SPACE) !== 0 ? endOfLinesOrSpaces(tables, units, start, end, OUTSIDE) : start;
}

function endOfSymbols(tables: CharacterFlags, units: Uint16Array, from: number, end: number): number {
  return endOfRun(tables, units, endOfRun(tables, units, from, end, SYMBOL), end, NEWLINE);
}

function isAsciiLetter(units: Uint16Array, position: number, end: number): boolean {
  if (position >= end) return false;
  const small = units[position]! | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

function endOfAsciiLetters(units: Uint16Array, from: number, end: number): number {
  let position = from;
  while (isAsciiLetter(units, position, end)) position++;
  return position;
}
