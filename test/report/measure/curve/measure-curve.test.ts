import { describe, expect, it } from 'vitest';
import { appendPieces } from '../../../../src/pipeline/build/extend-vocabulary.ts';
import { compareTokenizers } from '../../../../src/report/measure/compare-tokenizers.ts';
import { measureExtensionCurve } from '../../../../src/report/measure/curve/measure-curve.ts';
import { createPassageCollector } from '../../../../src/report/measure/passages.ts';
import { createTokenizer } from '../../../../src/tokenize/tokenizer.ts';
import { llama2 as base, zhPieces } from '../../../llama2.ts';

const ranking = zhPieces.slice(0, 2500);
const extended = (await appendPieces(base, ranking, {})).merged.model;
/** The extended vocabulary with the first new pieces only: they are the last of the model. */
const extend = (pieces: number) => {
  const size = 32_000 + pieces;
  return createTokenizer({
    ...extended,
    pieces: extended.pieces.slice(0, size),
    pieceTypes: extended.pieceTypes.slice(0, size),
    pieceScores: extended.pieceScores.slice(0, size),
  });
};
const lines = [
  '今天的天气很好，我们去公园散步。',
  '他们正在讨论这个问题的解决办法。',
  'Nothing Chinese is here at all.',
];

async function measure(texts: { name: string; lines: string[] }[]) {
  const collector = createPassageCollector();
  const report = await compareTokenizers({ tokenizers: [base], texts: texts.map(collector.tap) });
  return measureExtensionCurve({
    model: extended,
    baseSize: 32_000,
    texts: report.texts,
    candidates: collector.candidates(),
  });
}

describe('measureExtensionCurve', () => {
  it('counts what the vocabulary with only the first pieces takes', async () => {
    const measured = await measure([{ name: 'text', lines }]);
    const expected = Array.from({ length: 14 }, (_, i) => Math.min(200 * i, 2500)).map((pieces) => {
      const tokenizer = extend(pieces);
      return [pieces, lines.reduce((sum, line) => sum + tokenizer.countTokens(line), 0)];
    });
    expect(measured!.lines).toBe(3);
    expect(measured!.curve.points.map(({ newPieces, tokens }) => [newPieces, tokens])).toEqual(expected);
    expect(measured!.curve.characters).toBe(lines.join('').length);
    expect(expected[13]![1]).toBeLessThan(expected[1]![1]!);
  });

  it('weighs texts by their tokens, not by the lines that were drawn', async () => {
    const english = Array.from({ length: 2000 }, () => lines[2]!);
    const [long, short] = await Promise.all([
      measure([
        { name: 'zh', lines: lines.slice(0, 2) },
        { name: 'en', lines: english },
      ]),
      measure([
        { name: 'zh', lines: lines.slice(0, 2) },
        { name: 'en', lines: english.slice(0, 20) },
      ]),
    ]);
    const chinese = createTokenizer(base.tokenizer.model);
    const tokens = (all: readonly string[]) => all.reduce((sum, line) => sum + chinese.countTokens(line), 0);
    expect(long!.curve.points[0]!.tokens).toBeCloseTo(tokens(lines.slice(0, 2)) + tokens(english), 6);
    expect(long!.lines).toBe(98);
    expect(long!.curve.points.at(-1)!.ratio).toBeGreaterThan(short!.curve.points.at(-1)!.ratio);
  });

  it('has no curve without lines, or without new pieces', async () => {
    const { model } = base.tokenizer;
    const none = { baseSize: 32_000, texts: [], candidates: [] };
    expect(measureExtensionCurve({ model: extend(10).model, ...none })).toBeUndefined();
    const candidates = [{ text: 'text', passages: lines }];
    expect(measureExtensionCurve({ ...none, model, candidates })).toBeUndefined();
  });
});
