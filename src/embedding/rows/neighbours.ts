// The old rows nearest to some of the new ones, by cosine: a look at what the initial rows mean. One pass over the old rows.
import type { RowMap } from '../../core/row-map.ts';
import { type MatrixInput, type RowFormat, readRows, rowsPerChunk } from './matrix-io.ts';
import { createValues, type RowValues } from './matrix-values.ts';
import { kernelsOf } from './row-kernels.ts';
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
  /** As a person reads it. */
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
  /** `[base.idCount]`, NaN where an id has no piece. */
  readonly oldNorms: Float64Array;
  readonly picked: readonly { readonly id: number; readonly piece: string }[];
  /** Rows by id. */
  readonly vectors: ReadonlyMap<number, Float64Array>;
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
  return [...picked]
    .map((index) => rowMap.new[index]!)
    .map(({ id, piece, surface = piece }) => ({ id, piece: surface }));
}

/** Finds the nearest old rows of every picked row; rows of zeros have none. */
export async function findNeighbours(options: FindNeighboursOptions): Promise<RowSample[]> {
  const { rowMap, input, hiddenSize, oldNorms, picked, vectors, pieceOf = () => undefined } = options;
  const samples = picked.map(({ id, piece }) => {
    const row = vectors.get(id)!;
    const vector = createValues(options.dtype, hiddenSize);
    vector.set(row);
    return { id, piece, vector, norm: normOf(row), nearest: [] as { id: number; cosine: number }[] };
  });
  const products = new Float64Array(rowsPerChunk(options));
  for await (const { start, count, values } of readRows(input, options, rowMap.base.idCount)) {
    for (const { vector, norm, nearest } of samples) {
      if (norm === 0) continue;
      const kernels = kernelsOf(values);
      if (kernels === undefined) multiply(vector, values, count, products);
      else kernels.multiply(vector, values as Float32Array, products);
      for (let row = 0; row < count; row++) {
        const oldNorm = oldNorms[start + row]!;
        const cosine = oldNorm === 0 ? Number.NaN : products[row]! / (norm * oldNorm);
        if (Number.isNaN(cosine)) continue;
        if (nearest.length === NEIGHBOURS && cosine <= nearest[NEIGHBOURS - 1]!.cosine) continue;
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

// The product of `vector` with each of the rows; four sums that do not wait for each other are faster than one.
function multiply(vector: RowValues, values: RowValues, count: number, products: Float64Array): void {
  const { length } = vector;
  for (let row = 0; row < count; row++) {
    const from = row * length;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let i = 0;
    for (; i + 3 < length; i += 4) {
      s0 += vector[i]! * values[from + i]!;
      s1 += vector[i + 1]! * values[from + i + 1]!;
      s2 += vector[i + 2]! * values[from + i + 2]!;
      s3 += vector[i + 3]! * values[from + i + 3]!;
    }
    for (; i < length; i++) s0 += vector[i]! * values[from + i]!;
    products[row] = s0 + s1 + (s2 + s3);
  }
}
