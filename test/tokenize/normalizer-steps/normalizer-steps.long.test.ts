// Normalizer steps give the text and the places that the Rust engine gives, whatever Unicode version the runtime has.
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import type { NormalizerStep } from '../../../src/core/model.ts';
import { createNormalizerStage } from '../../../src/tokenize/normalizer-steps/normalizer-steps.ts';
import { composeStages, type TextNormalizer } from '../../../src/tokenize/normalizer-steps/stage.ts';
import { alignText } from '../../../src/tokenize/text/aligned-text.ts';
import { scaled } from '../../runs.ts';
import { vexingTexts } from '../pre-tokenizer/oracle.ts';

interface Case {
  readonly name: string;
  readonly steps: readonly NormalizerStep[];
  /** What tokenizer.json says. */
  readonly json: readonly object[];
}

const CASES: readonly Case[] = [
  { name: 'NFC', steps: [{ type: 'nfc' }], json: [{ type: 'NFC' }] },
  { name: 'NFD', steps: [{ type: 'nfd' }], json: [{ type: 'NFD' }] },
  { name: 'NFKC', steps: [{ type: 'nfkc' }], json: [{ type: 'NFKC' }] },
  { name: 'NFKD', steps: [{ type: 'nfkd' }], json: [{ type: 'NFKD' }] },
  { name: 'Lowercase', steps: [{ type: 'lowercase' }], json: [{ type: 'Lowercase' }] },
  { name: 'Prepend', steps: [{ type: 'prepend', text: '▁x' }], json: [{ type: 'Prepend', prepend: '▁x' }] },
  {
    name: 'Replace of a text',
    steps: [{ type: 'replace', pattern: { text: ' ' }, content: '▁▁' }],
    json: [{ type: 'Replace', pattern: { String: ' ' }, content: '▁▁' }],
  },
  {
    name: 'Replace by a regular expression',
    steps: [{ type: 'replace', pattern: { regex: '\\s{2,}|\\p{N}+' }, content: '#' }],
    json: [{ type: 'Replace', pattern: { Regex: '\\s{2,}|\\p{N}+' }, content: '#' }],
  },
  {
    name: 'Replace with nothing',
    steps: [{ type: 'replace', pattern: { text: "'" }, content: '' }],
    json: [{ type: 'Replace', pattern: { String: "'" }, content: '' }],
  },
  {
    name: 'Strip',
    steps: [{ type: 'strip', left: true, right: true }],
    json: [{ type: 'Strip', strip_left: true, strip_right: true }],
  },
  {
    name: 'Strip of the left side',
    steps: [{ type: 'strip', left: true, right: false }],
    json: [{ type: 'Strip', strip_left: true, strip_right: false }],
  },
  {
    name: 'Strip of the right side',
    steps: [{ type: 'strip', left: false, right: true }],
    json: [{ type: 'Strip', strip_left: false, strip_right: true }],
  },
  {
    name: 'a sequence',
    steps: [
      { type: 'nfkd' },
      { type: 'lowercase' },
      { type: 'strip', left: true, right: true },
      { type: 'replace', pattern: { text: ' ' }, content: '▁' },
      { type: 'nfkc' },
      { type: 'prepend', text: '▁' },
    ],
    json: [
      { type: 'NFKD' },
      { type: 'Lowercase' },
      { type: 'Strip', strip_left: true, strip_right: true },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      { type: 'NFKC' },
      { type: 'Prepend', prepend: '▁' },
    ],
  },
];

function createNormalizerSteps(steps: readonly NormalizerStep[]): TextNormalizer {
  return composeStages(steps.map(createNormalizerStage));
}

/** What settling leaves of a text, in the middle of a buffer; `undefined` when it does not settle it. */
function settled(normalizer: TextNormalizer, text: string): string | undefined {
  const units = new Uint16Array(text.length + 2).fill(0x301);
  for (let i = 0; i < text.length; i++) units[i + 1] = text.charCodeAt(i);
  const isSettled = normalizer.settle(units, 1, text.length + 1);
  const left = String.fromCharCode(...units.subarray(1, text.length + 1));
  if (!isSettled) expect(left).toBe(text);
  return isSettled ? left : undefined;
}

/** The Rust engine with a normalizer, and every character of the normalized text as a token. */
function rustEngine(normalizers: readonly object[]): Tokenizer {
  return Tokenizer.fromString(
    JSON.stringify({
      version: '1.0',
      added_tokens: [],
      normalizer: { type: 'Sequence', normalizers },
      pre_tokenizer: { type: 'Split', pattern: { Regex: '\\O' }, behavior: 'Isolated', invert: false },
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab: { unknown: 0 }, unk_token: 'unknown' },
    }),
  );
}

/** Places of the characters of a normalized text, counted in code points of the original as the engine counts them. */
function placesInCodePoints(original: string, text: string, starts: Int32Array, ends: Int32Array): number[][] {
  const codePointsBefore = (offset: number): number => [...original.slice(0, offset)].length;
  const places: number[][] = [];
  let unit = 0;
  for (const character of text) {
    places.push([codePointsBefore(starts[unit]!), codePointsBefore(ends[unit + character.length - 1]!)]);
    unit += character.length;
  }
  return places;
}

const MARKS = [
  '\u0301',
  '\u0323',
  '\u0345',
  '\u0327',
  '\u0334',
  '\u05b0',
  '\u0f71',
  '\u0f74',
  '\u0f73',
  '\u3099',
  '\u07fd',
];
const BASES = [
  'e',
  'é',
  'ế',
  'か',
  'が',
  '\u1100',
  '\u1161',
  '\u11a8',
  '한',
  '하',
  '\u0344',
  '\u1e9b',
  'ﬁ',
  'ﷺ',
  '㌀',
  'Å',
  'İ',
  'Σ',
];
const PAIRS = [
  '\u0958',
  '\ufb1d',
  '\u{1d160}',
  '\u{11935}\u{11930}',
  '\u{105d2}\u0307',
  '\u{16d67}',
  '\u0b47\u0b56',
  'q\u0307\u0323',
  '≮',
];

function* markedTexts(count: number, seed: number): Generator<string> {
  let state = seed;
  const pick = (list: readonly string[]): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return list[Math.floor((state / 2 ** 32) * list.length)]!;
  };
  const kinds = [...MARKS, ...MARKS, ...BASES, ...PAIRS, ' ', 'a', 'Q', '中'];
  for (let i = 0; i < count; i++) {
    const length = 1 + (i % 9);
    let text = '';
    for (let j = 0; j < length; j++) text += pick(kinds);
    yield text;
  }
}

const TEXTS = [...markedTexts(scaled(1500), 3), ...vexingTexts(scaled(800), 5)].map((text) => text.toWellFormed());

describe.each(CASES)('$name', ({ steps, json }) => {
  const normalizer = createNormalizerSteps(steps);

  it('gives the text and the places of the Rust engine', async () => {
    const engine = rustEngine(json);
    const rust = engine.getNormalizer()!;
    for (const text of TEXTS) {
      const { text: normalized, unitStarts, unitEnds } = normalizer.normalizeAligned(alignText(text));
      const expected = rust.normalizeString(text);
      if (normalized !== expected) expect(normalized, JSON.stringify(text)).toBe(expected);
      expect(normalizer.normalize(text)).toBe(expected);
      expect(settled(normalizer, text) ?? expected).toBe(expected);
      const places = placesInCodePoints(text, normalized, unitStarts, unitEnds);
      expect(places, JSON.stringify(text)).toEqual((await engine.encode(text)).getOffsets());
    }
  });
});

describe('every character', () => {
  it.each(CASES.slice(0, 5))('normalizes as in the Rust engine: $name', ({ steps, json }) => {
    const normalizer = createNormalizerSteps(steps);
    const rust = rustEngine(json).getNormalizer()!;
    const wrong: string[] = [];
    for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
      if (codePoint >= 0xd800 && codePoint < 0xe000) continue;
      // Between a mark and a mark: combining classes show, too.
      const text = `\u0345${String.fromCodePoint(codePoint)}\u0334`;
      if (normalizer.normalize(text) !== rust.normalizeString(text)) wrong.push(codePoint.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});

describe('createNormalizerSteps', () => {
  it('counts places from the start of the original that a text is a part of', () => {
    const { unitStarts, unitEnds } = createNormalizerSteps([{ type: 'nfd' }]).normalizeAligned(alignText('aé', 10));
    expect([...unitStarts]).toEqual([10, 11, 11]);
    expect([...unitEnds]).toEqual([11, 12, 12]);
  });

  it('settles text that is in NFC already, and spaces that become another sign', () => {
    expect(settled(createNormalizerSteps([{ type: 'nfc' }]), '中文 é 한 😀 \u0378')).toBe('中文 é 한 😀 \u0378');
    const replace = createNormalizerSteps([{ type: 'replace', pattern: { text: ' ' }, content: '▁' }]);
    expect(settled(replace, 'a b')).toBe('a▁b');
  });

  it('leaves surrogates without a partner alone', () => {
    const normalizer = createNormalizerSteps([{ type: 'nfkc' }, { type: 'lowercase' }]);
    expect(normalizer.normalize('\ud800A\udc00')).toBe('\ud800a\udc00');
  });

  it('refuses a text that grows beyond all bounds before it is built', () => {
    const content = 'x'.repeat(2 ** 20);
    const normalizer = createNormalizerSteps([{ type: 'replace', pattern: { text: 'a' }, content }]);
    expect(() => normalizer.normalize('a'.repeat(1000))).toThrow('grows to 1048577000 UTF-16 units');
    expect(() => normalizer.normalizeAligned(alignText('a'.repeat(1000)))).toThrow('the limit is 16809216');
    // A step that multiplies what the one before has multiplied.
    const steps = Array.from(
      { length: 3 },
      () => ({ type: 'replace', pattern: { text: 'a' }, content: 'aa'.repeat(1000) }) as const,
    );
    expect(() => createNormalizerSteps(steps).normalize('a'.repeat(55))).toThrow('grows to 220110000 UTF-16 units');
  });

  it('normalizes a run of 200,000 marks in reasonable time', () => {
    const text = `e${'\u0301\u0323'.repeat(100_000)}`;
    const normalizer = createNormalizerSteps([{ type: 'nfc' }]);
    expect(normalizer.normalizeAligned(alignText(text)).text).toBe(normalizer.normalize(text));
  });
});
