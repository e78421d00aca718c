// Which scanner does what a list of steps asks for. Patterns are known by their text, so nothing here interprets one.
// Every scanner is proven equal to its pattern in test/tokenize/pre-tokenizer.
import type { PreTokenizerStep, TextPattern } from '../../core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../core/pre-tokenizer-patterns.ts';
import { characterFlags, characterFlagsForDigits } from './scanners/character-flags.ts';
import { createCl100kScanner } from './scanners/cl100k.ts';
import { createDeepseekScanner } from './scanners/deepseek.ts';
import { createDigitsThenGpt2Scanner, createGpt2Scanner } from './scanners/gpt2.ts';
import { createO200kScanner } from './scanners/o200k.ts';
import type { Scanner } from './scanners/runs.ts';

/** Patterns that leave no gap: every character begins a match, so it does not matter what becomes of the rest. */
const SCANNERS_BY_PATTERN: ReadonlyMap<string, () => Scanner> = new Map([
  [PRE_TOKENIZER_PATTERNS.gpt2, createGpt2Scanner],
  [PRE_TOKENIZER_PATTERNS.llama3, () => createCl100kScanner({ digits: 3, wholeTail: false, marksInWords: false })],
  [PRE_TOKENIZER_PATTERNS.qwen, () => createCl100kScanner({ digits: 1, wholeTail: false, marksInWords: false })],
  [PRE_TOKENIZER_PATTERNS.qwen35, () => createCl100kScanner({ digits: 1, wholeTail: false, marksInWords: true })],
  [PRE_TOKENIZER_PATTERNS.cl100k_base, () => createCl100kScanner({ digits: 3, wholeTail: true, marksInWords: false })],
  [
    PRE_TOKENIZER_PATTERNS.o200k_base,
    () => createO200kScanner({ digits: 3, contractions: true, slashes: true, hanApart: false }),
  ],
  [
    PRE_TOKENIZER_PATTERNS.kimi,
    () => createO200kScanner({ digits: 3, contractions: true, slashes: false, hanApart: true }),
  ],
  [
    PRE_TOKENIZER_PATTERNS.tekken,
    () => createO200kScanner({ digits: 1, contractions: false, slashes: true, hanApart: false }),
  ],
]);

const DEEPSEEK_PATTERNS: readonly string[] = [
  '\\p{N}{1,3}',
  '[一-龥\u3040-ゟ゠-ヿ]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+',
];

// As tiktoken 0.14 itself has them. In Oniguruma's syntax `{1,3}+` and `$` say something else, so they are known in Rust's only.
const SCANNERS_BY_RUST_PATTERN: ReadonlyMap<string, () => Scanner> = new Map([
  ["'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s", createGpt2Scanner],
  [
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
    () => createCl100kScanner({ digits: 3, wholeTail: true, marksInWords: false }),
  ],
]);

/** The scanner of a known pattern that leaves no gap. */
export function findPatternScanner(pattern: TextPattern): Scanner | undefined {
  if (!('regex' in pattern)) return undefined;
  const ofRust = pattern.syntax === 'rust' ? SCANNERS_BY_RUST_PATTERN.get(pattern.regex) : undefined;
  return (ofRust ?? SCANNERS_BY_PATTERN.get(pattern.regex))?.();
}

/** The scanner that does what the steps ask for, if there is one. */
export function findScanner(steps: readonly PreTokenizerStep[]): Scanner | undefined {
  const last = steps.at(-1);
  // At the end, ByteLevel without its regex and its space only spells the text in bytes.
  const cuts = last?.type === 'byte-level' && !last.useRegex && !last.addPrefixSpace ? steps.slice(0, -1) : steps;
  const [first, second] = cuts;
  if (first === undefined) return (_units, _start, end) => end;
  if (cuts.length === 1) {
    if (isGpt2(first)) return createGpt2Scanner();
    if (first.type !== 'split') return undefined;
    return (keepsEverything(first) ? findPatternScanner(first.pattern) : undefined) ?? literalScanner(first);
  }
  if (cuts.length === 2 && isGpt2(second!)) {
    if (first.type === 'digits' && first.individual) return createDigitsThenGpt2Scanner(characterFlagsForDigits());
    if (isIsolated(first) && regexOf(first) === '\\p{N}') return createDigitsThenGpt2Scanner(characterFlags());
  }
  const isDeepseek = cuts.every((step, i) => isIsolated(step) && regexOf(step) === DEEPSEEK_PATTERNS[i]);
  return isDeepseek && cuts.length === DEEPSEEK_PATTERNS.length ? createDeepseekScanner() : undefined;
}

function isGpt2(step: PreTokenizerStep): boolean {
  if (step.type === 'byte-level') return step.useRegex && !step.addPrefixSpace;
  return isIsolated(step) && regexOf(step) === PRE_TOKENIZER_PATTERNS.gpt2;
}

function regexOf(step: PreTokenizerStep): string | undefined {
  return step.type === 'split' && 'regex' in step.pattern ? step.pattern.regex : undefined;
}

function isIsolated(step: PreTokenizerStep): boolean {
  return step.type === 'split' && step.behavior === 'isolated';
}

// What lies between matches is kept (isolated), or is removed where nothing lies between (removed and inverted).
function keepsEverything(step: PreTokenizerStep): boolean {
  return isIsolated(step) || (step.type === 'split' && step.behavior === 'removed' && step.invert);
}

// Gemma cuts behind every space, of which its normalizer leaves none: one unit, merged with what is before it.
function literalScanner(step: PreTokenizerStep): Scanner | undefined {
  if (step.type !== 'split' || !('text' in step.pattern) || step.invert) return undefined;
  if (step.behavior !== 'merged-with-previous' || step.pattern.text.length !== 1) return undefined;
  const delimiter = step.pattern.text.charCodeAt(0);
  return (units, start, end) => {
    for (let position = start; position < end; position++) if (units[position] === delimiter) return position + 1;
    return end;
  };
}
