// Applies a row map to one matrix in memory: old rows are copied bit for bit, new rows are weighted means of old ones.
// It knows nothing of checkpoints, tensor names or files, and draws no random numbers.
// A mean is summed in float64 and rounded once to the matrix's own format, to nearest with ties to even.

import { checkWhole } from '../core/check-whole.ts';
import { counted, groupDigits } from '../core/counted.ts';
import type { NewRow, RowMap } from '../core/row-map.ts';
import { InputError, OptionError } from '../errors.ts';
import { validateRowMap } from '../formats/row-map/validate-row-map.ts';
import { halvesToFloat32, numberToBfloat16, numberToFloat16 } from './rows/half-float.ts';

/** Element formats of a matrix; BF16 and F16 are bit patterns in a Uint16Array. */
export type MatrixDtype = 'F32' | 'BF16' | 'F16';

/** Input of {@link applyRowMap}. */
export interface ApplyRowMapOptions<M extends Float32Array | Uint16Array> {
  readonly rowMap: RowMap;
  /** `[rowMap.base.rows, hiddenSize]`, row-major. Not changed. */
  readonly matrix: M;
  /** Needed for a Uint16Array; a Float32Array is F32. */
  readonly dtype?: MatrixDtype | undefined;
  /** Elements of one row. */
  readonly hiddenSize: number;
}

/**
 * Resizes an embedding or output matrix.
 *
 * @returns a new matrix `[rowMap.target.rows, hiddenSize]` of the same type. Copied rows have the same bits, NaN payloads
 *   and negative zeros included; padding rows are zeros.
 * @throws OptionError when dtype and matrix do not go together or hiddenSize is no whole number from 1 on
 * @throws InputError when the matrix has another length than the row map's base, or the result does not fit in memory
 * @throws FormatError when the row map is not sound
 * @example
 * ```ts
 * // base: 2 rows; target: those 2, and their mean
 * applyRowMap({ rowMap, matrix: Float32Array.of(1, 2, 3, 5), hiddenSize: 2 }); // [1, 2, 3, 5, 2, 3.5]
 * ```
 */
export function applyRowMap(options: ApplyRowMapOptions<Float32Array>): Float32Array<ArrayBuffer>;
export function applyRowMap(options: ApplyRowMapOptions<Uint16Array>): Uint16Array<ArrayBuffer>;
export function applyRowMap(
  options: ApplyRowMapOptions<Float32Array | Uint16Array>,
): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const { rowMap, matrix, hiddenSize } = options;
  const dtype = checkDtype(matrix, options.dtype);
  checkWhole('hiddenSize', hiddenSize, 1);
  validateRowMap(rowMap);
  checkLength(matrix, rowMap.base.rows, hiddenSize);
  const output = allocate(matrix, rowMap.target.rows, hiddenSize);
  for (const [targetStart, sourceStart, count] of rowMap.copy) {
    // Between arrays of one type, set() moves bytes and never looks at the numbers.
    const rows = matrix.subarray(sourceStart * hiddenSize, (sourceStart + count) * hiddenSize);
    output.set(rows, targetStart * hiddenSize);
  }
  fillNewRows(rowMap.new, matrix, output, dtype, hiddenSize);
  return output;
}

function checkDtype(matrix: Float32Array | Uint16Array, dtype: MatrixDtype | undefined): MatrixDtype {
  if (matrix instanceof Float32Array) {
    if (dtype === undefined || dtype === 'F32') return 'F32';
    throw new OptionError(`dtype: ${dtype} matrices are Uint16Arrays of bit patterns, this is a Float32Array`);
  }
  if (!(matrix instanceof Uint16Array)) throw new OptionError('matrix: it must be a Float32Array or a Uint16Array');
  if (dtype === 'BF16' || dtype === 'F16') return dtype;
  throw new OptionError(`dtype: ${String(dtype)} given with a Uint16Array, it must be BF16 or F16`);
}

function checkLength(matrix: Float32Array | Uint16Array, rows: number, hiddenSize: number): void {
  if (matrix.length === rows * hiddenSize) return;
  const has =
    matrix.length % hiddenSize === 0 ? counted(matrix.length / hiddenSize, 'row') : counted(matrix.length, 'element');
  throw new InputError(
    `matrix: it has ${has}, the row map needs ${counted(rows, 'row')} of ${groupDigits(hiddenSize)}, ${counted(rows * hiddenSize, 'element')}`,
    { hint: 'Build the row map with the number of rows that the checkpoint has.' },
  );
}

function allocate(
  matrix: Float32Array | Uint16Array,
  rows: number,
  hiddenSize: number,
): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  try {
    return matrix instanceof Float32Array ? new Float32Array(rows * hiddenSize) : new Uint16Array(rows * hiddenSize);
  } catch (cause) {
    const bytes = rows * hiddenSize * matrix.BYTES_PER_ELEMENT;
    throw new InputError(
      `matrix: the result of ${counted(rows, 'row')} of ${groupDigits(hiddenSize)} (${counted(bytes, 'byte')}) does not fit in memory`,
      { cause },
    );
  }
}

function fillNewRows(
  newRows: readonly NewRow[],
  matrix: Float32Array | Uint16Array,
  output: Float32Array | Uint16Array,
  dtype: MatrixDtype,
  hiddenSize: number,
): void {
  const sums = new Float64Array(hiddenSize);
  const values = new Float32Array(hiddenSize);
  for (const { id, sources, weights } of newRows) {
    const start = id * hiddenSize;
    if (sources.length === 1) {
      // The mean of one row is that row, to the bit.
      output.set(matrix.subarray(sources[0]! * hiddenSize, (sources[0]! + 1) * hiddenSize), start);
      continue;
    }
    for (let i = 0; i < sources.length; i++) {
      const row = matrix.subarray(sources[i]! * hiddenSize, (sources[i]! + 1) * hiddenSize);
      const source = dtype === 'F32' ? row : halvesToFloat32(row as Uint16Array, dtype, values);
      const weight = weights[i]!;
      // The first row sets the sums instead of adding to 0, which would lose negative zeros.
      if (i === 0) for (let k = 0; k < hiddenSize; k++) sums[k] = weight * source[k]!;
      else for (let k = 0; k < hiddenSize; k++) sums[k]! += weight * source[k]!;
    }
    if (dtype === 'F32') output.set(sums, start);
    else if (dtype === 'BF16') for (let k = 0; k < hiddenSize; k++) output[start + k] = numberToBfloat16(sums[k]!);
    else for (let k = 0; k < hiddenSize; k++) output[start + k] = numberToFloat16(sums[k]!);
  }
}
