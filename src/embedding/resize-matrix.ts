// One matrix from its old rows to its new ones, following a row map: old rows bit for bit, new rows by a method, padding.
// It streams: what is in memory is a few megabytes, a cache of rows, and a few numbers a row. Files are the caller's.
import type { RowMap } from '../formats/row-map.ts';
import {
  type InitMethod,
  isSourceMethod,
  type MatrixRole,
  mixtureKey,
  sourceWeights,
  tieBreakWeights,
} from './initial-weights.ts';
import {
  createRowCache,
  type MatrixInput,
  type MatrixOutput,
  type RowCache,
  type RowChunk,
  type RowFormat,
  readRows,
} from './matrix-io.ts';
import { createValues, elementBytes, encodeValues } from './matrix-values.ts';
import { findNeighbours, pickSamples, type RowSample } from './neighbours.ts';
import { createNormalSource } from './normal-numbers.ts';
import { writeNormalRows } from './normal-rows.ts';
import { createRowHasher } from './row-hash.ts';
import {
  addRowNorms,
  createNormTargets,
  type NormSummary,
  normOf,
  type ScriptNorm,
  summarizeNorms,
} from './row-norms.ts';

/** How padding rows are filled. */
export type PaddingFill = 'zero' | 'mean';

/** Input of {@link resizeMatrix}. */
export interface ResizeMatrixOptions extends RowFormat {
  /** A sound row map, see `validateRowMap`. */
  readonly rowMap: RowMap;
  /** `[rowMap.base.vocabSize or more, hiddenSize]` */
  readonly input: MatrixInput;
  /** `[rowMap.target.rows, hiddenSize]` */
  readonly output: MatrixOutput;
  readonly role: MatrixRole;
  readonly method: InitMethod;
  /** Default 0. */
  readonly seed?: number;
  /** Standard deviation for `random-normal`. Default 0.02. */
  readonly std?: number;
  /** Default `zero`. */
  readonly padding?: PaddingFill;
  /** Text of a base id, where known: for `weighted-mean`, and the scripts of `auto`. */
  readonly pieceOf?: (id: number) => string | undefined;
  /** New rows whose nearest old neighbours are looked for. Default 5. */
  readonly samples?: number;
  /** Told about bytes of the result as they are written. */
  readonly onBytes?: (bytes: number) => void;
}

/** What {@link resizeMatrix} did. */
export interface MatrixReport {
  readonly method: InitMethod;
  readonly role: MatrixRole;
  readonly copiedRows: number;
  readonly newRows: number;
  readonly paddingRows: number;
  /** Of the old rows, padding left out. */
  readonly oldNorms: NormSummary;
  readonly newNorms: NormSummary;
  /** Norms that new rows were scaled to (`auto` only). */
  readonly calibration: readonly ScriptNorm[];
  /** New rows that would have been the same as an earlier new row, and got weights by order instead. */
  readonly tiesBrokenByOrder: number;
  /** Those whose sources are the same in the same order, and got noise of a thirty-second of their size. */
  readonly tiesBrokenByNoise: number;
  /** New rows that are the same as an earlier one in the result (all of them under `mean` and `zero`). */
  readonly identicalRows: number;
  readonly samples: readonly RowSample[];
}

/** Noise against ties, relative to the root mean square of the row. */
const NOISE = 1 / 32;

/** Resizes a matrix. A vector is a matrix with a hidden size of 1; its rows are numbers, for which ties do not matter. */
export async function resizeMatrix(options: ResizeMatrixOptions): Promise<MatrixReport> {
  const { rowMap, dtype, hiddenSize, role, method, padding = 'zero', samples = 5 } = options;
  const { onBytes = () => undefined } = options;
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const output: MatrixOutput = {
    async write(offset, bytes) {
      await options.output.write(offset, bytes);
      onBytes(bytes.length);
    },
  };
  const { norms: oldNorms, mean } = await copyOldRows(options, output);
  const context: NewRowContext = { ...options, output, oldNorms, mean };
  const made = method === 'mean-normal' ? await drawNewRows(context) : await writeNewRows(context);
  await writePadding(rowMap, { output, rowBytes, row: paddingRow(padding, mean, options) });
  const picked = hiddenSize > 1 ? pickSamples(rowMap, samples) : [];
  return {
    method,
    role,
    copiedRows: rowMap.target.rows - rowMap.new.length - rowMap.padding.length,
    newRows: rowMap.new.length,
    paddingRows: rowMap.padding.length,
    oldNorms: summarizeNorms(oldNorms),
    newNorms: summarizeNorms(made.norms),
    calibration: made.calibration,
    tiesBrokenByOrder: made.tiesBrokenByOrder,
    tiesBrokenByNoise: made.tiesBrokenByNoise,
    identicalRows: made.identicalRows,
    samples: picked.length === 0 ? [] : await findNeighbours({ ...options, oldNorms, picked, vectors: made.vectors }),
  };
}

interface NewRowContext extends ResizeMatrixOptions {
  readonly oldNorms: Float64Array;
  /** Of the old rows, `[hiddenSize]`; zeros where the method has no use for it. */
  readonly mean: Float64Array;
}

interface MadeRows {
  readonly norms: Float64Array;
  readonly calibration: readonly ScriptNorm[];
  readonly tiesBrokenByOrder: number;
  readonly tiesBrokenByNoise: number;
  readonly identicalRows: number;
  /** The rows that were picked as samples, by id. */
  readonly vectors: ReadonlyMap<number, Float64Array>;
}

// One pass over the old rows copies them and takes their norms and, where it is needed, their mean.
async function copyOldRows(
  { rowMap, input, dtype, hiddenSize, method, padding }: ResizeMatrixOptions,
  output: MatrixOutput,
): Promise<{ norms: Float64Array; mean: Float64Array }> {
  const rows = rowMap.base.vocabSize;
  const norms = new Float64Array(rows);
  const mean = new Float64Array(hiddenSize);
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const needsMean = method === 'mean' || method === 'mean-normal' || padding === 'mean';
  const ranges = [...rowMap.copy].sort((a, b) => a[1] - b[1]);
  for await (const chunk of readRows(input, { dtype, hiddenSize }, rows)) {
    const writes: Promise<void>[] = [];
    for (const [targetStart, sourceStart, count] of ranges) {
      const start = Math.max(chunk.start, sourceStart);
      const end = Math.min(chunk.start + chunk.count, sourceStart + count);
      if (start >= end) continue;
      const part = chunk.bytes.subarray((start - chunk.start) * rowBytes, (end - chunk.start) * rowBytes);
      writes.push(output.write((targetStart + start - sourceStart) * rowBytes, part));
    }
    addRowNorms(chunk.values, hiddenSize, norms, chunk.start);
    if (needsMean) addUp(chunk, hiddenSize, mean);
    await settle(writes);
  }
  for (let k = 0; k < hiddenSize; k++) mean[k]! /= Math.max(1, rows);
  return { norms, mean };
}

// All of them end before an error goes on: their buffers are used again, or their file is closed.
async function settle(writes: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(writes);
  await Promise.all(writes);
}

function addUp({ count, values }: RowChunk, hiddenSize: number, sums: Float64Array): void {
  for (let row = 0; row < count; row++) {
    const from = row * hiddenSize;
    for (let k = 0; k < hiddenSize; k++) sums[k]! += values[from + k]!;
  }
}

async function drawNewRows(context: NewRowContext): Promise<MadeRows> {
  const { rowMap, hiddenSize, seed = 0, samples = 5 } = context;
  const picked = pickSamples(rowMap, samples);
  const vectors = new Map(picked.map(({ id }) => [id, new Float64Array(hiddenSize)]));
  const ids = rowMap.new.map(({ id }) => id);
  const norms = new Float64Array(ids.length);
  await writeNormalRows({ ...context, rows: rowMap.base.vocabSize, ids, seed, norms, vectors });
  return {
    norms,
    calibration: [],
    tiesBrokenByOrder: 0,
    tiesBrokenByNoise: 0,
    identicalRows: 0,
    vectors,
  };
}

async function writeNewRows(context: NewRowContext): Promise<MadeRows> {
  const { rowMap, dtype, hiddenSize, method, role, seed = 0, std = 0.02, mean, samples = 5 } = context;
  const pieceOf = context.pieceOf ?? (() => undefined);
  const usesSources = isSourceMethod(method);
  const longest = rowMap.new.reduce((length, { sources }) => Math.max(length, sources.length), 1);
  const cache = createRowCache(context.input, context, usesSources ? longest : 1);
  const typicalNorm = medianNorm(context.oldNorms);
  const targets = method === 'auto' && hiddenSize > 1 ? createNormTargets(context.oldNorms, pieceOf) : undefined;
  const writer = createRowWriter(context);
  const hasher = createRowHasher();
  const mixtures = new Set<string>();
  const norms = new Float64Array(rowMap.new.length);
  const picked = new Set(pickSamples(rowMap, samples).map(({ id }) => id));
  const vectors = new Map<number, Float64Array>();
  const sums = new Float64Array(hiddenSize);
  // Two pieces in one row are an accident only where the method looks at the pieces.
  const breaksTies = usesSources && hiddenSize > 1;
  let tiesBrokenByOrder = 0;
  let tiesBrokenByNoise = 0;
  let identicalRows = 0;
  let loaded = 0;
  for (const [i, row] of rowMap.new.entries()) {
    const fill = (weights: readonly number[]): void => {
      addRows(row.sources, weights, cache, sums);
      if (targets !== undefined) scaleTo(sums, targets.normOf(row.piece));
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
      const normal = createNormalSource(seed, row.id);
      for (let k = 0; k < hiddenSize; k++) sums[k] = std * normal();
    }
    const bytes = await writer.next(row.id);
    const mixture = breaksTies ? mixtureKey(row.sources, weights) : '';
    let isNew = !mixtures.has(mixture);
    if (isNew) {
      encodeValues(sums, dtype, bytes);
      isNew = hasher.add(bytes);
    }
    if (breaksTies) mixtures.add(mixture);
    if (!isNew && breaksTies && row.sources.length > 1) {
      fill(tieBreakWeights(weights));
      encodeValues(sums, dtype, bytes);
      isNew = hasher.add(bytes);
      if (isNew) tiesBrokenByOrder++;
    }
    if (!isNew && breaksTies) {
      addNoise(sums, createNormalSource(seed, row.id), typicalNorm);
      encodeValues(sums, dtype, bytes);
      isNew = hasher.add(bytes);
      if (isNew) tiesBrokenByNoise++;
    }
    if (!isNew) identicalRows++;
    norms[i] = normOf(sums);
    if (picked.has(row.id)) vectors.set(row.id, Float64Array.from(sums));
  }
  await writer.flush();
  return { norms, calibration: targets?.used() ?? [], tiesBrokenByOrder, tiesBrokenByNoise, identicalRows, vectors };
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

// Sums in float64, from the first source to the last; one row with weight 1 comes out to the bit. Up to four rows at a time,
// since the sums are read and written once for all of them; additions stay in order.
function addRows(
  sources: readonly number[],
  weights: readonly number[],
  { values, offsetOf }: RowCache,
  sums: Float64Array,
): void {
  const parts = sources
    .map((source, i) => [offsetOf(source), weights[i]!] as const)
    .filter(([, weight]) => weight !== 0);
  const { length } = sums;
  for (let first = 0; first < parts.length; first += 4) {
    const [[a, p], second, third, fourth] = parts.slice(first, first + 4) as [Part, Part?, Part?, Part?];
    const [b, q] = second ?? NO_PART;
    const [c, r] = third ?? NO_PART;
    const [d, s] = fourth ?? NO_PART;
    // The first row sets the sums instead of adding to 0, which would lose negative zeros; so would adding 0 times a row.
    if (first > 0) {
      if (fourth !== undefined) {
        for (let k = 0; k < length; k++) {
          sums[k] = sums[k]! + p * values[a + k]! + q * values[b + k]! + r * values[c + k]! + s * values[d + k]!;
        }
      } else if (third !== undefined) {
        for (let k = 0; k < length; k++) {
          sums[k] = sums[k]! + p * values[a + k]! + q * values[b + k]! + r * values[c + k]!;
        }
      } else if (second !== undefined) {
        for (let k = 0; k < length; k++) sums[k] = sums[k]! + p * values[a + k]! + q * values[b + k]!;
      } else for (let k = 0; k < length; k++) sums[k]! += p * values[a + k]!;
    } else if (fourth !== undefined) {
      for (let k = 0; k < length; k++) {
        sums[k] = p * values[a + k]! + q * values[b + k]! + r * values[c + k]! + s * values[d + k]!;
      }
    } else if (third !== undefined) {
      for (let k = 0; k < length; k++) sums[k] = p * values[a + k]! + q * values[b + k]! + r * values[c + k]!;
    } else if (second !== undefined) {
      for (let k = 0; k < length; k++) sums[k] = p * values[a + k]! + q * values[b + k]!;
    } else for (let k = 0; k < length; k++) sums[k] = p * values[a + k]!;
  }
}

/** Where a row starts in the cache, and its weight. */
type Part = readonly [offset: number, weight: number];

const NO_PART: Part = [0, 0];

function medianNorm(norms: Float64Array): number {
  return summarizeNorms(norms).median;
}

function scaleTo(values: Float64Array, norm: number): void {
  const current = normOf(values);
  if (current === 0 || !Number.isFinite(current)) return;
  const factor = norm / current;
  for (let k = 0; k < values.length; k++) values[k]! *= factor;
}

function addNoise(values: Float64Array, normal: () => number, fallbackNorm: number): void {
  const size = (normOf(values) || fallbackNorm || 1) / Math.sqrt(values.length);
  for (let k = 0; k < values.length; k++) values[k]! += NOISE * size * normal();
}

interface RowWriter {
  /** Room for one row, written when enough of them have come or the ids jump. */
  next(id: number): Promise<Uint8Array>;
  flush(): Promise<void>;
}

function createRowWriter({ output, dtype, hiddenSize }: RowFormat & { readonly output: MatrixOutput }): RowWriter {
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const capacity = Math.max(1, Math.floor((4 * 1024 * 1024) / rowBytes));
  const buffer = new Uint8Array(capacity * rowBytes);
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

function paddingRow(padding: PaddingFill, mean: Float64Array, { dtype, hiddenSize }: RowFormat): Uint8Array {
  const bytes = new Uint8Array(elementBytes(dtype) * hiddenSize);
  if (padding === 'mean') {
    const values = createValues(dtype, hiddenSize);
    values.set(mean);
    encodeValues(values, dtype, bytes);
  }
  return bytes;
}

async function writePadding(
  { padding }: RowMap,
  { output, rowBytes, row }: { readonly output: MatrixOutput; readonly rowBytes: number; readonly row: Uint8Array },
): Promise<void> {
  for (const id of padding) await output.write(id * rowBytes, row);
}
