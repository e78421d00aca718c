// Reads a precompiled charsmap and finds the longest rule that matches at a position of a text.
// Blob layout (NormalizerSpec.precompiled_charsmap): u32 little-endian size of the trie in bytes, a darts-clone double
// array whose keys are UTF-8 strings, then the replacements, each closed by a NUL byte.
// The rules are unfolded once into tables over UTF-16, so matching never leaves the JavaScript string.
import { FormatError } from '../errors.ts';

/** Rules are a few thousand in practice; more than this in one blob is a damaged or hostile file. */
const MAX_RULES = 1_000_000;
/** Longest key accepted, in bytes; Unicode's longest decomposition is far below. */
const MAX_KEY_BYTES = 512;

/** Normalization rules ready for matching. */
export interface Charsmap {
  /** Every rule, source text to replacement. */
  readonly rules: ReadonlyMap<string, string>;
  /** 1 where a rule starts with that UTF-16 unit, `[65536]`. */
  readonly startUnits: Uint8Array;
  /**
   * Length in UTF-16 units of the longest rule that matches at `position`, or 0.
   * The replacement is then in {@link Charsmap.replacement}.
   */
  match(text: string, position: number): number;
  /** Replacement found by the last successful {@link Charsmap.match}. */
  readonly replacement: string;
}

/**
 * Parses a precompiled charsmap.
 *
 * @param blob contents of `precompiled_charsmap`; not empty
 * @throws FormatError when the sizes or the double array do not hold together
 */
export function parseCharsmap(blob: Uint8Array): Charsmap {
  return createCharsmap(decodeRules(blob));
}

/** Builds the matcher from rules, source text to replacement. */
export function createCharsmap(rules: ReadonlyMap<string, string>): Charsmap {
  const startUnits = new Uint8Array(0x10000);
  const singles = new Map<number, string>();
  // Longest source per first unit: most units start only rules of length one, and need no substring.
  const longest = new Uint16Array(0x10000);
  for (const [source, replacement] of rules) {
    const unit = source.charCodeAt(0);
    startUnits[unit] = 1;
    if (source.length === 1) singles.set(unit, replacement);
    longest[unit] = Math.max(longest[unit]!, source.length);
  }
  const charsmap = {
    rules,
    startUnits,
    replacement: '',
    match(text: string, position: number): number {
      const unit = text.charCodeAt(position);
      for (let length = Math.min(longest[unit]!, text.length - position); length > 1; length--) {
        const found = rules.get(text.slice(position, position + length));
        if (found !== undefined) {
          charsmap.replacement = found;
          return length;
        }
      }
      const single = singles.get(unit);
      if (single === undefined) return 0;
      charsmap.replacement = single;
      return 1;
    },
  };
  return charsmap;
}

function decodeRules(blob: Uint8Array): Map<string, string> {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const trieBytes = blob.length >= 4 ? view.getUint32(0, true) : 0;
  if (blob.length <= 4 || trieBytes % 4 !== 0 || trieBytes === 0 || trieBytes >= blob.length - 4 + 1) {
    throw damaged(`trie of ${trieBytes} bytes in a blob of ${blob.length}`);
  }
  const units = new Uint32Array(trieBytes / 4);
  for (let i = 0; i < units.length; i++) units[i] = view.getUint32(4 + 4 * i, true);
  const replacements = blob.subarray(4 + trieBytes);

  // ignoreBOM keeps U+FEFF, which is a rule of its own.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const rules = new Map<string, string>();
  const key = new Uint8Array(MAX_KEY_BYTES);

  // A double array unit: bits 0-7 label, bit 8 "has a value", bit 9 wide offset, bits 10-30 offset, bit 31 leaf.
  const visit = (node: number, depth: number): void => {
    const unit = units[node]!;
    const base = node ^ childOffset(unit);
    for (let byte = 1; byte < 256; byte++) {
      const child = base ^ byte;
      if (child >= units.length) continue;
      const childUnit = units[child]!;
      // The leaf bit is part of what is compared, so a value unit is never taken for a child.
      if ((childUnit & 0x800000ff) !== byte) continue;
      if (depth >= MAX_KEY_BYTES) throw damaged(`a key longer than ${MAX_KEY_BYTES} bytes`);
      key[depth] = byte;
      if ((childUnit >>> 8) & 1) {
        const leaf = child ^ childOffset(childUnit);
        if (leaf >= units.length) throw damaged(`value unit ${leaf} of ${units.length}`);
        addRule(depth + 1, units[leaf]! & 0x7fffffff);
      }
      visit(child, depth + 1);
    }
  };

  const addRule = (length: number, offset: number): void => {
    if (rules.size >= MAX_RULES) throw damaged(`more than ${MAX_RULES} rules`);
    const end = offset < replacements.length ? replacements.indexOf(0, offset) : -1;
    if (end < 0) throw damaged(`replacement at ${offset} of ${replacements.length} bytes`);
    try {
      rules.set(decoder.decode(key.subarray(0, length)), decoder.decode(replacements.subarray(offset, end)));
    } catch (cause) {
      throw new FormatError(`precompiled_charsmap: rule at offset ${offset} is not UTF-8`, { cause });
    }
  };

  visit(0, 0);
  return rules;
}

function childOffset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function damaged(detail: string): FormatError {
  return new FormatError(`precompiled_charsmap: ${detail}`, {
    hint: 'The normalization rules inside the model are damaged; get the model file again.',
  });
}
