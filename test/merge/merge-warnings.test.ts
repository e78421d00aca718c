import { describe, expect, it } from 'vitest';
import type { TokenizerModel } from '../../src/core/model.ts';
import { IDENTITY_NORMALIZER, PIECE_TYPE } from '../../src/core/model.ts';
import { parseSentencePiece } from '../../src/formats/sentencepiece/document.ts';
import { type MergeVocabOptions, mergeVocab } from '../../src/merge/merge-vocab.ts';
import type { MergeWarningCode } from '../../src/merge/merge-warnings.ts';
import { entriesOf, modelOf } from '../models.ts';
import { hasShared, needsShared, sharedFixture } from '../shared.ts';

const model = (pieces: Record<string, number>, parts: Partial<TokenizerModel> = {}) =>
  modelOf(Object.entries(pieces), parts);

const BASE = model({ a: -1, b: -2, ab: -3 });
const EXTENSION = model({ 中: -1, 国: -2, 中国: -3 });

function warnings(options: Partial<MergeVocabOptions> = {}) {
  const found = mergeVocab({ base: BASE, extension: EXTENSION, ...options }).warnings;
  return new Map<MergeWarningCode, string>(found.map(({ code, message }) => [code, message]));
}

it('says nothing about a merge without flaws', () => {
  expect(warnings().size).toBe(0);
});

it('model types that differ', () => {
  const unigram: TokenizerModel = { ...EXTENSION, modelType: 'unigram' };
  expect(warnings({ extension: unigram }).get('model-type-mismatch')).toMatch(
    /^3 pieces of a Unigram model go into a BPE/,
  );
  const base: TokenizerModel = { ...BASE, modelType: 'unigram' };
  expect(warnings({ base }).get('model-type-mismatch')).toMatch(/^3 pieces of a BPE model go into a Unigram model/);
});

it('pieces that no two pieces join to', () => {
  const extension = model({ 中国: -1, 中国人: -2, 越来越: -3, 𠀀𠀁: -4 });
  expect(warnings({ extension }).get('unformable-pieces')).toBe(
    'at least 1 of the 4 new pieces ("越来越") can never be produced: no two pieces join to them',
  );
});

it('scores that outrank the base or tie', () => {
  const zero = warnings({ scores: 'zero' });
  expect(zero.get('outranks-base')).toMatch(
    /^3 of the 3 new pieces score as high as merges of the base .*lowest scores -3/,
  );
  expect(zero.get('score-ties')).toMatch(/^3 of the 3 new pieces share their score/);
  const keep = warnings({ scores: 'keep', extension: model({ 中: -3, 国: -4 }) });
  expect(keep.get('outranks-base')).toMatch(/^1 of the 2/);
  expect(keep.get('score-ties')).toMatch(/^1 of the 2/);
});

it('scores above every piece of a Unigram base', () => {
  const base: TokenizerModel = { ...BASE, modelType: 'unigram' };
  expect(warnings({ base, scores: 'zero' }).get('outranks-base')).toMatch(/its highest scores -1\)/);
  expect(warnings({ base, scores: 'keep' }).has('outranks-base')).toBe(false);
});

it('digits that the base splits', () => {
  const training = { splitDigits: true, vocabSize: undefined, selfTestSamples: 0 };
  const extension = model({ '12': -1, '1月': -2, '▁1': -3, '３': -4, 中: -5 });
  expect(warnings({ training, extension }).get('digit-policy')).toMatch(/2 of the 5 new pieces \("12" "1月"\)/);
  expect(warnings({ extension }).has('digit-policy')).toBe(false);
});

it('special pieces that become ordinary', () => {
  const extension = modelOf([['<x>', 0, PIECE_TYPE.control], ...entriesOf(EXTENSION)]);
  expect(warnings({ extension, types: 'normal' }).get('meta-pieces')).toMatch(/^1 of the 4 new pieces \("<x>"\)/);
  expect(warnings({ extension }).has('meta-pieces')).toBe(false);
});

it('spaces on the other side, or written differently', () => {
  const suffix = model({ 中: -1 }, { treatWhitespaceAsSuffix: true });
  expect(warnings({ extension: suffix }).get('whitespace-mismatch')).toMatch(
    /suffix in the extension and a prefix in the base/,
  );
  const plain = model({ 中: -1 }, { normalizer: { ...IDENTITY_NORMALIZER, escapeWhitespaces: false } });
  expect(warnings({ extension: plain }).get('whitespace-mismatch')).toMatch(/only one of the two/);
});

it('self-test samples that were left out', () => {
  const training = { splitDigits: false, vocabSize: undefined, selfTestSamples: 1 };
  expect(warnings({ training }).get('self-test-dropped')).toMatch(/^the base's 1 self-test sample was left out/);
});

describe('on the published models', needsShared, () => {
  const read = (name: string) => parseSentencePiece(sharedFixture(`${name}`));
  const llama = hasShared ? read('llama2.model') : undefined;
  const chinese = hasShared ? read('chinese_sp.model').model : EXTENSION;

  it('says what the published recipe does', () => {
    const found = warnings({
      base: llama!.model,
      training: llama!.training,
      extension: chinese,
      preset: 'chinese-llama',
    });
    expect([...found.keys()]).toEqual([
      'normalizer-mismatch',
      'model-type-mismatch',
      'unformable-pieces',
      'outranks-base',
      'score-ties',
      'digit-policy',
    ]);
    const normalizer = found.get('normalizer-mismatch');
    expect(normalizer).toContain('trained behind nmt_nfkc, the merged model normalizes as the base does (identity)');
    expect(normalizer).toContain('rewrites ，：；！？（）…,');
    expect(normalizer).toContain('":“"');
    expect(found.get('digit-policy')).toContain('584 of the 17,953 new pieces');
    expect(found.get('outranks-base')).toContain('17,953 of the 17,953');
  });

  it('says that pieces which the base rewrites never match', () => {
    const extension = model({ '，但': -1, 龘但: -2, ｶ: -3 });
    const message = warnings({ base: chinese, extension }).get('normalizer-mismatch');
    expect(message).toContain('the base rewrites 2 of the 3 new pieces ("，但" "ｶ"), which can therefore never match');
  });

  it('finds nothing to say about equal normalizers', () => {
    expect(warnings({ base: chinese, extension: chinese, addTokens: ['[X]'] }).size).toBe(0);
  });
});
