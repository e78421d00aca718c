// The two long parts of finding seeds, collecting candidates and naming the seed at each position, on the calling thread or on
// threads that share memory. Tasks share no suffix, so that who does which, and when, changes nothing.

import { createIntervalJudge } from '../../data/document-frequency.ts';
import type { TrainingData } from '../../data/training-data.ts';
import type { ResolvedTrainOptions } from '../../options/options.ts';
import {
  allocatePrivate,
  allocateShared,
  POSITIONS_PER_THREAD,
  requestAll,
  takeTasks,
} from '../../runtime/thread-requests.ts';
import type { TrainRuntime } from '../../runtime/train-runtime.ts';
import type {
  Candidates,
  NodeIntervals,
  SeedOptions,
  SeedReply,
  SeedRequest,
  SeedSearch,
} from '../../runtime/train-threads.ts';
import type { StepRunner } from '../../runtime/yield-to-event-loop.ts';
import { createCollector, leastOfBest } from './candidates.ts';
import { type JoinedText, joinSteps } from './joined-text.ts';
import { nameNodes } from './name-nodes.ts';

/** Suffixes handled between two steps. */
const STEP = 1 << 18;

/** Share of the whole work that is done when candidates are collected. */
const COLLECTED = 0.8;

/** What finding seeds reads of the options. */
export type SeedEngineOptions = SeedOptions &
  Pick<ResolvedTrainOptions, 'inputFormat' | 'minDocumentFrequency' | 'numThreads' | 'threads'>;

/** What finding seeds runs with. */
export interface SeedRuntime extends Pick<TrainRuntime, 'openSeedThreads' | 'signal'> {
  readonly run: StepRunner;
  /** Is told now and then which share of the work is done, 0..1. */
  readonly onShare?: (share: number) => void;
}

/** Searches one text. */
export interface SeedEngine {
  readonly joined: JoinedText;
  /** Sorts the suffixes and finds all candidates that may be among the seeds. */
  collect(): Promise<Candidates>;
  /** Node of the longest piece that starts at each position of the text, which they overwrite. `[text.length]` */
  name(intervals: NodeIntervals): Promise<Int32Array>;
  close(): Promise<void>;
}

/** An engine for a corpus; on threads where there are any to be had and the corpus is large enough to keep them busy. */
export async function openSeedEngine(
  data: TrainingData,
  options: SeedEngineOptions,
  { run, openSeedThreads, signal, onShare }: SeedRuntime,
): Promise<SeedEngine> {
  const count = Math.min(options.threads || options.numThreads, Math.floor(data.chars.length / POSITIONS_PER_THREAD));
  const isShared = openSeedThreads !== undefined && count > 1;
  const allocate = isShared ? allocateShared : allocatePrivate;
  const joined = await run(joinSteps(data, options, allocate));
  const isWidespread = createIntervalJudge(data, options, joined.copies);
  const { search } = joined;
  const opened = isShared ? openSeedThreads(count, search) : undefined;
  const tasks = search.tasks.length / 2;
  const shareOfCollecting = (share: number): void => onShare?.(share * COLLECTED);
  const shareOfNaming = (share: number): void => onShare?.(COLLECTED + share * (1 - COLLECTED));

  return {
    joined,
    async collect() {
      const parts: Candidates[] = [];
      // Threads have not the documents of the sentences.
      if (opened === undefined || isWidespread !== undefined) {
        const collector = createCollector(search, isWidespread);
        await run(taskSteps(search, collector.collect, shareOfCollecting));
        parts.push(collector.finish());
      } else {
        const build = (control: Int32Array): SeedRequest => ({ kind: 'collect', control });
        for (const part of await requestAll(opened.threads, build, { signal, tasks, onShare: shareOfCollecting })) {
          if (part !== undefined) parts.push(part);
        }
      }
      return joinBest(parts, options.seedSentencepieceSize);
    },
    async name({ firsts, ends }) {
      // Sorted suffixes need no text any longer: the nodes take its memory, which joinSteps has made large enough.
      const nodes = new Int32Array(search.text.buffer, 0, search.text.length);
      if (opened === undefined) {
        await run(taskSteps(search, (task) => nameNodes(search, task, { firsts, ends }, nodes), shareOfNaming));
        return nodes;
      }
      const intervals = { firsts: sharedCopy(firsts), ends: sharedCopy(ends) };
      const build = (control: Int32Array): SeedRequest => ({ kind: 'name', control, intervals, nodes });
      await requestAll(opened.threads, build, { signal, tasks, onShare: shareOfNaming });
      return nodes;
    },
    close: async () => opened?.close(),
  };
}

/** Serves one search: the returned function works on one request until no task is left. */
export function createSeedThread(search: SeedSearch): (request: SeedRequest) => SeedReply {
  const tasks = search.tasks.length / 2;
  return (request) => {
    if (request.kind === 'collect') {
      const collector = createCollector(search);
      takeTasks(request.control, tasks, collector.collect);
      return collector.finish();
    }
    takeTasks(request.control, tasks, (task) => nameNodes(search, task, request.intervals, request.nodes));
    return undefined;
  };
}

function* taskSteps(
  { tasks, suffixes }: SeedSearch,
  visit: (task: number) => number,
  onShare: (share: number) => void,
): Generator<number, void> {
  let done = 0;
  let told = 0;
  for (let task = 0; task * 2 < tasks.length; task++) {
    done += visit(task);
    if (done - told < STEP) continue;
    yield (done - told) / STEP;
    told = done;
    onShare(done / suffixes.length);
  }
}

/** The candidates of all threads that may be among the `count` best. */
function joinBest(parts: readonly Candidates[], count: number): Candidates {
  const allScores = new Float64Array(parts.reduce((sum, { scores }) => sum + scores.length, 0));
  let used = 0;
  for (const { scores } of parts) {
    allScores.set(scores, used);
    used += scores.length;
  }
  const least = leastOfBest(allScores, count);
  let size = 0;
  for (const score of allScores) if (score >= least) size++;
  const firsts = new Int32Array(size);
  const ends = new Int32Array(size);
  const lengths = new Uint16Array(size);
  const scores = new Float64Array(size);
  let kept = 0;
  for (const part of parts) {
    for (let i = 0; i < part.scores.length; i++) {
      if (part.scores[i]! < least) continue;
      firsts[kept] = part.firsts[i]!;
      ends[kept] = part.ends[i]!;
      lengths[kept] = part.lengths[i]!;
      scores[kept++] = part.scores[i]!;
    }
  }
  return { firsts, ends, lengths, scores };
}

function sharedCopy(values: Int32Array): Int32Array {
  const copy = new Int32Array(allocateShared(values.byteLength));
  copy.set(values);
  return copy;
}
