// The audit of tokenizers with a pipeline: an extension that is right, and the harms of ones that are not.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import type { VocabularyPatch } from '../../../src/core/patch.ts';
import { toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../../src/core/unicode/utf8.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import type { AuditCode, AuditReport } from '../../../src/formats/audit-report.ts';
import type { TokenizerDocument } from '../../../src/formats/tokenizer-document.ts';
import { parseTokenizerJsonDocument } from '../../../src/formats/tokenizer-json/document.ts';
import { parseTokenizerJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { auditTokenizer, failOn } from '../../../src/merge/audit/audit.ts';
import type { AuditSubject } from '../../../src/merge/audit/subject.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { smallBpe } from '../../models.ts';
import { type ByteModelParts, byteLevelJson } from '../choice/byte-models.ts';

const read = (json: string): TokenizerDocument => parseTokenizerJsonDocument(encodeUtf8(json));

function subjectOf(name: string, document: TokenizerDocument): AuditSubject {
  const text = new TextDecoder().decode(document.vocabularyFile.bytes);
  return { name, tokenizer: createTokenizer(document.model), document, json: parseTokenizerJson(text) };
}

const subject = (parts: ByteModelParts): AuditSubject => subjectOf('small', read(byteLevelJson(parts)));

const checkOf = ({ checks }: AuditReport, code: AuditCode) => checks.find((check) => check.code === code)!;

const BASE: ByteModelParts = {
  merges: [
    ['t', 'h'],
    ['th', 'e'],
    [' ', 'the'],
  ],
  addedTokens: ['<|end|>', '<|pad|>'],
};

/** 中 (E4 B8 AD) and 中中 as new pieces, in three merges. */
function patchFor({ model }: TokenizerDocument): VocabularyPatch {
  const first = model.pieces.length;
  const idOf = (piece: string): number => model.pieces.indexOf(piece);
  const pieces = ['\xe4\xb8', '\xe4\xb8\xad', toByteUnits('中中')];
  return {
    pieces: pieces.map((piece, i) => ({ id: first + i, piece, score: 0, type: PIECE_TYPE.normal })),
    merges: [
      { leftId: idOf('\xe4'), rightId: idOf('\xb8'), resultId: first },
      { leftId: first, rightId: idOf('\xad'), resultId: first + 1 },
      { leftId: first + 1, rightId: first + 1, resultId: first + 2 },
    ],
    addedTokens: [],
  };
}

describe('an extended tokenizer against its base', () => {
  const base = read(byteLevelJson(BASE));
  const extended = base.apply(patchFor(base));

  it('has nothing wrong with it, and says which lines change', async () => {
    const lines = ['the end', 'the <|end|>', '中中中', '中 the', '东'];
    const report = await auditTokenizer({
      target: subjectOf('extended', extended),
      base: subjectOf('base', base),
      lines,
      scripts: ['Han'],
    });
    expect(report.checks.filter(({ verdict }) => verdict === 'problem')).toEqual([]);
    expect(report).toMatchObject({ newPieces: 3, text: { lines: 5 } });
    for (const code of ['dead', 'pre-tokenizer', 'broken', 'base-ids', 'outranks', 'drift', 'longer'] as const) {
      expect(checkOf(report, code), code).toMatchObject({ verdict: 'ok', count: 0 });
    }
    // The same text judged by another script: its lines are named.
    const other = await auditTokenizer({
      target: subjectOf('extended', extended),
      base: subjectOf('base', base),
      lines,
      scripts: ['Thai'],
    });
    expect(checkOf(other, 'drift').findings).toEqual([
      { reason: 'line 3: <0xE4> becomes 中中', piece: '中中中' },
      { reason: 'line 4: <0xE4> becomes 中', piece: '中 the' },
      { reason: 'line 5: <0xE4> becomes <0xE4><0xB8>', piece: '东' },
    ]);
  });

  it('finds what a wrong one does: broken pieces, dead ones, moved specials', async () => {
    const target = subject({
      ...BASE,
      merges: [['h', 'e'], ...BASE.merges],
      pieces: ['中国', 'a b'].map(toByteUnits),
      bytes: true,
    });
    const report = await auditTokenizer({ target, base: subjectOf('base', base) });
    expect(checkOf(report, 'broken').findings).toEqual(
      [
        { id: 258, piece: 'the', encodesTo: ['t', 'he'] },
        { id: 259, piece: '▁the', encodesTo: ['▁', 't', 'he'] },
      ].map((finding) => expect.objectContaining({ piece: finding.piece, encodesTo: finding.encodesTo })),
    );
    expect(checkOf(report, 'dead').findings.map(({ piece }) => piece)).toEqual(['中国', 'a▁b']);
    expect(checkOf(report, 'outranks').findings.map(({ reason }) => reason)).toEqual([
      'h + e: new, and before merges of the base',
    ]);
    expect(checkOf(report, 'base-ids').findings.map(({ piece }) => piece)).toContain('<|end|>');
    expect(() => failOn(report, ['dead', 'broken'])).toThrow('small: failed 2 of 2 checks: dead (2), broken (2)');
  });

  it('finds specials that the Rust engine renumbers, in files that list them in added_tokens only', async () => {
    const json = JSON.parse(byteLevelJson(BASE));
    const { length } = Object.keys(json.model.vocab);
    json.model.vocab.Ġx = length + 2;
    const report = await auditTokenizer({ target: subjectOf('appended', read(JSON.stringify(json))) });
    expect(checkOf(report, 'added-tokens').findings).toEqual([
      {
        id: length,
        piece: '<|end|>',
        reason: `has id ${length + 1} in the Rust engine and transformers: it is not in "model.vocab" (the tokenizer)`,
      },
      {
        id: length + 1,
        piece: '<|pad|>',
        reason: `has id ${length + 2} in the Rust engine and transformers: it is not in "model.vocab" (the tokenizer)`,
      },
    ]);
    // Written by this project, they stand in both.
    const right = await auditTokenizer({ target: subjectOf('extended', extended) });
    expect(checkOf(right, 'added-tokens').verdict).toBe('ok');
  });

  it('tells whole pieces, parts that lead nowhere, and tokens that cut pieces', async () => {
    const report = await auditTokenizer({
      target: subject({
        merges: [
          ['\xe4', '\xb8'],
          ['\xe5', '\x9b'],
          ['\xe5\x9b', '\xbd'],
        ],
        pieces: ['whole'],
        bytes: true,
        ignoreMerges: true,
        addedTokens: ['ole'],
      }),
    });
    // The added token is cut out of it first.
    expect(checkOf(report, 'added-tokens').findings).toMatchObject([{ piece: 'ole' }]);
    expect(checkOf(report, 'parts')).toMatchObject({ verdict: 'note', count: 1, of: 2 });
    expect(checkOf(report, 'parts').findings).toMatchObject([{ piece: '<0xE4><0xB8>' }]);
    const whole = await auditTokenizer({ target: subject({ merges: [], pieces: ['whole'], ignoreMerges: true }) });
    expect(checkOf(whole, 'whole-only').findings).toMatchObject([{ piece: 'whole' }]);
    expect(whole.effectiveSize).toBe(256 - 13 + 1);
  });
});

it('names tokens that look special and are not', async () => {
  const whole = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
  const ordinary = subject({ merges: [], pieces: ['<|x|>'], ignoreMerges: true, preTokenizer: whole });
  const [problem] = [checkOf(await auditTokenizer({ target: ordinary }), 'specials')];
  expect(problem).toMatchObject({ verdict: 'problem', findings: [{ piece: '<|x|>', reason: 'ordinary piece' }] });
  const json = JSON.parse(byteLevelJson(BASE));
  json.added_tokens[0].special = false;
  const target = subjectOf('plain', read(JSON.stringify(json)));
  expect(checkOf(await auditTokenizer({ target }), 'specials')).toMatchObject({ verdict: 'note', count: 1 });
  // The base's own are no fault of what extends it.
  expect(checkOf(await auditTokenizer({ target, base: target }), 'specials').verdict).toBe('ok');
});

it('names a class with which transformers gives other ids', async () => {
  const check = async (tokenizer_class?: string) => {
    const files = new Map([['tokenizer_config.json', JSON.stringify({ tokenizer_class })]]);
    return checkOf(await auditTokenizer({ target: { ...subject(BASE), files } }), 'class');
  };
  for (const right of ['GPT2Tokenizer', 'GPT2TokenizerFast', 'PreTrainedTokenizerFast', undefined]) {
    expect(await check(right), right).toMatchObject({ verdict: 'ok', count: 0 });
  }
  for (const wrong of ['LlamaTokenizerFast', 'Qwen2Tokenizer']) {
    expect(await check(wrong), wrong).toMatchObject({ verdict: 'problem', count: 1 });
  }
  expect((await check('LlamaTokenizerFast')).findings[0]!.reason).toContain('PreTrainedTokenizerFast runs the file');
});

it('refuses a base whose pieces are spelled otherwise, and checks that do not apply', async () => {
  const target = subject(BASE);
  const base = { name: 'characters', tokenizer: createTokenizer(smallBpe([['a', -1]])) };
  await expect(auditTokenizer({ target, base })).rejects.toThrow(InputError);
  const report = await auditTokenizer({ target });
  expect(() => failOn(report, ['ties'])).toThrow(OptionError);
  expect(() => failOn(report, ['ties'])).toThrow('ties does not apply to a tokenizer of this kind');
});
