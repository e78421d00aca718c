// What every step of normalization can do, and the steps of a model one after the other.
import { InputError } from '../../errors.ts';
import type { AlignedText } from '../text/aligned-text.ts';

/** One step of normalization. */
export interface NormalizerStage {
  /** True when the step would leave `units[start..end)` as they are. May be false when that is only costly to tell. */
  isIdentity(units: Uint16Array, start: number, end: number): boolean;
  /** Normalizes `units[start..end)` where they are; only of a step that replaces units by units. */
  readonly replaceInPlace?: (units: Uint16Array, start: number, end: number) => void;
  normalize(text: string): string;
  /** The same, with the range of the original that each unit came from. */
  normalizeAligned(aligned: AlignedText): AlignedText;
}

/** Normalizes parts of a text. */
export interface TextNormalizer {
  /**
   * True when `units[start..end)` are normalized afterwards: they were before, or some were replaced in place. False when
   * normalizing takes more; nothing is changed then. One cheap pass: most text is in NFC.
   */
  settle(units: Uint16Array, start: number, end: number): boolean;
  normalize(text: string): string;
  /** The same, with the range of the original that each unit came from. */
  normalizeAligned(aligned: AlignedText): AlignedText;
}

/** Longest normalized text, in UTF-16 units: what the runtime can hold as one string, with room to spare. */
const MAX_NORMALIZED_UNITS = 2 ** 28;
/** What a short text may grow to in one step, and how often its length on top: no Unicode form grows a text more than 18 times. */
const FREE_UNITS = 2 ** 24;
const MAX_GROWTH = 32;

/**
 * One normalizer of several stages, one after the other.
 *
 * Its methods throw InputError when a text grows beyond bounds (2^24 units and 32 times its length, 2^28 at most), or a regular expression takes too many steps.
 */
export function composeStages(stages: readonly NormalizerStage[]): TextNormalizer {
  const replacers = stages.flatMap(({ replaceInPlace }) => replaceInPlace ?? []);
  const onlyReplaces = replacers.length === stages.length;
  return {
    settle(units, start, end) {
      if (!onlyReplaces) return stages.every((stage) => stage.isIdentity(units, start, end));
      for (const replaceInPlace of replacers) replaceInPlace(units, start, end);
      return true;
    },
    normalize(text) {
      return stages.reduce((current, stage) => {
        const next = stage.normalize(current);
        checkNormalizedLength(next.length, current.length);
        return next;
      }, text);
    },
    normalizeAligned: (aligned) => stages.reduce((current, stage) => stage.normalizeAligned(current), aligned),
  };
}

/** @throws InputError when a text of `before` units may not become one of so many */
export function checkNormalizedLength(length: number, before: number): void {
  const limit = Math.min(MAX_NORMALIZED_UNITS, FREE_UNITS + MAX_GROWTH * before);
  if (length <= limit) return;
  throw new InputError(`normalizer: the text grows to ${length} UTF-16 units, the limit is ${limit}`, {
    hint: 'Encode the text in smaller parts, for instance line by line.',
  });
}
