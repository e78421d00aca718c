// Scores from a ranked merge list: the reverse of bpe-merges.ts, so that SentencePiece's algorithm gives the same ids.
// Only the order of scores matters to BPE; the numbers are 0, -1, -2, ... as spm_train gives them.
import { PIECE_TYPE } from '../../../core/model.ts';
import { deriveMerges } from './bpe-merges.ts';

/** Merges by piece text, in rank order, with the vocabulary they are about. */
export interface RankedMerges {
  readonly merges: readonly (string | readonly [string, string])[];
  /** Text and {@link PIECE_TYPE} of each piece, `[vocabSize]`. */
  readonly pieces: readonly string[];
  readonly pieceTypes: Uint8Array;
}

/** What is called, and throws, for a list that is broken and for one that scores cannot express. */
export interface MergeListThrowers {
  readonly fail: (problem: string) => never;
  readonly refuse: (what: string) => never;
}

/**
 * Scores such that a merge of higher rank has the higher score.
 *
 * Pieces whose merges interleave in the list had tied scores. For runs of one character, such as LLaMA's runs of `▁`,
 * that makes no difference and they get one score; for others the list and any scores give different ids, so it is
 * refused. Pieces without a merge follow in id order.
 *
 * @param throwers `fail` throws and is given what is broken in the list; `refuse` throws and is given what keeps scores
 *   from meaning the same as the list
 * @returns float32 scores, `[vocabSize]`
 */
export function scoresFromMerges(ranked: RankedMerges, { fail, refuse }: MergeListThrowers): Float32Array {
  const { merges, pieces, pieceTypes } = ranked;
  const vocabSize = pieces.length;
  const idOfPiece = new Map(pieces.map((piece, id) => [piece, id]));
  const firstRanks = new Int32Array(vocabSize).fill(-1);
  const lastRanks = new Int32Array(vocabSize).fill(-1);
  const mergedIds: number[] = [];
  const pairs = new Set<number>();
  for (const [rank, merge] of merges.entries()) {
    const [left, right] =
      splitMerge(merge) ?? fail(`merge ${rank} is not a pair of pieces, but ${JSON.stringify(merge)}`);
    const leftId = idOfPiece.get(left);
    const rightId = idOfPiece.get(right);
    const resultId = idOfPiece.get(left + right);
    if (leftId === undefined || rightId === undefined || resultId === undefined) {
      const missing = leftId === undefined ? left : rightId === undefined ? right : left + right;
      return fail(
        `merge ${rank} ${JSON.stringify([left, right])} needs ${JSON.stringify(missing)}, which is not in the vocabulary`,
      );
    }
    // Special pieces are cut out before merging, so merges about them never happen.
    const normal = PIECE_TYPE.normal;
    if (pieceTypes[leftId] !== normal || pieceTypes[rightId] !== normal || pieceTypes[resultId] !== normal) continue;
    if (firstRanks[resultId] === -1) {
      firstRanks[resultId] = rank;
      mergedIds.push(resultId);
    }
    lastRanks[resultId] = rank;
    pairs.add(leftId * vocabSize + rightId);
  }

  const pieceScores = new Float32Array(vocabSize);
  let step = -1;
  let tieEnd = -1;
  let tieStart = -1;
  for (const id of mergedIds) {
    if (firstRanks[id]! > tieEnd) {
      step++;
      tieStart = id;
    } else if (!areRunsOfOneCharacter(pieces[tieStart]!, pieces[id]!)) {
      const shown = `${JSON.stringify(pieces[tieStart])} and ${JSON.stringify(pieces[id])}`;
      refuse(`merges of ${shown} mixed with each other, as tied scores leave them,`);
    }
    tieEnd = Math.max(tieEnd, lastRanks[id]!);
    pieceScores[id] = 0 - step;
  }
  for (let id = 0; id < vocabSize; id++) {
    if (firstRanks[id] === -1 && pieceTypes[id] === PIECE_TYPE.normal) pieceScores[id] = 0 - ++step;
  }

  // SentencePiece merges every pair whose text is a piece; a list that lacks some of them means something else.
  const lacking = deriveMerges({ pieces, pieceScores, pieceTypes }).resultIds.length - pairs.size;
  if (lacking > 0) {
    refuse(`a merge list that lacks ${lacking} of the pairs that SentencePiece would merge`);
  }
  return pieceScores;
}

function areRunsOfOneCharacter(a: string, b: string): boolean {
  const first = String.fromCodePoint(a.codePointAt(0)!);
  return [a, b].every((piece) => piece === first.repeat(piece.length / first.length));
}

/** The two parts of a merge, in either of its spellings; `undefined` when it is none. */
export function splitMerge(merge: string | readonly [string, string]): readonly [string, string] | undefined {
  const parts: readonly unknown[] = typeof merge === 'string' ? merge.split(' ') : merge;
  if (!Array.isArray(parts) || parts.length !== 2 || parts.some((part) => typeof part !== 'string' || part === '')) {
    return undefined;
  }
  return parts as unknown as readonly [string, string];
}
