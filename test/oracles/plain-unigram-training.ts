// Unigram training written plainly: texts, maps and all pairs, no suffix array, no forest, no tables. Slow and only for
// tests. It makes the roundings to float32 that the fast trainer promises, so that both must agree to the bit.
import { compareUtf8, utf8Length } from '../../src/core/unicode/utf8.ts';

export interface PlainOptions {
  /** Sentences, `▁` for spaces; U+2585 for characters outside the alphabet. */
  readonly sentences: readonly string[];
  readonly alphabet: readonly string[];
  readonly isValid: (piece: string) => boolean;
  /** Words of a sentence, or the sentence itself. */
  readonly split: (sentence: string) => readonly string[];
  readonly isSplit: boolean;
  readonly seedSize: number;
  readonly subIterations: number;
  readonly shrinkingFactor: number;
  /** Pieces that pruning aims at, and those to choose in the end. */
  readonly desiredSize: number;
  readonly size: number;
}

/** Pieces with float32 scores, in the order of the reference. */
export type Pieces = Map<string, number>;
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly piece: string;
  readonly score: number;
}

const { fround } = Math;
const BREAK = '\0';
const UNKNOWN = '\u2585';

/** Pieces with scores, best first. */
export function trainPlainly(options: PlainOptions): [piece: string, score: number][] {
  let pieces = findSeeds(options);
  const words = countWords(options);
  for (;;) {
    for (let i = 0; i < options.subIterations; i++) pieces = maximize(expect(pieces, words), pieces);
    if (pieces.size <= options.desiredSize) break;
    const size = Math.max(options.desiredSize, Math.trunc(fround(fround(options.shrinkingFactor) * pieces.size)));
    pieces = prune(pieces, words, size);
  }
  return finalize(pieces, options);
}

export function findSeeds({ sentences, isValid, split, seedSize }: PlainOptions): Pieces {
  const text = sentences.map((sentence) => sentence + BREAK).join('');
  const letters = [...text];
  const counts = new Map<string, number>();
  for (const letter of letters) {
    if (letter !== BREAK && letter !== UNKNOWN) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  // Frequency and followers of every substring.
  const frequencies = new Map<string, number>();
  const followers = new Map<string, Set<string>>();
  for (let from = 0; from < letters.length; from++) {
    let part = '';
    for (let to = from + 1; to <= letters.length; to++) {
      part += letters[to - 1]!;
      frequencies.set(part, (frequencies.get(part) ?? 0) + 1);
      if (!followers.has(part)) followers.set(part, new Set());
      followers.get(part)!.add(letters[to] ?? 'end');
    }
  }
  const scores = new Map<string, number>();
  for (const [part, frequency] of frequencies) {
    if (followers.get(part)!.size < 2 || text.endsWith(part)) continue;
    for (const word of part.split(BREAK).flatMap((sentence) => (sentence === '' ? [] : split(sentence)))) {
      if ([...word].length < 2 || !isValid(word)) continue;
      scores.set(word, Math.max(scores.get(word) ?? 0, frequency * [...word].length));
    }
  }
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || compareUtf8(a[0], b[0]));
  const byScore = [...scores].sort(
    (a, b) => b[1] - a[1] || utf8Length(b[0]) - utf8Length(a[0]) || compareUtf8(a[0], b[0]),
  );
  const seeds = [...byCount, ...byScore.slice(0, seedSize)];
  const logSum = fround(Math.log(seeds.reduce((sum, [, score]) => fround(sum + score), 0)));
  return new Map(seeds.map(([piece, score]) => [piece, fround(Math.log(score) - logSum)]));
}

function countWords({ sentences, split, isSplit }: PlainOptions): [word: string, count: number][] {
  if (!isSplit) return sentences.map((sentence) => [sentence, 1]);
  const counts = new Map<string, number>();
  for (const word of sentences.flatMap(split)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || compareUtf8(a[0], b[0]));
}

/** All edges of a lattice by start, short before long, an unknown character last. */
export function buildLattice(pieces: Pieces, letters: readonly string[]): Edge[] {
  const first = pieces.keys().next().value!;
  const unknownScore = fround(Math.min(...pieces.values()) - 10);
  return letters.flatMap((letter, from) => {
    const edges: Edge[] = [];
    let piece = '';
    for (let to = from + 1; to <= letters.length; to++) {
      piece += letters[to - 1]!;
      const score = pieces.get(piece);
      if (score !== undefined) edges.push({ from, to, piece, score });
    }
    // Unknown characters count to the first piece.
    if (!pieces.has(letter)) edges.push({ from, to: from + 1, piece: first, score: unknownScore });
    return edges;
  });
}

function logSumExp(values: readonly number[]): number {
  return values.reduce((a, b) => {
    const [min, max] = a < b ? [a, b] : [b, a];
    return max > fround(min + 50) ? max : fround(max + Math.log(Math.exp(fround(min - max)) + 1));
  });
}

export function expect(pieces: Pieces, words: readonly (readonly [string, number])[]): Map<string, number> {
  const expected = new Map<string, number>();
  for (const [word, count] of words) {
    const letters = [...word];
    const edges = buildLattice(pieces, letters);
    const before: number[] = [0];
    for (let i = 1; i <= letters.length; i++) {
      before[i] = logSumExp(
        edges.filter((edge) => edge.to === i).map((edge) => fround(edge.score + before[edge.from]!)),
      );
    }
    const after: number[] = [];
    after[letters.length] = 0;
    for (let i = letters.length - 1; i >= 0; i--) {
      after[i] = logSumExp(edges.filter((edge) => edge.from === i).map((edge) => fround(edge.score + after[edge.to]!)));
    }
    for (const { from, to, piece, score } of edges) {
      const path = fround(fround(before[from]! + score) + after[to]!);
      const share = count * Math.exp(fround(path - before[letters.length]!));
      expected.set(piece, fround((expected.get(piece) ?? 0) + share));
    }
  }
  return expected;
}

export function maximize(expected: ReadonlyMap<string, number>, pieces: Pieces): Pieces {
  const kept = [...pieces.keys()].filter((piece) => (expected.get(piece) ?? 0) >= 0.5);
  const logSum = fround(digamma(kept.reduce((sum, piece) => fround(sum + expected.get(piece)!), 0)));
  return new Map(kept.map((piece) => [piece, fround(digamma(expected.get(piece)!) - logSum)]));
}

function digamma(x: number): number {
  if (x < 7) return digamma(x + 1) - 1 / x;
  const y = x - 0.5;
  return Math.log(y) + 1 / (24 * y ** 2) - 7 / (960 * y ** 4) + 31 / (8064 * y ** 6) - 127 / (30720 * y ** 8);
}

/** Best path through the edges, the one with the longest last piece of equals. */
export function bestPath(edges: readonly Edge[], size: number): { score: number; path: Edge[] } | undefined {
  const best: ({ score: number; path: Edge[] } | undefined)[] = [{ score: 0, path: [] }];
  for (let i = 1; i <= size; i++) {
    for (const edge of edges.filter(({ to }) => to === i)) {
      const before = best[edge.from];
      if (before === undefined) continue;
      const score = fround(before.score + edge.score);
      if (best[i] === undefined || score > best[i]!.score) best[i] = { score, path: [...before.path, edge] };
    }
  }
  return best[size];
}

export function prune(pieces: Pieces, words: readonly (readonly [string, number])[], size: number): Pieces {
  const frequencies = new Map<string, number>();
  let wordCount = 0;
  for (const [word, count] of words) {
    wordCount += count;
    const letters = [...word];
    for (const { piece } of bestPath(buildLattice(pieces, letters), letters.length)!.path) {
      frequencies.set(piece, (frequencies.get(piece) ?? 0) + count);
    }
  }
  const sum = [...frequencies.values()].reduce((a, b) => a + b, 0);
  const logSum = fround(Math.log(sum));
  const kept: string[] = [];
  const losses: [piece: string, loss: number][] = [];
  for (const [piece, score] of pieces) {
    const frequency = frequencies.get(piece) ?? 0;
    if (frequency === 0) continue;
    const letters = [...piece];
    const others = buildLattice(pieces, letters).filter(({ from, to }) => from > 0 || to < letters.length);
    const alternative = bestPath(others, letters.length);
    if (alternative === undefined) kept.push(piece);
    else if (alternative.score <= score) {
      const logAltSum = fround(Math.log(sum + frequency * (alternative.path.length - 1)));
      const altScore = alternative.path.reduce(
        (total, edge) => fround(total + (Math.log((frequencies.get(edge.piece) ?? 0) + frequency) - logAltSum)),
        0,
      );
      const share = fround(frequency / wordCount);
      losses.push([piece, fround(share * fround(fround(Math.log(frequency) - logSum) - altScore))]);
    }
  }
  losses.sort((a, b) => b[1] - a[1]);
  for (const [piece] of losses) if (kept.length !== size) kept.push(piece);
  return new Map(kept.map((piece) => [piece, pieces.get(piece)!]));
}

function finalize(pieces: Pieces, { alphabet, size }: PlainOptions): [string, number][] {
  const order = (a: [string, number], b: [string, number]): number => b[1] - a[1] || compareUtf8(a[0], b[0]);
  const minScore = Math.min(...pieces.values());
  let penalty = 0;
  const chosen = new Map<string, number>();
  for (const letter of alphabet) {
    chosen.set(letter, pieces.get(letter) ?? fround(minScore + penalty));
    if (!pieces.has(letter)) penalty = fround(penalty + fround(0.0001));
  }
  for (const [piece, score] of [...pieces].sort(order)) {
    if (chosen.size < size && !chosen.has(piece)) chosen.set(piece, score);
  }
  return [...chosen].sort(order);
}
