// Turns raw text into the text that is segmented: charsmap rules, dummy prefix, extra spaces, visible spaces.
// Semantics are SentencePiece's Normalizer (src/normalizer.cc, 0.2.2), carried over from UTF-8 bytes to UTF-16 units.
// Lone surrogates count as U+FFFD, as they do for every encoder that goes through UTF-8.
import { openCharsmap } from '../core/charsmap/charsmap.ts';
import { type NormalizerSpec, SPACE_SYMBOL } from '../core/model.ts';
import { createPrefixMatcher } from './symbols/prefix-matcher.ts';

/** What is known of a UTF-16 unit: whether normalization may do anything to it. */
const UNSEEN = 0;
const UNTOUCHED = 1;
const MAY_CHANGE = 2;

/** What else decides how text is normalized, besides the spec. */
export interface NormalizerOptions {
  /** The dummy prefix becomes a dummy suffix. */
  readonly treatWhitespaceAsSuffix?: boolean;
  /** Symbols that pass through untouched by the charsmap. */
  readonly userDefined?: readonly string[];
}

/** Text after normalization, with the way back. */
export interface NormalizedText {
  readonly text: string;
  /** UTF-16 offset into the original text of each unit of `text`, and of its end: `[text.length + 1]`. */
  readonly offsets: Int32Array;
}

/** A normalizer built from one spec. */
export interface Normalizer {
  /**
   * True when normalizing is only: spaces become `▁`, and one `▁` is put in front of a text that is not empty.
   * Encoders use it to skip building the normalized string.
   */
  readonly isPlain: boolean;
  normalize(text: string): string;
  normalizeWithOffsets(text: string): NormalizedText;
}

/**
 * Builds the normalizer of a model.
 *
 * @throws FormatError when the charsmap is damaged
 * @example
 * ```ts
 * createNormalizer(IDENTITY_NORMALIZER).normalize(' hello  world '); // '▁hello▁world'
 * ```
 */
export function createNormalizer(spec: NormalizerSpec, options: NormalizerOptions = {}): Normalizer {
  const charsmap = spec.precompiledCharsmap.length > 0 ? openCharsmap(spec.precompiledCharsmap) : undefined;
  const matcher = createPrefixMatcher(options.userDefined ?? []);
  const asSuffix = options.treatWhitespaceAsSuffix ?? false;
  const space = spec.escapeWhitespaces ? SPACE_SYMBOL : ' ';
  const keepsSpaces = charsmap === undefined && !spec.removeExtraWhitespaces;
  const isPlain = keepsSpaces && spec.addDummyPrefix && spec.escapeWhitespaces && !asSuffix;

  function run(input: string, offsets: number[] | undefined): string {
    const text = input.isWellFormed() ? input : input.toWellFormed();
    if (text === '') {
      offsets?.push(0);
      return '';
    }
    let position = 0;
    if (spec.removeExtraWhitespaces) {
      while (position < text.length && readPrefix(text, position) === ' ') position += prefixLength;
      if (position === text.length) {
        offsets?.push(0);
        return '';
      }
    }
    let output = '';
    const append = (part: string, origin: number): void => {
      output += part;
      if (offsets) for (let i = 0; i < part.length; i++) offsets.push(origin);
    };
    if (!asSuffix && spec.addDummyPrefix) append(space, position);

    let previousIsSpace = spec.removeExtraWhitespaces;
    while (position < text.length) {
      const untouched = untouchedEnd(text, position);
      if (untouched > position) {
        output += text.slice(position, untouched);
        if (offsets) for (let i = position; i < untouched; i++) offsets.push(i);
        previousIsSpace = false;
        position = untouched;
        continue;
      }
      let part = readPrefix(text, position);
      if (previousIsSpace) {
        let spaces = 0;
        while (spaces < part.length && part.charCodeAt(spaces) === 0x20) spaces++;
        if (spaces > 0) part = part.slice(spaces);
      }
      if (part !== '') {
        append(spec.escapeWhitespaces ? part.replaceAll(' ', SPACE_SYMBOL) : part, position);
        previousIsSpace = part.endsWith(' ');
      }
      position += prefixLength;
      if (!spec.removeExtraWhitespaces) previousIsSpace = false;
    }

    let end = position;
    if (spec.removeExtraWhitespaces) {
      let length = output.length;
      while (length > 0 && output.startsWith(space, length - 1)) length--;
      if (length < output.length) {
        if (offsets) {
          end = offsets[length]!;
          offsets.length = length;
        }
        output = output.slice(0, length);
      }
    }
    if (asSuffix && spec.addDummyPrefix) append(space, end);
    offsets?.push(end);
    return output;
  }

  // Most text is characters that no rule begins with; such runs are taken over whole.
  const kinds = new Uint8Array(0x10000);
  function untouchedEnd(text: string, position: number): number {
    let end = position;
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      if (kinds[unit] === UNSEEN) kinds[unit] = mayChange(unit) ? MAY_CHANGE : UNTOUCHED;
      if (kinds[unit] === MAY_CHANGE) break;
    }
    return end;
  }

  function mayChange(unit: number): boolean {
    const isSurrogate = unit >= 0xd800 && unit < 0xe000;
    return isSurrogate || unit === 0x20 || matcher?.startUnits[unit] === 1 || charsmap?.hasRules(unit) === true;
  }

  // Length in the original of what readPrefix last returned; a field instead of a pair, to spare an allocation a character.
  let prefixLength = 0;
  function readPrefix(text: string, position: number): string {
    const unit = text.charCodeAt(position);
    if (matcher?.startUnits[unit] === 1) {
      const symbol = matcher.match(text, position);
      if (symbol !== '') {
        prefixLength = symbol.length;
        return symbol;
      }
    }
    if (charsmap !== undefined) {
      prefixLength = charsmap.match(text, position);
      if (prefixLength > 0) return charsmap.replacement;
    }
    prefixLength = unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
    return prefixLength === 1 ? text[position]! : text.slice(position, position + 2);
  }

  function normalize(text: string): string {
    if (keepsSpaces && !asSuffix) {
      if (text === '') return '';
      const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
      const body = spec.escapeWhitespaces ? wellFormed.replaceAll(' ', SPACE_SYMBOL) : wellFormed;
      return spec.addDummyPrefix ? space + body : body;
    }
    return run(text, undefined);
  }

  return {
    isPlain,
    normalize,
    normalizeWithOffsets(text) {
      const offsets: number[] = [];
      const normalized = run(text, offsets);
      return { text: normalized, offsets: Int32Array.from(offsets) };
    },
  };
}
