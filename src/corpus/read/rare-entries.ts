// Takes rare entries out of the bytes of a frequency table, so that no string is made of what is left out of it anyway: of a
// large table that is nearly all. Lines that are not just a text, a tab and a count stay, for the reader of the table to judge
// them; an empty line stays for each entry, so that lines keep their numbers.

import { joinBytes } from '../../core/grown.ts';
import { isContinuation, readUtf8Units } from '../../core/unicode/utf8.ts';

/** Which entries are left out. */
export interface RareEntries {
  /**
   * Tells what stays by its count, and by its text: `units[0..length)` in UTF-16. Bytes that are no UTF-8 give other units.
   * Default: nothing does.
   */
  readonly isKept?: (count: number, units: Uint16Array, length: number) => boolean;
  /** Told of each that does not: its count, and the size of its text in bytes and in code points. */
  readonly onEntry: (count: number, bytes: number, characters: number) => void;
}

const [TAB, LINE_FEED, ZERO] = [0x09, 0x0a, 0x30];

/** Digits of a count that is exact beyond doubt. */
const MOST_DIGITS = 15;

/** The chunks of a table in UTF-8 without its rare entries. */
export async function* withoutRareEntries(
  chunks: AsyncIterable<Uint8Array>,
  { isKept, onEntry }: RareEntries,
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  let units = new Uint16Array(256);
  // The beginning of the line has been handed out.
  let isBegun = false;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : joinBytes([rest, chunk]);
    const stop = bytes.lastIndexOf(LINE_FEED) + 1;
    const kept = new Uint8Array(stop);
    let filled = 0;
    for (let start = 0; start < stop; ) {
      let end = start;
      let characters = 0;
      for (let byte = bytes[end]!; byte !== LINE_FEED; byte = bytes[++end]!) characters += +!isContinuation(byte);
      let tab = end - 1;
      let count = 0;
      for (let digit = bytes[tab]! - ZERO, unit = 1; digit >= 0 && digit <= 9 && tab > start; unit *= 10) {
        count += digit * unit;
        digit = bytes[--tab]! - ZERO;
      }
      const size = tab - start;
      const isEntry = bytes[tab] === TAB && size > 0 && count > 0 && end - tab - 1 <= MOST_DIGITS && !isBegun;
      if (isEntry && size > units.length) units = new Uint16Array(2 * size);
      if (isEntry && !isKept?.(count, units, readUtf8Units(bytes, start, tab, units, 0))) {
        onEntry(count, size, characters - (end - tab));
      } else {
        kept.set(bytes.subarray(start, end), filled);
        filled += end - start;
      }
      kept[filled++] = LINE_FEED;
      isBegun = false;
      start = end + 1;
    }
    if (filled > 0) yield kept.subarray(0, filled);
    rest = bytes.slice(stop);
    if (stop === 0) {
      yield rest;
      rest = new Uint8Array(0);
      isBegun = true;
    }
  }
  if (rest.length > 0) yield rest;
}
