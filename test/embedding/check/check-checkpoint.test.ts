// Every mismatch that people run into, made on purpose: the verdict, the numbers in the message, and the fix.
import { describe, expect, it } from 'vitest';
import { checkCheckpoint } from '../../../src/embedding/check/check-checkpoint.ts';
import type { CheckedTokenizer, CheckpointCheckInput } from '../../../src/embedding/check/check-context.ts';
import type { CheckCode, CheckResult } from '../../../src/formats/check-report.ts';
import { parseVocabularyConfig } from '../../../src/formats/checkpoint/model-config.ts';
import { fillRowMap } from '../../../src/merge/row-map/row-map-algebra.ts';
import { appendingMap } from '../../checkpoints.ts';

const H = 'a'.repeat(64);

function tokenizer(ids: number, extra: Partial<CheckedTokenizer> = {}): CheckedTokenizer {
  return { name: 'merged', pieces: ids, ids, sha256: H, addedTokens: new Map(), specialIds: {}, ...extra };
}

const matrix = (name: string, rows: number) => ({ name, dtype: 'BF16', shape: [rows, 8] });
const untied = (rows: number, head = rows) => [
  matrix('model.embed_tokens.weight', rows),
  { name: 'model.norm.weight', dtype: 'BF16', shape: [8] },
  matrix('lm_head.weight', head),
];
const config = (json: object) => parseVocabularyConfig(JSON.stringify(json));

function input(rows: number, extra: Partial<CheckpointCheckInput> = {}): CheckpointCheckInput {
  return {
    tokenizer: tokenizer(rows),
    tensors: untied(rows),
    config: config({ vocab_size: rows, tie_word_embeddings: false }),
    ...extra,
  };
}

function resultOf(code: CheckCode, given: CheckpointCheckInput): CheckResult {
  const report = checkCheckpoint(given);
  expect(report.passed).toBe(report.checks.every(({ verdict }) => verdict !== 'problem'));
  return report.checks.find((check) => check.code === code)!;
}

/** The one finding of a check. */
function finding(code: CheckCode, given: CheckpointCheckInput): { verdict: string; what: string; fix: string } {
  const { verdict, findings } = resultOf(code, given);
  expect(findings.length).toBe(1);
  return { verdict, what: findings[0]!.what, fix: findings[0]!.fix };
}

describe('checkCheckpoint', () => {
  it('has nothing to say where everything agrees', () => {
    const report = checkCheckpoint(input(49960));
    expect(report.passed).toBe(true);
    expect(report.checks.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'skipped')).toEqual([]);
    expect(report.checks.map(({ code, verdict }) => `${code} ${verdict}`)).toEqual([
      'rows ok',
      'heads ok',
      'tied ok',
      'vocab-size ok',
      'added-tokens ok',
      'special-tokens ok',
      'row-map skipped',
      'multiple ok',
      'index skipped',
      'tokenizer-files skipped',
    ]);
  });

  it('49,953 rows against 49,954 ids: the pad token has no row', () => {
    const given = input(49953, { tokenizer: tokenizer(49954, { specialIds: { pad_token_id: 49953 } }) });
    const { verdict, what, fix } = finding('rows', given);
    expect(verdict).toBe('problem');
    expect(what).toBe('model.embed_tokens.weight has 49,953 rows, merged has 49,954 ids: id 49953 has no row');
    expect(fix).toContain('Only the pad token is missing');
  });

  it('49,954 rows against 49,953 ids: the tokenizer lacks a token', () => {
    const { verdict, fix } = finding('rows', input(49954, { tokenizer: tokenizer(49953) }));
    expect(verdict).toBe('problem');
    expect(fix).toContain('[PAD]');
  });

  it('takes rows up to a multiple of 8, or of the row map, for padding', () => {
    expect(finding('rows', input(49984, { tokenizer: tokenizer(49953) })).verdict).toBe('note');
    const rowMap = appendingMap(7, [[1]], { padding: 3 });
    expect(finding('rows', input(11, { tokenizer: tokenizer(8), rowMap })).verdict).toBe('note');
  });

  it('takes thousands of rows more for another model, whatever they are a multiple of', () => {
    const given = input(151936, { tokenizer: tokenizer(32000, { sha256: '0'.repeat(64) }) });
    expect(finding('rows', given)).toMatchObject({ verdict: 'problem', fix: expect.stringContaining('trained with') });
    const { findings } = resultOf('row-map', { ...given, rowMap: appendingMap(32000, [[1]]) });
    expect(findings.at(-1)!.fix).toBe('Row map and checkpoint are of different models.');
  });

  it('vocab_size left behind', () => {
    const { verdict, what, fix } = finding('vocab-size', input(49953, { config: config({ vocab_size: 32000 }) }));
    expect(verdict).toBe('problem');
    expect(what).toBe('config.json: vocab_size is 32,000, the matrices have 49,953 rows');
    expect(fix).toContain('Set vocab_size to 49953');
    expect(finding('vocab-size', input(8, { config: config({}) })).fix).toContain('"vocab_size": 8');
    expect(finding('vocab-size', input(8, { config: undefined })).what).toContain('no config.json');
  });

  it('head or bias not resized, or turned', () => {
    const left = finding('heads', input(49953, { tensors: untied(49953, 32000) }));
    expect(left.verdict).toBe('problem');
    expect(left.what).toBe('lm_head.weight has the shape [32000, 8], model.embed_tokens.weight has 49,953 rows');
    const bias = [...untied(100), { name: 'lm_head.bias', dtype: 'F32', shape: [90] }];
    expect(finding('heads', input(100, { tensors: bias })).fix).toContain('Only the matrix was resized');
    const turned = [
      matrix('model.embed_tokens.weight', 100),
      { name: 'lm_head.weight', dtype: 'F32', shape: [8, 100] },
    ];
    expect(finding('heads', input(100, { tensors: turned })).fix).toContain('transpose');
  });

  it('the tied flag', () => {
    const headless = [matrix('model.embed_tokens.weight', 8)];
    const tied = (value: boolean | undefined, tensors = headless) =>
      resultOf('tied', input(8, { tensors, config: config({ vocab_size: 8, tie_word_embeddings: value }) })).verdict;
    expect(tied(false)).toBe('problem');
    expect(tied(true)).toBe('ok');
    expect(tied(undefined)).toBe('note');
    expect(tied(true, untied(8))).toBe('note');
    expect(tied(false, untied(8))).toBe('ok');
    expect(tied(undefined, untied(8))).toBe('ok');
  });

  it('rows that devices cannot share', () => {
    expect(finding('multiple', input(49954)).verdict).toBe('note');
    const { verdict, what, fix } = finding('multiple', input(49954, { multipleOf: 4 }));
    expect(verdict).toBe('problem');
    expect(what).toBe('49,954 rows are not a multiple of 4; 49,956 would be');
    expect(fix).toContain('--pad-to-multiple-of 4');
    expect(resultOf('multiple', input(49954, { multipleOf: 2 })).verdict).toBe('ok');
  });

  it('added tokens outside the matrix, or on an id that is a piece', () => {
    const addedTokens = new Map([
      [3, 'c'],
      [5, '<x>'],
      [9, '[PAD]'],
    ]);
    const given = input(8, {
      tokenizer: tokenizer(10, { pieces: 8, addedTokens, pieceOf: (id) => 'abcdefgh'[id - 1] }),
    });
    const { verdict, findings } = resultOf('added-tokens', given);
    expect(verdict).toBe('problem');
    expect(findings.map(({ what }) => what)).toEqual([
      'added token "<x>" takes over id 5, which is the piece "e"',
      'added token "[PAD]" has id 9, the last row is 7',
    ]);
  });

  it('ids of special tokens that do not exist, or are others than the tokenizer’s', () => {
    const specialIds = { bos_token_id: 1, eos_token_id: 2, pad_token_id: 0 };
    const given = (json: object) =>
      input(8, {
        tokenizer: tokenizer(8, { specialIds }),
        config: config({ vocab_size: 8, pad_token_id: 0, ...json }),
      });
    expect(finding('special-tokens', given({ eos_token_id: 8 })).what).toBe(
      'config.json: eos_token_id is 8, the last row is 7',
    );
    expect(finding('special-tokens', given({ bos_token_id: 3 }))).toMatchObject({
      verdict: 'problem',
      fix: 'Set it to 1.',
    });
    expect(finding('special-tokens', given({ pad_token_id: null })).verdict).toBe('note');
    // What has no row is a finding of `rows`; no id without a row is asked for.
    const beyond = { tokenizer: tokenizer(9, { specialIds: { pad_token_id: 8 } }) };
    expect(resultOf('special-tokens', { ...given({ pad_token_id: null }), ...beyond }).verdict).toBe('ok');
    expect(resultOf('special-tokens', given({ eos_token_id: [2, 5], unk_token_id: -1 })).verdict).toBe('ok');
    const generation = { ...given({}), generationConfig: config({ eos_token_id: [5, 9] }) };
    expect(finding('special-tokens', generation).what).toContain('generation_config.json: eos_token_id is 9');
  });

  it('a row map of other models, or a checkpoint that was not resized yet', () => {
    const rowMap = appendingMap(7, [[1], [2]], { sha256: H });
    expect(resultOf('row-map', input(9, { rowMap })).verdict).toBe('ok');
    const early = input(7, { rowMap, tokenizer: tokenizer(9) });
    expect(finding('row-map', early).fix).toContain('run vocab-merge resize');
    expect(finding('rows', early).fix).toContain('was not resized yet');
    const other = finding('row-map', input(9, { rowMap, tokenizer: tokenizer(9, { sha256: 'b'.repeat(64) }) }));
    expect(other.what).toContain(`SHA-256 ${H}`);
    const base = finding('row-map', input(9, { rowMap, tokenizer: tokenizer(9, { sha256: '0'.repeat(64) }) }));
    expect(base.what).toContain('the tokenizer that the row map starts from');
    expect(base.fix).toContain('was resized by this row map already (it has 9 rows, the row map makes 9 of 7; ');
    const fits = resultOf('row-map', input(7, { rowMap, tokenizer: tokenizer(7, { sha256: '0'.repeat(64) }) }));
    expect(fits).toMatchObject({
      verdict: 'ok',
      summary: 'fits, was not applied yet: resize makes 9 rows (7 rows copied, 2 new)',
    });
    const filled = fillRowMap(rowMap, 8);
    expect(resultOf('row-map', input(9, { rowMap: filled })).summary).toBe(
      'the checkpoint has the 9 rows that the row map makes (7 rows copied, 1 free row filled, 1 row appended); resize will not do it again',
    );
    expect(finding('row-map', input(64, { rowMap, tokenizer: tokenizer(9) })).fix).toContain(
      'the row map of its own folder',
    );
    const evidence = { tokenizers: [{ name: 'tokenizer.model', sha256: H }] };
    expect(finding('row-map', input(2000, { rowMap, tokenizer: tokenizer(9), evidence })).fix).toContain(
      'It was resized',
    );
    expect(finding('row-map', input(5000, { rowMap, tokenizer: tokenizer(9) })).verdict).toBe('problem');
  });

  it('a total_size left behind, and another tokenizer in the folder', () => {
    const bytes = 2 * (8 * 8) * 2 + 8 * 2;
    expect(resultOf('index', input(8, { indexTotalSize: bytes })).verdict).toBe('ok');
    expect(finding('index', input(8, { indexTotalSize: 5 })).fix).toContain(`metadata.total_size to ${bytes}`);
    expect(finding('tokenizer-files', input(8, { ownTokenizerSha256: 'c'.repeat(64) })).verdict).toBe('problem');
    expect(resultOf('tokenizer-files', input(8, { ownTokenizerSha256: H })).verdict).toBe('ok');
  });

  it('says when there is nothing that looks like an embedding', () => {
    const given = input(8, { tensors: [{ name: 'x', dtype: 'F32', shape: [8, 8] }] });
    expect(finding('rows', given).fix).toContain('--tensor');
    expect(resultOf('rows', { ...given, names: ['x'] }).verdict).toBe('ok');
  });
});
