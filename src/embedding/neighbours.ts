// The old rows nearest to some of the new ones, by cosine: a look at what the initial rows mean. One pass over the old rows.
import type { RowMap } from '../formats/row-map.ts';
import { type MatrixInput, type RowFormat, readRows } from './matrix-io.ts';
import type { RowValues } from './matrix-values.ts';
import { normOf } from './row-norms.ts';

/** An old row near a new one. */
export interface Neighbour {
  readonly id: number;
  /** Its piece, where the tokenizer is at hand. */
  readonly piece: string | undefined;
  readonly cosine: number;
}

/** A new row that was looked at. */
export interface RowSample {
  readonly id: number;
  readonly piece: string;
  readonly norm: number;
  /** Nearest first. */
  readonly neighbours: readonly Neighbour[];
}

/** Input of {@link findNeighbours}. */
export interface FindNeighboursOptions extends RowFormat {
  readonly rowMap: RowMap;
  readonly input: MatrixInput;
  readonly pieceOf?: (id: number) => string | undefined;
  /** `[base.vocabSize]` */
  readonly oldNorms: Float64Array;
  readonly picked: readonly { readonly id: number; readonly piece: string }[];
  /** Rows by id. */
  readonly vectors: ReadonlyMap<number, RowValues>;
}

/** Neighbours listed for a row. */
const NEIGHBOURS = 3;

/** New rows spread over the map: the first, the last and some between. */
export function pickSamples(rowMap: RowMap, count: number): { readonly id: number; readonly piece: string }[] {
  const { length } = rowMap.new;
  const picked = new Set<number>();
  for (let i = 0; i < Math.min(count, length); i++) {
    picked.add(Math.round((i * (length - 1)) / Math.max(1, Math.min(count, length) - 1)));
  }
  return [...picked].map((index) => rowMap.new[index]!);
}

/** Finds the nearest old rows of every picked row; rows of zeros have none. */
export async function findNeighbours(options: FindNeighboursOptions): Promise<RowSample[]> {
  const { rowMap, input, hiddenSize, oldNorms, picked, vectors, pieceOf = () => undefined } = options;
  const samples = picked.map(({ id, piece }) => {
    const vector = vectors.get(id)!;
    return { id, piece, vector, norm: normOf(vector), nearest: [] as { id: number; cosine: number }[] };
  });
  for await (const { start, count, values } of readRows(input, options, rowMap.base.vocabSize)) {
    for (const { vector, norm, nearest } of samples) {
      if (norm === 0) continue;
      for (let row = 0; row < count; row++) {
        const oldNorm = oldNorms[start + row]!;
        if (oldNorm === 0) continue;
        const from = row * hiddenSize;
        let dot = 0;
        for (let k = 0; k < hiddenSize; k++) dot += vector[k]! * values[from + k]!;
        const cosine = dot / (norm * oldNorm);
        if (nearest.length === NEIGHBOURS && !(cosine > nearest[NEIGHBOURS - 1]!.cosine)) continue;
        nearest.push({ id: start + row, cosine });
        nearest.sort((a, b) => b.cosine - a.cosine || a.id - b.id);
        nearest.length = Math.min(nearest.length, NEIGHBOURS);
      }
    }
  }
  return samples.map(({ id, piece, norm, nearest }) => ({
    id,
    piece,
    norm,
    neighbours: nearest.map((neighbour) => ({ ...neighbour, piece: pieceOf(neighbour.id) })),
  }));
}
