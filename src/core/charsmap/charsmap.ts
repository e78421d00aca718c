// Reads a precompiled charsmap and finds the longest rule that matches at a position of a text.
// Blob layout (NormalizerSpec.precompiled_charsmap): u32 little-endian size of the trie in bytes, a darts-clone double
// array whose keys are UTF-8 strings, then the replacements, each closed by a NUL byte.
// NFKC has 225,000 rules, of which a text needs a few dozen: they are looked up where they lie, and what was found out
// about a character is remembered. So opening costs nothing, and damage inside the blob shows when it is reached.
import { FormatError } from '../../errors.ts';

/** Rules are a few hundred thousand in practice; more than this in one blob is a damaged or hostile file. */
const MAX_RULES = 1_000_000;
/** Longest key accepted, in bytes; Unicode's longest decomposition is far below. */
const MAX_KEY_BYTES = 512;

/** Normalization rules ready for matching. */
export interface Charsmap {
  /**
   * Length in UTF-16 units of the longest rule that matches at `position`, or 0.
   * The replacement is then in {@link Charsmap.replacement}.
   *
   * @throws FormatError when the rule it comes upon is damaged
   */
  match(text: string, position: number): number;
  /** Whether a rule may begin with this UTF-16 unit; false is certain. */
  hasRules(unit: number): boolean;
  /** Replacement found by the last successful {@link Charsmap.match}. */
  readonly replacement: string;
}

type Utf8Decoder = InstanceType<typeof TextDecoder>;

/** What is known of rules that start with a UTF-16 unit. */
const UNSEEN = 0;
const NO_RULES = 1;
const HAS_RULES = 2;

/**
 * Opens a precompiled charsmap.
 *
 * @param blob contents of `precompiled_charsmap`; not empty
 * @throws FormatError when the sizes do not hold together
 * @example
 * ```ts
 * const charsmap = openCharsmap(buildNormalizationCharsmap('nfkc'));
 * charsmap.match('\uFF21', 0); // 1, and charsmap.replacement is 'A'
 * ```
 */
export function openCharsmap(blob: Uint8Array): Charsmap {
  const { units, replacements } = splitBlob(blob);
  const states = new Uint8Array(0x10000);
  // Node behind the bytes of a unit that is a whole character, for units with HAS_RULES.
  const nodes = new Int32Array(0x10000);
  const texts = new Map<number, string>();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** Node behind `byte` as the child of `node`, or -1. */
  function step(node: number, byte: number): number {
    const child = node ^ childOffset(units[node]!) ^ byte;
    // The leaf bit is part of what is compared, so a value unit is never taken for a child.
    return child < units.length && (units[child]! & 0x800000ff) === byte ? child : -1;
  }

  /** Node behind the UTF-8 bytes of a code point, or -1. */
  function walk(from: number, codePoint: number): number {
    if (codePoint < 0x80) return codePoint === 0 ? -1 : step(from, codePoint);
    let node: number;
    if (codePoint < 0x800) node = step(from, 0xc0 | (codePoint >> 6));
    else {
      if (codePoint < 0x10000) node = step(from, 0xe0 | (codePoint >> 12));
      else {
        node = step(from, 0xf0 | (codePoint >> 18));
        if (node >= 0) node = step(node, 0x80 | ((codePoint >> 12) & 0x3f));
      }
      if (node >= 0) node = step(node, 0x80 | ((codePoint >> 6) & 0x3f));
    }
    return node < 0 ? -1 : step(node, 0x80 | (codePoint & 0x3f));
  }

  /** Offset of the replacement of the rule that ends at `node`, or -1. */
  function replacementOffsetOf(node: number): number {
    if (((units[node]! >>> 8) & 1) === 0) return -1;
    const leaf = node ^ childOffset(units[node]!);
    if (leaf >= units.length) throw damaged(`value unit ${leaf} of ${units.length}`);
    return units[leaf]! & 0x7fffffff;
  }

  function replacementAt(offset: number): string {
    const known = texts.get(offset);
    if (known !== undefined) return known;
    const text = decodeReplacement(replacements, offset, decoder);
    texts.set(offset, text);
    return text;
  }

  function hasRules(unit: number): boolean {
    if (states[unit] === UNSEEN) {
      const isSurrogate = unit >= 0xd800 && unit < 0xe000;
      nodes[unit] = isSurrogate ? 0 : walk(0, unit);
      states[unit] = isSurrogate || nodes[unit]! >= 0 ? HAS_RULES : NO_RULES;
    }
    return states[unit] === HAS_RULES;
  }

  const charsmap = {
    replacement: '',
    hasRules,
    match(text: string, position: number): number {
      const unit = text.charCodeAt(position);
      if (!hasRules(unit)) return 0;
      const isSurrogate = unit >= 0xd800 && unit < 0xe000;
      let end = position + 1;
      let node = nodes[unit]!;
      if (isSurrogate) {
        const codePoint = text.codePointAt(position)!;
        node = walk(0, codePoint);
        if (codePoint > 0xffff) end++;
      }
      let offset = -1;
      let length = 0;
      while (node >= 0) {
        const value = replacementOffsetOf(node);
        if (value >= 0) {
          offset = value;
          length = end - position;
        }
        if (end >= text.length) break;
        const codePoint = text.codePointAt(end)!;
        node = walk(node, codePoint);
        end += codePoint > 0xffff ? 2 : 1;
      }
      if (length > 0) charsmap.replacement = replacementAt(offset);
      return length;
    },
  };
  return charsmap;
}

/**
 * Reads every rule of a precompiled charsmap, source text to replacement. Far slower than {@link openCharsmap}.
 *
 * @throws FormatError when anything in the blob is damaged
 */
export function parseCharsmapRules(blob: Uint8Array): Map<string, string> {
  const { units, replacements } = splitBlob(blob);
  // ignoreBOM keeps U+FEFF, which is a rule of its own.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const rules = new Map<string, string>();
  const key = new Uint8Array(MAX_KEY_BYTES);

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
    const source = decodeStrictly(key.subarray(0, length), decoder);
    rules.set(source, decodeReplacement(replacements, offset, decoder));
  };

  visit(0, 0);
  return rules;
}

function splitBlob(blob: Uint8Array): { units: Uint32Array; replacements: Uint8Array } {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const trieBytes = blob.length > 4 ? view.getUint32(0, true) : 0;
  if (trieBytes % 4 !== 0 || trieBytes === 0 || trieBytes > blob.length - 4) {
    throw damaged(`trie of ${trieBytes} bytes in a blob of ${blob.length}`);
  }
  const units = new Uint32Array(trieBytes / 4);
  for (let i = 0; i < units.length; i++) units[i] = view.getUint32(4 + 4 * i, true);
  return { units, replacements: blob.subarray(4 + trieBytes) };
}

function decodeReplacement(replacements: Uint8Array, offset: number, decoder: Utf8Decoder): string {
  const end = offset < replacements.length ? replacements.indexOf(0, offset) : -1;
  if (end < 0) throw damaged(`replacement at ${offset} of ${replacements.length} bytes`);
  return decodeStrictly(replacements.subarray(offset, end), decoder);
}

function decodeStrictly(bytes: Uint8Array, decoder: Utf8Decoder): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new FormatError(`precompiled_charsmap: a rule of ${bytes.length} bytes is not UTF-8`, { cause });
  }
}

// A double array unit: bits 0-7 label, bit 8 "has a value", bit 9 wide offset, bits 10-30 offset, bit 31 leaf.
function childOffset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function damaged(detail: string): FormatError {
  return new FormatError(`precompiled_charsmap: ${detail}`, {
    hint: 'The normalization rules inside the model are damaged; get the model file again.',
  });
}
