// What became of an input that was read in parts, by several threads: the sums, and the hashes of the whole files. How it is divided
// is shard-inputs.ts.
import { type CorpusStats, emptyStats } from '../read/corpus-stats.ts';
import type { CorpusFile } from '../read/expand-inputs.ts';
import { hashFile, type InputHash } from '../read/input-hash.ts';

/** Parts of the same groups of files: `[parts][groups][files]`. */
export type DividedFiles = readonly (readonly (readonly CorpusFile[])[])[];

/** What one reader of the files would have counted. */
export async function joinStats(
  files: readonly CorpusFile[],
  parts: DividedFiles,
  all: readonly CorpusStats[],
): Promise<CorpusStats> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const inputs = inputsOf(parts, all, await hashDivided(parts));
  return { ...sumStats(all, total), files: files.length, bytesRead: total, inputs };
}

/** The sum over parts that are being read. */
export function sumStats(all: readonly CorpusStats[], totalBytes: number): CorpusStats {
  const { inputs, ...sum } = emptyStats();
  for (const stats of all) for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += stats[name];
  // The end of a part is read by two.
  return { ...sum, totalBytes, bytesRead: Math.min(totalBytes, sum.bytesRead), inputs };
}

/** No thread reads all of a file that is divided: its hash is taken apart, by path. */
async function hashDivided(parts: DividedFiles): Promise<Map<string, InputHash>> {
  const hashes = new Map<string, InputHash>();
  for (const file of parts.flat(2)) {
    if (file.range !== undefined && !hashes.has(file.path)) hashes.set(file.path, await hashFile(file));
  }
  return hashes;
}

// The hashes in the order of the inputs: those of whole files as the threads have them, source by source.
function inputsOf(
  parts: DividedFiles,
  all: readonly CorpusStats[],
  hashes: ReadonlyMap<string, InputHash>,
): InputHash[] {
  const inputs: InputHash[] = [];
  const next = all.map(() => 0);
  for (let source = 0; source < parts[0]!.length; source++) {
    for (const [thread, part] of parts.entries()) {
      for (const { path, range } of part[source]!) {
        const own = all[thread]!.inputs;
        if (range === undefined) inputs.push(own[next[thread]!++]!);
        else {
          // A part of a text has a hash as well, a part of a Parquet file has none.
          if (range.format !== 'parquet') next[thread]!++;
          if (range.start === 0) inputs.push(hashes.get(path)!);
        }
      }
    }
  }
  return inputs;
}
