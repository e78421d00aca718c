// What a training runs with, apart from what it is asked for: who is told of its progress, what stops it, and threads.
// Nothing of the result depends on it, and no record of a run mentions it. What does is options/options.ts.
import type { NormalizationRuleName } from '../../core/charsmap/normalization-rules.ts';
import type { LineCounts, ReadTextParts } from './text-parts.ts';
import type { OpenLatticeThreads, OpenSeedThreads } from './train-threads.ts';

/** What became of the lines of a corpus. */
export interface LoadSummary extends LineCounts {
  /** Lines that training works on, after sampling and normalization. */
  readonly sentences: number;
  /** Accepted lines that `inputSentenceSize` left out. */
  readonly notSampledLines: number;
  /** Code points of the normalized sentences, each times its count. */
  readonly characters: number;
  /** Characters of the alphabet. */
  readonly alphabetSize: number;
  /** Share of `characters` that the alphabet covers, 0..1. */
  readonly coverage: number;
}

/** A step of training; which fields are set depends on the phase. */
export interface TrainProgress {
  readonly phase: 'load' | 'seed' | 'em' | 'prune' | 'bpe' | 'finalize';
  /** EM round, from 0. */
  readonly round?: number;
  /** EM sub-iteration, from 0. */
  readonly subIteration?: number;
  /** Pieces in the model at this step. */
  readonly pieces?: number;
  /** EM objective: average negative log likelihood of a sentence. */
  readonly objective?: number;
  /** Tokens of the corpus under the current model. */
  readonly tokens?: number;
  /**
   * Lines, characters, merges, or passes over the corpus, with the share of the one under way; how many passes there will be is
   * an estimate that is kept up to date.
   */
  readonly done?: number;
  readonly total?: number;
  /** Given once, with the last event of the `load` phase. */
  readonly summary?: LoadSummary;
}

/**
 * What a training runs with; its result is the same for any of it.
 *
 * @example
 * ```ts
 * const runtime: TrainRuntime = { signal: AbortSignal.timeout(60_000), onProgress: ({ phase }) => console.log(phase) };
 * ```
 */
export interface TrainRuntime {
  /** Called as training goes on; must not throw. */
  readonly onProgress?: ((event: TrainProgress) => void) | undefined;
  /** Stops training: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Starts threads, of which there are `threads` at most; without it training works on the calling thread alone. */
  readonly openThreads?: OpenLatticeThreads | undefined;
  /** Reads the text, where it can be read in parts: what the iterable of sentences would give. */
  readonly readTextParts?: ReadTextParts | undefined;
  /** Looks up the charsmap of named normalization rules, which takes a second to build; `undefined` where it must be built. */
  readonly readCharsmap?: ((name: NormalizationRuleName) => Promise<Uint8Array | undefined>) | undefined;
  /** The same for the threads that find the seeds of a Unigram model. */
  readonly openSeedThreads?: OpenSeedThreads | undefined;
}
