// Says which runs of characters may become a piece: length, scripts, spaces, digits, and whether they are excluded.
// It judges text only, never counts. Spec: TrainerInterface::IsValidSentencePiece of trainer_interface.cc.

import { SPACE_SYMBOL } from '../../core/model.ts';
import { SCRIPT, scriptOf } from '../../core/unicode/scripts.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import { createExclusion } from './piece-policy.ts';
import { FIRST_CHARACTER_ID } from './training-data.ts';

/** What the rules need of the options. */
export type PieceShapeOptions = Pick<
  ResolvedTrainOptions,
  | 'maxSentencepieceLength'
  | 'splitByUnicodeScript'
  | 'splitByNumber'
  | 'splitByWhitespace'
  | 'splitDigits'
  | 'treatWhitespaceAsSuffix'
  | 'allowWhitespaceOnlyPieces'
> &
  Partial<Pick<ResolvedTrainOptions, 'exclude'>>;

/** Judges the `length` character ids from `start`. */
export type PieceValidity = (ids: ArrayLike<number>, start: number, length: number) => boolean;

// Classes of characters beside their script ids, which are 0 or more.
const FORBIDDEN = -4;
const SPACE_CLASS = -3;
/** Takes the script of the character before it. */
const INHERITED = -2;
/** Goes with any script. */
const ANY_SCRIPT = -1;

const SPACE_CODE_POINT = SPACE_SYMBOL.codePointAt(0)!;
const PROLONGED_SOUND_MARK = 0x30fc;

/**
 * Builds the judge for one alphabet.
 *
 * @param data only its `alphabet` is used: code points by character id
 */
export function createPieceValidity(
  data: { readonly alphabet: Uint32Array },
  options: PieceShapeOptions,
): PieceValidity {
  const classes = Int16Array.from(data.alphabet, (codePoint, id) => classOf(codePoint, id, options));
  const isDigits = Uint8Array.from(data.alphabet, (codePoint) => Number(isDecimalDigit(codePoint)));
  const { maxSentencepieceLength, splitByUnicodeScript, splitByWhitespace, splitDigits } = options;
  const { treatWhitespaceAsSuffix, allowWhitespaceOnlyPieces } = options;

  function isSpaceAllowed(index: number, length: number): boolean {
    const isFirst = index === 0;
    const isLast = index === length - 1;
    // Spaces within a piece are fine when words are not split at them, but never at the far end.
    if (treatWhitespaceAsSuffix) return isLast || (!splitByWhitespace && !isFirst);
    return isFirst || (!splitByWhitespace && !isLast);
  }

  const isExcluded = createExclusion(data.alphabet, options.exclude ?? []);

  return (ids, start, length) => {
    if (length === 0 || length > maxSentencepieceLength) return false;
    let isAllSpaces = allowWhitespaceOnlyPieces;
    for (let i = 0; isAllSpaces && i < length; i++) isAllSpaces = classes[ids[start + i]!] === SPACE_CLASS;

    let previous = ANY_SCRIPT;
    for (let i = 0; i < length; i++) {
      const id = ids[start + i]!;
      let script = classes[id]!;
      if (script === FORBIDDEN) return false;
      if (script === SPACE_CLASS) {
        if (!isAllSpaces && !isSpaceAllowed(i, length)) return false;
        continue;
      }
      if (splitDigits && length > 1 && isDigits[id] === 1) return false;
      if (script === INHERITED) script = previous;
      if (splitByUnicodeScript && script !== ANY_SCRIPT && previous !== ANY_SCRIPT && previous !== script) return false;
      previous = script;
    }
    return isExcluded === undefined || !isExcluded(ids, start, length);
  };
}

function classOf(codePoint: number, id: number, options: PieceShapeOptions): number {
  if (id < FIRST_CHARACTER_ID) return FORBIDDEN;
  if (codePoint === SPACE_CODE_POINT) return SPACE_CLASS;
  if (!options.splitByNumber && isDecimalDigit(codePoint)) return ANY_SCRIPT;
  const script = scriptOf(codePoint);
  if (script === SCRIPT.hiragana || script === SCRIPT.katakana || codePoint === PROLONGED_SOUND_MARK) return SCRIPT.han;
  return script === SCRIPT.inherited ? INHERITED : script;
}

/** ASCII and full-width digits; the reference knows no others. */
function isDecimalDigit(codePoint: number): boolean {
  return (codePoint >= 0x30 && codePoint <= 0x39) || (codePoint >= 0xff10 && codePoint <= 0xff19);
}
