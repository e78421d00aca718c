import { describe, expect, it } from 'vitest';
import { buildGoldenFile, type GoldenLine } from '../../../src/pipeline/build/golden-file.ts';
import { createSentencePieceJsCounter } from '../../../src/report/counters/sentencepiece-js-counter.ts';
import { llama2 } from '../../llama2.ts';

describe('golden.jsonl', () => {
  it('has some hundred texts with the ids that SentencePiece gives, and no special token', async () => {
    const { tokenizer, document, model } = llama2;
    const text = await buildGoldenFile(tokenizer);
    expect(await buildGoldenFile(tokenizer)).toBe(text);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as GoldenLine);
    expect(lines.length).toBeGreaterThan(300);
    expect(lines.length).toBeLessThan(600);
    const counter = await createSentencePieceJsCounter({
      name: 'llama2',
      bytes: document.vocabularyFile.bytes,
      model,
    });
    for (const { text: line, ids, decoded } of lines) {
      expect(line).not.toMatch(/<\/?s>|<unk>/);
      const found: number[] = [];
      counter.forEachId(line, (id) => found.push(id));
      expect(found, line).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded ?? line);
    }
    expect(lines.filter(({ decoded }) => decoded !== undefined).length).toBeGreaterThan(0);
  });
});
