// Every step of cutting as tokenizers 0.23.2 (Rust) does it, for any sequence of steps: each step cuts, and may rewrite, every
// part that the steps before it left. Slower than the scanners, which do the usual sequences in one pass.
// https://huggingface.co/docs/tokenizers/api/pre-tokenizers
import type { PreTokenizerStep, SplitBehavior } from '../../core/model.ts';
import { BYTE_LEVEL_BYTES, spellByteLevel, toByteUnits } from '../../core/unicode/byte-level.ts';
import {
  type CodePointRange,
  NUMBERS_SINCE_UNICODE_17,
  PUNCTUATION_AFTER_UNICODE_8,
  WHITE_SPACE,
} from '../../core/unicode/categories.ts';
import { FormatError } from '../../errors.ts';
import { rustWordSet, type SetTest, setOf, setOfCategory, testOf, unionOf } from '../regex/code-point-set.ts';
import { createFinder } from '../regex/finder.ts';
import { type AlignedText, AlignedTextWriter, characterLength, unitsOf } from '../text/aligned-text.ts';
import { findPatternScanner } from './known-scanners.ts';
import { createGpt2Scanner } from './scanners/gpt2.ts';
import type { Scanner } from './scanners/runs.ts';
import { applyBehavior, partsOf } from './split-behaviors.ts';

/** Pre-tokens of a text. */
export interface PreTokens {
  /** The text, rewritten where steps rewrite it. */
  readonly text: AlignedText;
  /** Start and end of each pre-token in `text.text`, in order, none empty: `[start0, end0, start1, end1, …]`. */
  readonly ranges: readonly number[];
}

/** One step: cuts what the steps before it left. */
type Cutter = (tokens: PreTokens) => PreTokens;

/** Finds all matches: `[start0, end0, start1, end1, …]`. */
type FindAll = (text: string) => readonly number[];

/**
 * Builds what cuts a text by a sequence of steps.
 *
 * @throws FormatError for a step that cannot be done exactly
 */
export function createCutter(steps: readonly PreTokenizerStep[]): (text: AlignedText) => PreTokens {
  const bytesAt = steps.findIndex((step) => step.type === 'byte-level');
  const behind = bytesAt < 0 ? [] : steps.slice(bytesAt + 1);
  for (const { type } of behind) {
    if (type !== 'byte-level' && type !== 'metaspace') continue;
    throw new FormatError(`pre-tokenizer: the step ${type} behind byte-level would rewrite bytes`, {
      hint: 'Only steps that cut are supported there: count with @huggingface/tokenizers instead.',
    });
  }
  const cutters = steps.map(createStepCutter);
  // Steps behind see the alphabet that spells bytes, in which they may cut a character in two.
  if (behind.length > 0)
    cutters.splice(bytesAt + 1, behind.length, spellInAlphabet, ...cutters.slice(bytesAt + 1), spellInBytes);
  return (text) => {
    const ranges = text.text === '' ? [] : [0, text.text.length];
    return cutters.reduce((tokens: PreTokens, cutter) => cutter(tokens), { text, ranges });
  };
}

function createStepCutter(step: PreTokenizerStep): Cutter {
  switch (step.type) {
    case 'split': {
      const scanner = findPatternScanner(step.pattern);
      const findAll = scanner ? findByScanner(scanner) : createFinder(step.pattern, 'pre-tokenizer').findAll;
      return (tokens) => cut(tokens, findAll, step.behavior, step.invert);
    }
    case 'byte-level':
      return createByteLevelCutter(step);
    case 'digits': {
      const isNumber = testOf(unionOf([setOfCategory('N')!, setOf(NUMBERS_SINCE_UNICODE_17)]));
      const behavior = step.individual ? 'isolated' : 'contiguous';
      return (tokens) => cut(tokens, findCharacters(isNumber), behavior, false);
    }
    case 'punctuation': {
      const findAll = findCharacters(testOf(setOf(punctuationRanges())));
      return (tokens) => cut(tokens, findAll, step.behavior, false);
    }
    case 'whitespace': {
      const findAll = findWordsAndSigns();
      return (tokens) => cut(tokens, findAll, 'removed', true);
    }
    case 'whitespace-split': {
      const findAll = findCharacters(testOf(setOf(WHITE_SPACE)));
      return (tokens) => cut(tokens, findAll, 'removed', false);
    }
    case 'metaspace':
      return createMetaspaceCutter(step);
  }
}

function cut({ text, ranges }: PreTokens, findAll: FindAll, behavior: SplitBehavior, invert: boolean): PreTokens {
  const cutRanges: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const offset = ranges[i]!;
    const part = text.text.slice(offset, ranges[i + 1]!);
    for (const { start, end } of applyBehavior(partsOf(findAll(part), part.length, invert), behavior)) {
      if (start < end) cutRanges.push(offset + start, offset + end);
    }
  }
  return { text, ranges: cutRanges };
}

/** Matches of a pattern that leaves no gap. */
export function findByScanner(next: Scanner): FindAll {
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
  return (tokens) => {
    const prefixed = addPrefixSpace ? prepend(tokens, ' ', () => true) : tokens;
    return findAll === undefined ? prefixed : cut(prefixed, findAll, 'isolated', false);
  };
}

/** True for steps that cut bytes: what they give is spelled in bytes, one UTF-16 unit each. */
export function cutsBytes(steps: readonly PreTokenizerStep[]): boolean {
  const bytesAt = steps.findIndex((step) => step.type === 'byte-level');
  return bytesAt >= 0 && bytesAt < steps.length - 1;
}

function spellInAlphabet(tokens: PreTokens): PreTokens {
  const { text } = tokens.text;
  return rewrite(tokens, (writer, start, end) => {
    for (let position = start; position < end; ) {
      const next = position + characterLength(text, position);
      writer.write(spellByteLevel(toByteUnits(text.slice(position, next))), position);
      position = next;
    }
  });
}

function spellInBytes({ text, ranges }: PreTokens): PreTokens {
  let bytes = '';
  for (let i = 0; i < text.text.length; i++) bytes += String.fromCharCode(BYTE_LEVEL_BYTES[text.text.charCodeAt(i)]!);
  return { text: { ...text, text: bytes }, ranges };
}

function createMetaspaceCutter({
  replacement,
  prepend: scheme,
  split,
}: PreTokenizerStep & { type: 'metaspace' }): Cutter {
  const find = createFinder({ text: replacement }, 'pre-tokenizer').findAll;
  return (tokens) => {
    let replaced = replaceSpaces(tokens, replacement);
    if (scheme !== 'never') {
      // The first is what begins where the original does, wherever that is among the pre-tokens.
      replaced = prepend(replaced, replacement, (origin) => scheme === 'always' || origin === 0);
    }
    return split ? cut(replaced, find, 'merged-with-next', false) : replaced;
  };
}

function replaceSpaces(tokens: PreTokens, replacement: string): PreTokens {
  const { text, ranges } = tokens;
  if (replacement.length === 1) {
    return { text: { ...text, text: text.text.replaceAll(' ', () => replacement) }, ranges };
  }
  return rewrite(tokens, (writer, start, end) => {
    for (let position = start; position < end; position++) {
      if (text.text[position] === ' ') writer.write(replacement, position);
      else writer.copy(position, position + 1);
    }
  });
}

/** Puts a prefix in front of pre-tokens that lack it; it has the range of the character that it stands before. */
function prepend(tokens: PreTokens, prefix: string, isWanted: (origin: number) => boolean): PreTokens {
  const { text } = tokens;
  return rewrite(tokens, (writer, start, end) => {
    if (!text.text.startsWith(prefix, start) && isWanted(text.unitStarts[start]!)) writer.write(prefix, start);
    writer.copy(start, end);
  });
}

function rewrite(
  { text, ranges }: PreTokens,
  rewriteOne: (writer: AlignedTextWriter, start: number, end: number) => void,
): PreTokens {
  const writer = new AlignedTextWriter(text);
  const rewritten: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    rewritten.push(writer.length);
    rewriteOne(writer, ranges[i]!, ranges[i + 1]!);
    rewritten.push(writer.length);
  }
  return { text: writer.finish(), ranges: rewritten };
}
