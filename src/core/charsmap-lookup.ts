// Looks single rules up in a precompiled charsmap, walking its double array where it lies.
// For a handful of questions this is far cheaper than charsmap.ts, which unfolds every rule (some 100,000 for NFKC) so
// that whole texts normalize fast. Layout of the blob: see charsmap.ts.
import { FormatError } from '../errors.ts';

/** A rule found by {@link CharsmapLookup.match}. */
export interface CharsmapMatch {
  /** UTF-8 bytes of the text that the rule replaces, 1 or more. */
  readonly length: number;
  /** UTF-8 bytes that take its place; may be empty. */
  readonly replacement: Uint8Array;
}

/** Rules of one blob. */
export interface CharsmapLookup {
  /** The longest rule that matches `bytes` (UTF-8) at `position`, or `undefined`. */
  match(bytes: Uint8Array, position: number): CharsmapMatch | undefined;
}

/**
 * Opens a blob for lookups; costs nothing until {@link CharsmapLookup.match}.
 *
 * @param blob contents of `precompiled_charsmap`; not empty
 * @throws FormatError when the sizes do not hold together, here or on reaching a damaged rule
 */
export function createCharsmapLookup(blob: Uint8Array): CharsmapLookup {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const trieBytes = blob.length > 4 ? view.getUint32(0, true) : 0;
  if (trieBytes === 0 || trieBytes % 4 !== 0 || trieBytes > blob.length - 4) {
    throw damaged(`trie of ${trieBytes} bytes in a blob of ${blob.length}`);
  }
  const unitCount = trieBytes / 4;
  const replacements = blob.subarray(4 + trieBytes);
  const unitAt = (index: number): number => view.getUint32(4 + 4 * index, true);

  return {
    match(bytes, position) {
      let length = 0;
      let offset = 0;
      let node = childOffset(unitAt(0));
      for (let at = position; at < bytes.length; at++) {
        const byte = bytes[at]!;
        node ^= byte;
        if (byte === 0 || node >= unitCount) break;
        const unit = unitAt(node);
        if ((unit & 0x800000ff) !== byte) break;
        node ^= childOffset(unit);
        if (((unit >>> 8) & 1) === 0) continue;
        if (node >= unitCount) throw damaged(`value unit ${node} of ${unitCount}`);
        length = at + 1 - position;
        offset = unitAt(node) & 0x7fffffff;
      }
      if (length === 0) return undefined;
      const end = offset < replacements.length ? replacements.indexOf(0, offset) : -1;
      if (end < 0) throw damaged(`replacement at ${offset} of ${replacements.length} bytes`);
      return { length, replacement: replacements.subarray(offset, end) };
    },
  };
}

function childOffset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function damaged(detail: string): FormatError {
  return new FormatError(`precompiled_charsmap: ${detail}`, {
    hint: 'The normalization rules inside the model are damaged; get the model file again.',
  });
}
