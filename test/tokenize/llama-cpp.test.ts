// Our ids are those of llama.cpp's SPM rules, by an independent implementation of them.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { TokenizerModel } from '../../src/core/model.ts';
import { PIECE_TYPE } from '../../src/core/model.ts';
import { applyPatch } from '../../src/core/patch.ts';
import { parseTokenizerModel } from '../../src/formats/sentencepiece/model-from-proto.ts';
import { type MergeVocabOptions, mergeVocab } from '../../src/merge/merge-vocab.ts';
import { probeTexts } from '../../src/pipeline/verify/texts.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { buildLlama2 } from '../../src/vocab/llama2.ts';
import { sampleTexts } from '../../src/vocab/sample-texts.ts';
import { createLlamaCppSpm } from '../oracles/llama-cpp-spm.ts';
import { isLongRun, scaled } from '../runs.ts';
import { hasShared, needsShared, sharedPath } from '../shared.ts';

const llama2 = (await buildLlama2()).model;

function differing(model: TokenizerModel, texts: Iterable<string>): string[] {
  const tokenizer = createTokenizer(model);
  const theirs = createLlamaCppSpm(model);
  const found: string[] = [];
  for (const text of texts) if (String(theirs(text)) !== String(tokenizer.encode(text))) found.push(text);
  return found;
}

describe('llama.cpp', () => {
  it('gives our ids for llama2: samples, edge cases, random strings', async () => {
    const lines = (await sampleTexts()).flatMap(({ lines }) => lines.split('\n'));
    expect(differing(llama2, [...lines, ...probeTexts(llama2, { randomTexts: scaled(500) })])).toEqual([]);
  });

  it('spells a character without a piece in bytes, unless a piece joins it to others', () => {
    const piece = { id: 32000, piece: '龘龘', score: -40000, type: PIECE_TYPE.normal };
    const model = applyPatch(llama2, { pieces: [piece], merges: [], addedTokens: [] });
    expect(differing(model, ['龘龘', '龘', '龘龘龘', 'x龘龘 龘'])).toEqual([]);
    expect(createLlamaCppSpm(model)('龘龘').at(-1)).toBe(32000);
  });
});

describe('llama.cpp', needsShared, () => {
  const extension = hasShared ? parseTokenizerModel(readFileSync(sharedPath('fixtures/chinese_sp.model'))) : llama2;
  const texts = (name: string): string[] =>
    gunzipSync(readFileSync(sharedPath(name)))
      .toString()
      .split('\n');
  const merges: [string, Partial<MergeVocabOptions>][] = [
    ['a merge with scores below', { scores: 'below' }],
    ['the published merge, ties and all', { preset: 'chinese-llama' }],
  ];

  it.each(merges)('gives our ids for %s', (_, options) => {
    const model = applyPatch(llama2, mergeVocab({ base: llama2, extension, ...options }).patch);
    const lines = ['zh-news', 'zh-wiki', 'en', 'code'].flatMap((name) =>
      texts(`corpus/heldout/${name}.txt.gz`).slice(0, isLongRun ? 1000 : 60),
    );
    const golden = texts('fixtures/golden.jsonl.gz')
      .filter((line, i) => line !== '' && (isLongRun || i % 4 === 0))
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(differing(model, [...lines, ...golden, ...probeTexts(model, { randomTexts: scaled(150) })])).toEqual([]);
  });
});
