// Repairs a merged BPE model by its scores alone: every piece keeps its id and its row, base pieces get the base's scores
// back, and new pieces get distinct scores below all of them, so that no base piece is broken and no text gets longer.
// The order among new pieces is theirs by score, then changed where that makes more of them reachable: a greedy search,
// which need not find the best order. Pieces that no two others join to stay dead in any.
//
// The repaired model splits text differently. It is for those who have not trained a checkpoint with the old one yet.
import { PIECE_TYPE } from '../../core/model.ts';
import { InputError, OptionError } from '../../errors.ts';
import type { ModelProto, SentencePieceEntry } from '../../formats/sentencepiece/fields.ts';
import { modelFromProto } from '../../formats/sentencepiece/model-from-proto.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { findDeadPieces } from '../choice/reachability.ts';
import { buildScoresBelow, findScoreGap } from '../choice/score-ladder.ts';
import { improveOrder } from './repair-order.ts';
import { isReserved } from './subject.ts';

/** Input of {@link repairScores}. */
export interface RepairOptions {
  /** The merged model. */
  readonly target: ModelProto;
  /** The model that it extends. */
  readonly base: ModelProto;
}

/** Result of {@link repairScores}. */
export interface RepairResult {
  /** The repaired model; pieces and ids as before. */
  readonly proto: ModelProto;
  /** Pieces whose score is another now. */
  readonly rescored: number;
  /** Dead pieces before and after, the base's own included. */
  readonly deadBefore: number;
  readonly deadAfter: number;
}

/**
 * Re-scores a merged model. Neither model is changed.
 *
 * @throws OptionError when one of them is not BPE, or float32 has too few numbers below the base's scores
 * @throws InputError when a piece of the base is missing
 * @example
 * ```ts
 * const { proto, deadBefore, deadAfter } = repairScores({ target: chineseLlama, base: llama2 });
 * [deadBefore, deadAfter]; // [539, 342]
 * ```
 */
export function repairScores({ target, base }: RepairOptions): RepairResult {
  for (const [name, model] of [['target', target] as const, ['base', base] as const]) {
    const type = model.trainerSpec?.modelType ?? 'unigram';
    if (type === 'bpe') continue;
    throw new OptionError(`repair: the ${name} is a ${type} model, only the merges of BPE models have an order`);
  }
  const baseScores = scoresOfBase(target, base);
  const newIds: number[] = [];
  target.pieces.forEach(({ type = PIECE_TYPE.normal }, id) => {
    if (type === PIECE_TYPE.normal && !baseScores.has(id)) newIds.push(id);
  });
  const scoreOf = (id: number): number => target.pieces[id]!.score ?? 0;
  const ranked = newIds.sort((a, b) => scoreOf(b) - scoreOf(a) || a - b);
  const ladder = buildScoresBelow({ ...findScoreGap(base), count: ranked.length, spacing: 'rank' });
  const build = (order: readonly number[]): ModelProto => {
    const scores = new Map(baseScores);
    order.forEach((id, rank) => {
      scores.set(id, ladder[rank]!);
    });
    const pieces = target.pieces.map((entry, id): SentencePieceEntry => {
      const score = scores.get(id);
      return score === undefined || score === (entry.score ?? 0) ? entry : { ...entry, score };
    });
    return { ...target, pieces };
  };
  const deadOf = (proto: ModelProto): number[] =>
    findDeadPieces(createTokenizer(modelFromProto(proto))).map(({ id }) => id);

  const start = build(ranked);
  const dead = new Set(deadOf(start));
  const isNew = new Set(ranked);
  const textOf = (id: number): string => target.pieces[id]!.piece;
  const order = improveOrder({
    base,
    order: ranked.map(textOf),
    dead: ranked.filter((id) => dead.has(id)).map(textOf),
  });
  const idOf = new Map([...isNew].map((id) => [textOf(id), id]));
  const improved = build(order.map((piece) => idOf.get(piece)!));
  const deadAfter = deadOf(improved).length;
  const isBetter = deadAfter < dead.size;
  const { selfTestData: _, ...proto } = isBetter ? improved : start;
  return {
    proto,
    rescored: proto.pieces.filter((entry, id) => entry !== target.pieces[id]).length,
    deadBefore: deadOf(target).length,
    deadAfter: isBetter ? deadAfter : dead.size,
  };
}

/** The base's score of each of its pieces, by id in the target. */
function scoresOfBase(target: ModelProto, base: ModelProto): Map<number, number> {
  const keyOf = ({ piece, type = PIECE_TYPE.normal }: SentencePieceEntry): string =>
    isReserved(type) ? `\0${piece}` : piece;
  const ids = new Map(target.pieces.map((entry, id) => [keyOf(entry), id]));
  const scores = new Map<number, number>();
  base.pieces.forEach((entry, baseId) => {
    const id = ids.get(keyOf(entry));
    if (id === undefined) {
      throw new InputError(`repair: piece ${baseId} ${JSON.stringify(entry.piece)} of the base is not in the target`, {
        hint: 'Give the model that the target really extends.',
      });
    }
    scores.set(id, entry.score ?? 0);
  });
  return scores;
}
