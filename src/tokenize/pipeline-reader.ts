// Reads text as the pipelines of tokenizer.json do, tokenizers 0.23.2 (Rust): added tokens of the raw text, then in every
// part between them the normalizer, added tokens of the normalized text, pre-tokens, and merges in each of them.
// Text that no step changes goes from its units to ids without a string being made.
import type { AddedToken, TokenizerModel } from '../core/model.ts';
import { codePointBytes, utf8Length } from '../core/unicode/utf8.ts';
import { type AddedTokenFinder, createAddedTokenFinder } from './added-tokens/added-tokens.ts';
import { createBpeSegmenter } from './bpe/segmenter.ts';
import { createPipelineNormalizer } from './pipeline-normalizer.ts';
import type { PreTokens } from './pre-tokenizer/cutters.ts';
import { createPreTokenizer } from './pre-tokenizer/pre-tokenizer.ts';
import { type LocatedSymbol, surrogateAt, type TextReader, textOfUnits } from './reader.ts';
import { uncoveredCodePoint } from './symbols/symbols.ts';
import { type AlignedText, alignText, sliceAligned, unitsOf } from './text/aligned-text.ts';

/** A reader that also tells where pre-tokens end. */
export interface PipelineReader extends TextReader {
  /**
   * Reads a text as {@link TextReader.read} does, but that a character or byte without a piece stays uncovered, and calls
   * `visitEnd` with the number of symbols so far behind every pre-token and added token.
   */
  readPreTokens(text: string, visitEnd: (count: number) => void): number;
}

/**
 * Creates the reader of a BPE model with a pipeline.
 *
 * @param unkId what a run of characters without a piece becomes, -1 for nothing
 */
export function createPipelineReader(model: TokenizerModel, unkId: number): PipelineReader {
  const { byteFallback } = model;
  const isByte = model.units === 'byte';
  const normalizer = createPipelineNormalizer(model);
  const preTokenizer = createPreTokenizer(model.preTokenizers);
  const segmenter = createBpeSegmenter(model, {
    nextCut: preTokenizer.next,
    ...(!byteFallback && { unknownId: unkId }),
  });
  const rawFinder = finderOf(({ normalized }) => !normalized);
  const normalizedFinder = finderOf(({ normalized }) => normalized);
  const rawStartUnits = rawFinder?.startUnits ?? new Uint8Array(0x10000);
  let units = new Uint16Array(1024);
  let normalizedUnits = new Uint16Array(0);
  /** Where it is given, text is cut here, and it is called behind every cut. */
  let onEnd: ((count: number) => void) | undefined;

  function finderOf(isWanted: (token: AddedToken) => boolean): AddedTokenFinder | undefined {
    const tokens = model.addedTokens.filter(isWanted);
    return createAddedTokenFinder(
      tokens.map((token) => ({
        token,
        content: token.normalized && normalizer ? normalizer.normalize(token.content) : token.content,
      })),
    );
  }

  /** Copies a text to `units` and says whether a token of the raw text can begin in it. */
  function load(text: string | Uint16Array): boolean {
    const { length } = text;
    if (units.length < length) units = new Uint16Array(Math.max(length, units.length * 2));
    let begun = 0;
    if (typeof text === 'string') {
      const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
      for (let i = 0; i < length; i++) {
        const unit = wellFormed.charCodeAt(i);
        units[i] = unit;
        begun |= rawStartUnits[unit]!;
      }
    } else {
      for (let i = 0; i < length; i++) {
        const unit = text[i]!;
        units[i] = (unit & 0xf800) !== 0xd800 ? unit : surrogateAt(text, i);
        begun |= rawStartUnits[unit]!;
      }
    }
    return begun !== 0;
  }

  function read(text: string | Uint16Array): number {
    segmenter.clear();
    if (!preTokenizer.cutsOnly) {
      readByParts(typeof text === 'string' ? text : textOfUnits(text, 0, text.length));
      return segmenter.count;
    }
    const hasTokens = load(text);
    if (hasTokens) forEachPart(rawFinder!, units, 0, text.length, readRawPart);
    else readRawPart(units, 0, text.length);
    return segmenter.count;
  }

  /** Calls `visit` for what lies between the tokens, and adds the tokens to the symbols. */
  function forEachPart(
    finder: AddedTokenFinder,
    source: Uint16Array,
    start: number,
    end: number,
    visit: (source: Uint16Array, start: number, end: number) => void,
  ): void {
    const count = finder.find(source, start, end);
    let position = start;
    for (let i = 0; i < count; i++) {
      if (position < finder.starts[i]!) visit(source, position, finder.starts[i]!);
      segmenter.push(finder.ids[i]!);
      onEnd?.(segmenter.count);
      position = finder.ends[i]!;
    }
    if (position < end) visit(source, position, end);
  }

  function readRawPart(source: Uint16Array, start: number, end: number): void {
    if (normalizer === undefined || normalizer.settle(source, start, end)) {
      readNormalizedPart(source, start, end);
      return;
    }
    const text = normalizer.normalize(textOfUnits(source, start, end));
    if (normalizedUnits.length < text.length) normalizedUnits = new Uint16Array(2 * text.length);
    for (let i = 0; i < text.length; i++) normalizedUnits[i] = text.charCodeAt(i);
    readNormalizedPart(normalizedUnits, 0, text.length);
  }

  function readNormalizedPart(source: Uint16Array, start: number, end: number): void {
    if (normalizedFinder !== undefined && beginsToken(normalizedFinder, source, start, end)) {
      forEachPart(normalizedFinder, source, start, end, cutPart);
    } else cutPart(source, start, end);
  }

  function cutPart(source: Uint16Array, start: number, end: number): void {
    if (onEnd === undefined) {
      segmenter.append(source, start, end);
      return;
    }
    for (let position = start; position < end; ) {
      const cut = preTokenizer.next(source, position, end);
      segmenter.appendPreToken(source, position, cut);
      onEnd(segmenter.count);
      position = cut;
    }
  }

  /** Reads with steps that rewrite or leave out: they need to know where a part lies in the original. */
  function readByParts(text: string): void {
    walk(text, {
      onToken: (id) => {
        segmenter.push(id);
        onEnd?.(segmenter.count);
      },
      onPreTokens({ text: rewritten, ranges }) {
        if (preTokenizer.cutsBytes) {
          for (let i = 0; i < ranges.length; i += 2) {
            segmenter.appendPiece(rewritten.text.slice(ranges[i]!, ranges[i + 1]!));
            onEnd?.(segmenter.count);
          }
          return;
        }
        const source = unitsOf(rewritten.text);
        for (let i = 0; i < ranges.length; i += 2) cutPart(source, ranges[i]!, ranges[i + 1]!);
      },
    });
  }

  /** The same with places: slower, for those who ask where tokens lie. */
  function locate(text: string): LocatedSymbol[] {
    const located: LocatedSymbol[] = [];
    walk(text, {
      onToken: (symbol, start, end) => located.push({ symbol, start, end }),
      onPreTokens({ text: rewritten, ranges }) {
        for (let i = 0; i < ranges.length; i += 2) {
          locatePreToken(sliceAligned(rewritten, ranges[i]!, ranges[i + 1]!), located);
        }
      },
    });
    return located;
  }

  /** Calls back for the tokens of a text and the pre-tokens between them, with their places in the original. */
  function walk(text: string, visitor: PartVisitor): void {
    const raw = alignText(text.isWellFormed() ? text : text.toWellFormed());
    walkParts(rawFinder, raw, visitor, (rawPart) => {
      const normalized = normalizer === undefined ? rawPart : normalizer.normalizeAligned(rawPart);
      walkParts(normalizedFinder, normalized, visitor, (part) => visitor.onPreTokens(preTokenizer.cut(part)));
    });
  }

  function walkParts(
    finder: AddedTokenFinder | undefined,
    aligned: AlignedText,
    visitor: PartVisitor,
    visit: (part: AlignedText) => void,
  ): void {
    const { text, unitStarts, unitEnds } = aligned;
    let position = 0;
    if (finder !== undefined) {
      const source = unitsOf(text);
      const count = finder.find(source, 0, text.length);
      const places = Array.from(
        { length: count },
        (_, i) => [finder.starts[i]!, finder.ends[i]!, finder.ids[i]!] as const,
      );
      for (const [start, end, id] of places) {
        if (position < start) visit(sliceAligned(aligned, position, start));
        visitor.onToken(id, unitStarts[start]!, unitEnds[end - 1]!);
        position = end;
      }
    }
    if (position < text.length) visit(sliceAligned(aligned, position, text.length));
  }

  /** A token that holds a part of a character has the place of all of it, as the Rust engine tells it. */
  function locatePreToken({ text, unitStarts, unitEnds }: AlignedText, located: LocatedSymbol[]): void {
    segmenter.clear();
    if (preTokenizer.cutsBytes) segmenter.appendPiece(text);
    else segmenter.appendPreToken(unitsOf(text), 0, text.length);
    const { symbols, count } = segmenter;
    // Bytes or units from the start of the pre-token, and the unit that each of them is of.
    const unitOf = isByte && !preTokenizer.cutsBytes ? unitsOfBytes(text) : undefined;
    let at = 0;
    let isInUnknown = false;
    for (let i = 0; i < count; i++) {
      const symbol = symbols[i]!;
      const isUnknown = symbol < 0 && !byteFallback;
      const size = symbol >= 0 ? model.pieces[symbol]!.length : isByte || uncoveredCodePoint(symbol) < 0x10000 ? 1 : 2;
      const first = unitOf === undefined ? at : unitOf[at]!;
      at += size;
      const last = unitOf === undefined ? at - 1 : unitOf[at - 1]!;
      const start = unitStarts[first]!;
      const end = unitEnds[last]!;
      if (!isUnknown) located.push({ symbol, start, end });
      else if (isInUnknown) located.push({ ...located.pop()!, end });
      else if (unkId >= 0) located.push({ symbol: unkId, start, end });
      isInUnknown = isUnknown && unkId >= 0;
    }
  }

  return {
    read,
    readPreTokens(text, visitEnd) {
      onEnd = visitEnd;
      try {
        return read(text);
      } finally {
        onEnd = undefined;
      }
    },
    readPieceText(piece) {
      segmenter.clear();
      segmenter.appendPiece(piece);
      return segmenter.count;
    },
    locate,
    normalize: (text) => (normalizer === undefined ? text.toWellFormed() : normalizer.normalize(text.toWellFormed())),
    // Without byte pieces for the rest, the segmenter puts something in the place of what is uncovered.
    coversAll: !byteFallback,
    get symbols() {
      return segmenter.symbols;
    },
  };
}

/** What {@link createPipelineReader} walks through a text with. */
interface PartVisitor {
  /** An added token, and its place in the original. */
  onToken(id: number, start: number, end: number): void;
  onPreTokens(tokens: PreTokens): void;
}

function beginsToken(finder: AddedTokenFinder, units: Uint16Array, start: number, end: number): boolean {
  const { startUnits } = finder;
  for (let i = start; i < end; i++) if (startUnits[units[i]!] === 1) return true;
  return false;
}

/** UTF-16 unit behind each byte of a text in UTF-8. */
function unitsOfBytes(text: string): Int32Array {
  const unitOf = new Int32Array(utf8Length(text));
  let at = 0;
  for (let unit = 0; unit < text.length; unit++) {
    const codePoint = text.codePointAt(unit)!;
    const size = codePointBytes(codePoint);
    unitOf.fill(unit, at, at + size);
    at += size;
    if (size === 4) unit++;
  }
  return unitOf;
}
