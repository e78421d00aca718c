// BPE training as its definition says, everything counted anew for every merge: the oracle of learn-merges.ts.
// Words are arrays of texts. Pairs are known by both halves, because "a" + "aa" and "aa" + "a" are two candidates.
import { codePointLength, compareUtf8 } from '../../src/core/unicode/utf8.ts';

export interface PlainTask {
  /** Distinct or not, each an array of symbols. */
  readonly words: readonly { readonly symbols: readonly string[]; readonly count: number }[];
  readonly isValid: (piece: string) => boolean;
  readonly mergeCount: number;
}

interface Candidate {
  readonly left: string;
  readonly right: string;
  count: number;
}

/** Merged pieces in order. Pairs that have died out stay candidates with a count of 0. */
export function trainPlainly({ words, isValid, mergeCount }: PlainTask): string[] {
  const texts = words.map((word) => [...word.symbols]);
  const candidates = new Map<string, Candidate>();
  const finished = new Set<string>();
  const pieces: string[] = [];
  while (pieces.length < mergeCount) {
    for (const candidate of candidates.values()) candidate.count = 0;
    for (const [index, symbols] of texts.entries()) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        const [left, right] = [symbols[i]!, symbols[i + 1]!];
        if (!isValid(left + right)) continue;
        const key = `${left}\n${right}`;
        if (finished.has(key)) continue;
        const candidate = candidates.get(key) ?? { left, right, count: 0 };
        candidates.set(key, candidate);
        candidate.count += words[index]!.count;
      }
    }
    const [best] = [...candidates.values()].sort(compareCandidates);
    if (!best) break;
    const key = `${best.left}\n${best.right}`;
    candidates.delete(key);
    finished.add(key);
    const piece = best.left + best.right;
    if (pieces.includes(piece)) continue;
    pieces.push(piece);
    for (const symbols of texts) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        if (symbols[i] !== best.left || symbols[i + 1] !== best.right) continue;
        // Pairs that come up only while this merge is under way, such as (ab, a) in "abab", are candidates too.
        noteNeighbours(symbols, i, piece);
        symbols.splice(i, 2, piece);
      }
    }
  }
  return pieces;

  function noteNeighbours(symbols: readonly string[], i: number, piece: string): void {
    const before = symbols[i - 1];
    const after = symbols[i + 2];
    if (before !== undefined) note(before, piece);
    if (after !== undefined) note(piece, after);
  }

  function note(left: string, right: string): void {
    const key = `${left}\n${right}`;
    if (isValid(left + right) && !candidates.has(key) && !finished.has(key)) {
      candidates.set(key, { left, right, count: 0 });
    }
  }
}

function compareCandidates(a: Candidate, b: Candidate): number {
  const [pieceA, pieceB] = [a.left + a.right, b.left + b.right];
  return b.count - a.count || codePointLength(pieceA) - codePointLength(pieceB) || compareUtf8(pieceA, pieceB);
}
