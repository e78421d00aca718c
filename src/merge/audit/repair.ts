// Repairs a merged BPE model by its scores alone: every piece keeps its id and its row, base pieces get the base's scores
// back, and new pieces get distinct scores below all of them, so that no base piece is broken and no text gets longer.
// The order among new pieces is theirs by score, then changed where that makes more of them reachable: a greedy search,
// which need not find the best order. Pieces that no two others join to stay dead in any.
//
// The repaired model splits text differently. It is for those who have not trained a checkpoint with the old one yet.
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { InputError, OptionError } from '../../errors.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { findDeadPieces } from '../choice/dead-pieces.ts';
import { buildScoresBelow, findScoreGap } from '../choice/score-ladder.ts';
import { improveOrder } from './repair-order.ts';
import { keyOfPiece } from './subject.ts';

/** Input of {@link repairScores}. */
export interface RepairOptions {
  /** The merged model. */
  readonly target: TokenizerModel;
  /** The model that it extends. */
  readonly base: TokenizerModel;
}

/** Result of {@link repairScores}. */
export interface RepairResult {
  /** Score of each piece, `[vocabSize]`; pieces and ids are as before. */
  readonly pieceScores: Float32Array;
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
 * const { pieceScores, deadBefore, deadAfter } = repairScores({ target: chineseLlama, base: llama2 });
 * [deadBefore, deadAfter]; // [539, 342]
 * ```
 */
export function repairScores({ target, base }: RepairOptions): RepairResult {
  for (const [name, { modelType, merges }] of [['target', target] as const, ['base', base] as const]) {
    if (modelType !== 'bpe') {
      throw new OptionError(`repair: the ${name} is a ${modelType} model, only the merges of BPE models have an order`);
    }
    if (merges === undefined) continue;
    throw new OptionError(`repair: the ${name} lists its merges, there are no scores to change`, {
      hint:
        'Append the new pieces again: `vocab-merge merge --base BASE --extension TARGET` puts their merges behind those of the ' +
        'base and leaves out what nothing reaches. Their ids may move, so resize from the base.',
    });
  }
  const { pieces, pieceTypes } = target;
  const baseScores = scoresOfBase(target, base);
  const isNew = (id: number): boolean => pieceTypes[id] === PIECE_TYPE.normal && !baseScores.has(id);
  const scoreOf = (id: number): number => target.pieceScores[id]!;
  const ranked = [...pieces.keys()].filter(isNew).sort((a, b) => scoreOf(b) - scoreOf(a) || a - b);
  const ladder = buildScoresBelow({ ...findScoreGap(base), count: ranked.length, spacing: 'rank' });
  const scoresIn = (order: readonly number[]): Float32Array => {
    const scores = target.pieceScores.slice();
    for (const [id, score] of baseScores) scores[id] = score;
    order.forEach((id, rank) => {
      scores[id] = ladder[rank]!;
    });
    return scores;
  };
  const deadWith = (pieceScores: Float32Array): number[] =>
    findDeadPieces(createTokenizer({ ...target, pieceScores })).map(({ id }) => id);

  const start = scoresIn(ranked);
  const dead = new Set(deadWith(start));
  const textOf = (id: number): string => pieces[id]!;
  const order = improveOrder({
    base,
    order: ranked.map(textOf),
    dead: ranked.filter((id) => dead.has(id)).map(textOf),
  });
  const idOf = new Map(ranked.map((id) => [textOf(id), id]));
  const improved = scoresIn(order.map((piece) => idOf.get(piece)!));
  const deadAfter = deadWith(improved).length;
  const isBetter = deadAfter < dead.size;
  const pieceScores = isBetter ? improved : start;
  return {
    pieceScores,
    rescored: pieceScores.reduce((count, score, id) => count + Number(score !== target.pieceScores[id]), 0),
    deadBefore: deadWith(target.pieceScores).length,
    deadAfter: isBetter ? deadAfter : dead.size,
  };
}

/** The base's score of each of its pieces, by id in the target. */
function scoresOfBase(target: TokenizerModel, base: TokenizerModel): Map<number, number> {
  const ids = new Map(target.pieces.map((_, id) => [keyOfPiece(target, id), id]));
  const scores = new Map<number, number>();
  base.pieces.forEach((piece, baseId) => {
    const id = ids.get(keyOfPiece(base, baseId));
    if (id === undefined) {
      throw new InputError(`repair: piece ${baseId} ${JSON.stringify(piece)} of the base is not in the target`, {
        hint: 'Give the model that the target really extends.',
      });
    }
    scores.set(id, base.pieceScores[baseId]!);
  });
  return scores;
}
