// Cuts normalized text into pre-tokens, as tokenizers 0.23.2 (Rust) does it. Known pre-tokenizers have scanners over
// UTF-16 units. https://huggingface.co/docs/tokenizers/api/pre-tokenizers
import type { PreTokenizerStep } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import { findScanner } from './known-scanners.ts';
import type { Scanner } from './scanners/runs.ts';

/** Cuts text into pre-tokens. */
export interface PreTokenizer {
  /** Nothing is removed or rewritten, and {@link PreTokenizer.next} cuts: pre-tokens tile the text. */
  readonly cutsOnly: boolean;
  /**
   * End of the pre-token that begins at `start`, above `start` and at most `end`, where the text ends. The text must begin
   * at a position from which pre-tokens were cut. Only where {@link PreTokenizer.cutsOnly}.
   */
  readonly next: Scanner;
}

/**
 * Builds the pre-tokenizer of a model.
 *
 * @throws FormatError for steps that cannot be done exactly
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
  if (next !== undefined) return { cutsOnly: true, next };
  throw new FormatError(`pre-tokenizer: no scanner for the steps ${steps.map((step) => step.type).join(', ')}`);
}
