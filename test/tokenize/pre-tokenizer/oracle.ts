// The plain oracle of the scanners: the pattern itself as a JavaScript regular expression, with the property classes
// written out from the same Unicode tables, and two engines that people have, through npm: the Rust
// tokenizers and tiktoken.
import { Tiktoken } from 'tiktoken';
import { Tokenizer } from 'tokenizers';
import { categoriesNamed, categoryRuns, WHITE_SPACE } from '../../../src/core/unicode/categories.ts';
import { EAST_ASIAN_SCRIPTS } from '../../../src/core/unicode/east-asian-scripts.ts';
import type { Scanner } from '../../../src/tokenize/pre-tokenizer/scanners/runs.ts';

const hex = (codePoint: number): string => `\\u{${codePoint.toString(16)}}`;
const SPACES = WHITE_SPACE.map(([first, last]) => `${hex(first)}-${hex(last)}`).join('');

/** The inside of a character class for a property: `L`, `Lu`. */
function classOf(name: string): string {
  const script = EAST_ASIAN_SCRIPTS[name];
  if (script !== undefined) return script.map(([first, last]) => `${hex(first)}-${hex(last)}`).join('');
  const wanted = new Set(categoriesNamed(name));
  const { runStarts, runCategories } = categoryRuns();
  let ranges = '';
  runCategories.forEach((category, run) => {
    if (wanted.has(category)) ranges += `${hex(runStarts[run]!)}-${hex(runStarts[run + 1]! - 1)}`;
  });
  return ranges;
}

/**
 * The pattern for JavaScript: case-insensitive groups spelled out, possessive repetition as a lookahead and a reference to
 * it, `\p{…}` and `\s` as ranges.
 */
export function toJavaScript(pattern: string): RegExp {
  let groups = 0;
  const either = (letter: string): string => {
    if (letter === 's') return '[sS\u017f]';
    return /[a-z]/.test(letter) ? `[${letter}${letter.toUpperCase()}]` : letter;
  };
  const source = pattern
    .replace(
      /\(\?i:([^)]*)\)/g,
      (_, inside: string) =>
        `(?:${inside.replace(/\[(\w+)\]|\w/g, (part, letters?: string) => {
          return letters === undefined ? either(part) : `(?:${[...letters].map(either).join('|')})`;
        })})`,
    )
    .replace(/(\[[^\]]*\]|\\p\{\w+\}|\\s)([?+*])\+/g, (_, atom: string, times: string) => {
      groups++;
      return `(?=(${atom}${times}))\\${groups}`;
    })
    .replaceAll('\\z', '$')
    // JavaScript has no && without the v flag: what it takes away, looked at before each character.
    .replace(/\[([^\]&]*)&&\[\^(\\p\{\w+\})\]\]([*+])/g, '(?:(?!$2)[$1])$3')
    .replace(/\[((?:\\.|[^\]\\])*)\]|\\p\{(\w+)\}|\\s|\\S/g, (part, inside?: string) => {
      if (part === '\\s') return `[${SPACES}]`;
      if (part === '\\S') return `[^${SPACES}]`;
      if (inside === undefined) return `[${classOf(part.slice(3, -1))}]`;
      const ranges = inside.replace(/\\p\{(\w+)\}/g, (_, name: string) => classOf(name)).replaceAll('\\s', SPACES);
      return `[${ranges.replaceAll('\\`', '`')}]`;
    })
    .replace(/\[!"#\$%&'\(\)\*\+,\\-\.\/:;<=>\?@\\\[\\\\\\\]\^_`\{\|\}~\]/, '[!-\\/:-@\\[-`\\{-~]');
  return new RegExp(source, 'gu');
}

/** Cuts a text at the matches of a pattern; what lies between matches is kept. */
export function cutByRegex(regex: RegExp, text: string): string[] {
  const wellFormed = text.toWellFormed();
  const parts: string[] = [];
  let end = 0;
  for (const match of wellFormed.matchAll(regex)) {
    if (match.index > end) parts.push(wellFormed.slice(end, match.index));
    parts.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < wellFormed.length) parts.push(wellFormed.slice(end));
  return parts;
}

/** Cuts a text with a scanner, in the middle of a buffer that holds more than the text. */
export function cutByScanner(next: Scanner, text: string): string[] {
  const padding = 3;
  const units = new Uint16Array(text.length + 2 * padding).fill(0x61);
  for (let i = 0; i < text.length; i++) units[i + padding] = text.charCodeAt(i);
  const parts: string[] = [];
  const wellFormed = text.toWellFormed();
  const end = padding + text.length;
  for (let start = padding; start < end; ) {
    const cut = next(units, start, end);
    if (!(cut > start && cut <= end))
      throw new Error(`cut at ${cut} from ${start} to ${end} of ${JSON.stringify(text)}`);
    parts.push(wellFormed.slice(start - padding, cut - padding));
    start = cut;
  }
  return parts;
}

/** A pre-tokenizer of the Rust engine, from what tokenizer.json says. */
export function rustPreTokenizer(json: object): (text: string) => string[] {
  const tokenizer = Tokenizer.fromString(
    JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: json,
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' },
    }),
  );
  const preTokenizer = tokenizer.getPreTokenizer()!;
  return (text) => preTokenizer.preTokenizeString(text).map(([part]) => part);
}

/**
 * What tiktoken cuts texts into by a pattern, told from the ids of a vocabulary that holds every byte, every part that is
 * expected and every two of them that stand side by side: a cut too many or too few gives other ids.
 */
export function tiktokenCuts(pattern: string, texts: readonly string[], expected: readonly string[][]): string[][] {
  const pieces = new Set<string>();
  const inBase64 = (text: string): string => Buffer.from(text).toString('base64');
  for (let byte = 0; byte < 256; byte++) pieces.add(Buffer.of(byte).toString('base64'));
  for (const parts of expected) {
    parts.forEach((part, i) => {
      pieces.add(inBase64(part));
      if (i > 0) pieces.add(inBase64(parts[i - 1]! + part));
    });
  }
  const byId = [...pieces];
  const encoding = new Tiktoken(`! 0 ${byId.join(' ')}`, {}, pattern);
  const cuts = texts.map((text) =>
    Array.from(encoding.encode_ordinary(text), (id) => Buffer.from(byId[id]!, 'base64').toString()),
  );
  encoding.free();
  return cuts;
}

/** Strings made of what vexes pre-tokenizers, the same for the same seed. */
export function* vexingTexts(count: number, seed: number): Generator<string> {
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let i = 0; i < count; i++) {
    const length = 1 + random(14);
    let text = '';
    for (let j = 0; j < length; j++) {
      const part =
        random(8) === 0
          ? String.fromCodePoint(random(random(2) === 0 ? 0x110000 : 0x3400))
          : FRAGMENTS[random(FRAGMENTS.length)]!;
      text += part.repeat(random(6) === 0 ? 1 + random(5) : 1);
    }
    yield text;
  }
}

const FRAGMENTS: readonly string[] = [
  ...[
    'a',
    'B',
    'word',
    'Word',
    'WORD',
    'wORD',
    'é',
    'É',
    'ß',
    'ſ',
    '\u212a',
    '\u01c5',
    '\u02b0',
    'ª',
    '中',
    '我们',
    'あ',
    'カ',
    'ー',
    '・',
  ],
  ...["'", "'s", "'S", "'ſ", "'t", "'RE", "'re", "'Ve", "'m", "'lL", "'ll", "'l", "'d", '’s', "''"],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    '\u00a0',
    '\u3000',
    '\u2028',
    '\u0085',
    '\u200b',
    '\ufeff',
    '\u180e',
    '\v',
    '\f',
  ],
  ...['0', '1', '12', '123', '1234', '٣', '²', '½', 'Ⅷ', '〇', '１', '\u{1d7d8}', '\u3250', '\u{11de0}', '\u{16ff4}'],
  ...[
    '\u0301',
    '\u0903',
    '\u20dd',
    '\u3099',
    '\u3040',
    '\u3097',
    '\u30fb',
    '\u30a0',
    '\u9fa5',
    '\u9fa6',
    '\u2e80',
    '\u3005',
    '\u{16ff0}',
  ],
  ...[
    '.',
    ',',
    '!',
    '/',
    '//',
    '-',
    '_',
    '(',
    '[',
    '\\',
    '`',
    '+',
    '$',
    '€',
    '，',
    '。',
    '<|',
    '😀',
    '👨‍👩‍👧',
    '\u{20000}',
    '\u{10400}',
    '\u{10428}',
  ],
  ...[
    '\ud83d',
    '\ude00',
    '\u0000',
    '\u0007',
    '\ue000',
    '\u0378',
    '\u{10ffff}',
    '\ufffd',
    '\u{1f1e6}',
    '\u{e0100}',
    '\u{16d40}',
  ],
];
