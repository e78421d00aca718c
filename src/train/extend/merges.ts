// Learns merges on the collected runs: which pairs may merge, which of two equally frequent ones comes first, and what each
// is worth. The merging itself is learn-merges.ts. Pieces are in the units of the base: where these are bytes, "shorter" and
// "smaller" are of bytes, and a piece may be a part of a character.
import type { PieceUnits } from '../../core/model.ts';
import { byteUnitsToText } from '../../core/unicode/byte-level.ts';
import { codePointLength } from '../../core/unicode/utf8.ts';
import { learnMerges, type PairOccurrences } from '../merges/learn-merges.ts';
import { layOutCells, type MergeText } from '../merges/merge-text.ts';
import { createSymbolTexts } from '../merges/symbol-texts.ts';
import { createPieceRule } from './byte-join-rule.ts';
import { createCharacterKinds } from './character-kinds.ts';
import { FORM } from './join-rule.ts';
import type { ExtendRuntime, ResolvedExtendOptions } from './options.ts';
import type { CandidateMerge } from './ranking.ts';
import type { CollectedRuns } from './run-joiner.ts';
import { WEIGHT_UNITS } from './source-weights.ts';

/** What all passes over one corpus share. */
export interface LearningTask {
  readonly runs: Omit<CollectedRuns, 'counted' | 'once'>;
  /** The runs, laid out by {@link layOutRuns}. */
  readonly text: MergeText;
  /** Of the base. */
  readonly units: PieceUnits;
  /** Weight of each source, in units of 1 / {@link WEIGHT_UNITS}. */
  readonly weights: readonly number[];
  /** Texts that no piece may have. */
  readonly blocked: ReadonlySet<string>;
  /** Worth of something that occurs so often in each source. */
  readonly worthOf: (sourceCounts: Float64Array) => number;
  readonly options: ResolvedExtendOptions;
  readonly runtime: ExtendRuntime;
}

/** One pass. */
export interface LearningPass {
  /** Merges at most. */
  readonly mergeCount: number;
  /** Characters that may be halves although the base lacks them. */
  readonly characters: readonly { readonly text: string }[];
  /** The only texts that pieces may have; default any. */
  readonly only?: ReadonlySet<string> | undefined;
}

/** A merge with its worth, which is never above that of its halves. */
export interface LearnedMerge extends CandidateMerge {
  readonly value: number;
}

/** Lays out the runs, which the caller has no more, with counts by the weights of the sources. */
export function layOutRuns(
  { counted, once, runPlaces, ...runs }: CollectedRuns,
  weights: readonly number[],
): MergeText {
  const sequenceCounts = unitOf(weights) === 1 ? runs.runCounts : weighRuns(runs, weights);
  return layOutCells({ counted, once, sequenceCounts, places: runPlaces });
}

/** What a count of 1 is. Text that counts once needs no counts in other units. */
function unitOf(weights: readonly number[]): number {
  return weights.every((weight) => weight === WEIGHT_UNITS) ? 1 : WEIGHT_UNITS;
}

/** Learns merges, in order; fewer than `mergeCount` when no pair is left. */
export async function learnPieces(task: LearningTask, pass: LearningPass): Promise<LearnedMerge[]> {
  const { runs, units, weights, blocked, worthOf, options } = task;
  const { mergeCount, only } = pass;
  const { symbolTexts: baseTexts, symbolForms, isUncovered, runCounts } = runs;
  const isByte = units === 'byte';
  const rule = createPieceRule(task, createCharacterKinds(options), options);
  const forms = [...symbolForms];
  const { maxPieceLength, minCount, minSources, minSourceCount, evenness } = options;
  const { onProgress, signal } = task.runtime;
  const addable = new Set(pass.characters.map(({ text }) => text));
  const isUsable = baseTexts.map((text, symbol) => !isUncovered[symbol] || addable.has(text));
  const maxLength = isByte ? MOST_BYTES * maxPieceLength : maxPieceLength;
  const texts = createSymbolTexts({ ...layOutTexts(baseTexts), mergeCount, maxLength });
  const formOfPair = (left: number, right: number): number =>
    rule.join(forms[left]!, forms[right]!, () => texts.toText(texts.join(left, right)));
  let longestBlocked = 0;
  // A loop: a base may have more pieces than a call takes arguments.
  for (const text of blocked) longestBlocked = Math.max(longestBlocked, codePointLength(text));
  const isWanted = (length: number): boolean => {
    if (length === 0 || (isByte && countCharacters(texts.joined, length) > maxPieceLength)) return false;
    if (only === undefined && length > longestBlocked) return true;
    const text = texts.toText(length);
    return !blocked.has(text) && (only === undefined || only.has(text));
  };
  const unit = unitOf(weights);
  const needsSources = minSources > 1 || minSourceCount > 1 || evenness > 0;
  const sourceCounts = new Float64Array(weights.length);
  const countPossible = createPossibleSources(runs, isByte);
  const runSources = needsSources ? sourcesOfRuns(runs) : new Uint32Array(0);
  const countSources = (occurrences: PairOccurrences): void => {
    sourceCounts.fill(0);
    occurrences.forEachSequence((run) => {
      sourceCounts[runSources[run]!]! += runCounts[run]!;
    });
  };

  const merges: (LearnedMerge & { saved: number })[] = [];
  const worthOfSymbol = (symbol: number): number =>
    symbol < baseTexts.length ? Number.POSITIVE_INFINITY : merges[symbol - baseTexts.length]!.value;
  await learnMerges(task.text, {
    baseSymbolCount: baseTexts.length,
    mergeCount,
    leastCount: minCount * unit,
    rules: {
      isAllowed: (left, right) =>
        isUsable[left] !== false &&
        isUsable[right] !== false &&
        formOfPair(left, right) !== FORM.foreign &&
        isWanted(texts.join(left, right)),
      compare: texts.compare,
      accept(left, right, symbol, occurrences) {
        const form = formOfPair(left, right);
        const length = texts.join(left, right);
        const text = texts.toText(length);
        const isPart = form === FORM.beginning;
        if (needsSources) {
          countSources(occurrences);
          const sources = sourceCounts.reduce((sum, count) => sum + (count >= minSourceCount ? 1 : 0), 0);
          // The characters that a part begins are asked instead: a part that none of them needs is left out (ranking.ts).
          if (!isPart && sources < minSources && sources < countPossible(text)) return false;
        }
        const value = evenness > 0 ? Math.min(worthOf(sourceCounts), worthOfSymbol(left), worthOfSymbol(right)) : 0;
        const characters = [left, right].filter((half) => isUncovered[half]).map((half) => baseTexts[half]!);
        const halves = [left, right]
          .filter((half) => half >= baseTexts.length)
          .map((half) => merges[half - baseTexts.length]!.text);
        merges.push({ text, saved: 0, value, characters, halves, isPart });
        texts.define(symbol, length);
        forms[symbol] = form;
        return true;
      },
    },
    onMerge: (_, saved) => {
      merges.at(-1)!.saved = saved / unit;
    },
    onProgress: onProgress && ((done) => onProgress({ phase: only ? 'relearn' : 'learn', done, total: mergeCount })),
    signal,
  });
  return merges;
}

/** Counts the sources that have all characters of a piece; those that the base puts into texts itself are in any. */
function createPossibleSources(
  { characterSources, sourceStarts }: LearningTask['runs'],
  isByte: boolean,
): (piece: string) => number {
  const all = sourceStarts.slice(1).map((_, source) => source);
  return (piece) => {
    const text = isByte ? byteUnitsToText(piece)! : piece;
    const each = [...text].map((character) => characterSources.get(character.codePointAt(0)!) ?? all);
    return all.filter((source) => each.every((sources) => sources.includes(source))).length;
  };
}

/** Bytes of the longest character. */
const MOST_BYTES = 4;

function countCharacters(bytes: Uint32Array, length: number): number {
  let count = 0;
  for (let i = 0; i < length; i++) if ((bytes[i]! & 0xc0) !== 0x80) count++;
  return count;
}

/** Source of each run. */
function sourcesOfRuns({ sourceStarts, runCounts }: LearningTask['runs']): Uint32Array {
  const runSources = new Uint32Array(runCounts.length);
  sourceStarts.slice(1).forEach((end, source) => {
    runSources.fill(source, sourceStarts[source], end);
  });
  return runSources;
}

/** Weighted count of each run. */
function weighRuns(
  { sourceStarts, runCounts }: Pick<CollectedRuns, 'sourceStarts' | 'runCounts'>,
  weights: readonly number[],
): Float64Array {
  const sequenceCounts = new Float64Array(runCounts.length);
  for (let source = 0; source < weights.length; source++) {
    for (let run = sourceStarts[source]!; run < sourceStarts[source + 1]!; run++) {
      sequenceCounts[run] = runCounts[run]! * weights[source]!;
    }
  }
  return sequenceCounts;
}

/** Code points of all texts, one after the other. */
function layOutTexts(texts: readonly string[]): { characters: Uint32Array; symbolStarts: Uint32Array } {
  const characters: number[] = [];
  const symbolStarts = [0];
  for (const text of texts) {
    for (const character of text) characters.push(character.codePointAt(0)!);
    symbolStarts.push(characters.length);
  }
  return { characters: Uint32Array.from(characters), symbolStarts: Uint32Array.from(symbolStarts) };
}
