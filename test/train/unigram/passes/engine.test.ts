import { describe, expect, it } from 'vitest';
import type { StepRunner } from '../../../../src/train/runtime/yield-to-event-loop.ts';
import { createStepEngine } from '../../../../src/train/unigram/passes/engine.ts';
import { expect as expectPlainly, type Pieces } from '../../../oracles/plain-unigram-training.ts';
import { byPiece, drain, forestOf, nodeOf, type Weighted, wordsOf } from '../corpus.ts';

const PIECES: Pieces = new Map([
  ['a', -1],
  ['b', -2],
  ['ab', -2.5],
]);
const FOREST = forestOf(PIECES);
const WORDS: Weighted[] = [
  ['ab', 3],
  ['abx', 2],
  ['b', 1],
];

const run: StepRunner = async (steps) => drain(steps);

describe('createStepEngine', () => {
  it('gives expected counts, those of unknown characters to the first piece', async () => {
    const { expected, objective } = await createStepEngine(wordsOf(FOREST, WORDS), false, run).expect(FOREST);
    expect(new Map(byPiece(FOREST, expected))).toEqual(expectPlainly(PIECES, WORDS));
    const both = -Math.log(Math.exp(-3) + Math.exp(-2.5));
    // An unknown character is 10 below the lowest score.
    expect(objective).toBeCloseTo((3 * both + 2 * (both + 12.5) + 2) / 6, 5);
  });

  it('counts best paths, those of unknown characters to the first piece', async () => {
    const engine = createStepEngine(wordsOf(FOREST, WORDS), false, run);
    expect(byPiece(FOREST, await engine.countBestPaths(FOREST))).toEqual([
      ['a', 2],
      ['b', 1],
      ['ab', 5],
    ]);
  });

  it('renames the nodes of the words it works on', async () => {
    const words = wordsOf(FOREST, [['ab', 1]]);
    const newNodes = Int32Array.from(FOREST.parents.keys());
    newNodes[nodeOf(FOREST, 'ab')] = nodeOf(FOREST, 'a');
    const engine = createStepEngine(words, false, run);
    await engine.renameNodes(newNodes);
    expect(words.nodes).toEqual(Int32Array.of(nodeOf(FOREST, 'a'), nodeOf(FOREST, 'b')));
    expect(byPiece(FOREST, await engine.countBestPaths(FOREST))).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('sums in float64 where told to', async () => {
    const engine = createStepEngine(wordsOf(FOREST, WORDS), true, run);
    expect((await engine.expect(FOREST)).expected).toBeInstanceOf(Float64Array);
    expect(await engine.countBestPaths(FOREST)).toBeInstanceOf(Float64Array);
  });

  it('lets the runner pause between many words, and takes all of them', async () => {
    const size = 2 ** 14 + 1;
    const words = wordsOf(forestOf([['a', -1]]), [['a', 1]]);
    const many = {
      nodes: new Int32Array(size).fill(words.nodes[0]!),
      starts: Uint32Array.from({ length: size + 1 }, (_, word) => word),
      counts: new Float64Array(size).fill(1),
      maxLength: 1,
    };
    let pauses = 0;
    const counting: StepRunner = async (steps) => {
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done) return step.value;
        pauses++;
      }
    };
    const forest = forestOf([['a', -1]]);
    const found = await createStepEngine(many, false, counting).countBestPaths(forest);
    expect(byPiece(forest, found)).toEqual([['a', size]]);
    expect(pauses).toBe(3);
  });
});
