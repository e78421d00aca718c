// Every check on small models made for it, and the figures of the published vocabularies.
import { describe, expect, it } from 'vitest';
import { buildCharsmap } from '../../../src/core/charsmap/charsmap-builder.ts';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { AuditError, FormatError, OptionError } from '../../../src/errors.ts';
import { type AuditCode, type AuditReport, serializeAuditReport } from '../../../src/formats/audit-report.ts';
import {
  assembleSentencePiece,
  parseSentencePiece,
  type SentencePieceDocument,
  type SentencePieceParts,
} from '../../../src/formats/sentencepiece/document.ts';
import { buildTokenizerJson, serializeTokenizerJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { type AuditOptions, auditTokenizer, failOn } from '../../../src/merge/audit/audit.ts';
import type { AuditSubject } from '../../../src/merge/audit/subject.ts';
import { mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { modelOf, type PieceEntry } from '../../models.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

const { unknown, control, userDefined } = PIECE_TYPE;
type NormalizerFields = NonNullable<SentencePieceParts['normalizerSpec']>;

const LLAMA_LIKE: NormalizerFields = { name: 'identity', removeExtraWhitespaces: false };

function subject(
  entries: readonly PieceEntry[],
  { files, normalizer = LLAMA_LIKE, splitDigits = false }: SubjectOptions = {},
): AuditSubject {
  const { pieces, pieceScores, pieceTypes } = modelOf([['<unk>', 0, unknown], ['<s>', 0, control], ...entries]);
  const trainerSpec = { modelType: 'bpe', vocabSize: pieces.length, splitDigits } as const;
  const document = assembleSentencePiece({ pieces, pieceScores, pieceTypes, trainerSpec, normalizerSpec: normalizer });
  return subjectOf('small', document, files);
}

interface SubjectOptions {
  readonly files?: Readonly<Record<string, unknown>>;
  readonly normalizer?: NormalizerFields;
  readonly splitDigits?: boolean;
}

function subjectOf(
  name: string,
  document: SentencePieceDocument,
  files: Readonly<Record<string, unknown>> = {},
): AuditSubject {
  const texts = Object.entries(files).map(
    ([file, value]) => [file, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  return { name, tokenizer: createTokenizer(document.model), document, files: new Map(texts) };
}

const checkOf = ({ checks }: AuditReport, code: AuditCode) => checks.find((check) => check.code === code)!;

async function check(code: AuditCode, options: AuditOptions) {
  return checkOf(await auditTokenizer(options), code);
}

const BASE: readonly PieceEntry[] = [
  ['ab', -1],
  ['a', -2],
  ['b', -3],
  ['c', -4],
  ['▁', -5],
  ['bc', -6],
];

describe('with a base', () => {
  const base = subject(BASE);

  it('a merge below the base is fine', async () => {
    const report = await auditTokenizer({ target: subject([...BASE, ['abc', -7], ['中', -8]]), base });
    expect(report.checks.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'skipped')).toEqual([]);
    expect(report).toMatchObject({ newPieces: 2, effectiveSize: 8, tokenizer: { vocabSize: 10 } });
  });

  it('dead new pieces, and new pieces that outrank the base', async () => {
    const target = subject([...BASE, ['ca', 0], ['cab', -7], ['aca', -8], ['cc中', -9]]);
    const report = await auditTokenizer({ target, base });
    // `ca` is made before `ab`, so that `c` + `ab` never meet.
    expect(checkOf(report, 'dead')).toMatchObject({
      verdict: 'problem',
      count: 1,
      of: 4,
      findings: [{ id: 11, piece: 'cc中', encodesTo: ['c', 'c', '<unk>'] }],
    });
    expect(checkOf(report, 'broken').count).toBe(0);
    expect(checkOf(report, 'outranks').findings).toEqual([{ id: 8, piece: 'ca' }]);
  });

  it('base pieces that are missing, moved, or of another type', async () => {
    const target = subject([
      ['ab', -1],
      ['b', -3],
      ['a', -2],
      ['c', -4, userDefined],
      ['▁', -5],
    ]);
    expect((await check('base-ids', { target, base })).findings).toEqual([
      { id: 4, piece: 'a', reason: 'has id 3 in the base' },
      { id: 3, piece: 'b', reason: 'has id 4 in the base' },
      { id: 5, piece: 'c', reason: 'has another type than in the base' },
      { piece: 'bc', reason: 'id 7 of the base is missing' },
    ]);
  });

  it('a base piece that a new one takes apart is broken, with what it becomes', async () => {
    const old: readonly PieceEntry[] = [...BASE, ['abab', -7]];
    const report = await auditTokenizer({ target: subject([...old, ['ba', 3]]), base: subject(old) });
    expect(checkOf(report, 'broken').findings).toEqual([{ id: 8, piece: 'abab', encodesTo: ['a', 'ba', 'b'] }]);
    expect(checkOf(report, 'dead').count).toBe(0);
    // What was dead in the base already is neither broken nor a dead new piece.
    const dead: readonly PieceEntry[] = [...BASE, ['cc中', -7]];
    const same = await auditTokenizer({ target: subject([...dead, ['ca', -8]]), base: subject(dead) });
    expect([checkOf(same, 'broken').count, checkOf(same, 'dead').count]).toEqual([0, 0]);
    expect(checkOf(same, 'dead').summary).toContain("1 of the base's own is dead there already");
  });

  it('ties: between merges only, runs of spaces aside', async () => {
    const target = subject([...BASE, ['▁▁', -1e9], ['▁▁▁', -1e9], ['中', -7], ['国', -7], ['cc', -8], ['ca', -8]]);
    const ties = await check('ties', { target, base });
    expect(ties.findings.map(({ piece }) => piece)).toEqual(['cc', 'ca']);
    expect(ties.summary).toContain('2 runs of ▁');
    expect(await check('ties', { target: subject([...BASE, ['cc', -6]]), base })).toMatchObject({
      count: 1,
      findings: [{ piece: 'cc', reason: 'score -6, as 1 other piece' }],
    });
  });

  it('new pieces that are made of the same base tokens', async () => {
    const same = await check('same-rows', { target: subject([...BASE, ['ca', -7], ['ac', -8], ['cb', -9]]), base });
    expect(same).toMatchObject({ verdict: 'note', count: 2 });
    expect(same.findings[0]).toEqual({ id: 8, piece: 'ca', reason: 'same base tokens as ac' });
  });

  it('skips what needs a base without one, and finds dead pieces of all', async () => {
    const report = await auditTokenizer({ target: subject([...BASE, ['cc中', -9]]) });
    expect(report.checks.filter(({ verdict }) => verdict === 'skipped').map(({ code }) => code)).toEqual([
      ...['broken', 'base-ids', 'outranks', 'same-rows', 'drift', 'longer', 'unused'],
    ]);
    expect(checkOf(report, 'dead').of).toBe(7);
    expect(checkOf(report, 'dead').count).toBe(1);
  });
});

describe('the texts of pieces', () => {
  const digits: readonly PieceEntry[] = [...'0123456789'].map((digit, i) => [digit, -10 - i]);

  it('digits: by what the base was told, or by how its pieces look', async () => {
    const more: readonly PieceEntry[] = [
      ['12', -30],
      ['▁1', -31],
      ['年1', -32],
      ['３４', -33],
    ];
    const found = ['12', '年1', '３４'];
    const told = { target: subject([...BASE, ...more]), base: subject(BASE, { splitDigits: true }) };
    expect((await check('digits', told)).findings.map(({ piece }) => piece)).toEqual(found);
    const seen = { target: subject([...BASE, ...digits, ...more]), base: subject([...BASE, ...digits]) };
    expect((await check('digits', seen)).findings.map(({ piece }) => piece)).toEqual(found);
    const free = { target: subject([...BASE, ...digits, ['45', -30], ...more]) };
    expect(await check('digits', free)).toMatchObject({
      verdict: 'ok',
      summary: 'there is no rule that splits numbers',
    });
  });

  it('what the normalizer rewrites, and what text behind it hardly holds', async () => {
    // The part of nfkc that these pieces meet.
    const nfkc = { name: 'nfkc', precompiledCharsmap: buildCharsmap(new Map([['，', ',']])) };
    const pieces: readonly PieceEntry[] = [
      ['，中', -1],
      ['▁▁', -2],
      [':“', -3],
      ['中国', -4],
      ['a, b', -5],
    ];
    expect((await check('normalizer', { target: subject(pieces, { normalizer: nfkc }) })).findings).toEqual([
      { id: 2, piece: '，中', reason: 'rewritten by the normalizer' },
      { id: 3, piece: '▁▁', reason: 'two spaces, which become one' },
      { id: 6, piece: 'a, b', reason: 'plain space, which becomes ▁' },
    ]);
    const habit = await check('normalizer', { target: subject(pieces.slice(0, 4)) });
    expect([habit.verdict, habit.count]).toEqual(['note', 1]);
    const { verdict, findings } = await check('normalizer', { target: subject(pieces) });
    expect(verdict).toBe('problem');
    expect(findings).toEqual([
      { id: 4, piece: ':“', reason: 'half-width punctuation beside Chinese' },
      { id: 6, piece: 'a, b', reason: 'plain space, which becomes ▁' },
    ]);
  });

  it('junk: byte spellings, markup, addresses, site phrases, invisible characters', async () => {
    const junk: readonly PieceEntry[] = [
      ...['<0x0A>中', '&nbsp;', '▁https', '责任编辑', '\ufeff', '中国', '点', '点击进入', '</p>', '▁companies'].map(
        (piece, i): PieceEntry => [piece, -1 - i],
      ),
    ];
    const found = await check('junk', { target: subject(junk) });
    expect(found.findings.map(({ piece, reason }) => [piece, reason])).toEqual([
      ['<0x0A>中', 'byte spelling'],
      ['&nbsp;', 'markup'],
      ['▁https', 'url'],
      ['责任编辑', 'boilerplate'],
      ['\ufeff', 'invisible'],
      ['点击进入', 'boilerplate'],
      ['</p>', 'markup'],
    ]);
    expect(found.verdict).toBe('note');
  });

  it('the same text twice, and special tokens that can be typed', async () => {
    const target = subject([
      ['<s>', -1],
      ['\u1f71', -2],
      ['\u03ac', -3],
      ['<|im_start|>', 0, userDefined],
      ['[PAD', -4],
      ['[PA', -5],
      ['[P', -6],
      ['<pad>', -7],
      ...[...'<s>[PAD]']
        .map((letter, i): PieceEntry => [letter, -10 - i])
        .filter(([letter], i) => '<s>[PAD]'.indexOf(letter) === i),
      ['s>', -30],
      ['[PAD]', -31],
    ]);
    const report = await auditTokenizer({ target });
    expect(checkOf(report, 'duplicates').findings).toEqual([
      { id: 2, piece: '<s>', reason: 'same text as id 1, a special piece' },
      { id: 4, piece: '\u03ac', reason: 'looks the same as id 3, "\u1f71"' },
    ]);
    expect(checkOf(report, 'specials').findings).toEqual([
      { id: 2, piece: '<s>', reason: 'ordinary piece, not a control piece' },
      { id: 5, piece: '<|im_start|>', reason: 'user-defined piece, not a control piece' },
      { id: target.tokenizer.pieceToId('[PAD]'), piece: '[PAD]', reason: 'ordinary piece, not a control piece' },
    ]);
  });
});

describe('the files beside it', () => {
  it('added tokens that take ids or text away', async () => {
    const files = {
      'added_tokens.json': { '<extra>': 8, c: 9, '<s>': 1 },
      'tokenizer_config.json': {
        added_tokens_decoder: {
          '3': { content: 'zz', special: true },
          '5': { content: 'c', lstrip: true, special: false },
          '8': { content: '<other>', special: true, lstrip: true },
        },
      },
    };
    const found = await check('added-tokens', { target: subject(BASE, { files }) });
    expect(found.findings.map(({ piece, reason }) => `${piece}: ${reason}`)).toEqual([
      '<extra>: id beyond the 8 pieces: needs a row of its own (added_tokens.json)',
      'c: id beyond the 8 pieces: needs a row of its own (added_tokens.json)',
      'c: shadows piece 5, which has the same text (added_tokens.json)',
      'c: is cut out of text first: 1 longer piece that contains it is lost (added_tokens.json)',
      'zz: takes over id 3, which is the piece "a" (tokenizer_config.json)',
      'c: strips the spaces beside it although it is not special: decoding does not give them back (tokenizer_config.json)',
      'c: has id 9 in another file, or earlier in this one (tokenizer_config.json)',
      '<other>: id beyond the 8 pieces: needs a row of its own (tokenizer_config.json)',
      '<other>: id 8 is "<extra>" elsewhere (tokenizer_config.json)',
    ]);
    expect(found.of).toBe(5);
  });

  it('sizes that do not agree', async () => {
    const sizes = (files: Readonly<Record<string, unknown>>, rows?: number) =>
      check('vocab-size', { target: subject(BASE, { files }), rows });
    expect(await sizes({ 'config.json': { vocab_size: 8 } })).toMatchObject({ verdict: 'ok', summary: '8 pieces' });
    expect((await sizes({ 'config.json': { vocab_size: 64 } }, 64)).verdict).toBe('ok');
    expect((await sizes({ 'config.json': { vocab_size: 7 } }, 6)).findings.map(({ reason }) => reason)).toEqual([
      'vocab_size of config.json is 7, ids go up to 7: 1 token has no row',
      "the number of the checkpoint's rows is 6, ids go up to 7: 2 tokens have no row",
    ]);
    const added = { 'config.json': { vocab_size: 8 }, 'added_tokens.json': { '[PAD]': 8 } };
    expect((await sizes(added)).count).toBe(1);
    const other = subject([...BASE.slice(0, 4), ['x', -9]]).tokenizer.model;
    const json = { 'tokenizer.json': serializeTokenizerJson(buildTokenizerJson({ ...other, byteFallback: false })) };
    expect((await sizes(json)).findings).toEqual([
      { reason: 'tokenizer.json has 7 pieces, the model 8' },
      { id: 6, piece: '▁', reason: 'tokenizer.json has "x" at this id' },
    ]);
  });

  it('damaged files are named', async () => {
    const broken = auditTokenizer({ target: subject(BASE, { files: { 'config.json': '{' } }) });
    await expect(broken).rejects.toThrow(FormatError);
    await expect(auditTokenizer({ target: subject(BASE, { files: { 'added_tokens.json': '[]' } }) })).rejects.toThrow(
      'added_tokens.json beside small: is JSON, but not an object',
    );
  });
});

describe('on text', () => {
  const base = subject(BASE);
  const target = subject([...BASE, ['中', -7], ['国', -8], ['中国', -9], ['文', -10], ['ca', 3]]);
  const lines = ['a c', 'cab', '中国', 'xx', '', 'cabcab'];

  it('ids that change, by script; lines that get longer, worst first; pieces that do not occur', async () => {
    const report = await auditTokenizer({ target, base, lines });
    expect(report.text).toEqual({
      lines: 6,
      tokens: 16,
      baseTokens: 16,
      scripts: [
        { script: 'Latin', isExtended: true, lines: 4, changedLines: 2, longerLines: 0, baseTokens: 14, tokens: 14 },
        { script: 'Common', isExtended: false, lines: 1, changedLines: 0, longerLines: 0, baseTokens: 0, tokens: 0 },
        { script: 'Han', isExtended: true, lines: 1, changedLines: 1, longerLines: 0, baseTokens: 2, tokens: 2 },
      ],
      longerLines: [],
    });
    // Latin is learnt, so its lines may change; which they are is told, since every base knows English.
    expect(checkOf(report, 'drift')).toMatchObject({
      verdict: 'note',
      count: 2,
      of: 5,
      summary:
        '2 of 5 lines without Han change their ids (40.00 %), since new pieces are of Latin letters; ' +
        'lines with Latin, Han: 16 tokens become 16',
      findings: [
        { piece: 'cab', reason: 'line 2: c becomes ca' },
        { piece: 'cabcab', reason: 'line 6: c becomes ca' },
      ],
    });
    expect(checkOf(report, 'unused').findings.map(({ piece }) => piece)).toEqual(['中', '国', '文']);
    const chinese = await auditTokenizer({ target, base, lines, scripts: ['han'] });
    expect(checkOf(chinese, 'drift')).toMatchObject({ count: 2, of: 5, verdict: 'problem' });
    expect(checkOf(chinese, 'drift').summary).toBe(
      '2 of 5 lines without Han change their ids (40.00 %); lines with Han: 2 tokens become 2',
    );
  });

  it('longer lines are kept, worst first', async () => {
    const old: readonly PieceEntry[] = [...BASE, ['abab', 9]];
    const worse = subject([...old, ['ba', 10], ['abab▁', 8]]);
    const report = await auditTokenizer({
      target: worse,
      base: subject(old),
      lines: ['abab', 'c', 'abababab', 'abab abab'],
    });
    expect(checkOf(report, 'longer')).toMatchObject({ verdict: 'problem', count: 3, of: 4 });
    expect(report.text!.longerLines.map(({ line, baseTokens, tokens }) => [line, baseTokens, tokens])).toEqual([
      [4, 4, 8],
      [3, 3, 6],
      [1, 2, 4],
    ]);
  });

  it('without a base: tokens and pieces that do not occur', async () => {
    const report = await auditTokenizer({ target, lines });
    expect(report.text).toMatchObject({ lines: 6, tokens: 16, scripts: [] });
    expect(checkOf(report, 'unused').count).toBe(5);
    await expect(auditTokenizer({ target, base, lines, scripts: ['Hann'] })).rejects.toThrow(OptionError);
  });
});

describe('failOn', () => {
  const base = subject(BASE);
  const target = subject([...BASE, ['cc中', -7], ['&nbsp;', -8]]);

  it('lists what failed, and nothing else', async () => {
    const report = await auditTokenizer({ target, base });
    expect(() => failOn(report, ['broken', 'ties'])).not.toThrow();
    expect(() => failOn(report, ['dead', 'broken', 'junk'])).toThrow(
      new AuditError('small: failed 2 of 3 checks: dead (2), junk (1)', {
        hint: 'The report says which pieces they are; --json lists all of them.',
      }),
    );
    expect(() => failOn(report, ['problems'])).toThrow('dead (2)');
  });

  it('refuses to pass what was not checked', async () => {
    const report = await auditTokenizer({ target });
    expect(() => failOn(report, ['broken'])).toThrow('failOn: broken was not checked: it needs the base');
    expect(() => failOn(report, ['brokn' as AuditCode])).toThrow('"brokn" is no check');
  });

  it('the document reads back', async () => {
    const report = await auditTokenizer({ target, base, lines: ['abc', '中'] });
    expect(JSON.parse(serializeAuditReport(report))).toEqual(JSON.parse(JSON.stringify(report)));
  });
});

describe('published vocabularies', needsShared, () => {
  const fixture = (name: string) => parseSentencePiece(sharedFixture(`${name}`));

  it('Chinese-LLaMA and Chinese-LLaMA-2 have exactly the known faults', async () => {
    const llama = fixture('llama2.model');
    const base = subjectOf('llama2', llama);
    const extension = fixture('chinese_sp.model').model;
    const merged = llama.apply(mergeVocab({ base: llama.model, extension, preset: 'chinese-llama' }).patch);
    const countsOf = async (document: SentencePieceDocument) => {
      const report = await auditTokenizer({ target: subjectOf('merged', document), base });
      return Object.fromEntries(report.checks.map(({ code, count }) => [code, count]));
    };
    expect(await countsOf(merged)).toMatchObject({
      dead: 345,
      broken: 194,
      'base-ids': 0,
      digits: 584,
      'same-rows': 2334,
    });
    expect(await countsOf(fixture('chinese_llama2.model'))).toMatchObject({
      ...{ dead: 657, broken: 1, 'base-ids': 0, digits: 0, 'same-rows': 3182 },
    });
    expect(await countsOf(llama)).toMatchObject({ dead: 0, broken: 0, ties: 0, outranks: 0, digits: 0 });
  });
});
