// BPE by a list of merges, as tokenizer.json has it: of all adjacent pairs the one that is first in the list, leftmost of
// equals. This is what other engines do with that file; where scores tie, SentencePiece does something else.
// Made for the few lines on which engines differ: clear rather than fast, O(n log n) in the length of a text.
import { createHeap } from '../../core/heap.ts';
import { byteToPiece, encodeUtf8 } from '../../core/unicode/utf8.ts';
import type { BpeModelJson } from '../../formats/tokenizer-json/types.ts';

/** Ids are below this, so that a pair of them is one safe integer. */
const ID_RANGE = 2 ** 24;

/** Creates a function from normalized text to ids; -1 for a character that the vocabulary cannot express. */
export function createMergeListEncoder(model: BpeModelJson): (text: string) => number[] {
  const idOf = new Map(Object.entries(model.vocab));
  const merges = new Map<number, { readonly rank: number; readonly id: number }>();
  model.merges.forEach((merge, rank) => {
    const [left, right] = splitMerge(merge);
    const id = idOf.get(left + right);
    const key = pairKey(idOf.get(left), idOf.get(right));
    if (id !== undefined && key !== undefined && !merges.has(key)) merges.set(key, { rank, id });
  });

  return (text) => {
    const symbols: number[] = [];
    for (const character of text) symbols.push(...characterIds(character, idOf, model.byte_fallback === true));
    const previous = symbols.map((_, i) => i - 1);
    const next = symbols.map((_, i) => i + 1);
    const heap = createHeap((a, b) => a - b);
    const mergeAt = (at: number) => {
      const key = at < 0 ? undefined : pairKey(symbols[at], symbols[next[at]!]);
      return key === undefined ? undefined : merges.get(key);
    };
    const offer = (at: number): void => {
      const merge = mergeAt(at);
      if (merge !== undefined) heap.push(at, -merge.rank);
    };
    for (let at = 0; at < symbols.length; at++) offer(at);
    while (heap.size > 0) {
      const at = heap.top;
      const rank = -heap.topPriority;
      heap.pop();
      const merge = symbols[at]! < 0 ? undefined : mergeAt(at);
      if (merge?.rank !== rank) continue;
      const swallowed = next[at]!;
      symbols[at] = merge.id;
      symbols[swallowed] = -2;
      next[at] = next[swallowed]!;
      if (next[at]! < symbols.length) previous[next[at]!] = at;
      offer(previous[at]!);
      offer(at);
    }
    return symbols.filter((symbol) => symbol !== -2);
  };
}

function pairKey(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined || left < 0 || right < 0 ? undefined : left * ID_RANGE + right;
}

/** The two parts of a merge, in either of its spellings. */
export function splitMerge(merge: BpeModelJson['merges'][number]): readonly [string, string] {
  if (typeof merge !== 'string') return merge;
  const at = merge.indexOf(' ');
  return [merge.slice(0, at), merge.slice(at + 1)];
}

function characterIds(character: string, idOf: ReadonlyMap<string, number>, byteFallback: boolean): number[] {
  const id = idOf.get(character);
  if (id !== undefined) return [id];
  if (!byteFallback) return [-1];
  return Array.from(encodeUtf8(character), (byte) => idOf.get(byteToPiece(byte)) ?? -1);
}
