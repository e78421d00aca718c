// BPE segmentation for models with unused pieces, which merge like others but are taken apart again at the end.
// SentencePiece undoes such a piece by the split it queued last anywhere in the text, so a text cannot be cut into
// independent stretches here. Slower than segmenter.ts, and only used where a model has unused pieces.
import { doubled } from '../../core/grown.ts';
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import type { PrefixMatcher } from '../symbols/prefix-matcher.ts';
import { codePointAt, type Segmenter, uncoveredSymbol } from '../symbols/symbols.ts';
import { createLongMerger } from './long-merger.ts';
import { buildMergeTable, SURROGATE_UNIT } from './merge-table.ts';

/** User-defined symbols are frozen: they are numbered below every uncovered character, so that they never merge. */
const FROZEN = -0x200000;

/** Creates the segmenter for a BPE model that has unused pieces. */
export function createBpeUnusedSegmenter(
  model: TokenizerModel,
  matcher: PrefixMatcher | undefined,
  userDefinedIds: ReadonlyMap<string, number>,
): Segmenter {
  const table = buildMergeTable(model);
  const { unitSymbols, astralSymbols, idCount, extraCodePoints, mergeResults } = table;
  let symbols: Int32Array = new Int32Array(1024);
  let stretch: Int32Array = new Int32Array(1024);
  let count = 0;
  const splits = new Map<number, readonly [number, number]>();
  const mergeLong = createLongMerger(table, (merge, left, right) => {
    const piece = mergeResults[merge]!;
    if (model.pieceTypes[piece] === PIECE_TYPE.unused) splits.set(piece, [left, right]);
  });

  function emit(symbol: number): void {
    const split = symbol >= 0 && symbol < idCount ? splits.get(symbol) : undefined;
    if (split !== undefined) {
      emit(split[0]);
      emit(split[1]);
    } else if (symbol <= FROZEN) symbols[count++] = FROZEN - symbol;
    else if (symbol >= idCount) symbols[count++] = uncoveredSymbol(extraCodePoints[symbol - idCount]!);
    else symbols[count++] = symbol;
  }

  function segment(units: Uint16Array, length: number): number {
    if (symbols.length < length) symbols = doubled(symbols, length);
    if (stretch.length < length) stretch = doubled(stretch, length);
    splits.clear();
    let size = 0;
    for (let position = 0; position < length; ) {
      const unit = units[position]!;
      const symbol = matcher?.startUnits[unit] === 1 ? matcher.matchUnits(units, position, length) : '';
      if (symbol !== '') {
        stretch[size++] = FROZEN - userDefinedIds.get(symbol)!;
        position += symbol.length;
        continue;
      }
      const codePoint = codePointAt(units, position);
      const known = unitSymbols[unit]!;
      const character = known === SURROGATE_UNIT ? (astralSymbols.get(codePoint) ?? -1) : known;
      stretch[size++] = character < 0 ? uncoveredSymbol(codePoint) : character;
      position += codePoint > 0xffff ? 2 : 1;
    }
    count = 0;
    const left = mergeLong(stretch, size);
    for (let i = 0; i < left; i++) emit(stretch[i]!);
    return count;
  }

  return {
    segment,
    get symbols() {
      return symbols;
    },
  };
}
