// Every step of cutting as tokenizers 0.23.2 (Rust) does it, for any sequence of steps: each step cuts, and may rewrite, every
// part that the steps before it left. Slower than the scanners, which do the usual sequences in one pass.
// https://huggingface.co/docs/tokenizers/api/pre-tokenizers
import type { PreTokenizerStep } from '../../core/model.ts';
import {
  type CodePointRange,
  NUMBERS_SINCE_UNICODE_17,
  PUNCTUATION_AFTER_UNICODE_8,
  WHITE_SPACE,
} from '../../core/unicode/categories.ts';
import { FormatError } from '../../errors.ts';
import { rustWordSet, type SetTest, setOf, setOfCategory, testOf, unionOf } from '../regex/code-point-set.ts';
import { createFinder } from '../regex/finder.ts';
import { type AlignedText, AlignedTextWriter, characterLength, sliceAligned, unitsOf } from '../text/aligned-text.ts';
import { findPatternScanner } from './known-scanners.ts';
import { createGpt2Scanner } from './scanners/gpt2.ts';
import type { Scanner } from './scanners/runs.ts';
import { applyBehavior, partsOf } from './split-behaviors.ts';

/** One step: cuts a part into parts. */
type Cutter = (part: AlignedText) => readonly AlignedText[];

/** Finds all matches: `[start0, end0, start1, end1, …]`. */
type FindAll = (text: string) => readonly number[];

/**
 * Builds what cuts a text by a sequence of steps into pre-tokens; empty ones are left out.
 *
 * @throws FormatError for a step that cannot be done exactly
 */
export function createCutter(steps: readonly PreTokenizerStep[]): Cutter {
  const bytesAt = steps.findIndex((step) => step.type === 'byte-level');
  const behind = steps[bytesAt + 1];
  if (bytesAt >= 0 && behind !== undefined) {
    throw new FormatError(`pre-tokenizer: the step ${behind.type} behind byte-level would cut bytes, not characters`, {
      hint: 'Only a byte-level step at the end is supported: count with @huggingface/tokenizers instead.',
    });
  }
  const cutters = steps.map(createStepCutter);
  return (text) => {
    let parts: readonly AlignedText[] = [text];
    for (const cutter of cutters) parts = parts.flatMap(cutter).filter((part) => part.text !== '');
    return parts;
  };
}

function createStepCutter(step: PreTokenizerStep): Cutter {
  switch (step.type) {
    case 'split': {
      const scanner = 'regex' in step.pattern ? findPatternScanner(step.pattern.regex) : undefined;
      const findAll = scanner ? findByScanner(scanner) : createFinder(step.pattern, 'pre-tokenizer').findAll;
      return (part) => cut(part, findAll, step.behavior, step.invert);
    }
    case 'byte-level':
      return createByteLevelCutter(step);
    case 'digits': {
      const isNumber = testOf(unionOf([setOfCategory('N')!, setOf(NUMBERS_SINCE_UNICODE_17)]));
      const behavior = step.individual ? 'isolated' : 'contiguous';
      return (part) => cut(part, findCharacters(isNumber), behavior, false);
    }
    case 'punctuation': {
      const findAll = findCharacters(testOf(setOf(punctuationRanges())));
      return (part) => cut(part, findAll, step.behavior, false);
    }
    case 'whitespace': {
      const findAll = findWordsAndSigns();
      return (part) => cut(part, findAll, 'removed', true);
    }
    case 'whitespace-split': {
      const findAll = findCharacters(testOf(setOf(WHITE_SPACE)));
      return (part) => cut(part, findAll, 'removed', false);
    }
    case 'metaspace':
      return createMetaspaceCutter(step);
  }
}

function cut(
  part: AlignedText,
  findAll: FindAll,
  behavior: (PreTokenizerStep & { type: 'split' })['behavior'],
  invert: boolean,
): AlignedText[] {
  const { text } = part;
  const parts = applyBehavior(partsOf(findAll(text), text.length, invert), behavior);
  return parts.map(({ start, end }) => sliceAligned(part, start, end));
}

/** Matches of a pattern that leaves no gap. */
function findByScanner(next: Scanner): FindAll {
  return (text) => {
    const units = unitsOf(text);
    const matches: number[] = [];
    for (let start = 0; start < units.length; ) {
      const end = next(units, start, units.length);
      matches.push(start, end);
      start = end;
    }
    return matches;
  };
}

/** Every character of a kind is a match of its own. */
function findCharacters(isWanted: SetTest): FindAll {
  return (text) => {
    const matches: number[] = [];
    for (let position = 0; position < text.length; ) {
      const length = characterLength(text, position);
      if (isWanted(text.codePointAt(position)!)) matches.push(position, position + length);
      position += length;
    }
    return matches;
  };
}

/** `\w+|[^\w\s]+` as Rust's regex crate has it. */
function findWordsAndSigns(): FindAll {
  const isWord = testOf(rustWordSet());
  const isSpace = testOf(setOf(WHITE_SPACE));
  const kindOf = (codePoint: number): number => (isWord(codePoint) ? 1 : isSpace(codePoint) ? 0 : 2);
  return (text) => {
    const matches: number[] = [];
    let start = 0;
    let kind = 0;
    for (let position = 0; position <= text.length; ) {
      const isEnd = position === text.length;
      const next = isEnd ? 0 : kindOf(text.codePointAt(position)!);
      if (next !== kind) {
        if (kind !== 0) matches.push(start, position);
        start = position;
        kind = next;
      }
      position += isEnd ? 1 : characterLength(text, position);
    }
    return matches;
  };
}

// ASCII's punctuation, and that of Unicode 8.0.0, which the unicode_categories crate is at. Measured for every code point.
function punctuationRanges(): CodePointRange[] {
  const isNewer = testOf(setOf(PUNCTUATION_AFTER_UNICODE_8));
  const ranges: CodePointRange[] = [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
    // Symbols and letters today, punctuation then.
    [0x166d, 0x166d],
    [0x111c9, 0x111c9],
  ];
  for (const [first, last] of setOfCategory('P')!.ranges) {
    for (let codePoint = first; codePoint <= last; codePoint++) {
      if (!isNewer(codePoint)) ranges.push([codePoint, codePoint]);
    }
  }
  return ranges;
}

function createByteLevelCutter({ addPrefixSpace, useRegex }: PreTokenizerStep & { type: 'byte-level' }): Cutter {
  const findAll = useRegex ? findByScanner(createGpt2Scanner()) : undefined;
  return (part) => {
    const prefixed = addPrefixSpace && !part.text.startsWith(' ') ? prepend(part, ' ') : part;
    return findAll === undefined ? [prefixed] : cut(prefixed, findAll, 'isolated', false);
  };
}

function createMetaspaceCutter({
  replacement,
  prepend: scheme,
  split,
}: PreTokenizerStep & { type: 'metaspace' }): Cutter {
  const find = createFinder({ text: replacement }, 'pre-tokenizer').findAll;
  return (part) => {
    let replaced = replaceSpaces(part, replacement);
    const isWanted = scheme === 'always' || (scheme === 'first' && part.origin === 0);
    if (isWanted && !replaced.text.startsWith(replacement)) replaced = prepend(replaced, replacement);
    return split ? cut(replaced, find, 'merged-with-next', false) : [replaced];
  };
}

function replaceSpaces(part: AlignedText, replacement: string): AlignedText {
  if (replacement.length === 1) return { ...part, text: part.text.replaceAll(' ', () => replacement) };
  const writer = new AlignedTextWriter(part);
  for (let position = 0; position < part.text.length; position++) {
    if (part.text[position] === ' ') writer.write(replacement, position);
    else writer.copy(position, position + 1);
  }
  return writer.finish();
}

/** A text with a prefix, which has the range of the character that it stands before. */
function prepend(part: AlignedText, prefix: string): AlignedText {
  if (part.text === '') return part;
  const writer = new AlignedTextWriter(part);
  writer.write(prefix, 0);
  writer.copy(0, part.text.length);
  return writer.finish();
}
