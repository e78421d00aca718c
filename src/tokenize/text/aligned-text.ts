// A text on its way through normalizers and pre-tokenizers, with the way back: for every UTF-16 unit the range of the
// original that it came from. Rules are those of NormalizedString in tokenizers 0.23.2 (tokenizers/src/tokenizer/normalizer.rs),
// which keeps such ranges for every UTF-8 byte; they never differ within one character.

import { grown } from '../../core/grown.ts';
/** A text and where each of its units comes from. */
export interface AlignedText {
  readonly text: string;
  /** UTF-16 offset into the original where that begins which a unit came from, `[text.length]`. */
  readonly unitStarts: Int32Array;
  /** UTF-16 offset into the original where that ends which a unit came from, `[text.length]`. */
  readonly unitEnds: Int32Array;
  /** Where the text as a whole begins in the original. */
  readonly origin: number;
}

/**
 * A text that is its own original. Both units of a surrogate pair have the range of the pair.
 *
 * @param origin where the text begins in the original, when it is a part of one
 * @example
 * ```ts
 * alignText('a😀').unitStarts; // Int32Array [0, 1, 1]
 * ```
 */
export function alignText(text: string, origin = 0): AlignedText {
  const unitStarts = new Int32Array(text.length);
  const unitEnds = new Int32Array(text.length);
  for (let position = 0; position < text.length; ) {
    const next = position + characterLength(text, position);
    unitStarts.fill(origin + position, position, next);
    unitEnds.fill(origin + next, position, next);
    position = next;
  }
  return { text, unitStarts, unitEnds, origin };
}

/** The UTF-16 units of a text. */
export function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return units;
}

/** 2 for a surrogate pair, 1 for everything else. */
export function characterLength(text: string, position: number): number {
  const unit = text.charCodeAt(position);
  if (unit < 0xd800 || unit > 0xdbff || position + 1 >= text.length) return 1;
  return (text.charCodeAt(position + 1) & 0xfc00) === 0xdc00 ? 2 : 1;
}

/** The units from `start` to `end` as a text of its own. */
export function sliceAligned(aligned: AlignedText, start: number, end: number): AlignedText {
  return {
    text: aligned.text.slice(start, end),
    unitStarts: aligned.unitStarts.subarray(start, end),
    unitEnds: aligned.unitEnds.subarray(start, end),
    origin: start < end ? aligned.unitStarts[start]! : aligned.origin,
  };
}

/** Collects a text that is made from another, and the ranges of its units. */
export class AlignedTextWriter {
  readonly #source: AlignedText;
  #text = '';
  #unitStarts: Int32Array;
  #unitEnds: Int32Array;
  #length = 0;

  constructor(source: AlignedText) {
    this.#source = source;
    this.#unitStarts = new Int32Array(source.text.length + 16);
    this.#unitEnds = new Int32Array(source.text.length + 16);
  }

  /** Units so far. */
  get length(): number {
    return this.#length;
  }

  /** Units of the source as they are. */
  copy(start: number, end: number): void {
    this.#reserve(end - start);
    this.#text += this.#source.text.slice(start, end);
    this.#unitStarts.set(this.#source.unitStarts.subarray(start, end), this.#length);
    this.#unitEnds.set(this.#source.unitEnds.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** Text with the range of the source's unit at `place`; where that is before the first, the empty range at the origin. */
  write(text: string, place: number): void {
    this.#reserve(text.length);
    this.#text += text;
    const start = place < 0 ? this.#source.origin : this.#source.unitStarts[place]!;
    const end = place < 0 ? this.#source.origin : this.#source.unitEnds[place]!;
    this.#unitStarts.fill(start, this.#length, this.#length + text.length);
    this.#unitEnds.fill(end, this.#length, this.#length + text.length);
    this.#length += text.length;
  }

  finish(): AlignedText {
    return {
      text: this.#text,
      unitStarts: this.#unitStarts.subarray(0, this.#length),
      unitEnds: this.#unitEnds.subarray(0, this.#length),
      origin: this.#source.origin,
    };
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#unitStarts.length) return;
    const capacity = Math.max(needed, 2 * this.#unitStarts.length);
    this.#unitStarts = grown(this.#unitStarts, capacity);
    this.#unitEnds = grown(this.#unitEnds, capacity);
  }
}
