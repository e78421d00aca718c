// The guide of `npm run fuzz`: changes files of a pool, feeds them to a reader, and takes into the pool what runs code that nothing
// ran before. It does not say what becomes of a fault.
import type { MersenneTwister } from '../../src/core/mersenne-twister.ts';
import { VocabMergeError } from '../../src/errors.ts';
import type { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { pick } from './random-models.ts';
import type { FuzzTarget } from './targets.ts';

/** Cases between two looks at the coverage. */
const BATCH = 64;
/** CPU time that no case may take, in ms: files have 64 kB at most. */
const MAX_CASE_MS = 10_000;

/** What guides a search, and when it ends. */
export interface GuideOptions {
  readonly random: MersenneTwister;
  readonly coverage: Coverage;
  readonly cases: number;
  /** Called with every fault; gives whether to go on. */
  readonly onFault: (bytes: Uint8Array, fault: Error) => boolean;
  /** Without it nothing joins the pool: for comparison. Default true. */
  readonly isGuided?: boolean;
}

/** Feeds a reader, and gives how many cases it was fed and how many joined the pool. */
export async function guide(target: FuzzTarget, options: GuideOptions): Promise<{ tried: number; joined: number }> {
  const { random, coverage, cases, onFault, isGuided = true } = options;
  const pool = [...target.seeds()];
  const seeds = pool.length;
  for (const seed of pool) await target.read(seed);
  (await coverage.look()).note();
  let tried = 0;
  for (let goesOn = true; goesOn && tried < cases; tried += BATCH) {
    const batch = Array.from({ length: BATCH }, () => mutate(random, pick(random, pool), pool));
    for (const bytes of batch) {
      const fault = await faultOf(target, bytes);
      if (fault) goesOn = onFault(bytes, fault) && goesOn;
    }
    if (!isGuided) continue;
    const together = await coverage.look();
    if (!together.isNew) continue;
    for (const bytes of batch) {
      await faultOf(target, bytes);
      const alone = await coverage.look();
      if (alone.isNew) pool.push(bytes);
      alone.note();
    }
    together.note();
  }
  return { tried, joined: pool.length - seeds };
}

/** What is wrong with a case, if anything is. */
async function faultOf({ read }: FuzzTarget, bytes: Uint8Array): Promise<Error | undefined> {
  const before = process.cpuUsage();
  let fault: Error | undefined;
  try {
    await read(bytes);
  } catch (error) {
    if (!(error instanceof VocabMergeError)) fault = error instanceof Error ? error : new Error(String(error));
  }
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  return fault ?? (ms > MAX_CASE_MS ? new Error(`takes ${Math.round(ms)} ms`) : undefined);
}
