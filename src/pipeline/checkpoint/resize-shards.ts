// All shards of a checkpoint, some at a time: afresh, or going on from those that an earlier run finished.
import { availableParallelism } from 'node:os';
import type { RowMap } from '../../core/row-map.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import { packageVersion } from '../io/package-version.ts';
import { sha256Of } from '../io/sha256.ts';
import { type SideWork, sideBySide } from '../threads/side-by-side.ts';
import type { TargetTokenizer } from './checkpoint-companions.ts';
import type { Shard } from './checkpoint-folder.ts';
import { createMatrixResizer, type MatrixSettings } from './resize-matrix-thread.ts';
import type { ResizeCheckpointOptions, ResizePlan } from './resize-options.ts';
import { checkSpace } from './resize-places.ts';
import { resizeShard, type TensorReport } from './resize-shard.ts';
import { openResumeFolder, openShardFolder } from './resume-folder.ts';

/** Shards that are written side by side: two may wait for their matrices or for the disk while another one copies. */
const SHARDS_AT_ONCE = 3;

/** Writes the shards into `folder`; the order of the reports is that of the shards. */
export async function writeShards(
  folder: string,
  plan: ResizePlan,
  options: ResizeCheckpointOptions,
): Promise<{ tensors: TensorReport[]; resumed: string[] }> {
  const { samples = 5, onProgress, out, threads = availableParallelism() } = options;
  const { source, rowMap, tensors, recorded, std, totalBytes } = plan;
  const settings: MatrixSettings = {
    ...{ rowMap, method: recorded.init, seed: recorded.seed, padding: recorded.padding, std, samples },
    pieces: basePieces(rowMap, plan.tokenizer),
  };
  const resizer = createMatrixResizer(settings, threads);
  const store =
    options.resume === true
      ? await openResumeFolder<readonly TensorReport[]>(out, fingerprintOf(plan, { rowMap, samples }))
      : openShardFolder<readonly TensorReport[]>(folder);
  try {
    const reports = new Map([...store.finished].map(([name, { result }]) => [name, result]));
    const resumed = [...reports.keys()];
    let doneBytes = [...store.finished.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    await checkSpace(folder, totalBytes - doneBytes, out);
    const queue = matricesFirst(source.shards, tensors).filter(({ name }) => !reports.has(name));
    const write: SideWork<void> = async (check) => {
      for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
        const { name } = shard;
        const onBytes = (bytes: number): void => {
          check();
          doneBytes += bytes;
          onProgress?.({ file: name, doneBytes, totalBytes });
        };
        const input = { shard, tensors, settings, resizer, onBytes };
        reports.set(name, await store.add(name, (path) => resizeShard({ ...input, path })));
      }
    };
    const atOnce = threads === 1 ? 1 : Math.min(SHARDS_AT_ONCE, queue.length);
    await sideBySide(Array.from({ length: atOnce }, () => write));
    await store.moveTo(folder);
    return { tensors: source.shards.flatMap(({ name }) => reports.get(name)!), resumed: resumed.sort() };
  } finally {
    await store.release();
  }
}

// Making rows takes longer than copying: whatever can be copied meanwhile comes later.
function matricesFirst(shards: readonly Shard[], tensors: ResizePlan['tensors']): Shard[] {
  const hasMatrix = ({ header }: Shard): boolean => header.tensors.some(({ name }) => tensors.has(name));
  return [...shards].sort((a, b) => Number(hasMatrix(b)) - Number(hasMatrix(a)));
}

// Everything that the bytes of a shard and its report depend on.
function fingerprintOf(
  { source, recorded, std, found, tokenizer }: ResizePlan,
  { rowMap, samples }: { readonly rowMap: RowMap; readonly samples: number },
): string {
  const shards = source.shards.map(({ name, size, modified }) => [name, size, modified]);
  const roles = found.tensors.map(({ name, role }) => [name, role]);
  const hasPieces = tokenizer?.pieceOf !== undefined;
  const parts = [packageVersion(), recorded, std, samples, sha256Of(serializeRowMap(rowMap)), shards, roles, hasPieces];
  return sha256Of(JSON.stringify(parts));
}

// The texts of base ids, by way of the target ids that they were copied to.
function basePieces(
  rowMap: RowMap,
  tokenizer: TargetTokenizer | undefined,
): readonly (string | undefined)[] | undefined {
  const pieceOf = tokenizer?.pieceOf;
  if (pieceOf === undefined) return undefined;
  const pieces = new Array<string | undefined>(rowMap.base.idCount).fill(undefined);
  for (const [targetStart, sourceStart, count] of rowMap.copy) {
    const end = Math.min(count, pieces.length - sourceStart);
    for (let i = 0; i < end; i++) pieces[sourceStart + i] = pieceOf(targetStart + i);
  }
  return pieces;
}
