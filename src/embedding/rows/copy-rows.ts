// Rows moved about as bytes, for matrices in 8-bit floats: such rows are copied, dropped and padded with zeros, never made.
// So a checkpoint in these formats can be pruned, reordered or padded; for new rows it has to be converted first.
import type { RowMap } from '../../core/row-map.ts';
import type { MatrixInput, MatrixOutput } from './matrix-io.ts';
import { type MatrixReport, reportRows } from './resize-matrix.ts';
import { summarizeNorms } from './row-norms.ts';

/** 8-bit floats whose zero is the byte 0. */
const COPY_DTYPES: readonly string[] = ['F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'];

/** True for a dtype of one byte whose rows can be copied. */
export function isCopyDtype(dtype: string): boolean {
  return COPY_DTYPES.includes(dtype);
}

/** Input of {@link copyRows}. */
export interface CopyRowsOptions extends Pick<MatrixReport, 'method' | 'role'> {
  /** A sound map without new rows. */
  readonly rowMap: RowMap;
  /** `[rowMap.base.rows, hiddenSize]`, one byte an element; rows that the map has no use for may be missing. */
  readonly input: MatrixInput;
  /** `[rowMap.target.rows, hiddenSize]` */
  readonly output: MatrixOutput;
  readonly hiddenSize: number;
  /** Told about bytes of the result as they are written. */
  readonly onBytes?: (bytes: number) => void;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Copies the rows of a map and fills its padding with zeros. The report has no norms, since no numbers are read. */
export async function copyRows(options: CopyRowsOptions): Promise<MatrixReport> {
  const { rowMap, input, output, hiddenSize, method, role, onBytes = () => undefined } = options;
  const limit = Math.max(1, Math.floor(CHUNK_BYTES / hiddenSize));
  const buffer = new Uint8Array(limit * hiddenSize);
  for (const [targetStart, sourceStart, count] of rowMap.copy) {
    for (let done = 0; done < count; done += limit) {
      const bytes = buffer.subarray(0, Math.min(limit, count - done) * hiddenSize);
      await input.read((sourceStart + done) * hiddenSize, bytes);
      await output.write((targetStart + done) * hiddenSize, bytes);
      onBytes(bytes.length);
    }
  }
  const zeros = new Uint8Array(hiddenSize);
  for (const id of rowMap.padding) {
    await output.write(id * hiddenSize, zeros);
    onBytes(hiddenSize);
  }
  const noNorms = summarizeNorms(new Float64Array(0));
  return {
    ...{ method, role, ...reportRows(rowMap), oldNorms: noNorms, newNorms: noNorms, calibration: [] },
    ...{ tiesBrokenByOrder: 0, tiesBrokenByNoise: 0, identicalRows: 0, samples: [] },
  };
}
