// The normalizers that tokenizer.json names, as tokenizers 0.23.2 (Rust) does them, with its alignments. SentencePiece's own
// rules are elsewhere (../normalizer.ts). https://huggingface.co/docs/tokenizers/api/normalizers
import type { NormalizerStep } from '../../core/model.ts';
import { isWhiteSpace } from '../../core/unicode/categories.ts';
import { lowerCaseOf } from '../../core/unicode/lowercase.ts';
import { createFinder, type Finder } from '../regex/finder.ts';
import { AlignedTextWriter, characterLength } from '../text/aligned-text.ts';
import { checkNormalizedLength, type NormalizerStage } from './stage.ts';
import { createUnicodeForm } from './unicode-form.ts';

/**
 * Builds the stage of one step.
 *
 * @throws FormatError for a regular expression that cannot be done exactly; it says which construct and where
 */
export function createNormalizerStage(step: NormalizerStep): NormalizerStage {
  switch (step.type) {
    case 'nfc':
    case 'nfd':
    case 'nfkc':
    case 'nfkd':
      return createUnicodeForm(step.type);
    case 'lowercase':
      return createLowercase();
    case 'prepend':
      return createPrepend(step.text);
    case 'replace':
      if ('text' in step.pattern && step.pattern.text.length === 1 && step.content.length === 1) {
        return createUnitReplacement(step.pattern.text, step.content);
      }
      return createReplace(createFinder(step.pattern, 'normalizer'), step.content);
    case 'strip':
      return createStrip(step.left, step.right);
  }
}

function createLowercase(): NormalizerStage {
  const lowerOf = new Map<number, string>();
  function lower(text: string, position: number, length: number): string {
    const codePoint = length === 2 ? text.codePointAt(position)! : text.charCodeAt(position);
    let result = lowerOf.get(codePoint);
    if (result === undefined) {
      result = lowerCaseOf(codePoint);
      lowerOf.set(codePoint, result);
    }
    return result;
  }
  // The first character from a position on that has another lower case.
  function nextUpper(text: string, from: number): number {
    for (let position = from; position < text.length; ) {
      const unit = text.charCodeAt(position);
      if (unit < 0x80 ? unit >= 0x41 && unit <= 0x5a : changes(text, position)) return position;
      position += characterLength(text, position);
    }
    return text.length;
  }
  function changes(text: string, position: number): boolean {
    const length = characterLength(text, position);
    const result = lower(text, position, length);
    return result.length !== length || !text.startsWith(result, position);
  }
  function replace(
    text: string,
    copy: (from: number, to: number) => void,
    write: (lower: string, at: number) => void,
  ): void {
    let done = 0;
    for (;;) {
      const position = nextUpper(text, done);
      copy(done, position);
      if (position === text.length) return;
      const length = characterLength(text, position);
      write(lower(text, position, length), position);
      done = position + length;
    }
  }
  return {
    isIdentity(units, start, end) {
      for (let position = start; position < end; position++) {
        const unit = units[position]!;
        if (unit < 0x80 ? unit >= 0x41 && unit <= 0x5a : isSurrogate(unit) || changes(String.fromCharCode(unit), 0)) {
          return false;
        }
      }
      return true;
    },
    normalize(text) {
      let output = '';
      replace(
        text,
        (from, to) => {
          output += text.slice(from, to);
        },
        (lowered) => {
          output += lowered;
        },
      );
      return output;
    },
    normalizeAligned(aligned) {
      const writer = new AlignedTextWriter(aligned);
      replace(
        aligned.text,
        (from, to) => writer.copy(from, to),
        (lowered, at) => writer.write(lowered, at),
      );
      return writer.finish();
    },
  };
}

function createPrepend(prefix: string): NormalizerStage {
  return {
    isIdentity: (_units, start, end) => start === end || prefix === '',
    normalize: (text) => (text === '' ? '' : prefix + text),
    normalizeAligned(aligned) {
      if (aligned.text === '') return aligned;
      const writer = new AlignedTextWriter(aligned);
      // The prefix has the range of the character that it stands before.
      writer.write(prefix, 0);
      writer.copy(0, aligned.text.length);
      return writer.finish();
    },
  };
}

/** One unit in place of another: most often `▁` for a space. */
export function createUnitReplacement(from: string, to: string): NormalizerStage {
  const fromUnit = from.charCodeAt(0);
  const toUnit = to.charCodeAt(0);
  return {
    isIdentity(units, start, end) {
      for (let i = start; i < end; i++) if (units[i] === fromUnit) return false;
      return true;
    },
    replaceInPlace(units, start, end) {
      for (let i = start; i < end; i++) if (units[i] === fromUnit) units[i] = toUnit;
    },
    normalize: (text) => text.replaceAll(from, to),
    normalizeAligned: (aligned) => ({ ...aligned, text: aligned.text.replaceAll(from, to) }),
  };
}

function createReplace(finder: Finder, content: string): NormalizerStage {
  return {
    // Looking for the pattern is the work itself.
    isIdentity: (_units, start, end) => start === end,
    normalize(text) {
      const matches = finder.findAll(text);
      if (matches.length === 0) return text;
      checkNormalizedLength(text.length + (matches.length / 2) * content.length, text.length);
      let output = '';
      let done = 0;
      for (let i = 0; i < matches.length; i += 2) {
        output += text.slice(done, matches[i]) + content;
        done = matches[i + 1]!;
      }
      return output + text.slice(done);
    },
    normalizeAligned(aligned) {
      const matches = finder.findAll(aligned.text);
      checkNormalizedLength(aligned.text.length + (matches.length / 2) * content.length, aligned.text.length);
      const writer = new AlignedTextWriter(aligned);
      let done = 0;
      for (let i = 0; i < matches.length; i += 2) {
        writer.copy(done, matches[i]!);
        done = matches[i + 1]!;
        // All of the content has the range of the last character that it replaces.
        writer.write(content, done - 1);
      }
      writer.copy(done, aligned.text.length);
      return writer.finish();
    },
  };
}

function createStrip(left: boolean, right: boolean): NormalizerStage {
  const startOf = (text: string): number => {
    let start = 0;
    if (left) while (start < text.length && isWhiteSpace(text.charCodeAt(start))) start++;
    return start;
  };
  const endOf = (text: string, start: number): number => {
    let end = text.length;
    if (right) while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--;
    return end;
  };
  const strip = (text: string): string => {
    const start = startOf(text);
    return text.slice(start, endOf(text, start));
  };
  return {
    isIdentity: (units, start, end) =>
      start === end || !((left && isWhiteSpace(units[start]!)) || (right && isWhiteSpace(units[end - 1]!))),
    normalize: strip,
    normalizeAligned(aligned) {
      const writer = new AlignedTextWriter(aligned);
      const start = startOf(aligned.text);
      writer.copy(start, endOf(aligned.text, start));
      return writer.finish();
    },
  };
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800;
}
