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
import { createCollector } from './candidates.ts';
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
  /** Node of the longest piece that starts at each position of the text. `[text.length]` */
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
  const { search } = joined;
  const isWidespread = createIntervalJudge(data, options, joined.copies);
  const opened = isShared ? openSeedThreads(count, search) : undefined;

  const collectHere = (): Promise<Candidates> => {
    const collector = createCollector(search, isWidespread);
    return run(taskSteps(search, collector.collect, (share) => onShare?.(share * COLLECTED))).then(collector.finish);
  };
  const tasks = search.tasks.length / 2;
  const base = { joined, close: async () => opened?.close() };
  const nodesOf = (): Int32Array => new Int32Array(allocate(search.text.length * Int32Array.BYTES_PER_ELEMENT));
  const shareOfNaming = (share: number): void => onShare?.(COLLECTED + share * (1 - COLLECTED));
  if (opened === undefined) {
    return {
      ...base,
      collect: collectHere,
      async name(intervals) {
        const nodes = nodesOf();
        await run(taskSteps(search, (task) => nameNodes(search, task, intervals, nodes), shareOfNaming));
        return nodes;
      },
    };
  }
  const { threads } = opened;
  return {
    ...base,
    // Threads have not the documents of the sentences.
    collect:
      isWidespread !== undefined
        ? collectHere
        : async () => {
            const parts = await requestAll(threads, (control): SeedRequest => ({ kind: 'collect', control }), {
              ...{ signal, tasks },
              onShare: (share) => onShare?.(share * COLLECTED),
            });
            return joinCandidates(parts.filter((part) => part !== undefined));
          },
    async name({ firsts, ends }) {
      const nodes = nodesOf();
      const intervals = { firsts: sharedCopy(firsts), ends: sharedCopy(ends) };
      await requestAll(threads, (control): SeedRequest => ({ kind: 'name', control, intervals, nodes }), {
        ...{ signal, tasks },
        onShare: shareOfNaming,
      });
      return nodes;
    },
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
  { tasks, text }: SeedSearch,
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
    onShare(done / text.length);
  }
}

function joinCandidates(parts: readonly Candidates[]): Candidates {
  const size = parts.reduce((sum, { scores }) => sum + scores.length, 0);
  const joined = {
    firsts: new Int32Array(size),
    ends: new Int32Array(size),
    lengths: new Uint16Array(size),
    scores: new Float64Array(size),
  };
  let used = 0;
  for (const part of parts) {
    joined.firsts.set(part.firsts, used);
    joined.ends.set(part.ends, used);
    joined.lengths.set(part.lengths, used);
    joined.scores.set(part.scores, used);
    used += part.scores.length;
  }
  return joined;
}

function sharedCopy(values: Int32Array): Int32Array {
  const copy = new Int32Array(allocateShared(values.byteLength));
  copy.set(values);
  return copy;
}
