// The new rows of a matrix: made by a method out of the old rows, told apart where two would be the same, written in order.
// In memory are a cache of old rows and a few numbers a row. Old rows and padding are the business of resize-matrix.ts.
import type { NewRow, RowMap } from '../../core/row-map.ts';
import {
  type InitMethod,
  isSourceMethod,
  type MatrixRole,
  mixtureKey,
  repeatsOneSource,
  sourceWeights,
  tieBreakWeights,
} from './initial-weights.ts';
import {
  createRowCache,
  type MatrixInput,
  type MatrixOutput,
  type RowCache,
  type RowFormat,
  WRITE_BYTES,
} from './matrix-io.ts';
import { elementBytes, encodeValues, type FloatDtype, type RowValues } from './matrix-values.ts';
import { createNormalSource, type NormalSource } from './normal-numbers.ts';
import { writeNormalRows } from './normal-rows.ts';
import { createRowHasher } from './row-hash.ts';
import { type KernelRoom, kernelsOf } from './row-kernels.ts';
import { createNormTargets, normOf, type ScriptNorm } from './row-norms.ts';

/** Input of {@link writeNewRows}. */
export interface NewRowsOptions extends RowFormat {
  readonly rowMap: RowMap;
  readonly input: MatrixInput;
  readonly output: MatrixOutput;
  readonly role: MatrixRole;
  readonly method: InitMethod;
  readonly seed: number;
  readonly std: number;
  readonly pieceOf?: ((id: number) => string | undefined) | undefined;
  /** `[base.idCount]`, NaN where an id has no piece. */
  readonly oldNorms: Float64Array;
  /** The median of them. */
  readonly typicalNorm: number;
  /** Of the old rows, `[hiddenSize]`; zeros where the method has no use for it. */
  readonly mean: Float64Array;
  /** Rows to hand back as numbers. */
  readonly picked: readonly Pick<NewRow, 'id'>[];
}

/** What {@link writeNewRows} made. */
export interface MadeRows {
  readonly norms: Float64Array;
  readonly calibration: readonly ScriptNorm[];
  readonly tiesBrokenByOrder: number;
  readonly tiesBrokenByNoise: number;
  readonly identicalRows: number;
  /** The rows that were picked as samples, by id. */
  readonly vectors: ReadonlyMap<number, Float64Array>;
}

/** Noise against ties, relative to the root mean square of the row. */
const NOISE = 1 / 32;

/** Makes and writes the new rows. */
export async function writeNewRows(options: NewRowsOptions): Promise<MadeRows> {
  const { rowMap, dtype, hiddenSize, method, role, seed, std, mean, oldNorms, picked } = options;
  const norms = new Float64Array(rowMap.new.length);
  const vectors = new Map(picked.map(({ id }) => [id, new Float64Array(hiddenSize)]));
  if (method === 'mean-normal') {
    const ids = rowMap.new.map(({ id }) => id);
    await writeNormalRows({ ...options, ids, norms, vectors });
    return { norms, calibration: [], tiesBrokenByOrder: 0, tiesBrokenByNoise: 0, identicalRows: 0, vectors };
  }
  const pieceOf = options.pieceOf ?? (() => undefined);
  const usesSources = isSourceMethod(method);
  const longest = rowMap.new.reduce((length, { sources }) => Math.max(length, sources.length), 1);
  const cache = createRowCache(options.input, { dtype, hiddenSize, rows: rowMap.base.rows }, usesSources ? longest : 1);
  const targets = method === 'auto' && hiddenSize > 1 ? createNormTargets(oldNorms, pieceOf) : undefined;
  const writer = createRowWriter(options, cache.room);
  const hasher = createRowHasher();
  const mixtures = new Set<string>();
  const sums = cache.room.doubles(hiddenSize);
  // Two pieces in one row are an accident only where the method looks at the pieces.
  const breaksTies = usesSources && hiddenSize > 1;
  let tiesBrokenByOrder = 0;
  let tiesBrokenByNoise = 0;
  let identicalRows = 0;
  let loaded = 0;
  for (const [i, row] of rowMap.new.entries()) {
    const fill = (weights: readonly number[]): void => {
      addRows(row.sources, weights, cache, sums);
      if (targets !== undefined) scaleTo(sums, targets.normOf(row.surface ?? row.piece));
    };
    let weights: readonly number[] = [];
    if (usesSources) {
      if (i === loaded) {
        const batch = nextBatch(rowMap.new, i, cache.capacity);
        loaded = batch.end;
        await cache.load(batch.sources);
      }
      weights = sourceWeights(row, method, role, pieceOf);
      fill(weights);
    } else if (method === 'mean') sums.set(mean);
    else if (method === 'zero') sums.fill(0);
    else {
      const normal = normalSourceOf(row.id, { seed, role });
      for (let k = 0; k < hiddenSize; k++) sums[k] = std * normal();
    }
    const bytes = await writer.next(row.id);
    const mixture = breaksTies ? mixtureKey(row.sources, weights) : '';
    // One token twice, such as 哈哈 from 哈 and 哈: its row would be that of the token, whatever the order.
    const isRepeat = breaksTies && repeatsOneSource(row.sources, weights);
    let isNew = !isRepeat && !mixtures.has(mixture);
    if (isNew) {
      norms[i] = encodeRow(sums, dtype, bytes);
      isNew = hasher.add(bytes);
    }
    if (breaksTies) mixtures.add(mixture);
    if (!isNew && breaksTies && !isRepeat && row.sources.length > 1) {
      fill(tieBreakWeights(weights));
      norms[i] = encodeRow(sums, dtype, bytes);
      isNew = hasher.add(bytes);
      if (isNew) tiesBrokenByOrder++;
    }
    if (!isNew && breaksTies) {
      addNoise(sums, normalSourceOf(row.id, { seed, role }), options.typicalNorm);
      norms[i] = encodeRow(sums, dtype, bytes);
      isNew = hasher.add(bytes);
      if (isNew) tiesBrokenByNoise++;
    }
    if (!isNew) identicalRows++;
    vectors.get(row.id)?.set(sums);
  }
  await writer.flush();
  return { norms, calibration: targets?.used() ?? [], tiesBrokenByOrder, tiesBrokenByNoise, identicalRows, vectors };
}

// A head draws other numbers than the embedding: with the same ones, a new token would predict itself.
function normalSourceOf(id: number, { seed, role }: Pick<NewRowsOptions, 'seed' | 'role'>): NormalSource {
  return createNormalSource(seed, role === 'output' ? ~id : id);
}

/** Rows whose sources are read together. */
const BATCH_ROWS = 256;

// The sources of the rows from `start` on, as many rows as the cache can hold sources for.
function nextBatch(rows: RowMap['new'], start: number, capacity: number): { sources: Set<number>; end: number } {
  const sources = new Set(rows[start]!.sources);
  let end = start + 1;
  for (; end < Math.min(rows.length, start + BATCH_ROWS); end++) {
    if (sources.size + rows[end]!.sources.length > capacity) break;
    for (const source of rows[end]!.sources) sources.add(source);
  }
  return { sources, end };
}

// Sums in float64, from the first source to the last; one row with weight 1 comes out to the bit. Two rows at a time, since the
// sums are read and written once for both; additions stay in order.
function addRows(
  sources: readonly number[],
  weights: readonly number[],
  { rowOf }: Pick<RowCache, 'rowOf'>,
  sums: Float64Array,
): void {
  const kernels = kernelsOf(sums);
  // Adding to -0 keeps negative zeros, adding to 0 would not; neither would adding 0 times a row, so those are left out.
  sums.fill(-0);
  let first = -1;
  for (const [i, source] of sources.entries()) {
    if (weights[i] === 0) continue;
    if (first < 0) first = i;
    else {
      const [a, p, b, q] = [rowOf(sources[first]!), weights[first]!, rowOf(source), weights[i]!];
      if (kernels === undefined) addTwo(sums, a, p, b, q);
      else kernels.addTwo(sums, a as Float32Array, p, b as Float32Array, q);
      first = -1;
    }
  }
  if (first < 0) return;
  const [a, p] = [rowOf(sources[first]!), weights[first]!];
  if (kernels === undefined) addOne(sums, a, p);
  else kernels.addOne(sums, a as Float32Array, p);
}

function addOne(sums: Float64Array, a: RowValues, p: number): void {
  const { length } = sums;
  for (let k = 0; k < length; k++) sums[k] = sums[k]! + p * a[k]!;
}

function addTwo(sums: Float64Array, a: RowValues, p: number, b: RowValues, q: number): void {
  const { length } = sums;
  for (let k = 0; k < length; k++) sums[k] = sums[k]! + p * a[k]! + q * b[k]!;
}

// Every row is encoded last with the numbers that it keeps; their norm is taken on the way.
function encodeRow(values: Float64Array, dtype: FloatDtype, bytes: Uint8Array): number {
  const norm = dtype === 'BF16' ? kernelsOf(values)?.narrow(values, bytes) : undefined;
  if (norm !== undefined && !Number.isNaN(norm)) return norm;
  encodeValues(values, dtype, bytes);
  return normOf(values);
}

function scaleTo(values: Float64Array, norm: number): void {
  const current = normOf(values);
  if (current === 0 || !Number.isFinite(current)) return;
  const factor = norm / current;
  for (let k = 0; k < values.length; k++) values[k]! *= factor;
}

function addNoise(values: Float64Array, normal: NormalSource, fallbackNorm: number): void {
  const size = (normOf(values) || fallbackNorm || 1) / Math.sqrt(values.length);
  for (let k = 0; k < values.length; k++) values[k]! += NOISE * size * normal();
}

interface RowWriter {
  /** Room for one row, written when enough of them have come or the ids jump. */
  next(id: number): Promise<Uint8Array>;
  flush(): Promise<void>;
}

function createRowWriter({ output, dtype, hiddenSize }: NewRowsOptions, room: KernelRoom): RowWriter {
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const capacity = Math.max(1, Math.floor(WRITE_BYTES / rowBytes));
  const buffer = room.bytes(capacity * rowBytes);
  let start = 0;
  let count = 0;
  const flush = async (): Promise<void> => {
    if (count > 0) await output.write(start * rowBytes, buffer.subarray(0, count * rowBytes));
    count = 0;
  };
  return {
    flush,
    async next(id) {
      if (count === capacity || id !== start + count) await flush();
      if (count === 0) start = id;
      count++;
      return buffer.subarray((count - 1) * rowBytes, count * rowBytes);
    },
  };
}
