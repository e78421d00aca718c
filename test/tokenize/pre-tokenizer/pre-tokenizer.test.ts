// Any sequence of pre-tokenizers gives the pre-tokens and places of the Rust engine.
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import type { PreTokenizerStep, SplitBehavior } from '../../../src/core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import type { PreTokens } from '../../../src/tokenize/pre-tokenizer/cutters.ts';
import { createPreTokenizer } from '../../../src/tokenize/pre-tokenizer/pre-tokenizer.ts';
import { alignText } from '../../../src/tokenize/text/aligned-text.ts';
import { scaled } from '../../runs.ts';
import { vexingTexts } from './oracle.ts';

interface Case {
  readonly name: string;
  readonly steps: readonly PreTokenizerStep[];
  /** What tokenizer.json says. */
  readonly json: readonly object[];
}

const BEHAVIORS: readonly (readonly [SplitBehavior, string])[] = [
  ['removed', 'Removed'],
  ['isolated', 'Isolated'],
  ['merged-with-previous', 'MergedWithPrevious'],
  ['merged-with-next', 'MergedWithNext'],
  ['contiguous', 'Contiguous'],
];

const LLAMA3 = PRE_TOKENIZER_PATTERNS.llama3;

const CASES: readonly Case[] = [
  ...BEHAVIORS.flatMap(([behavior, Behavior]) =>
    [false, true].flatMap((invert): Case[] => [
      {
        name: `Split by a text, ${Behavior}${invert ? ', inverted' : ''}`,
        steps: [{ type: 'split', pattern: { text: ' ' }, behavior, invert }],
        json: [{ type: 'Split', pattern: { String: ' ' }, behavior: Behavior, invert }],
      },
      {
        name: `Split by a regular expression, ${Behavior}${invert ? ', inverted' : ''}`,
        steps: [{ type: 'split', pattern: { regex: '\\p{N}|\\p{L}{2}|(?<=\\s)' }, behavior, invert }],
        json: [{ type: 'Split', pattern: { Regex: '\\p{N}|\\p{L}{2}|(?<=\\s)' }, behavior: Behavior, invert }],
      },
    ]),
  ),
  ...BEHAVIORS.map(
    ([behavior, Behavior]): Case => ({
      name: `Punctuation, ${Behavior}`,
      steps: [{ type: 'punctuation', behavior }],
      json: [{ type: 'Punctuation', behavior: Behavior }],
    }),
  ),
  {
    name: 'a known pattern that is merged, then digits',
    steps: [
      { type: 'split', pattern: { regex: LLAMA3 }, behavior: 'merged-with-next', invert: false },
      { type: 'digits', individual: true },
    ],
    json: [
      { type: 'Split', pattern: { Regex: LLAMA3 }, behavior: 'MergedWithNext', invert: false },
      { type: 'Digits', individual_digits: true },
    ],
  },
  {
    name: 'Digits in runs',
    steps: [{ type: 'digits', individual: false }],
    json: [{ type: 'Digits', individual_digits: false }],
  },
  { name: 'Whitespace', steps: [{ type: 'whitespace' }], json: [{ type: 'Whitespace' }] },
  { name: 'WhitespaceSplit', steps: [{ type: 'whitespace-split' }], json: [{ type: 'WhitespaceSplit' }] },
  ...(['always', 'first', 'never'] as const).flatMap((prepend) =>
    [true, false].map(
      (split): Case => ({
        name: `Metaspace, ${prepend}${split ? '' : ', not split'}`,
        steps: [{ type: 'metaspace', replacement: '▁', prepend, split }],
        json: [{ type: 'Metaspace', replacement: '▁', prepend_scheme: prepend, split }],
      }),
    ),
  ),
  {
    name: 'Metaspace with a sign beyond the BMP, behind WhitespaceSplit',
    steps: [{ type: 'whitespace-split' }, { type: 'metaspace', replacement: '😀', prepend: 'always', split: true }],
    json: [
      { type: 'WhitespaceSplit' },
      { type: 'Metaspace', replacement: '😀', prepend_scheme: 'always', split: true },
    ],
  },
  {
    name: 'Digits, Punctuation, Split, Metaspace',
    steps: [
      { type: 'digits', individual: false },
      { type: 'punctuation', behavior: 'contiguous' },
      { type: 'split', pattern: { regex: '\\s+(?!\\S)|\\s+' }, behavior: 'merged-with-next', invert: false },
      { type: 'metaspace', replacement: '▁', prepend: 'first', split: true },
    ],
    json: [
      { type: 'Digits', individual_digits: false },
      { type: 'Punctuation', behavior: 'Contiguous' },
      { type: 'Split', pattern: { Regex: '\\s+(?!\\S)|\\s+' }, behavior: 'MergedWithNext', invert: false },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
    ],
  },
];

const BYTE_LEVEL_CASES: readonly Case[] = [
  {
    name: 'ByteLevel with a space in front',
    steps: [{ type: 'byte-level', addPrefixSpace: true, useRegex: true }],
    json: [{ type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }],
  },
  {
    name: 'ByteLevel with a space in front of every part, without its pattern',
    steps: [{ type: 'whitespace-split' }, { type: 'byte-level', addPrefixSpace: true, useRegex: false }],
    json: [
      { type: 'WhitespaceSplit' },
      { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: false },
    ],
  },
  {
    name: 'a known pattern, then ByteLevel with its own',
    steps: [
      { type: 'split', pattern: { regex: LLAMA3 }, behavior: 'isolated', invert: false },
      { type: 'byte-level', addPrefixSpace: false, useRegex: true },
    ],
    json: [
      { type: 'Split', pattern: { Regex: LLAMA3 }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    ],
  },
  {
    name: 'a pattern that is unknown, then ByteLevel',
    steps: [
      { type: 'split', pattern: { regex: '\\p{Lu}?\\p{Ll}+|\\p{N}+' }, behavior: 'isolated', invert: false },
      { type: 'byte-level', addPrefixSpace: false, useRegex: false },
    ],
    json: [
      { type: 'Split', pattern: { Regex: '\\p{Lu}?\\p{Ll}+|\\p{N}+' }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    ],
  },
];

type PreToken = [text: string, place: [start: number, end: number]];

function rustPreTokens(json: readonly object[]): (text: string) => PreToken[] {
  const tokenizer = Tokenizer.fromString(
    JSON.stringify({
      version: '1.0',
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'Sequence', pretokenizers: json },
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab: { unknown: 0 }, unk_token: 'unknown' },
    }),
  );
  const preTokenizer = tokenizer.getPreTokenizer()!;
  return (text) => preTokenizer.preTokenizeString(text);
}

function placedTokens({ text, ranges }: PreTokens): { part: string; start: number; end: number }[] {
  return Array.from({ length: ranges.length / 2 }, (_, i) => {
    const [first, behind] = [ranges[2 * i]!, ranges[2 * i + 1]!];
    return { part: text.text.slice(first, behind), start: text.unitStarts[first]!, end: text.unitEnds[behind - 1]! };
  });
}

/** Pre-tokens with places in code points, as the engine counts them. */
function preTokensOf(steps: readonly PreTokenizerStep[]): (text: string) => PreToken[] {
  const { cut } = createPreTokenizer(steps);
  return (text) => {
    const codePointsBefore = (offset: number): number => [...text.slice(0, offset)].length;
    return placedTokens(cut(alignText(text))).map(({ part, start, end }) => [
      part,
      [codePointsBefore(start), codePointsBefore(end)],
    ]);
  };
}

const TEXTS = ['', ' ', 'a', ' a  b ', 'a--b', '--', '▁a▁▁b', ...vexingTexts(scaled(250), 23)].map((text) =>
  text.toWellFormed(),
);

describe('createPreTokenizer', () => {
  it.each(CASES)('cuts and places as the Rust engine: $name', ({ steps, json }) => {
    const ours = preTokensOf(steps);
    const rust = rustPreTokens(json);
    for (const text of TEXTS) expect(ours(text), JSON.stringify(text)).toEqual(rust(text));
  });

  it.each(BYTE_LEVEL_CASES)('cuts and places as the Rust engine: $name', ({ steps, json }) => {
    const ours = preTokensOf(steps);
    const rust = rustPreTokens(json);
    const spell = rustPreTokens([
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    ]);
    for (const text of TEXTS) {
      const expected = rust(text);
      // The engine's are spelled in bytes already, ours by a step that only spells.
      const spelled = ours(text).map(([part, place]): PreToken => [spell(part)[0]![0], place]);
      expect(spelled, JSON.stringify(text)).toEqual(expected);
    }
  });

  it.each([...CASES, ...BYTE_LEVEL_CASES])('does not claim to cut only: $name', ({ steps }) => {
    const preTokenizer = createPreTokenizer(steps);
    if (!preTokenizer.cutsOnly) return;
    const isLiteral = steps.length === 1 && steps[0]!.type === 'split' && 'text' in steps[0]!.pattern;
    expect(isLiteral).toBe(true);
  });

  it('gives the places of a part of a text, and puts ▁ in front of the first part only', () => {
    const { cut } = createPreTokenizer([{ type: 'metaspace', replacement: '▁', prepend: 'first', split: true }]);
    expect(placedTokens(cut(alignText('a b'))).map(({ part }) => part)).toEqual(['▁a', '▁b']);
    expect(placedTokens(cut(alignText('a b', 7)))).toEqual([
      { part: 'a', start: 7, end: 8 },
      { part: '▁b', start: 8, end: 10 },
    ]);
  });

  it('cuts the bytes of a character where a step behind byte-level does, and refuses one that would rewrite them', () => {
    const byteLevel: PreTokenizerStep = { type: 'byte-level', addPrefixSpace: false, useRegex: true };
    const { cut, cutsBytes } = createPreTokenizer([byteLevel, { type: 'digits', individual: false }]);
    expect(cutsBytes).toBe(true);
    // 你 is E4 BD A0, and BD is spelled ½, which is a number.
    expect(placedTokens(cut(alignText('a1 你')))).toEqual([
      { part: 'a', start: 0, end: 1 },
      { part: '1', start: 1, end: 2 },
      { part: ' \xe4', start: 2, end: 4 },
      { part: '\xbd', start: 3, end: 4 },
      { part: '\xa0', start: 3, end: 4 },
    ]);
    const metaspace: PreTokenizerStep = { type: 'metaspace', replacement: '▁', prepend: 'never', split: true };
    expect(() => createPreTokenizer([byteLevel, metaspace])).toThrow('the step metaspace behind byte-level');
    expect(() => createPreTokenizer([byteLevel, byteLevel])).toThrow('the step byte-level behind byte-level');
  });

  it('refuses a pattern by the construct and its place', () => {
    expect(() =>
      createPreTokenizer([{ type: 'split', pattern: { regex: 'a\\p{Greek}' }, behavior: 'isolated', invert: false }]),
    ).toThrow(
      'pre-tokenizer: the property \\p{Greek} at character 2 of the pattern a\\p{Greek} cannot be done exactly',
    );
  });
});
