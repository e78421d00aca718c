// All shards of a checkpoint, one or two at a time: afresh, or going on from those that an earlier run finished.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type RowMap, serializeRowMap } from '../formats/row-map.ts';
import type { TargetTokenizer } from './checkpoint-companions.ts';
import type { Shard } from './checkpoint-folder.ts';
import { packageVersion } from './package-version.ts';
import { createMatrixResizer, type MatrixSettings } from './resize-matrix-thread.ts';
import type { ResizeCheckpointOptions, ResizePlan } from './resize-options.ts';
import { checkSpace } from './resize-places.ts';
import { type ResizedShard, resizeShard, type TensorReport } from './resize-shard.ts';
import { openResumeFolder } from './resume-folder.ts';
import { sha256Of } from './sha256.ts';
import { type SideWork, sideBySide } from './side-by-side.ts';

/** Shards that are written side by side: one may be waiting for its matrix while the other copies. */
const SHARDS_AT_ONCE = 2;

/** Writes the shards into `folder`; the order of the reports is that of the shards. */
export async function writeShards(
  folder: string,
  plan: ResizePlan,
  options: ResizeCheckpointOptions,
): Promise<{ tensors: TensorReport[]; resumed: string[] }> {
  const { rowMap, init = 'subword-mean', seed = 0, padding = 'zero', samples = 5, onProgress, out } = options;
  const { threads = availableParallelism() } = options;
  const settings: MatrixSettings = {
    rowMap,
    method: init,
    seed,
    std: plan.std,
    padding,
    samples,
    pieces: basePieces(rowMap, plan.tokenizer),
  };
  const resizer = createMatrixResizer(settings, threads);
  let doneBytes = 0;
  const write = (shard: Shard, path: string, check: () => void): Promise<ResizedShard> =>
    resizeShard({
      shard,
      tensors: plan.tensors,
      path,
      settings,
      resizer,
      onBytes(bytes) {
        check();
        doneBytes += bytes;
        onProgress?.({ file: shard.name, doneBytes, totalBytes: plan.totalBytes });
      },
    });
  const tensors: TensorReport[] = [];
  const { shards } = plan.source;
  if (options.resume !== true) {
    await checkSpace(folder, plan.totalBytes, out);
    const reports: (readonly TensorReport[])[] = [];
    let next = 0;
    const writeSome: SideWork<void> = async (check) => {
      // The disk catches up with one shard while the next is being made.
      let pending: Promise<void> | undefined;
      while (next < shards.length) {
        check();
        const index = next++;
        const shard = shards[index]!;
        const written = await write(shard, join(folder, shard.name), check);
        reports[index] = written.reports;
        await pending;
        pending = written.onDisk;
      }
      await pending;
    };
    await sideBySide(Array.from({ length: Math.min(SHARDS_AT_ONCE, threads) }, () => writeSome));
    return { tensors: reports.flat(), resumed: [] };
  }
  const work = await openResumeFolder<readonly TensorReport[]>(out, fingerprintOf(plan, options));
  try {
    const resumed: string[] = [];
    const done = [...work.finished.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    await checkSpace(folder, plan.totalBytes - done, out);
    for (const shard of plan.source.shards) {
      const earlier = work.finished.get(shard.name);
      if (earlier === undefined) {
        const make = async (path: string): Promise<readonly TensorReport[]> => {
          const { reports, onDisk } = await write(shard, path, () => undefined);
          await onDisk;
          return reports;
        };
        tensors.push(...(await work.add(shard.name, make)));
      } else {
        doneBytes += earlier.bytes;
        resumed.push(shard.name);
        tensors.push(...earlier.result);
      }
    }
    for (const { name } of plan.source.shards) await work.move(name, join(folder, name));
    await work.remove();
    return { tensors, resumed };
  } finally {
    await work.release();
  }
}

// Everything that the bytes of a shard and its report depend on.
function fingerprintOf(plan: ResizePlan, { rowMap, samples = 5 }: ResizeCheckpointOptions): string {
  const { source, recorded, found, tokenizer } = plan;
  const shards = source.shards.map(({ name, size, modified }) => [name, size, modified]);
  const roles = found.tensors.map(({ name, role }) => [name, role]);
  const hasPieces = tokenizer?.pieceOf !== undefined;
  const parts = [packageVersion(), recorded, samples, sha256Of(serializeRowMap(rowMap)), shards, roles, hasPieces];
  return sha256Of(JSON.stringify(parts));
}

// The texts of base ids, by way of the target ids that they were copied to.
function basePieces(
  rowMap: RowMap,
  tokenizer: TargetTokenizer | undefined,
): readonly (string | undefined)[] | undefined {
  const pieceOf = tokenizer?.pieceOf;
  if (pieceOf === undefined) return undefined;
  const pieces = new Array<string | undefined>(rowMap.base.vocabSize).fill(undefined);
  for (const [targetStart, sourceStart, count] of rowMap.copy) {
    for (let i = 0; i < count; i++) pieces[sourceStart + i] = pieceOf(targetStart + i);
  }
  return pieces;
}
