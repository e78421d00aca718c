// What turns text into symbols before the facade turns these into ids: one reader for SentencePiece's rules
// (sentencepiece-reader.ts), one for the pipelines of tokenizer.json and tiktoken (pipeline-reader.ts). Both own buffers that
// grow with the longest text and are reused.
import type { Segmenter } from './symbols/symbols.ts';

/** A symbol with its place in the original text. */
export interface LocatedSymbol {
  /** As a segmenter gives it: a piece, or an uncovered character. */
  readonly symbol: number;
  /** UTF-16 offsets into the original text. */
  readonly start: number;
  readonly end: number;
}

/** Reads texts of one model. */
export interface TextReader {
  /**
   * Reads a text, a string or its UTF-16 units. Lone surrogates count as U+FFFD.
   * @returns the number of symbols, found in {@link TextReader.symbols} until the next call
   */
  read(text: string | Uint16Array): number;
  /** The same for a text in piece form, without normalization: one pre-token in which no added token is looked for. */
  readPieceText(piece: string): number;
  /** The symbols of a text with their places. */
  locate(text: string): LocatedSymbol[];
  /** `text` as it is cut and merged. */
  normalize(text: string): string;
  readonly symbols: Int32Array;
  /** True when no symbol is ever an uncovered one. */
  readonly coversAll: boolean;
  /** What segments units, where reading a text is only to put U+2581 in front of it and in the place of its spaces. */
  readonly plainSegmenter?: Segmenter | undefined;
}

// Lone surrogates become U+FFFD; a leading U+FEFF is text.
const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });

/** The text of `units[start..end)`. */
export function textOfUnits(units: Uint16Array, start: number, end: number): string {
  return utf16.decode(units.subarray(start, end));
}

/** The half of a surrogate pair at `units[at]`, or U+FFFD when the other half is missing. */
export function surrogateAt(units: Uint16Array, at: number): number {
  const unit = units[at]!;
  const other = unit < 0xdc00 ? units[at + 1] : units[at - 1];
  const isPaired = other !== undefined && (other & 0xfc00) === (unit < 0xdc00 ? 0xdc00 : 0xd800);
  return isPaired ? unit : 0xfffd;
}
