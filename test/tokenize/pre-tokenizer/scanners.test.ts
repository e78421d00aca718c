// Every scanner cuts as its pattern does: against the pattern as a regular expression, and against the Rust engine.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { PreTokenizerStep } from '../../../src/core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { createPreTokenizer } from '../../../src/tokenize/pre-tokenizer/pre-tokenizer.ts';
import { isLongRun, scaled } from '../../runs.ts';
import { hasShared, sharedPath } from '../../shared.ts';
import { cutByRegex, cutByScanner, rustPreTokenizer, tiktokenCuts, toJavaScript, vexingTexts } from './oracle.ts';

const DEEPSEEK = [
  '\\p{N}{1,3}',
  '[一-龥\u3040-ゟ゠-ヿ]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+',
];

interface Case {
  readonly name: string;
  readonly steps: readonly PreTokenizerStep[];
  /** What tokenizer.json says. */
  readonly json: object;
  /** Patterns, applied one after the other to every part. */
  readonly patterns: readonly string[];
}

function splitCase(name: string, pattern: string): Case {
  return {
    name,
    steps: [{ type: 'split', pattern: { regex: pattern }, behavior: 'isolated', invert: false }],
    json: { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    patterns: [pattern],
  };
}

const CASES: readonly Case[] = [
  ...Object.entries(PRE_TOKENIZER_PATTERNS).map(([name, pattern]) => splitCase(name, pattern)),
  {
    name: 'deepseek',
    steps: DEEPSEEK.map((regex) => ({ type: 'split', pattern: { regex }, behavior: 'isolated', invert: false })),
    json: {
      type: 'Sequence',
      pretokenizers: DEEPSEEK.map((Regex) => ({
        type: 'Split',
        pattern: { Regex },
        behavior: 'Isolated',
        invert: false,
      })),
    },
    patterns: DEEPSEEK,
  },
  {
    name: 'digits, then gpt2',
    steps: [
      { type: 'digits', individual: true },
      { type: 'byte-level', addPrefixSpace: false, useRegex: true },
    ],
    json: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'Split', pattern: { Regex: PRE_TOKENIZER_PATTERNS.gpt2 }, behavior: 'Isolated', invert: false },
      ],
    },
    patterns: ['[\\p{N}\u{11de0}-\u{11de9}\u{16ff4}-\u{16ff6}]', PRE_TOKENIZER_PATTERNS.gpt2],
  },
  {
    name: 'a number at a time, then gpt2, as two Splits',
    steps: ['\\p{N}', PRE_TOKENIZER_PATTERNS.gpt2].map((regex) => ({
      type: 'split',
      pattern: { regex },
      behavior: 'isolated',
      invert: false,
    })),
    json: {
      type: 'Sequence',
      pretokenizers: ['\\p{N}', PRE_TOKENIZER_PATTERNS.gpt2].map((Regex) => ({
        type: 'Split',
        pattern: { Regex },
        behavior: 'Isolated',
        invert: false,
      })),
    },
    patterns: ['\\p{N}', PRE_TOKENIZER_PATTERNS.gpt2],
  },
];

// The golden texts too where they are; they are no condition.
const TEXTS: string[] = [...vexingTexts(scaled(800), 7)];
if (hasShared) {
  const golden = gunzipSync(readFileSync(sharedPath('fixtures/byte-level/golden.jsonl.gz'))).toString();
  const lines = golden.trim().split('\n');
  for (let i = 0; i < lines.length; i += isLongRun ? 1 : 5)
    TEXTS.push((JSON.parse(lines[i]!) as { text: string }).text);
}

describe.each(CASES)('the scanner of $name', ({ steps, json, patterns }) => {
  const { next, cutsOnly } = createPreTokenizer(steps);

  it('cuts only', () => {
    expect(cutsOnly).toBe(true);
  });

  it(`cuts as the regular expression does${hasShared ? '' : '; without ../shared, on fewer texts'}`, () => {
    const regexes = patterns.map(toJavaScript);
    // The spelled-out classes are slow: a part of the texts.
    for (let i = 0; i < TEXTS.length; i += 7) {
      const text = TEXTS[i]!;
      const expected = regexes.reduce((parts, regex) => parts.flatMap((part) => cutByRegex(regex, part)), [text]);
      const parts = cutByScanner(next, text);
      if (parts.join('\u0001') !== expected.join('\u0001')) expect(parts, JSON.stringify(text)).toEqual(expected);
    }
  });

  it('cuts as the Rust engine does', () => {
    const cut = rustPreTokenizer(json);
    for (const text of TEXTS) {
      const expected = cut(text.toWellFormed());
      const parts = cutByScanner(next, text);
      if (parts.join('\u0001') !== expected.join('\u0001')) expect(parts, JSON.stringify(text)).toEqual(expected);
    }
  });
});

// As openai/tiktoken has them in tiktoken_ext/openai_public.py, 0.14.
const TIKTOKEN_PATTERNS: readonly (readonly [string, string])[] = [
  ['r50k_base', "'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s"],
  [
    'cl100k_base',
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
  ],
  ...Object.entries(PRE_TOKENIZER_PATTERNS),
];

describe('the scanner of a pattern in a tiktoken file', () => {
  const texts = [...vexingTexts(scaled(800), 13)].map((text) => text.toWellFormed());
  // Where the patterns differ most.
  for (const text of texts.slice(0, 500)) texts.push(`${text}\n  `, `${text} \n`, `${text} \n\n \t`);

  it.each(TIKTOKEN_PATTERNS)('%s cuts as tiktoken does', (_name, regex) => {
    const { next, cutsOnly } = createPreTokenizer([
      { type: 'split', pattern: { regex, syntax: 'rust' }, behavior: 'removed', invert: true },
    ]);
    expect(cutsOnly).toBe(true);
    const ours = texts.map((text) => cutByScanner(next, text));
    const theirs = tiktokenCuts(regex, texts, ours);
    texts.forEach((text, i) => {
      if (ours[i]!.join('\u0001') !== theirs[i]!.join('\u0001'))
        expect(ours[i], JSON.stringify(text)).toEqual(theirs[i]);
    });
  });
});
