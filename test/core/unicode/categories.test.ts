// The Unicode tables are those of the Rust engine, measured through it for every code point. When a release of tokenizers
// moves to another version of Unicode, this test says which characters differ.
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import type { PreTokenizerStep } from '../../../src/core/model.ts';
import { categoryOf, WHITE_SPACE } from '../../../src/core/unicode/categories.ts';
import { CATEGORY_NAMES } from '../../../src/core/unicode/category-table.ts';
import { EAST_ASIAN_SCRIPTS } from '../../../src/core/unicode/east-asian-scripts.ts';
import { createPreTokenizer, type PreTokenizer } from '../../../src/tokenize/pre-tokenizer/pre-tokenizer.ts';
import { alignText } from '../../../src/tokenize/text/aligned-text.ts';

const ALL: number[] = [];
for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
  if (codePoint < 0xd800 || codePoint > 0xdfff) ALL.push(codePoint);
}

function rustPieces(preTokenizer: object, text: string): string[] {
  const tokenizer = Tokenizer.fromString(
    JSON.stringify({
      version: '1.0',
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: preTokenizer,
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab: { unknown: 0 }, unk_token: 'unknown' },
    }),
  );
  return tokenizer
    .getPreTokenizer()!
    .preTokenizeString(text)
    .map(([piece]) => piece);
}

/** What the engine leaves of a text without the matches of a pattern. */
function leftByEngine(pattern: string, text: string): string {
  const split = { type: 'Split', pattern: { Regex: `(?:${pattern})+` }, behavior: 'Removed', invert: false };
  return rustPieces(split, text).join('');
}

function textOf(codePoints: readonly number[]): string {
  let text = '';
  for (const codePoint of codePoints) text += String.fromCodePoint(codePoint);
  return text;
}

const scripts = Object.entries(EAST_ASIAN_SCRIPTS);

describe('the tables', () => {
  // Every character is in one category, so nothing is left to check when each is in the one that the table says.
  it('have the same category of every character', () => {
    const members = CATEGORY_NAMES.map((): number[] => []);
    for (const codePoint of ALL) members[categoryOf(codePoint)]!.push(codePoint);
    for (const [number, name] of CATEGORY_NAMES.entries()) {
      const left = leftByEngine(`\\p{${name}}`, textOf(members[number]!));
      expect(left === '', `${name}: ${JSON.stringify(left.slice(0, 100))}`).toBe(true);
    }
  });

  it('have the same white space, and the same characters of each script', () => {
    const sets = {
      '\\s': WHITE_SPACE,
      ...Object.fromEntries(scripts.map(([name, ranges]) => [`\\p{${name}}`, ranges])),
    };
    for (const [pattern, ranges] of Object.entries(sets)) {
      const members = ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
      expect(leftByEngine(pattern, textOf(members)), pattern).toBe('');
    }
    const isIn = new Uint8Array(0x110000);
    for (const [first, last] of Object.values(sets).flat()) isIn.fill(1, first, last + 1);
    const others = textOf(ALL.filter((codePoint) => isIn[codePoint] === 0));
    expect(leftByEngine(Object.keys(sets).join('|'), others) === others).toBe(true);
  });

  it.each<[string, PreTokenizerStep, object]>([
    ['Digits', { type: 'digits', individual: true }, { type: 'Digits', individual_digits: true }],
    ['Punctuation', { type: 'punctuation', behavior: 'isolated' }, { type: 'Punctuation', behavior: 'Isolated' }],
    ['Whitespace', { type: 'whitespace' }, { type: 'Whitespace' }],
    ['WhitespaceSplit', { type: 'whitespace-split' }, { type: 'WhitespaceSplit' }],
  ])('cut as %s does', (_name, step, json) => {
    // Where a category begins or ends, and all up to U+33FF. Between two letters: cut off, left out or neither.
    const some = ALL.filter(
      (one) => one < 0x3400 || categoryOf(one) !== categoryOf(one - 1) || categoryOf(one) !== categoryOf(one + 1),
    );
    const text = some.map((codePoint) => `a${String.fromCodePoint(codePoint)}a `).join('');
    const preTokenizer: PreTokenizer = createPreTokenizer([step]);
    const { ranges } = preTokenizer.cut(alignText(text));
    const pieces: string[] = [];
    for (let i = 0; i < ranges.length; i += 2) pieces.push(text.slice(ranges[i], ranges[i + 1]));
    expect(pieces.join('\u0000\n') === rustPieces(json, text).join('\u0000\n')).toBe(true);
  });
});
