// Cuts normalized text into pre-tokens, as tokenizers 0.23.2 (Rust) does it. Known pre-tokenizers have scanners over
// UTF-16 units (known-scanners.ts); any other sequence of steps is done step by step (cutters.ts).
// https://huggingface.co/docs/tokenizers/api/pre-tokenizers
import type { PreTokenizerStep } from '../../core/model.ts';
import type { AlignedText } from '../text/aligned-text.ts';
import { createCutter, cutsBytes, findByScanner, type PreTokens } from './cutters.ts';
import { findScanner } from './known-scanners.ts';
import type { Scanner } from './scanners/runs.ts';

/** Cuts text into pre-tokens. */
export interface PreTokenizer {
  /** True when {@link PreTokenizer.next} cuts: nothing is removed or rewritten, pre-tokens tile the text. */
  readonly cutsOnly: boolean;
  /**
   * End of the pre-token that begins at `start`, above `start` and at most `end`, where the text ends. `start` must be where
   * the text or a pre-token begins. Where {@link PreTokenizer.cutsOnly} is false it gives `end`.
   */
  readonly next: Scanner;
  /**
   * The pre-tokens of a text, in the text as the steps rewrite it. A byte-level step is not spelled out: it is text still, but
   * where {@link PreTokenizer.cutsBytes}.
   *
   * @throws InputError when a pattern takes too many steps
   */
  cut(text: AlignedText): PreTokens;
  /** True where steps cut what a byte-level step has spelled: pre-tokens are bytes then, one UTF-16 unit each. */
  readonly cutsBytes: boolean;
}

/**
 * Builds the pre-tokenizer of a model.
 *
 * @throws FormatError for a step that cannot be done exactly: it says which, and in a regular expression which construct
 * @example
 * ```ts
 * const { next } = createPreTokenizer([{ type: 'byte-level', addPrefixSpace: false, useRegex: true }]);
 * const units = Uint16Array.from('Hello world', (sign) => sign.charCodeAt(0));
 * next(units, 0, 11); // 5
 * next(units, 5, 11); // 11
 * ```
 */
export function createPreTokenizer(steps: readonly PreTokenizerStep[]): PreTokenizer {
  const next = findScanner(steps);
  if (next === undefined) {
    return {
      cutsOnly: false,
      next: (_units, _start, end) => end,
      cut: createCutter(steps),
      cutsBytes: cutsBytes(steps),
    };
  }
  const findAll = findByScanner(next);
  return { cutsOnly: true, next, cut: (text) => ({ text, ranges: findAll(text.text) }), cutsBytes: false };
}
