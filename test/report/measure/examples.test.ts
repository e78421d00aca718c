// The examples in the docstrings of the comparison's parts, as they stand there.
import { describe, expect, it } from 'vitest';
import { adviseExtension } from '../../../src/report/advise/advice.ts';
import { costOfShape, MODEL_SHAPES } from '../../../src/report/advise/model-shapes.ts';
import { createTokenizerCounter } from '../../../src/report/counters/token-counter.ts';
import { checkAnswerTokens } from '../../../src/report/measure/answer-tokens.ts';
import { createLineBlocks } from '../../../src/report/measure/line-blocks.ts';
import { findTrainingTexts } from '../../../src/report/measure/training-texts.ts';
import { clipToWidth } from '../../../src/report/print/display-width.ts';
import { createStyler, formatTerminalTable } from '../../../src/report/print/terminal-table.ts';
import { llama2 } from '../../llama2.ts';

describe('examples', () => {
  it('adviseExtension', () => {
    const advice = adviseExtension({
      ...{ ratio: 0.97, ratioInterval: { low: 0.96, high: 0.98 }, lines: 5000, firstTokens: 1e6, newPieces: 8000 },
      ...{ usedPieces: 7000, longerLines: 0, breakEvenRatio: 0.99, tokensToLearn: null },
    });
    expect(advice.text).toBe("Don't extend: 3.0 % fewer tokens are not worth untrained rows.");
  });

  it('costOfShape', () => {
    const cost = costOfShape(MODEL_SHAPES[0]!, {
      firstVocabSize: 32_000,
      vocabSize: 49_953,
      firstTokensPerCharacter: 1.25,
      tokensPerCharacter: 0.6,
    });
    expect([cost.embeddingBytes, cost.decodeSpeedUp?.toFixed(2)]).toEqual([147070976, '2.06']);
  });

  it('createLineBlocks', () => {
    const blocks = createLineBlocks({ tokenizers: 1, maxBlocks: 2 });
    for (const tokens of [3, 4, 5]) blocks.add(10, [tokens], 0);
    expect(blocks.linesPerBlock).toBe(2);
    expect([...blocks.sums.subarray(0, 2 * blocks.count)]).toEqual([20, 7, 10, 5]);
  });

  it('checkAnswerTokens', async () => {
    const counter = createTokenizerCounter(llama2.tokenizer);
    const { answers } = checkAnswerTokens('llama2', counter);
    const split = answers.filter(({ isSingle }) => !isSingle);
    expect(split.length).toBeGreaterThan(0);
    expect(split.every(({ answer }) => /[0-9]/.test(answer))).toBe(true);
  });

  it('findTrainingTexts', () => {
    const sha256 = '9f86d081…';
    expect(
      findTrainingTexts(
        [{ name: 'merged', trainedOn: [{ name: 'zh.txt.gz', sha256 }] }],
        [{ name: 'zh', hashes: [sha256] }],
      ),
    ).toEqual([{ tokenizer: 'merged', text: 'zh', trainingText: 'zh.txt.gz', sha256 }]);
  });

  it('formatTerminalTable, clipToWidth', () => {
    const columns = [
      { title: 'text', align: 'left', cells: ['新闻', 'en'] },
      { title: 'share', align: 'left', cells: ['', ''], bars: [1, 0.5] },
    ] as const;
    expect(formatTerminalTable(columns, { width: 14, style: createStyler({ color: false }) })).toEqual([
      'text  share',
      '新闻  ████████',
      'en    ████',
    ]);
    expect(clipToWidth('词表合并', 5)).toBe('词表…');
  });
});
