// Splits a line that is too long for training into parts that are not, without losing a character: after 。！？； (and
// what closes a quotation), failing that after a comma or a space, failing that between two characters that do not
// belong together. Joining the parts gives the line again. Pure; time is linear in the line.

import { isLowSurrogate, utf8Length } from '../../core/unicode/utf8.ts';

/** Sentence ends, and the closing marks that may follow one. */
const SENTENCE_ENDS = new Set('。！？；!?;…\n');
const CLOSERS = new Set('”’」』）》〉】〕］"\')');
/** Where a break does little harm. */
const PAUSES = new Set('，、：,:  \t　');

/** Units looked back for the start of a combining sequence before it is cut through after all. */
const MAX_CLUSTER = 64;

/**
 * Parts of `line` of at most `maxBytes` UTF-8 bytes each; the line alone when it is short enough.
 *
 * @param maxBytes at least 4, the bytes of one character
 * @example
 * ```ts
 * splitLine('他说：“好。”我走了。', 24); // ['他说：“好。”', '我走了。']
 * ```
 */
export function splitLine(line: string, maxBytes: number): string[] {
  if (line.length * 3 <= maxBytes || (line.length <= maxBytes && utf8Length(line) <= maxBytes)) return [line];
  const parts: string[] = [];
  let start = 0;
  while (start < line.length) {
    const limit = unitsWithin(line, start, maxBytes);
    const end = limit === line.length ? limit : findBreak(line, start, limit);
    parts.push(line.slice(start, end));
    start = end;
  }
  return parts;
}

// End of the longest stretch from `start` that has at most `maxBytes` bytes and cuts no surrogate pair.
function unitsWithin(line: string, start: number, maxBytes: number): number {
  let bytes = 0;
  let i = start;
  while (i < line.length) {
    const unit = line.charCodeAt(i);
    const pair = unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(line.charCodeAt(i + 1));
    bytes += pair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    if (bytes > maxBytes) break;
    i += pair ? 2 : 1;
  }
  return i;
}

// The best place to end a part that starts at `start` and may go to `limit`.
function findBreak(line: string, start: number, limit: number): number {
  // Marks that close a quotation stay with the sentence before them, so a break is not taken in front of one.
  for (let i = limit; i > start; i--) {
    if (CLOSERS.has(line[i]!)) continue;
    let before = i - 1;
    while (before > start && CLOSERS.has(line[before]!)) before--;
    if (SENTENCE_ENDS.has(line[before]!) && !SENTENCE_ENDS.has(line[i]!) && isBoundary(line, i)) return i;
    // The marks just looked at cannot be a better place.
    i = before + 1;
  }
  for (let i = limit; i > start; i--) if (PAUSES.has(line[i - 1]!) && isBoundary(line, i)) return i;
  let end = limit;
  while (end > start && limit - end < MAX_CLUSTER && !isBoundary(line, end)) end--;
  return end > start && limit - end < MAX_CLUSTER ? end : limit;
}

// True when the characters around `i` do not belong together: no mark, joiner, selector or second half behind it.
function isBoundary(line: string, i: number): boolean {
  const code = line.codePointAt(i)!;
  if (code < 0x300) return true;
  if (isLowSurrogate(code)) return false;
  if (line.charCodeAt(i - 1) === 0x200d || code === 0x200d || (code >= 0x1f3fb && code <= 0x1f3ff)) return false;
  return !/^\p{M}/u.test(String.fromCodePoint(code));
}
