// Copies the bytes of a JSON text while a sweep goes over it, with values replaced and entries left out. What is not named
// stays byte for byte. Places must be named in order.
// Spec: RFC 8259.
import { joinBytes } from '../../core/grown.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import type { JsonSweep } from './json-sweep.ts';

const COMMA = 0x2c;

/** A text that is being rewritten: see {@link createRewriter}. */
export interface Rewriter {
  /** Puts `text` in place of the bytes from `start` up to `end`. */
  replace(start: number, end: number, text: string): void;
  /**
   * Steps over a list or an object; `visit` reads or skips each value and says whether its entry stays. Commas go with
   * entries that leave.
   */
  filter(kind: 'list' | 'object', visit: () => boolean): void;
  /** The new bytes. */
  finish(): Uint8Array;
}

/** Starts rewriting the text that `sweep` goes over. */
export function createRewriter(sweep: JsonSweep): Rewriter {
  const { bytes } = sweep;
  const parts: Uint8Array[] = [];
  let from = 0;
  function replace(start: number, end: number, text: string): void {
    if (start > from) parts.push(bytes.subarray(from, start));
    if (text !== '') parts.push(encodeUtf8(text));
    from = end;
  }
  return {
    replace,
    filter(kind, visit) {
      sweep.peek();
      const open = sweep.at + 1;
      let previousEnd = open;
      let isFirst = true;
      let keptOne = false;
      const visitEntry = (): void => {
        const saved = [from, parts.length] as const;
        const valueStart = sweep.at;
        if (!keptOne && !isFirst) {
          // The first that stays: what stood before it leaves, its own white space stays.
          replace(open, bytes.indexOf(COMMA, previousEnd) + 1, '');
        }
        if (visit()) keptOne = true;
        else {
          // What was replaced in an entry that leaves does not count.
          [from, parts.length] = saved;
          if (keptOne) replace(previousEnd, sweep.at, '');
        }
        if (sweep.at === valueStart) sweep.fail('no value');
        previousEnd = sweep.at;
        isFirst = false;
      };
      if (kind === 'list') sweep.readList(visitEntry);
      else sweep.readObject(visitEntry);
      if (!keptOne && !isFirst) replace(open, previousEnd, '');
    },
    finish() {
      parts.push(bytes.subarray(from));
      from = bytes.length;
      return joinBytes(parts);
    },
  };
}
