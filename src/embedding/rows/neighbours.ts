// The old rows nearest to some of the new ones, by cosine: a look at what the initial rows mean. One pass over the old rows.
import type { RowMap } from '../../core/row-map.ts';
import { type MatrixInput, type RowFormat, readRows } from './matrix-io.ts';
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
  for await (const { start, count, values } of readRows(input, options, rowMap.base.idCount)) {
    for (const { vector, norm, nearest } of samples) {
      if (norm === 0) continue;
      const estimates = kernelsOf(values)?.multiply(vector, values as Float32Array);
      for (let row = 0; row < count; row++) {
        // Rows of zeros are near to none, and free rows (NaN) are not of interest.
        if (!(oldNorms[start + row]! > 0)) continue;
        const scale = norm * oldNorms[start + row]!;
        const least = nearest.length < NEIGHBOURS ? Number.NEGATIVE_INFINITY : nearest[NEIGHBOURS - 1]!.cosine;
        if (estimates !== undefined && isBelow(estimates[row]!, least, scale, hiddenSize)) continue;
        const cosine = multiply(vector, values, row) / scale;
        if (Number.isNaN(cosine) || cosine <= least) continue;
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

// True when a product whose estimate in float32 is `estimate` is certainly below `least * scale`; the scale is the product of both
// norms. n roundings of 2^-24 move the estimate by n * 2^-24 of the scale at most (Higham 2002, 3.1); twice that is allowed here.
// Infinities, NaNs and scales near the least floats prove nothing.
function isBelow(estimate: number, least: number, scale: number, length: number): boolean {
  return scale > 1e-20 && Number.isFinite(estimate) && estimate < (least - length * 2 ** -23) * scale;
}

// The product of `vector` with one of the rows; four sums that do not wait for each other are faster than one.
function multiply(vector: RowValues, values: RowValues, row: number): number {
  const { length } = vector;
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
  return s0 + s1 + (s2 + s3);
}
