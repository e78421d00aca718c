// Writes one file of weights: a new header, vocabulary tensors resized, everything else copied byte for byte.
// It decides nothing; which tensors are resized and how comes from resize-checkpoint.ts.
import { type FileHandle, open } from 'node:fs/promises';
import type { RowMap } from '../../core/row-map.ts';
import { copyRows, isCopyDtype } from '../../embedding/rows/copy-rows.ts';
import { isFloatDtype } from '../../embedding/rows/matrix-values.ts';
import type { MatrixReport } from '../../embedding/rows/resize-matrix.ts';
import { resizedShape, type VocabularyTensor } from '../../embedding/vocabulary-tensors.ts';
import { InputError } from '../../errors.ts';
import {
  type BuiltHeader,
  buildSafetensorsHeader,
  type TensorEntry,
} from '../../formats/checkpoint/safetensors-header.ts';
import { type SideWork, sideBySide } from '../threads/side-by-side.ts';
import type { Shard } from './checkpoint-folder.ts';
import { copyRange, matrixInput, matrixOutput, writeFully } from './copy-range.ts';
import type { MatrixResizer, MatrixSettings } from './resize-matrix-thread.ts';

/** What became of one vocabulary tensor. */
export interface TensorReport extends MatrixReport {
  readonly name: string;
  readonly shard: string;
  readonly dtype: string;
  readonly oldShape: readonly number[];
  readonly newShape: readonly number[];
}

/** Input of {@link resizeShard}. */
export interface ResizeShardOptions {
  readonly shard: Shard;
  /** Vocabulary tensors by name; those of other shards do not matter. */
  readonly tensors: ReadonlyMap<string, VocabularyTensor>;
  readonly settings: MatrixSettings;
  /** Resizes the matrices, with the same settings. */
  readonly resizer: MatrixResizer;
  /** Where the file is written; it must not exist. */
  readonly path: string;
  /** Told about bytes as they are written; may throw to stop. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * The header of the shard after the resize.
 *
 * @throws InputError when a vocabulary tensor has a dtype that rows cannot be computed in
 */
export function planShard(
  { path, header }: Pick<Shard, 'path' | 'header'>,
  tensors: ReadonlyMap<string, VocabularyTensor>,
  rowMap: RowMap,
): BuiltHeader {
  const specs = header.tensors.map((tensor) => {
    const found = tensors.get(tensor.name);
    if (found === undefined) return tensor;
    const isCopied = isCopyDtype(tensor.dtype) && rowMap.new.length === 0;
    if (!isFloatDtype(tensor.dtype) && !isCopied) {
      throw new InputError(
        `${path}: tensor ${JSON.stringify(tensor.name)} is ${tensor.dtype}, in which no rows can be made`,
        {
          hint: 'Rows are made in F32, F16, BF16 and F64, and only copied in 8-bit floats: convert this tensor first.',
        },
      );
    }
    return { ...tensor, shape: resizedShape(found, rowMap.target.rows) };
  });
  return buildSafetensorsHeader(specs, header.metadata);
}

/**
 * Writes the shard; when it is done, the disk has it. Matrices, which take processor time, and everything else, which takes
 * the disk's, go side by side.
 */
export async function resizeShard(options: ResizeShardOptions): Promise<readonly TensorReport[]> {
  const { shard, tensors, settings, path, onBytes } = options;
  const plan = planShard(shard, tensors, settings.rowMap);
  const runs = runsOf(shard, plan, tensors);
  const source = await open(shard.path, 'r');
  let target: FileHandle | undefined;
  try {
    const to = await open(path, 'wx');
    target = to;
    await writeFully(to, 0, plan.bytes);
    const matrices = runs
      .filter(({ tensor }) => tensor !== undefined)
      .map((run): SideWork<TensorReport | undefined> => {
        return (check) => resizeTensor(run, { ...options, source, target: to, onBytes: checked(onBytes, check) });
      });
    const copying: SideWork<undefined> = async (check) => {
      for (const { from, to: offset, length } of runs.filter(({ tensor }) => tensor === undefined)) {
        const place = { file: source, offset: from, source: shard.path };
        await copyRange({ from: place, to: { file: to, offset }, length, onBytes: checked(onBytes, check) });
      }
    };
    const results = await sideBySide([...matrices, copying]);
    await to.sync();
    return results.filter((report) => report !== undefined);
  } finally {
    await source.close();
    await target?.close();
  }
}

function checked(onBytes: (bytes: number) => void, check: () => void): (bytes: number) => void {
  return (bytes) => {
    check();
    onBytes(bytes);
  };
}

/** Bytes to copy, or a tensor to resize. Offsets are from the start of the files. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly tensor?: VocabularyTensor;
  readonly newShape?: readonly number[];
}

// Neighbours that stay neighbours are copied as one.
function runsOf({ header }: Shard, plan: BuiltHeader, tensors: ReadonlyMap<string, VocabularyTensor>): Run[] {
  const old = new Map<string, TensorEntry>(header.tensors.map((tensor) => [tensor.name, tensor]));
  const runs: Run[] = [];
  for (const { name, shape, start, end } of plan.tensors) {
    const before = old.get(name)!;
    const from = header.dataStart + before.start;
    const to = plan.dataStart + start;
    const tensor = tensors.get(name);
    const last = runs.at(-1);
    if (tensor !== undefined) runs.push({ from, to, length: end - start, tensor, newShape: shape });
    else if (last !== undefined && last.tensor === undefined && last.from + last.length === from) {
      runs[runs.length - 1] = { ...last, length: last.length + end - start };
    } else runs.push({ from, to, length: end - start });
  }
  return runs;
}

interface ResizeContext extends ResizeShardOptions {
  readonly source: FileHandle;
  readonly target: FileHandle;
}

async function resizeTensor({ from, to, tensor, newShape }: Run, context: ResizeContext): Promise<TensorReport> {
  const { source, target, shard, settings, resizer, path, onBytes } = context;
  const { rowMap, method } = settings;
  const { name, dtype, shape, role, hiddenSize } = tensor!;
  const named = { name, shard: shard.name, dtype, oldShape: shape, newShape: newShape! };
  if (isFloatDtype(dtype)) {
    const ends = { from: { path: shard.path, offset: from }, to: { path, offset: to } };
    return { ...named, ...(await resizer({ ...ends, dtype, hiddenSize, role }, onBytes)) };
  }
  const report = await copyRows({
    ...{ rowMap, method, role, hiddenSize, onBytes },
    input: matrixInput({ file: source, offset: from, source: shard.path }),
    output: matrixOutput({ file: target, offset: to }),
  });
  return { ...named, ...report };
}
