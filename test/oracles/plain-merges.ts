// Merges by their definition, and sequences as the learner takes them. Quadratic; for tests of small texts.
import type { MergeSequences } from '../../src/train/merges/merge-text.ts';

export interface CountedSequence {
  readonly symbols: readonly number[];
  readonly count: number;
}

/** The arrays of sequences. */
export function sequencesOf(sequences: readonly CountedSequence[]): MergeSequences {
  const starts = [0];
  for (const { symbols } of sequences) starts.push(starts.at(-1)! + symbols.length);
  return {
    symbols: Uint32Array.from(sequences.flatMap(({ symbols }) => symbols)),
    sequenceStarts: Float64Array.from(starts),
    sequenceEnds: Float64Array.from(starts.slice(1)),
    sequenceCounts: Float64Array.from(sequences, ({ count }) => count),
  };
}

/** Pairs of neighbours and how often they occur, overlapping occurrences included, in the order in which they first do. */
export function countPlainly(sequences: readonly CountedSequence[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { symbols, count } of sequences) {
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = `${symbols[i]} ${symbols[i + 1]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  return counts;
}

/** Merges of the most frequent pair, of equals the one with the smaller symbols. */
export function learnPlainly(
  given: readonly CountedSequence[],
  { symbolCount, mergeCount, leastCount }: { symbolCount: number; mergeCount: number; leastCount: number },
): { left: number; right: number; saved: number }[] {
  let sequences = given;
  const merges: { left: number; right: number; saved: number }[] = [];
  while (merges.length < mergeCount) {
    const [best] = Array.from(countPlainly(sequences), ([pair, count]) => {
      const [left, right] = pair.split(' ').map(Number) as [number, number];
      return { left, right, count };
    })
      .filter(({ count }) => count >= leastCount)
      .sort((a, b) => b.count - a.count || a.left - b.left || a.right - b.right);
    if (best === undefined) break;
    const symbol = symbolCount + merges.length;
    let saved = 0;
    sequences = sequences.map(({ symbols, count }) => {
      const merged: number[] = [];
      for (let i = 0; i < symbols.length; i++) {
        const isPair = symbols[i] === best.left && symbols[i + 1] === best.right;
        merged.push(isPair ? symbol : symbols[i]!);
        if (isPair) {
          i++;
          saved += count;
        }
      }
      return { symbols: merged, count };
    });
    merges.push({ left: best.left, right: best.right, saved });
  }
  return merges;
}
