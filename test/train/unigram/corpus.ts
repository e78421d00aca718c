// Small corpora and forests of pieces, made by hand, for the tests of single steps of Unigram training; nothing of src/
// that is under test makes them. Spec: pieces.ts, training-data.ts, train-threads.ts.
import { compareUtf8 } from '../../../src/core/unicode/utf8.ts';
import type { TrainingData } from '../../../src/train/data/training-data.ts';
import type { LatticeWords } from '../../../src/train/runtime/train-threads.ts';
import { NO_PARENT, type PieceForest, pieceTextOf, UNKNOWN_NODE } from '../../../src/train/unigram/forest/pieces.ts';

/** A text and its occurrences. */
export type Weighted = readonly [text: string, count: number];

/** The forest of pieces with their scores; their order is the one given. */
export function forestOf(pieces: Iterable<readonly [text: string, score: number]>): PieceForest {
  const all = [...pieces];
  const texts = all.map(([text]) => text).sort(compareUtf8);
  const nodeOf = new Map(texts.map((text, i) => [text, i + 1]));
  const scoreOf = new Map(all);
  const codePoints = texts.map((text) => Array.from(text, (character) => character.codePointAt(0)!));
  const textStarts = [0];
  let used = 0;
  for (const { length } of codePoints) {
    textStarts.push(used);
    used += length;
  }
  return {
    parents: Int32Array.from([NO_PARENT, ...texts.map((text) => parentOf(text, nodeOf))]),
    lengths: Uint16Array.from([1, ...codePoints.map(({ length }) => length)]),
    textStarts: Int32Array.from(textStarts),
    codePoints: Uint32Array.from(codePoints.flat()),
    scores: Float32Array.from([Math.min(...scoreOf.values()) - 10, ...texts.map((text) => scoreOf.get(text)!)]),
    order: Int32Array.from(all, ([text]) => nodeOf.get(text)!),
  };
}

/** Two letters, and both together as a little less than the two. */
export const AB_FOREST = forestOf([
  ['a', -1],
  ['b', -2],
  ['ab', -2.5],
]);

function parentOf(text: string, nodeOf: ReadonlyMap<string, number>): number {
  const characters = [...text];
  if (characters.length === 1) return NO_PARENT;
  for (let length = characters.length - 1; length > 0; length--) {
    const node = nodeOf.get(characters.slice(0, length).join(''));
    if (node !== undefined) return node;
  }
  return UNKNOWN_NODE;
}

/** Node of a piece of the forest. */
export function nodeOf(forest: PieceForest, text: string): number {
  const node = forest.order.find((each) => pieceTextOf(forest, each) === text);
  if (node === undefined) throw new Error(`no piece ${text}`);
  return node;
}

/** Node of the longest piece that a text begins with, `UNKNOWN_NODE` without one. */
export function longestNode(forest: PieceForest, text: string): number {
  let longest = UNKNOWN_NODE;
  let length = 0;
  for (const node of forest.order) {
    if (forest.lengths[node]! <= length || !text.startsWith(pieceTextOf(forest, node))) continue;
    longest = node;
    length = forest.lengths[node]!;
  }
  return longest;
}

/** Weighted words as rows of nodes. */
export function wordsOf(forest: PieceForest, words: readonly Weighted[]): LatticeWords {
  const rows = words.map(([word]) => {
    const characters = [...word];
    return characters.map((_, i) => longestNode(forest, characters.slice(i).join('')));
  });
  return {
    nodes: Int32Array.from(rows.flat()),
    starts: startsOf(Uint32Array, rows),
    counts: Float64Array.from(words, ([, count]) => count),
    maxLength: Math.max(0, ...rows.map(({ length }) => length)),
  };
}

/** Sentences over an alphabet of all their characters; `\0` is a boundary and `\u2585` an unknown character. */
export function trainingDataOf(sentences: readonly Weighted[]): TrainingData {
  const characters = new Set(['\0', '\u2585', ...sentences.flatMap(([text]) => [...text])]);
  const idOf = new Map(Array.from(characters, (character, id) => [character, id]));
  const rows = sentences.map(([text]) => Array.from(text, (character) => idOf.get(character)!));
  const alphabetCounts = new Float64Array(characters.size);
  rows.forEach((row, i) => {
    for (const id of row) alphabetCounts[id]! += sentences[i]![1];
  });
  return {
    alphabet: Uint32Array.from(characters, (character) => character.codePointAt(0)!),
    alphabetCounts,
    chars: Uint16Array.from(rows.flat()),
    sentenceStarts: startsOf(Float64Array, rows),
    sentenceCounts: Float64Array.from(sentences, ([, count]) => count),
  };
}

function startsOf<T>(Type: { from(values: readonly number[]): T }, rows: readonly { readonly length: number }[]): T {
  const starts = [0];
  for (const { length } of rows) starts.push(starts.at(-1)! + length);
  return Type.from(starts);
}

/** Runs a computation in steps to its end. */
export function drain<T>(steps: Generator<number, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** What an array of `[nodes]` says of each piece, in the order of pieces; zeros left out. */
export function byPiece(forest: PieceForest, values: ArrayLike<number>): [piece: string, value: number][] {
  return Array.from(forest.order, (node): [string, number] => [pieceTextOf(forest, node), values[node]!]).filter(
    ([, value]) => value !== 0,
  );
}
