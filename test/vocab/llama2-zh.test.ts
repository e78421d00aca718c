// The shipped Chinese pieces: that they are what the README says, keep every promise on all of LLaMA's vocabulary, and need
// fewer tokens than the published Chinese-LLaMA on text that neither has seen.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyPatch } from '../../src/core/patch.ts';
import { parseTokenizerModel } from '../../src/formats/sentencepiece/model-from-proto.ts';
import { mergeVocab } from '../../src/merge/merge-vocab.ts';
import { type AppendedPieces, appendPieces } from '../../src/pipeline/build/extend-vocabulary.ts';
import { createTokenizer, type Tokenizer } from '../../src/tokenize/tokenizer.ts';
import {
  isLlama2,
  LLAMA2_ZH_DEFAULT,
  LLAMA2_ZH_NAME,
  LLAMA2_ZH_PIECES,
  readLlama2ZhPieces,
} from '../../src/vocab/llama2-zh.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../src/vocab/sample-texts.ts';
import { isLongRun } from '../runs.ts';
import { needsShared, sharedFixture, sharedPath } from '../shared.ts';

let all: string[];
let pieces: string[];
let base: ExtendableTokenizer;
let appended: AppendedPieces;
let extended: Tokenizer;

beforeAll(async () => {
  all = await readLlama2ZhPieces();
  pieces = all.slice(0, LLAMA2_ZH_DEFAULT);
  base = requireExtendable(await loadTokenizer('llama2'));
  appended = await appendPieces(base, pieces);
  extended = createTokenizer(appended.merged.model);
});

describe('the shipped Chinese pieces', () => {
  it('are those that vocab/README.md tells of', () => {
    const readme = readFileSync(new URL('../../vocab/README.md', import.meta.url), 'utf8');
    const file = readFileSync(new URL(`../../vocab/${LLAMA2_ZH_NAME}`, import.meta.url));
    expect(readme).toContain(createHash('sha256').update(file).digest('hex'));
    expect(readme).toContain(appended.merged.sha256);
    expect(all.length).toBe(LLAMA2_ZH_PIECES);
    expect(appended.merged.model.pieces.length).toBe(49_953);
  });

  it('are distinct, short, and Chinese characters with one mark or ▁ in front at most', () => {
    expect(new Set([...all, ...base.model.pieces]).size).toBe(65_000);
    const front = /^(▁?[\p{P}\p{S}]*)\p{Script=Han}+$/u;
    expect(all.filter((piece) => !front.test(piece) || [...piece].length > 8)).toEqual([]);
    // What stands in front is one token of the base.
    const fronts = new Set(all.map((piece) => front.exec(piece)![1]!));
    fronts.delete('');
    expect([...fronts].filter((text) => base.tokenizer.encodePieceText(text).length !== 1)).toEqual([]);
    expect(fronts.size).toBeGreaterThan(10);
  });

  it('hold nothing that sites put under everything', () => {
    expect(all.filter((piece) => /转载|责任编辑|投资有风险|本站立场|证券之星|经济网/.test(piece))).toEqual([]);
  });

  it('can all be reached, and leave every base piece as it was', () => {
    const { model } = appended.merged;
    const wrong = model.pieces.filter((piece, id) => {
      const isReached = String(extended.encodePieceText(piece)) === String(id);
      return isReached !== (id >= 32_000 || String(base.tokenizer.encodePieceText(piece)) === String(id));
    });
    expect(wrong).toEqual([]);
    expect(appended.merged.merge.warnings).toEqual([]);
    expect(appended.merged.skipped).toEqual([]);
  });

  it.each(isLongRun ? [8000, 33_000] : [8000])(
    'keep all of that when the first %i of them are taken',
    async (count) => {
      const { merged } = await appendPieces(base, all.slice(0, count));
      const other = createTokenizer(merged.model);
      const wrong = all
        .slice(0, count)
        .filter((piece, i) => String(other.encodePieceText(piece)) !== String(32_000 + i));
      expect(wrong).toEqual([]);
    },
  );

  it('make no line of the samples longer, and leave those without Chinese characters alone', async () => {
    for (const line of (await sampleTexts()).flatMap(({ lines }) => lines.split('\n'))) {
      const [before, after] = [base.tokenizer.encode(line), extended.encode(line)];
      expect(after.length).toBeLessThanOrEqual(before.length);
      if (!/\p{Script=Han}/u.test(line)) expect(after).toEqual(before);
      expect(extended.decode(after)).toBe(line);
    }
  });

  it('know the vocabulary that they belong to', async () => {
    expect(await isLlama2(base.model)).toBe(true);
    expect(await isLlama2(appended.merged.model)).toBe(false);
    expect(await isLlama2({ ...base.model, pieceScores: base.model.pieceScores.map((score) => score - 1) })).toBe(
      false,
    );
  });
});

describe('the shipped Chinese pieces on text that nothing was learnt from', needsShared, () => {
  const domains = ['classical', 'hant', 'history', 'law', 'medical', 'news', 'novel', 'tech', 'wiki'];
  const linesOf = (name: string): string[] =>
    gunzipSync(readFileSync(sharedPath(`corpus/heldout/${name}.txt.gz`)))
      .toString()
      .split('\n');
  const count = (tokenizer: Tokenizer, lines: readonly string[]): number =>
    lines.reduce((sum, line) => sum + tokenizer.countTokens(line), 0);
  let published: Tokenizer;
  beforeAll(() => {
    const extension = parseTokenizerModel(sharedFixture('chinese_sp.model'));
    const { patch } = mergeVocab({ base: base.model, extension, preset: 'chinese-llama' });
    published = createTokenizer(applyPatch(base.model, patch));
  });

  it('need fewer tokens than the published 49,953 in every domain, 8 % fewer in all', () => {
    const sums = { published: 0, extended: 0 };
    for (const domain of domains) {
      const lines = linesOf(`zh-${domain}`);
      const [theirs, ours] = [count(published, lines), count(extended, lines)];
      expect([domain, ours < theirs]).toEqual([domain, true]);
      sums.published += theirs;
      sums.extended += ours;
    }
    expect(sums.extended).toBeLessThan(0.92 * sums.published);
  });

  it('need fewer tokens on every sample of the package, 5 % fewer in all', async () => {
    const sums = { published: 0, extended: 0 };
    for (const { name, lines } of (await sampleTexts()).filter(({ name }) => name.startsWith('zh-'))) {
      const [theirs, ours] = [count(published, lines.split('\n')), count(extended, lines.split('\n'))];
      expect([name, ours < theirs]).toEqual([name, true]);
      sums.published += theirs;
      sums.extended += ours;
    }
    expect(sums.extended).toBeLessThan(0.95 * sums.published);
  });

  it('leave English, code, kana and Hangul alone', () => {
    let alone = 0;
    for (const line of ['en', 'code', 'ja-ko'].flatMap(linesOf)) {
      if (/\p{Script=Han}/u.test(line)) continue;
      alone++;
      expect(extended.encode(line)).toEqual(base.tokenizer.encode(line));
    }
    expect(alone).toBeGreaterThan(5000);
  });
});
