import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMersenneTwister } from '../../../src/core/mersenne-twister.ts';
import { OptionError } from '../../../src/errors.ts';
import {
  addReplicates,
  drawReplicates,
  intervalsOf,
  LEAST_LINES,
  resolveBootstrap,
  type TokenIntervals,
} from '../../../src/report/measure/bootstrap.ts';
import { createLineBlocks } from '../../../src/report/measure/line-blocks.ts';

interface Line {
  readonly characters: number;
  readonly tokens: readonly number[];
}

function intervals(lines: readonly Line[], options: Parameters<typeof resolveBootstrap>[0] = {}): TokenIntervals[] {
  const settings = resolveBootstrap(options);
  const tokenizers = lines[0]!.tokens.length;
  const blocks = createLineBlocks({ tokenizers });
  for (const { characters, tokens } of lines) blocks.add(characters, tokens, 0);
  const replicates = drawReplicates(blocks, { settings, tokenizers, text: 0 });
  return intervalsOf(replicates, { settings, tokenizers, lines: lines.length });
}

/** Lines of 5 to 44 characters; the second tokenizer needs 0.3 to 0.7 of the first one's tokens. */
function sample(count: number, seed: number): Line[] {
  const random = createMersenneTwister(seed);
  return Array.from({ length: count }, () => {
    const characters = 5 + random.nextBelow(40);
    const first = characters + random.nextBelow(characters);
    return { characters, tokens: [first, Math.round((first * (30 + random.nextBelow(41))) / 100)] };
  });
}

describe('createLineBlocks', () => {
  it('keeps every sum, whatever the number of lines, in no more blocks than allowed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), { maxLength: 200 }),
        fc.integer({ min: 1, max: 8 }),
        (lines, half) => {
          const blocks = createLineBlocks({ tokenizers: 2, maxBlocks: 2 * half });
          for (const [characters, a, b] of lines) blocks.add(characters, [-1, a, b], 1);
          expect(blocks.count).toBe(Math.ceil(lines.length / blocks.linesPerBlock));
          expect(blocks.count).toBeLessThanOrEqual(2 * half);
          if (blocks.linesPerBlock > 1) expect(blocks.count).toBeGreaterThan(half);
          for (let block = 0; block < blocks.count; block++) {
            const part = lines.slice(block * blocks.linesPerBlock, (block + 1) * blocks.linesPerBlock);
            const sums = [0, 1, 2].map((i) => part.reduce((sum, line) => sum + line[i]!, 0));
            expect([...blocks.sums.subarray(block * 3, block * 3 + 3)]).toEqual(sums);
          }
        },
      ),
    );
  });
});

describe('intervals', () => {
  it('hold the true ratio about as often as they promise', () => {
    // The expected ratio of a text as `sample` makes it is that of a very long one.
    const long = sample(200_000, 99);
    const sumOf = (i: number): number => long.reduce((sum, { tokens }) => sum + tokens[i]!, 0);
    const truth = sumOf(1) / sumOf(0);
    let hits = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const { low, high } = intervals(sample(80, seed), { replicates: 300 })[1]!.ratioToFirst!;
      if (low <= truth && truth <= high) hits++;
    }
    // 95 % of 300 are 285, with a standard deviation below 4; percentile intervals of 80 lines are slightly too narrow.
    expect(hits).toBeGreaterThan(267);
    expect(hits).toBeLessThan(298);
  });

  it('get narrower with the square root of the lines, and wider with the confidence', () => {
    const width = (lines: number, confidence: number): number => {
      const { low, high } = intervals(sample(lines, 7), { confidence })[1]!.ratioToFirst!;
      return high - low;
    };
    expect(width(100, 0.95) / width(1600, 0.95)).toBeGreaterThan(3);
    expect(width(100, 0.95) / width(1600, 0.95)).toBeLessThan(5.5);
    expect(width(400, 0.99)).toBeGreaterThan(width(400, 0.8) * 1.5);
  });

  it('are paired: a ratio that is the same on every line has no width, though the lines differ', () => {
    const lines = sample(50, 3).map(({ characters }) => ({ characters, tokens: [4 * characters, 2 * characters] }));
    const [first, second] = intervals(lines);
    expect(second!.ratioToFirst).toEqual({ low: 0.5, high: 0.5 });
    expect(first).toEqual({ tokensPerCharacter: { low: 4, high: 4 }, ratioToFirst: null });
  });

  it('depend on the seed and on nothing else', () => {
    const lines = sample(60, 5);
    expect(intervals(lines)).toEqual(intervals(lines));
    expect(intervals(lines, { seed: 2 })).not.toEqual(intervals(lines, { seed: 1 }));
  });

  it('are null where there is too little to resample', () => {
    const none = { tokensPerCharacter: null, ratioToFirst: null };
    expect(intervals(sample(LEAST_LINES - 1, 1))).toEqual([none, none]);
    expect(intervals(sample(LEAST_LINES, 1))[1]!.ratioToFirst).not.toBeNull();
    expect(intervals(sample(50, 1), { replicates: 0 })).toEqual([none, none]);
    const empty = sample(50, 1).map(() => ({ characters: 0, tokens: [0, 0] }));
    expect(intervals(empty)).toEqual([none, none]);
  });

  it('of the total resample within each text: a text that does not vary adds no width', () => {
    const settings = resolveBootstrap();
    const varied = createLineBlocks({ tokenizers: 1 });
    for (const { characters, tokens } of sample(50, 1)) varied.add(characters, tokens, 0);
    const even = createLineBlocks({ tokenizers: 1 });
    for (let i = 0; i < 5000; i++) even.add(20, [30], 0);
    const total = drawReplicates(varied, { settings, tokenizers: 1, text: 0 });
    const own = intervalsOf(total, { settings, tokenizers: 1, lines: 50 })[0]!.tokensPerCharacter!;
    addReplicates(total, drawReplicates(even, { settings, tokenizers: 1, text: 1 }));
    const { low, high } = intervalsOf(total, { settings, tokenizers: 1, lines: 5050 })[0]!.tokensPerCharacter!;
    // 100,000 even characters beside some 1,200 varied ones.
    expect(high - low).toBeLessThan((own.high - own.low) / 40);
    expect(low).toBeLessThan(high);
  });

  it.each([
    { replicates: -1 },
    { replicates: 1.5 },
    { replicates: 1e9 },
    { confidence: 1 },
    { confidence: 0 },
    { seed: -1 },
    { seed: 2 ** 32 },
  ])('refuses %j', (options) => {
    expect(() => resolveBootstrap(options)).toThrow(OptionError);
  });
});
