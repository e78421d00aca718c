// What threads hand over that read a text in parts, as types: plain arrays, which go between threads without a copy. A part is
// read and put to the others by data/text-loader.ts; the caller of the trainer divides the text and starts the threads.
import type { ResolvedTrainOptions } from '../options/options.ts';

/** Lines that were read. Bytes are UTF-8 bytes of the raw lines, without line ends. */
export interface LineCounts {
  /** Lines read, empty ones included. */
  readonly lines: number;
  readonly emptyLines: number;
  /** Lines longer than `maxSentenceLength`, dropped. */
  readonly tooLongLines: number;
  readonly tooLongBytes: number;
  /** Lines with the reserved character U+2585, dropped. */
  readonly reservedLines: number;
  /** Bytes of the lines that were accepted (before sampling). */
  readonly acceptedBytes: number;
}

/** What a store holds, to be handed to another one. */
export interface StoredCharacters {
  /** Code point of each provisional id, and its occurrences. */
  readonly codePoints: readonly number[];
  readonly counts: readonly number[];
  /** Provisional ids; the last block is used up to `length`. */
  readonly blocks: readonly (Uint16Array | Uint32Array)[];
  readonly length: number;
}

/** A part of a text. */
export interface ReadTextPart {
  readonly lineCounts: LineCounts;
  readonly characters: StoredCharacters;
  /** Where each sentence starts in `characters`. `[sentences]` */
  readonly starts: Float64Array;
  /** Occurrences of each sentence. `[sentences]` */
  readonly counts: Float64Array;
}

/**
 * Reads a text on threads and hands over its parts in their order.
 *
 * @returns false where one thread does as well, or must say what is wrong with the text; what was handed over is void then
 */
export type ReadTextParts = (
  options: ResolvedTrainOptions,
  take: (part: ReadTextPart) => void,
  signal: AbortSignal | undefined,
) => Promise<boolean>;
