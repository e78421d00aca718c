// One matrix from its old rows to its new ones, following a row map: old rows bit for bit, new rows by a method, padding.
// It streams: what is in memory is a few megabytes, a cache of rows, and a few numbers a row. Files are the caller's.
import { countRows, createFreeLookup, type RowMap } from '../../core/row-map.ts';
import type { InitMethod, MatrixRole } from './initial-weights.ts';
import { type MatrixInput, type MatrixOutput, type RowFormat, readRows, settle } from './matrix-io.ts';
import { createValues, elementBytes, encodeValues, type RowValues } from './matrix-values.ts';
import { findNeighbours, pickSamples, type RowSample } from './neighbours.ts';
import { writeNewRows } from './new-rows.ts';
import { addRowNorms, type NormSummary, type ScriptNorm, summarizeNorms } from './row-norms.ts';

/** How padding rows are filled. */
export type PaddingFill = 'zero' | 'mean';

/** Input of {@link resizeMatrix}. */
export interface ResizeMatrixOptions extends RowFormat {
  /** A sound row map, see `validateRowMap`. */
  readonly rowMap: RowMap;
  /** `[rowMap.base.rows, hiddenSize]`; rows that the map has no use for may be missing */
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
  /** Rows of tokens. */
  readonly copiedRows: number;
  readonly newRows: number;
  /** How many of the new rows stand where a token was dropped; absent where none does. */
  readonly replacedRows?: number;
  /** Old rows of tokens that are gone, those that are replaced left out; absent where there are none. */
  readonly droppedRows?: number;
  /** How many of the new rows take free rows of the old matrix. */
  readonly filledRows: number;
  /** Free rows that stay as they were. */
  readonly keptRows: number;
  readonly paddingRows: number;
  /** Of the old rows of tokens. */
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

/** Resizes a matrix. A vector is a matrix with a hidden size of 1; its rows are numbers, for which ties do not matter. */
export async function resizeMatrix(options: ResizeMatrixOptions): Promise<MatrixReport> {
  const { rowMap, dtype, hiddenSize, role, method, seed = 0, std = 0.02, padding = 'zero', samples = 5 } = options;
  const { onBytes = () => undefined } = options;
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const output: MatrixOutput = {
    async write(offset, bytes) {
      await options.output.write(offset, bytes);
      onBytes(bytes.length);
    },
  };
  const { norms: oldNorms, mean } = await copyOldRows(options, output);
  const oldSummary = summarizeNorms(oldNorms);
  const picked = hiddenSize > 1 ? pickSamples(rowMap, samples) : [];
  const { norms, vectors, ...made } = await writeNewRows({
    ...{ ...options, output, seed, std },
    ...{ oldNorms, typicalNorm: oldSummary.median, mean, picked },
  });
  await writePadding(rowMap, { output, rowBytes, row: paddingRow(padding, mean, options) });
  return {
    method,
    role,
    ...reportRows(rowMap),
    oldNorms: oldSummary,
    newNorms: summarizeNorms(norms),
    ...made,
    samples: picked.length === 0 ? [] : await findNeighbours({ ...options, oldNorms, picked, vectors }),
  };
}

/** The counts of a report. */
export function reportRows(
  rowMap: RowMap,
): Pick<
  MatrixReport,
  'copiedRows' | 'newRows' | 'replacedRows' | 'droppedRows' | 'filledRows' | 'keptRows' | 'paddingRows'
> {
  const { copied, kept, padding, filled, replaced, dropped } = countRows(rowMap);
  return {
    ...{ copiedRows: copied, newRows: rowMap.new.length, filledRows: filled, keptRows: kept, paddingRows: padding },
    ...(replaced > 0 && { replacedRows: replaced }),
    ...(dropped > 0 && { droppedRows: dropped }),
  };
}

// One pass over the old rows copies them and takes the norms of tokens (NaN for free rows) and, where it is needed, their mean.
async function copyOldRows(
  { rowMap, input, dtype, hiddenSize, method, padding }: ResizeMatrixOptions,
  output: MatrixOutput,
): Promise<{ norms: Float64Array; mean: Float64Array }> {
  const { idCount } = rowMap.base;
  const freeRunAt = createFreeLookup(rowMap.base);
  const rows = rowMap.copy.reduce((end, [, sourceStart, count]) => Math.max(end, sourceStart + count), idCount);
  const norms = new Float64Array(rows);
  const mean = new Float64Array(hiddenSize);
  const rowBytes = elementBytes(dtype) * hiddenSize;
  const needsMean = method === 'mean' || method === 'mean-normal' || padding === 'mean';
  const ranges = [...rowMap.copy].sort((a, b) => a[1] - b[1]);
  // Ranges before this one are done; a pruned vocabulary has tens of thousands.
  let first = 0;
  let tokens = 0;
  for await (const chunk of readRows(input, { dtype, hiddenSize }, rows)) {
    const writes: Promise<void>[] = [];
    while (first < ranges.length && ranges[first]![1] + ranges[first]![2] <= chunk.start) first++;
    for (let i = first; i < ranges.length && ranges[i]![1] < chunk.start + chunk.count; i++) {
      const [targetStart, sourceStart, count] = ranges[i]!;
      const start = Math.max(chunk.start, sourceStart);
      const end = Math.min(chunk.start + chunk.count, sourceStart + count);
      if (start >= end) continue;
      const part = chunk.bytes.subarray((start - chunk.start) * rowBytes, (end - chunk.start) * rowBytes);
      writes.push(output.write((targetStart + start - sourceStart) * rowBytes, part));
    }
    addRowNorms(chunk.values, hiddenSize, norms, chunk.start);
    for (let row = 0; row < chunk.count; row++) {
      if (freeRunAt(chunk.start + row) !== undefined) norms[chunk.start + row] = Number.NaN;
      else {
        tokens++;
        if (needsMean) addUp(chunk.values, row * hiddenSize, mean);
      }
    }
    await settle(writes);
  }
  for (let k = 0; k < hiddenSize; k++) mean[k]! /= Math.max(1, tokens);
  return { norms: norms.subarray(0, idCount), mean };
}

function addUp(values: RowValues, from: number, sums: Float64Array): void {
  for (let k = 0; k < sums.length; k++) sums[k]! += values[from + k]!;
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
