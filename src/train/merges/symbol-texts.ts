// The characters that each symbol of a merge learner stands for, in one array: joined, compared and defined without
// making strings. Characters are whole numbers; what they mean is the caller's.

/** The symbols before the first merge. */
export interface BaseSymbolTexts {
  /** Characters of all base symbols, one symbol after the other. */
  readonly characters: Uint32Array;
  /** Where each symbol starts in `characters`; the last entry is the end. `[symbols + 1]` */
  readonly symbolStarts: Uint32Array;
  /** New symbols at most. */
  readonly mergeCount: number;
  /** Longest text of a new symbol, in characters. */
  readonly maxLength: number;
  /** Code point of each character; a character is its own code point without them. */
  readonly codePoints?: Uint32Array | undefined;
}

/** The texts: see {@link createSymbolTexts}. */
export interface SymbolTexts {
  /** Characters of the last {@link SymbolTexts.join}. */
  readonly joined: Uint32Array;
  /** Writes the characters of two symbols to `joined`; returns their number, or 0 when they are too many. */
  join(left: number, right: number): number;
  /** Makes the first `length` characters of `joined` the text of a new symbol. */
  define(symbol: number, length: number): void;
  /** Orders the texts of two pairs: shorter first, then by code points, which is UTF-8 order. */
  compare(leftA: number, rightA: number, leftB: number, rightB: number): number;
  /** The first `length` characters of `joined` as a string. */
  toText(length: number): string;
}

/** Texts of the base symbols; texts of new ones are added with {@link SymbolTexts.define}. */
export function createSymbolTexts(base: BaseSymbolTexts): SymbolTexts {
  const { characters, symbolStarts, mergeCount, maxLength, codePoints } = base;
  const baseSize = symbolStarts.length - 1;
  const textStarts = new Uint32Array(baseSize + mergeCount);
  const textLengths = new Uint16Array(baseSize + mergeCount);
  for (let symbol = 0; symbol < baseSize; symbol++) {
    textStarts[symbol] = symbolStarts[symbol]!;
    textLengths[symbol] = symbolStarts[symbol + 1]! - symbolStarts[symbol]!;
  }
  let used = characters.length;
  let texts = new Uint32Array(2 * used);
  texts.set(characters);
  const joined = new Uint32Array(maxLength);

  return {
    joined,
    join(left, right) {
      const leftLength = textLengths[left]!;
      const length = leftLength + textLengths[right]!;
      if (length > maxLength) return 0;
      for (let i = 0; i < leftLength; i++) joined[i] = texts[textStarts[left]! + i]!;
      for (let i = leftLength; i < length; i++) joined[i] = texts[textStarts[right]! + i - leftLength]!;
      return length;
    },
    define(symbol, length) {
      if (used + length > texts.length) {
        const grown = new Uint32Array(2 * (used + length));
        grown.set(texts);
        texts = grown;
      }
      textStarts[symbol] = used;
      textLengths[symbol] = length;
      texts.set(joined.subarray(0, length), used);
      used += length;
    },
    compare(leftA, rightA, leftB, rightB) {
      const leftLengthA = textLengths[leftA]!;
      const leftLengthB = textLengths[leftB]!;
      const length = leftLengthA + textLengths[rightA]!;
      const difference = length - leftLengthB - textLengths[rightB]!;
      if (difference !== 0) return difference;
      const offsetA = textStarts[rightA]! - leftLengthA;
      const offsetB = textStarts[rightB]! - leftLengthB;
      for (let i = 0; i < length; i++) {
        const a = texts[i < leftLengthA ? textStarts[leftA]! + i : offsetA + i]!;
        const b = texts[i < leftLengthB ? textStarts[leftB]! + i : offsetB + i]!;
        if (a !== b) return codePoints === undefined ? a - b : codePoints[a]! - codePoints[b]!;
      }
      return 0;
    },
    toText(length) {
      let text = '';
      for (let i = 0; i < length; i++) {
        text += String.fromCodePoint(codePoints === undefined ? joined[i]! : codePoints[joined[i]!]!);
      }
      return text;
    },
  };
}
