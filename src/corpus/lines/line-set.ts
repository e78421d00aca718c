// A set of texts of which only 64-bit hashes are kept: 16 bytes a text at most, however long it is, and no limit at
// JavaScript's 16.7 million set entries. Two different texts share a hash once in about 5e9 sets of a million, in which
// case one is taken for the other; for leaving out duplicate lines that is harmless.

import { groupDigits } from '../../core/counted.ts';
import { OptionError } from '../../errors.ts';

/** Texts that have been seen. */
export interface LineSet {
  /** Adds a text; true when it was not there before. */
  add(text: string): boolean;
  readonly size: number;
}

/** Bytes of a slot; half of the slots are taken at most, and a set that grows has the old ones as well. */
const SLOT_BYTES = 8;

/**
 * An empty set.
 *
 * @param maxBytes memory that it may take; default: any
 * @throws OptionError, from `add`, when it would take more
 */
export function createLineSet(maxBytes = Infinity): LineSet {
  let lows = new Uint32Array(1 << 12);
  let highs = new Uint32Array(1 << 12);
  let mask = lows.length - 1;
  let size = 0;

  // Both halves zero marks a free slot, so a hash of zero is moved to one.
  const insert = (low: number, high: number): boolean => {
    let at = low & mask;
    while (lows[at] !== 0 || highs[at] !== 0) {
      if (lows[at] === low && highs[at] === high) return false;
      at = (at + 1) & mask;
    }
    lows[at] = low;
    highs[at] = high;
    return true;
  };

  const grow = (): void => {
    if (3 * lows.length * SLOT_BYTES > maxBytes) {
      throw new OptionError(`maxMemory: dedupe remembers ${groupDigits(size)} lines in it, and there are more`, {
        hint: 'Raise --max-memory, or remove duplicate lines before.',
      });
    }
    const [oldLows, oldHighs] = [lows, highs];
    lows = new Uint32Array(oldLows.length * 2);
    highs = new Uint32Array(oldLows.length * 2);
    mask = lows.length - 1;
    for (let i = 0; i < oldLows.length; i++) {
      if (oldLows[i] !== 0 || oldHighs[i] !== 0) insert(oldLows[i]!, oldHighs[i]!);
    }
  };

  return {
    add(text) {
      let low = 0x9e3779b9 ^ text.length;
      let high = 0x85ebca6b ^ text.length;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        low = Math.imul(low ^ unit, 0x01000193);
        low ^= low >>> 15;
        high = Math.imul(high + unit, 0x5bd1e995);
        high ^= high >>> 13;
      }
      low = Math.imul(low ^ (low >>> 16), 0x7feb352d);
      high = Math.imul(high ^ (high >>> 15), 0x846ca68b);
      low = (low ^ (low >>> 15)) >>> 0;
      high = (high ^ (high >>> 16)) >>> 0;
      if (!insert(low === 0 && high === 0 ? 1 : low, high)) return false;
      size++;
      if (size * 2 > lows.length) grow();
      return true;
    },
    get size() {
      return size;
    },
  };
}
