// A text on its way through normalizers and pre-tokenizers, with the way back: for every UTF-16 unit the range of the
// original that it came from, as the alignments of Hugging Face's NormalizedString (per byte there) say it.

/** A text and where each of its units comes from. */
export interface AlignedText {
  readonly text: string;
  /** UTF-16 offset into the original where what a unit came from begins, `[text.length]`. */
  readonly unitStarts: Int32Array;
  /** UTF-16 offset into the original where what a unit came from ends, `[text.length]`. */
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

/** 2 for a surrogate pair, 1 for everything else. */
export function characterLength(text: string, position: number): number {
  return (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
}
