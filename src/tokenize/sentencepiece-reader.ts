// Reads text as SentencePiece does: one normalizer, then one segmenter over the whole text.
import { SPACE_SYMBOL, type TokenizerModel } from '../core/model.ts';
import { createNormalizer } from './normalizer.ts';
import { type LocatedSymbol, surrogateAt, type TextReader, textOfUnits } from './reader.ts';
import { type Segmenter, uncoveredCodePoint } from './symbols/symbols.ts';

const SPACE_UNIT = SPACE_SYMBOL.charCodeAt(0);

/** Creates the reader of a model without pipeline. */
export function createSentencePieceReader(
  model: TokenizerModel,
  segmenter: Segmenter,
  userDefined: readonly string[],
): TextReader {
  const { pieces } = model;
  const normalizer = createNormalizer(model.normalizer, {
    treatWhitespaceAsSuffix: model.treatWhitespaceAsSuffix,
    userDefined,
  });
  let units = new Uint16Array(1024);

  function reserve(length: number): void {
    if (units.length < length) units = new Uint16Array(Math.max(length, units.length * 2));
  }

  function segmentNormalized(text: string): number {
    reserve(text.length);
    for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
    return segmenter.segment(units, text.length);
  }

  function readString(text: string): number {
    if (!normalizer.isPlain) return segmentNormalized(normalizer.normalize(text));
    if (text === '') return 0;
    const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
    const length = wellFormed.length;
    reserve(length + 1);
    units[0] = SPACE_UNIT;
    for (let i = 0; i < length; i++) {
      const unit = wellFormed.charCodeAt(i);
      units[i + 1] = unit === 0x20 ? SPACE_UNIT : unit;
    }
    return segmenter.segment(units, length + 1);
  }

  function readUnits(source: Uint16Array): number {
    const { length } = source;
    if (!normalizer.isPlain) return segmentNormalized(normalizer.normalize(textOfUnits(source, 0, length)));
    if (length === 0) return 0;
    reserve(length + 1);
    units[0] = SPACE_UNIT;
    for (let i = 0; i < length; i++) {
      const unit = source[i]!;
      units[i + 1] = unit === 0x20 ? SPACE_UNIT : (unit & 0xf800) !== 0xd800 ? unit : surrogateAt(source, i);
    }
    return segmenter.segment(units, length + 1);
  }

  function locate(text: string): LocatedSymbol[] {
    const normalized = normalizer.normalizeWithOffsets(text);
    const count = segmentNormalized(normalized.text);
    const { offsets } = normalized;
    const { symbols } = segmenter;
    const located: LocatedSymbol[] = [];
    let unit = 0;
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i]!;
      const start = offsets[unit]!;
      unit += symbol >= 0 ? pieces[symbol]!.length : uncoveredCodePoint(symbol) > 0xffff ? 2 : 1;
      located.push({ symbol, start, end: offsets[unit]! });
    }
    return located;
  }

  return {
    read: (text) => (typeof text === 'string' ? readString(text) : readUnits(text)),
    readPieceText: (piece) => segmentNormalized(piece.toWellFormed()),
    locate,
    normalize: normalizer.normalize,
    coversAll: false,
    plainSegmenter: normalizer.isPlain ? segmenter : undefined,
    get symbols() {
      return segmenter.symbols;
    },
  };
}
