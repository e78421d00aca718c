// Writes one file of weights: a new header, vocabulary tensors resized, everything else copied byte for byte.
// It decides nothing; which tensors are resized and how comes from resize-checkpoint.ts.
import { type FileHandle, open } from 'node:fs/promises';
import { copyRows, isCopyDtype } from '../embedding/copy-rows.ts';
import { isFloatDtype } from '../embedding/matrix-values.ts';
import { type MatrixReport, type ResizeMatrixOptions, resizeMatrix } from '../embedding/resize-matrix.ts';
import { summarizeNorms } from '../embedding/row-norms.ts';
import { resizedShape, type VocabularyTensor } from '../embedding/vocabulary-tensors.ts';
import { InputError } from '../errors.ts';
import type { RowMap } from '../formats/row-map.ts';
import { type BuiltHeader, buildSafetensorsHeader, type TensorEntry } from '../formats/safetensors-header.ts';
import type { Shard } from './checkpoint-folder.ts';
import { copyRange, matrixInput, matrixOutput, writeFully } from './copy-range.ts';

/** How matrices are resized; what is about one matrix is filled in for each. */
export type MatrixSettings = Omit<ResizeMatrixOptions, 'input' | 'output' | 'dtype' | 'hiddenSize' | 'role'>;

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
  /** Where the file is written; it must not exist. */
  readonly path: string;
}

/**
 * The header of the shard after the resize.
 *
 * @throws InputError when a vocabulary tensor has a dtype that rows cannot be computed in
 */
export function planShard(
  { name, header }: Pick<Shard, 'name' | 'header'>,
  tensors: ReadonlyMap<string, VocabularyTensor>,
  rowMap: RowMap,
): BuiltHeader {
  const specs = header.tensors.map((tensor) => {
    const found = tensors.get(tensor.name);
    if (found === undefined) return tensor;
    const isCopied = isCopyDtype(tensor.dtype) && rowMap.new.length === 0;
    if (!isFloatDtype(tensor.dtype) && !isCopied) {
      throw new InputError(
        `${name}: tensor ${JSON.stringify(tensor.name)} is ${tensor.dtype}: no rows are made in it`,
        {
          hint: 'Rows are made in F32, F16, BF16 and F64, and only copied in 8-bit floats: convert this tensor first.',
        },
      );
    }
    return { ...tensor, shape: resizedShape(found, rowMap.target.rows) };
  });
  return buildSafetensorsHeader(specs, header.metadata);
}

/** Result of {@link resizeShard}. */
export interface ResizedShard {
  readonly reports: readonly TensorReport[];
  /** Done when the disk has all of the file, which may be long after everything was written. Has to be awaited. */
  readonly onDisk: Promise<void>;
}

/** Writes the shard. Matrices, which take processor time, and everything else, which takes the disk's, go side by side. */
export async function resizeShard(options: ResizeShardOptions): Promise<ResizedShard> {
  const { shard, tensors, settings, path } = options;
  const { onBytes } = settings;
  const plan = planShard(shard, tensors, settings.rowMap);
  const runs = runsOf(shard, plan, tensors);
  const source = await open(shard.path, 'r');
  let target: FileHandle | undefined;
  try {
    const to = await open(path, 'wx');
    target = to;
    await writeFully(to, 0, plan.bytes);
    const reports: TensorReport[] = [];
    const resizing = async (): Promise<void> => {
      for (const run of runs.filter(({ tensor }) => tensor !== undefined)) {
        reports.push(await resizeTensor(run, { source, target: to, shard, settings }));
      }
    };
    const copying = async (): Promise<void> => {
      for (const { from, to: offset, length } of runs.filter(({ tensor }) => tensor === undefined)) {
        await copyRange({
          from: { file: source, offset: from, source: shard.path },
          to: { file: to, offset },
          length,
          ...(onBytes !== undefined && { onBytes }),
        });
      }
    };
    await allSettled([resizing(), copying()]);
    const onDisk = to.sync().finally(() => to.close());
    target = undefined;
    // A failure is reported where it is awaited; until then it must not count as unhandled.
    onDisk.catch(() => undefined);
    return { reports, onDisk };
  } finally {
    await source.close();
    await target?.close();
  }
}

// Both end before an error goes on: files must not be closed under what is still being written.
async function allSettled(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
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

interface ResizeContext {
  readonly source: FileHandle;
  readonly target: FileHandle;
  readonly shard: Shard;
  readonly settings: MatrixSettings;
}

async function resizeTensor({ from, to, tensor, newShape }: Run, context: ResizeContext): Promise<TensorReport> {
  const { source, target, shard, settings } = context;
  const { name, dtype, shape, role, hiddenSize } = tensor!;
  const ends = {
    input: matrixInput({ file: source, offset: from, source: shard.path }),
    output: matrixOutput({ file: target, offset: to }),
  };
  const named = { name, shard: shard.name, dtype, oldShape: shape, newShape: newShape! };
  if (isFloatDtype(dtype))
    return { ...named, ...(await resizeMatrix({ ...settings, ...ends, dtype, hiddenSize, role })) };
  await copyRows({ ...settings, ...ends, hiddenSize });
  const { rowMap, method } = settings;
  const noNorms = summarizeNorms(new Float64Array(0));
  return {
    ...named,
    method,
    role,
    copiedRows: rowMap.target.rows - rowMap.padding.length,
    newRows: 0,
    paddingRows: rowMap.padding.length,
    oldNorms: noNorms,
    newNorms: noNorms,
    calibration: [],
    tiesBrokenByOrder: 0,
    tiesBrokenByNoise: 0,
    identicalRows: 0,
    samples: [],
  };
}
