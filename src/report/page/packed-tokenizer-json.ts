// A tokenizer.json in less space, for embedding: pieces in the order of their ids instead of with them, and each merge as the
// piece that it makes and where that is cut, instead of the two parts once more. Compressed, a byte-level BPE takes two fifths
// of what it took. What does not fit the pattern stays as it is, so that unpacking gives the same file. Pure.
import { isObject } from '../../core/json-object.ts';

/** A packed file. */
export interface PackedTokenizerJson {
  /** The file; without `model.vocab` and `model.merges` where those are packed. */
  readonly json: JsonObject;
  /** Pieces by id, `null` where there is none. `[ids]` */
  readonly pieces?: readonly (string | null)[];
  readonly merges?: PackedMerges;
}

/** Merges of a packed file, the first one first; parallel arrays. */
export interface PackedMerges {
  /** Id of the merged piece, less that of the merge before. `[merges]` */
  readonly steps: readonly number[];
  /** UTF-16 units of the left part. `[merges]` */
  readonly cuts: readonly number[];
  /** Whether the file has `["a", "b"]`, not `"a b"`. */
  readonly arePairs: boolean;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Ids that may be without a piece, for each that has one: a table with more holes is not packed. */
const MOST_HOLES = 1;

/**
 * Packs a parsed tokenizer.json of any kind.
 *
 * @example
 * ```ts
 * const json = { model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] } };
 * packTokenizerJson(json).merges; // { steps: [2], cuts: [1], arePairs: false }
 * unpackTokenizerJson(packTokenizerJson(json)); // { model: { type: 'BPE', vocab: …, merges: ['a b'] } }
 * ```
 */
export function packTokenizerJson(json: JsonObject): PackedTokenizerJson {
  if (!isObject(json.model) || !isObject(json.model.vocab)) return { json };
  const { vocab, ...model } = json.model;
  const pieces = packVocab(vocab as JsonObject);
  if (pieces === undefined) return { json };
  const merges = packMerges(model.merges, new Map(pieces.map((piece, id) => [piece, id])));
  if (merges === undefined) return { json: { ...json, model }, pieces };
  const { merges: _, ...rest } = model;
  return { json: { ...json, model: rest }, pieces, merges };
}

/** The file that was packed; keys may stand in another order. */
export function unpackTokenizerJson({ json, pieces, merges }: PackedTokenizerJson): JsonObject {
  if (pieces === undefined) return json;
  const vocab = Object.fromEntries(pieces.flatMap((piece, id) => (piece === null ? [] : [[piece, id]])));
  let id = 0;
  const unpacked = merges?.steps.map((step, i) => {
    id += step;
    const piece = pieces[id]!;
    const pair = [piece.slice(0, merges.cuts[i]), piece.slice(merges.cuts[i])];
    return merges.arePairs ? pair : pair.join(' ');
  });
  return { ...json, model: { ...(json.model as JsonObject), vocab, ...(unpacked && { merges: unpacked }) } };
}

function packVocab(vocab: JsonObject): (string | null)[] | undefined {
  const entries = Object.entries(vocab);
  const size = entries.length * (1 + MOST_HOLES);
  const pieces: (string | null)[] = [];
  for (const [piece, id] of entries) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= size) return undefined;
    while (pieces.length <= id) pieces.push(null);
    if (pieces[id] !== null) return undefined;
    pieces[id] = piece;
  }
  return pieces;
}

function packMerges(merges: unknown, idOf: ReadonlyMap<unknown, number>): PackedMerges | undefined {
  if (!Array.isArray(merges)) return undefined;
  const arePairs = Array.isArray(merges[0]);
  const steps: number[] = [];
  const cuts: number[] = [];
  let before = 0;
  for (const merge of merges as unknown[]) {
    const parts: unknown = arePairs ? merge : typeof merge === 'string' && merge.split(' ');
    const [left, right, third] = Array.isArray(parts) ? (parts as unknown[]) : [];
    if (typeof left !== 'string' || typeof right !== 'string' || third !== undefined) return undefined;
    const id = idOf.get(left + right);
    if (id === undefined) return undefined;
    steps.push(id - before);
    cuts.push(left.length);
    before = id;
  }
  return { steps, cuts, arePairs };
}
