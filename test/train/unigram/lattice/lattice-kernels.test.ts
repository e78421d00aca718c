import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openModule } from '../../../../src/core/web-assembly.ts';
import { type PieceForest, packForest } from '../../../../src/train/unigram/forest/pieces.ts';
import { createBestPathCounter } from '../../../../src/train/unigram/lattice/best-paths.ts';
import { createLatticeKernels, endOfRange } from '../../../../src/train/unigram/lattice/lattice-kernels.ts';
import { LATTICE_KERNELS_WASM } from '../../../../src/train/unigram/lattice/lattice-kernels-wasm.ts';
import { createShareWorker, type SharePass, type ShareWorker } from '../../../../src/train/unigram/lattice/shares.ts';
import { compileKernels } from '../../../kernels.ts';
import { runs } from '../../../runs.ts';
import { needsLongRun } from '../../../skip.ts';
import { forestOf, type Weighted, wordsOf } from '../corpus.ts';

function passOf(forest: PieceForest, words: readonly Weighted[], isWide = false) {
  const size = forest.parents.length;
  return {
    packed: packForest(forest),
    unknownPiece: forest.order[0]!,
    expected: isWide ? new Float64Array(size) : new Float32Array(size),
    objective: new Float64Array(1),
    total: words.reduce((sum, [, count]) => sum + count, 0),
  };
}

/** Works on ranges of two words, each added when two more have been worked on. */
function sumsOf(workerOf: (pass: SharePass) => ShareWorker, pass: ReturnType<typeof passOf>, size: number) {
  const work = workerOf(pass);
  const waiting: (() => void)[] = [];
  for (let word = 0; word < size; word += 2) {
    waiting.push(work(word, Math.min(size, word + 2)));
    if (waiting.length > 2) waiting.shift()!();
  }
  for (const add of waiting) add();
  return { expected: [...pass.expected], objective: pass.objective[0] };
}

function expectSame(forest: PieceForest, words: readonly Weighted[], slots = 3): void {
  const lattices = wordsOf(forest, words);
  const kernels = createLatticeKernels(lattices, slots);
  const plain = sumsOf((pass) => createShareWorker(lattices, pass), passOf(forest, words), words.length);
  expect(sumsOf(kernels.sharesOf, passOf(forest, words), words.length)).toEqual(plain);
  const plainCounter = createBestPathCounter(lattices, { ...passOf(forest, words), isWide: false });
  const counter = kernels.bestPathsOf({ ...passOf(forest, words), isWide: false });
  for (const each of [plainCounter, counter]) each.add(0, words.length);
  expect(counter.finish()).toEqual(plainCounter.finish());
  // In the next pass too, nothing is left of the last one.
  expect(sumsOf(kernels.sharesOf, passOf(forest, words), words.length)).toEqual(plain);
}

const score = (least: number, greatest: number) =>
  fc.float({ min: Math.fround(least), max: Math.fround(greatest), noNaN: true });
const arbitraryForest = fc
  .uniqueArray(
    fc.tuple(
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 12 }),
      fc.oneof(score(-20, 0), score(-1e-6, 0), score(-2000, -1)),
    ),
    { minLength: 1, maxLength: 40, selector: ([piece]) => piece },
  )
  .map(forestOf);
const arbitraryWords = fc.array(
  fc.tuple(
    fc.string({ unit: fc.constantFrom('a', 'a', 'b', 'x'), minLength: 1, maxLength: 60 }),
    fc.integer({ min: 1, max: 1e6 }),
  ),
  { minLength: 1, maxLength: 9 },
);

describe('createLatticeKernels', () => {
  it('has the loops that their source compiles to', async () => {
    expect(LATTICE_KERNELS_WASM).toBe(await compileKernels('train/unigram/lattice/lattice-kernels.wat'));
    expect(openModule(LATTICE_KERNELS_WASM, 1, { logSumExp: Math.max })).toBeDefined();
  });

  it('comes to the sums of TypeScript, to the bit', () => {
    fc.assert(
      fc.property(arbitraryForest, arbitraryWords, (forest, words) => expectSame(forest, words)),
      runs(100),
    );
  });

  it(
    'does so where ranges wait that there is no memory for, and where words have more edges than fit',
    needsLongRun,
    () => {
      const forest = forestOf(Array.from({ length: 40 }, (_, i) => ['a'.repeat(i + 1), -1 - i / 8]));
      const words = [1, 9000, 3, 40, 5, 9000, 2].map((length, i): Weighted => ['a'.repeat(length), i + 1]);
      expectSame(forest, words, 3);
      expectSame(
        forest,
        words.filter(([word]) => word.length < 100),
        1,
      );
    },
  );

  it('does so for words of no characters', () => {
    const forest = forestOf([['a', -1]]);
    expectSame(forest, [
      ['', 2],
      ['aa', 1],
      ['', 3],
    ]);
  });

  it('leaves sums in float64 to TypeScript', () => {
    const forest = forestOf([
      ['a', -1],
      ['aa', -1.5],
    ]);
    const words: Weighted[] = [['aaaa', 3]];
    const lattices = wordsOf(forest, words);
    const plain = sumsOf((pass) => createShareWorker(lattices, pass), passOf(forest, words, true), 1);
    const kernels = createLatticeKernels(lattices, 1);
    expect(sumsOf(kernels.sharesOf, passOf(forest, words, true), 1)).toEqual(plain);
    const counter = kernels.bestPathsOf({ ...passOf(forest, words), isWide: true });
    counter.add(0, 1);
    expect(counter.finish()).toEqual(Float64Array.of(0, 0, 6));
  });
});

describe('exponentiate', () => {
  it('has the relative error it promises', () => {
    const { buffer, exports } = openModule<{ exponentiate(from: number, to: number): void }>(LATTICE_KERNELS_WASM, 64, {
      logSumExp: Math.max,
    })!;
    fc.assert(
      fc.property(fc.array(score(-700, 1), { minLength: 1, maxLength: 3 }), (values) => {
        values.forEach((x, edge) => {
          new Float32Array(buffer)[4 * edge + 1] = x;
        });
        exports.exponentiate(0, 16 * values.length);
        values.forEach((x, edge) => {
          expect(Math.abs(new Float64Array(buffer)[2 * edge + 1]! / Math.exp(Math.fround(x)) - 1)).toBeLessThan(3e-13);
        });
      }),
      runs(2_000),
    );
  });
});

describe('endOfRange', () => {
  it('takes words up to 8192 positions, and a longer one alone', () => {
    const starts = Uint32Array.of(0, 4096, 8192, 8193, 20_000, 20_001);
    expect([0, 1, 2, 3, 4].map((word) => endOfRange({ starts }, word))).toEqual([2, 3, 3, 4, 5]);
  });
});
