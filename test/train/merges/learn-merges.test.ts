// The learner against its definition: count all pairs, take the best, replace it everywhere from the left, begin again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnMerges, type MergeRules, type MergeTask } from '../../../src/train/merges/learn-merges.ts';
import {
  BARRIER,
  type Cells,
  type CountedCells,
  layOutCells,
  layOutText,
  type MergeText,
} from '../../../src/train/merges/merge-text.ts';
import { type CountedSequence, learnPlainly, sequencesOf } from '../../oracles/plain-merges.ts';
import { runs } from '../../runs.ts';

/** The smaller symbols first where counts tie. */
const RULES: MergeRules = {
  isAllowed: () => true,
  compare: (leftA, rightA, leftB, rightB) => leftA - leftB || rightA - rightB,
  accept: () => true,
};
const SYMBOLS = 4;

interface Learned {
  readonly pairs: [left: number, right: number][];
  readonly saved: number[];
  readonly count: number;
}

async function learn(
  sequences: readonly CountedSequence[],
  {
    mergeCount = 20,
    leastCount = 1,
    rules = RULES,
    rareCount,
  }: Partial<Pick<MergeTask, 'mergeCount' | 'leastCount' | 'rules' | 'rareCount'>> = {},
): Promise<Learned> {
  const pairs: [number, number][] = [];
  const saved: number[] = [];
  const count = await learnMerges(layOutText(sequencesOf(sequences), SYMBOLS + mergeCount), {
    baseSymbolCount: SYMBOLS,
    mergeCount,
    leastCount,
    rareCount,
    rules: {
      ...rules,
      accept(left, right, symbol, occurrences) {
        const isAccepted = rules.accept(left, right, symbol, occurrences);
        if (isAccepted) pairs.push([left, right]);
        return isAccepted;
      },
    },
    onMerge: (_, each) => saved.push(each),
  });
  return { pairs, saved, count };
}

const symbol = fc.integer({ min: 0, max: SYMBOLS - 1 });
const sequence = fc.record({
  symbols: fc.array(symbol, { minLength: 1, maxLength: 12 }),
  count: fc.constantFrom(1, 1, 2, 5, 2 ** 33),
});

/** Each sequence once, in the order in which they first come. */
function countSequences(sequences: readonly (readonly number[])[]): CountedSequence[] {
  const counts = new Map<string, number>();
  for (const symbols of sequences) counts.set(String(symbols), (counts.get(String(symbols)) ?? 0) + 1);
  return Array.from(counts, ([symbols, count]) => ({ symbols: symbols.split(',').map(Number), count }));
}

/** Sequences that are counted in each part, as cells. */
function cellsOf(parts: readonly (readonly CountedSequence[])[]): CountedCells {
  const counted: Cells[] = [];
  const once: Cells[] = [];
  const counts: number[] = [];
  const places: number[] = [];
  let place = 0;
  for (const { symbols, count } of parts.flat()) {
    const cells = Int16Array.from([...symbols, BARRIER]);
    if (count === 1) {
      once.push(cells);
      place += cells.length;
      continue;
    }
    counted.push(cells);
    counts.push(count);
    places.push(place);
  }
  return { counted, once, sequenceCounts: Float64Array.from(counts), places: Float64Array.from(places) };
}

describe('learnMerges', () => {
  it('takes the most frequent pair again and again', async () => {
    // banana, twice: `an` and `na` tie with 4, then `ban`, `anan` and `ana` with 2; the smaller left symbol is first.
    const banana = { symbols: [1, 0, 2, 0, 2, 0], count: 2 };
    const learned = await learn([banana], { mergeCount: 2 });
    expect(learned.pairs).toEqual([
      [0, 2],
      [1, 4],
    ]);
    expect(learned.saved).toEqual([4, 2]);
  });

  it('gives what its definition gives, on any sequences', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sequence, { minLength: 1, maxLength: 8 }),
        fc.nat(12),
        fc.constantFrom(undefined, 2, 3, 5, 2 ** 33),
        async (sequences, mergeCount, rareCount) => {
          const plain = learnPlainly(sequences, { symbolCount: SYMBOLS, mergeCount, leastCount: 1 });
          const learned = await learn(sequences, { mergeCount, rareCount });
          expect(learned.pairs).toEqual(plain.map(({ left, right }) => [left, right]));
          expect(learned.saved).toEqual(plain.map(({ saved }) => saved));
          expect(learned.count).toBe(plain.length);
        },
      ),
      runs(150),
    );
  });

  it('leaves out pairs that may not merge, and those that occur too seldom', async () => {
    const sequences = [
      { symbols: [0, 1, 0, 1, 0, 1], count: 3 },
      { symbols: [2, 3], count: 2 },
    ];
    const rules = { ...RULES, isAllowed: (left: number, right: number) => left !== 0 || right !== 1 };
    expect((await learn(sequences, { rules, mergeCount: 1 })).pairs).toEqual([[1, 0]]);
    const seldom = await learn(sequences, { leastCount: 3 });
    expect(seldom.pairs.some(([left, right]) => left === 2 && right === 3)).toBe(false);
    expect((await learn(sequences, { leastCount: 2 })).pairs).toContainEqual([2, 3]);
  });

  it('gives the symbol of a refused pair to the next one, and says where the pair occurs', async () => {
    const sequences = [
      { symbols: [0, 1, 0, 1], count: 5 },
      { symbols: [2, 3], count: 1 },
      { symbols: [3, 0, 1], count: 1 },
    ];
    const offered: [number, number[]][] = [];
    const rules: MergeRules = {
      ...RULES,
      accept(left, right, symbol, { forEachSequence }) {
        const found: number[] = [];
        forEachSequence((each) => found.push(each));
        if (left === 0 && right === 1) offered.push([symbol, found]);
        else expect(symbol).toBe(SYMBOLS);
        return left === 2;
      },
    };
    expect((await learn(sequences, { rules, mergeCount: 1 })).pairs).toEqual([[2, 3]]);
    expect(offered).toEqual([[SYMBOLS, [0, 0, 2]]]);
  });

  it('begins again where merging comes down to pairs that were left out, and asks and tells nothing twice', async () => {
    const sequences = [
      { symbols: [0, 1, 0, 1], count: 5 },
      { symbols: [2, 3], count: 3 },
      { symbols: [3, 0], count: 1 },
    ];
    const learnFrom = async (rareCount: number) => {
      const offered: string[] = [];
      const rules: MergeRules = {
        ...RULES,
        accept: (left, right) => offered.push(`${left} ${right}`) > 0 && left !== 0,
      };
      return { ...(await learn(sequences, { rules, mergeCount: 3, rareCount })), offered };
    };
    const learned = await learnFrom(5);
    expect(learned).toEqual(await learnFrom(1));
    expect(learned.pairs).toEqual([
      [1, 0],
      [4, 1],
      [2, 3],
    ]);
    expect(learned.saved).toEqual([5, 5, 3]);
  });

  it('takes the older of two pairs that tie, however the text was counted', async () => {
    // Of few lengths, so that nearly all pairs tie; parts of which each has its own counts.
    const part = fc.array(fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), fc.nat(12), async (parts, mergeCount) => {
        const learnFrom = async (text: MergeText) => {
          const pairs: string[] = [];
          const accept = (left: number, right: number): boolean => pairs.push(`${left} ${right}`) > 0;
          const rules: MergeRules = { isAllowed: () => true, compare: () => 0, accept };
          await learnMerges(text, { baseSymbolCount: SYMBOLS, mergeCount, leastCount: 1, rules });
          return pairs;
        };
        const whole = sequencesOf(countSequences(parts.flat()));
        const expected = await learnFrom(layOutText(whole, SYMBOLS + mergeCount));
        const text = layOutCells(cellsOf(parts.map(countSequences)));
        expect(await learnFrom(text)).toEqual(expected);
        // What was learnt from is used again.
        expect(await learnFrom(text)).toEqual(expected);
      }),
      runs(60),
    );
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const sequences = sequencesOf([{ symbols: [0, 1], count: 1 }]);
    const task = { baseSymbolCount: 2, mergeCount: 1, leastCount: 1, rules: RULES, signal };
    await expect(learnMerges(layOutText(sequences, 3), task)).rejects.toThrow('enough');
  });
});
