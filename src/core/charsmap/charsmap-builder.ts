// Builds a precompiled charsmap from normalization rules: the reverse of charsmap.ts, with the bytes that SentencePiece
// makes of the same rules. It takes the rules as they are; where the well-known sets come from: normalization-rules.ts.
// Layout: u32 little-endian size of the trie in bytes, the double array, the replacements, each closed by a NUL byte.
// TSV form: https://github.com/google/sentencepiece/blob/master/doc/normalization.md
import { FormatError } from '../../errors.ts';
import { compareUtf8, encodeUtf8 } from '../unicode/utf8.ts';
import { buildDoubleArray } from './double-array.ts';

/** SentencePiece looks for this many rules at one position at most, so no more may begin with one another. */
const MAX_NESTED_RULES = 31;
/** Bytes of a rule's source; charsmap.ts reads no longer ones. Unicode's longest composition has 12. */
const MAX_SOURCE_BYTES = 512;

/**
 * Builds the blob of `NormalizerSpec.precompiled_charsmap`.
 *
 * @param rules source text to replacement; an empty replacement deletes
 * @throws FormatError when there is no rule, or a rule cannot be stored
 * @example
 * ```ts
 * const blob = buildCharsmap(new Map([['ﬁ', 'fi']]));
 * parseCharsmapRules(blob); // Map(1) { 'ﬁ' => 'fi' }
 * ```
 */
export function buildCharsmap(rules: ReadonlyMap<string, string>): Uint8Array<ArrayBuffer> {
  checkRules(rules);
  // Equal replacements are stored once, in byte order.
  const offsets = new Map<string, number>();
  let replacements = '';
  let replacementBytes = 0;
  for (const replacement of [...new Set(rules.values())].sort(compareUtf8)) {
    offsets.set(replacement, replacementBytes);
    replacements += `${replacement}\0`;
    replacementBytes += encodeUtf8(replacement).length + 1;
  }
  const units = buildDoubleArray(Array.from(rules, ([source, replacement]) => [source, offsets.get(replacement)!]));

  const blob = new Uint8Array(4 + 4 * units.length + replacementBytes);
  const view = new DataView(blob.buffer);
  view.setUint32(0, 4 * units.length, true);
  for (let i = 0; i < units.length; i++) view.setUint32(4 + 4 * i, units[i]!, true);
  blob.set(encodeUtf8(replacements), 4 + 4 * units.length);
  return blob;
}

/**
 * Builds the blob from rules written as TSV, one a line: the source's code points in hexadecimal, a tab, those of the
 * replacement; `U+` in front is allowed, a third column is a comment. Without a second column the rule deletes. Later
 * rules win over earlier ones with the same source. Empty lines are skipped.
 *
 * @throws FormatError with the line number when a line is not such a rule
 * @example
 * ```ts
 * parseCharsmapRules(buildCharsmapFromTsv('FB01\t66 69\nU+200B')); // Map(2) { … => '', 'ﬁ' => 'fi' }
 * ```
 */
export function buildCharsmapFromTsv(
  tsv: string,
  { source: name = 'normalization rules' } = {},
): Uint8Array<ArrayBuffer> {
  const rules = new Map<string, string>();
  const lines = tsv.replace(/^\ufeff/, '').split(/\r?\n/);
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const where = `${name}: line ${index + 1}`;
    const [sources = '', replacements = ''] = line.split('\t');
    const source = parseCodePoints(sources, where);
    if (source === '') throw badRule(`${where}: has no source code points`);
    rules.set(source, parseCodePoints(replacements, where));
  });
  if (rules.size === 0) throw badRule(`${name}: holds no rule`);
  return buildCharsmap(rules);
}

function parseCodePoints(column: string, where: string): string {
  let text = '';
  for (const field of column.split(' ')) {
    if (field === '') continue;
    const digits = /^(?:U\+)?([0-9A-Fa-f]{1,8})$/.exec(field)?.[1];
    if (digits === undefined) throw badRule(`${where}: ${JSON.stringify(field)} is no hexadecimal code point`);
    const codePoint = Number.parseInt(digits, 16);
    if (codePoint === 0 || codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) {
      throw badRule(`${where}: ${field} is no character (0, a surrogate, or above 10FFFF)`);
    }
    text += String.fromCodePoint(codePoint);
  }
  return text;
}

function checkRules(rules: ReadonlyMap<string, string>): void {
  if (rules.size === 0) throw badRule('charsmap: there is no rule');
  for (const [source, replacement] of rules) {
    const shown = JSON.stringify(source);
    if (source === '') throw badRule('charsmap: a rule has an empty source');
    for (const text of [source, replacement]) {
      if (text.includes('\0')) throw badRule(`charsmap: the rule for ${shown} contains U+0000, which ends strings`);
      if (!text.isWellFormed()) throw badRule(`charsmap: the rule for ${shown} contains a lone surrogate`);
    }
    // Three bytes a unit is the most that UTF-8 takes; nearly every source is settled by that.
    if (source.length * 3 > MAX_SOURCE_BYTES && encodeUtf8(source).length > MAX_SOURCE_BYTES) {
      throw badRule(`charsmap: the source of a rule has more than ${MAX_SOURCE_BYTES} bytes: ${shown.slice(0, 40)}…`);
    }
    // Fewer units than the limit cannot hold more prefixes than it.
    if (source.length > MAX_NESTED_RULES && countPrefixes(rules, source) > MAX_NESTED_RULES) {
      throw badRule(
        `charsmap: more than ${MAX_NESTED_RULES} rules begin with one another up to ${shown.slice(0, 40)}…`,
      );
    }
  }
}

function countPrefixes(rules: ReadonlyMap<string, string>, source: string): number {
  let count = 0;
  for (let length = 1; length <= source.length; length++) if (rules.has(source.slice(0, length))) count++;
  return count;
}

function badRule(message: string): FormatError {
  return new FormatError(message, {
    hint: 'Write one rule a line: source code points, a tab, replacement code points, such as "FB01<tab>66 69".',
  });
}
