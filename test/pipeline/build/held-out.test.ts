// What is held out: the same lines always, none of them learnt from, and nothing lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WeightedSentence } from '../../../src/core/weighted-sentence.ts';
import { buildSafeVocabulary } from '../../../src/pipeline/build/build-safe.ts';
import { holdOut } from '../../../src/pipeline/build/held-out.ts';
import { adviseOn } from '../../../src/report/advise/comparison-facts.ts';
import type { ExtendSource } from '../../../src/train/extend/options.ts';
import { llama2 } from '../../llama2.ts';
import { runs } from '../../runs.ts';

type Sentence = string | WeightedSentence;

async function split(sources: readonly ExtendSource[]) {
  const held = holdOut(sources);
  const learnt: Sentence[][] = [];
  for (const { sentences } of held.sources) {
    const lines: Sentence[] = [];
    for await (const line of sentences) lines.push(line);
    learnt.push(lines);
  }
  const texts = held.texts().map(({ name, lines }) => ({ name, lines: lines as readonly string[] }));
  return { learnt, texts, figures: held.figures() };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `line ${i}`);

describe('holdOut', () => {
  it('holds out about one line in ten', async () => {
    const { learnt, texts, figures } = await split([{ name: 'texts/a.txt', sentences: numbered(5000) }]);
    expect(texts.map(({ name }) => name)).toEqual(['a.txt, held out']);
    expect(texts[0]!.lines.length).toBeGreaterThan(400);
    expect(texts[0]!.lines.length).toBeLessThan(600);
    expect(figures).toEqual({
      lines: texts[0]!.lines.length,
      characters: texts[0]!.lines.join('').length,
      of: 5000,
    });
    expect([...learnt[0]!, ...texts[0]!.lines].sort()).toEqual(numbered(5000).sort());
  });

  it('chooses by the text alone, and never both learns and holds out', async () => {
    const property = fc.asyncProperty(fc.array(fc.nat(60)), fc.array(fc.nat(60)), async (some, others) => {
      const linesOf = (numbers: readonly number[]) => numbers.map((number) => `line ${number}`);
      const alone = await split([{ name: 'a', sentences: linesOf(some) }]);
      const { learnt, texts } = await split([
        { name: 'a', sentences: linesOf(others) },
        { name: 'b', sentences: linesOf(some) },
      ]);
      expect(learnt[1]).toEqual(alone.learnt[0]);
      const held = new Set(texts.flatMap(({ lines }) => lines));
      expect(learnt.flat().filter((line) => held.has(String(line)))).toEqual([]);
    });
    await fc.assert(property, runs(200));
  });

  it('holds out a smaller share of long texts, and learns from what it gives back', async () => {
    const long = Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(1000)}`);
    const { learnt, texts } = await split([
      { name: 'a', sentences: long },
      { name: 'b', sentences: numbered(100) },
    ]);
    const { lines } = texts[0]!;
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.join('').length).toBeLessThan(500_000);
    expect(new Set([...learnt[0]!, ...lines])).toEqual(new Set(long));
    expect(learnt[0]!.length + lines.length).toBe(long.length);
    // Among all lines alike, not the first ones.
    expect(lines.some((line) => long.indexOf(line) > 2000)).toBe(true);
  });

  it('learns from entries of tables and rests of cut lines, and keeps counts', async () => {
    const entries = numbered(100).map((text) => ({ text, count: 7, isFragment: true }));
    const { learnt, texts, figures } = await split([{ name: 'a', sentences: entries }]);
    expect([learnt[0], texts, figures]).toEqual([entries, [], { lines: 0, characters: 0, of: 0 }]);
    const weighted = numbered(100).map((text) => ({ text, count: 7 }));
    const other = await split([{ name: 'a', sentences: weighted }]);
    expect(other.texts[0]!.lines.length + other.learnt[0]!.length).toBe(100);
    expect(other.learnt[0]!.every((line) => typeof line !== 'string' && line.count === 7)).toBe(true);
  });

  it('makes one text of many sources', async () => {
    const sources = numbered(13).map((name) => ({ name, sentences: numbered(100) }));
    const { texts } = await split(sources);
    expect(texts.map(({ name }) => name)).toEqual(['input, held out']);
  });
});

describe('the report of a build for another language', () => {
  const words = ['안녕하세요', '한국어', '문장', '학교에서', '공부합니다', '오늘은', '날씨가', '좋습니다', '사람들이'];
  const lines = Array.from({ length: 3000 }, (_, i) =>
    [i, i * 7 + 1, i * 13 + (i >> 3), i >> 2].map((k) => words[k % words.length]).join(' '),
  ).map((line, i) => `${line} ${i}`);

  it('is made on lines held out of the input, with a verdict on them', async () => {
    const built = await buildSafeVocabulary({
      base: llama2,
      sources: [{ name: 'ko', sentences: lines }],
      newPieces: 30,
    });
    expect(built.report.texts.map(({ name }) => name)).toEqual(['ko, held out', 'code', 'en']);
    expect(built.heldOut!.lines).toBe(built.report.texts[0]!.lines);
    expect(adviseOn(built.report, 1)!.verdict).toMatch(/^extend/);
    expect(built.manifest.extension?.training).toMatchObject({ heldOut: built.heldOut });
    expect(built.report.total.figures[1]!.longerLines).toBe(0);
  });

  it('has no verdict where nothing can be held out', async () => {
    const sentences = lines.map((text) => ({ text, count: 2, isFragment: true }));
    const built = await buildSafeVocabulary({ base: llama2, sources: [{ name: 'ko', sentences }], newPieces: 30 });
    expect(built.report.texts.map(({ name }) => name)).toEqual(['code', 'en']);
    expect(adviseOn(built.report, 1)).toMatchObject({
      verdict: 'measure',
      text: 'No verdict: measure on text that the new pieces are for.',
    });
  });
});
