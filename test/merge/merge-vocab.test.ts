import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDENTITY_NORMALIZER, PIECE_TYPE } from '../../src/core/model.ts';
import { applyPatch } from '../../src/core/patch.ts';
import { byteSurface, toByteUnits } from '../../src/core/unicode/byte-level.ts';
import { InputError, OptionError } from '../../src/errors.ts';
import { parseSentencePiece } from '../../src/formats/sentencepiece/document.ts';
import { type MergeResult, type MergeVocabOptions, mergeVocab } from '../../src/merge/merge-vocab.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { entriesOf, modelOf, type PieceEntry, plainModel } from '../models.ts';
import { runs } from '../runs.ts';
import { hasShared, needsShared, sharedFixture } from '../shared.ts';

const { unknown, control, userDefined, unused, byte } = PIECE_TYPE;

const BASE = modelOf([
  ['<unk>', 0, unknown],
  ['<s>', 0, control],
  ['ab', -0],
  ['▁▁', -1e9],
  ['a', -1],
  ['b', -2],
]);

const EXTENSION = modelOf([
  ['<unk>', 0, unknown],
  ['<pad>', 0, control],
  ['<0x41>', 0, byte],
  ['<sep>', 0, userDefined],
  ['中国', -1],
  ['ab', -2],
  ['▁中', -3],
  ['国12', -3],
  ['gone', -4, unused],
  ['中中中中', -5],
  ['国', -6],
  ['国', -7],
]);

function merge(options: Partial<MergeVocabOptions> = {}) {
  return mergeVocab({ base: BASE, extension: EXTENSION, ...options });
}

const newEntries = ({ patch, baseSize }: MergeResult) => entriesOf(applyPatch(BASE, patch), baseSize);
const newTexts = ({ patch }: MergeResult) => patch.pieces.map(({ piece }) => piece);

describe('what is appended', () => {
  it('by default: all but meta, unused, repeated and known pieces, below the base, types kept', () => {
    const merged = merge();
    expect(entriesOf(applyPatch(BASE, merged.patch)).slice(0, 6)).toEqual(entriesOf(BASE));
    expect(merged.patch.pieces.map(({ id }) => id)).toEqual([6, 7, 8, 9, 10, 11]);
    expect(newEntries(merged)).toEqual([
      ['<sep>', -3, userDefined],
      ['中国', -4],
      ['▁中', -5],
      ['国12', -6],
      ['中中中中', -7],
      ['国', -8],
    ]);
    expect(merged).toMatchObject({ baseSize: 6, extensionSize: 12, added: 6, rows: 12 });
    expect(merged.duplicates).toEqual([
      { piece: '<unk>', baseId: 0 },
      { piece: 'ab', baseId: 2 },
    ]);
    expect(merged.dropped).toEqual([
      { piece: '<pad>', reason: 'meta' },
      { piece: '<0x41>', reason: 'meta' },
      { piece: 'gone', reason: 'unused' },
      { piece: '国', reason: 'repeated' },
    ]);
  });

  it('with the published recipes: every text that the base lacks, as a normal piece', () => {
    const merged = merge({ preset: 'chinese-llama', addTokens: ['[PAD]'] });
    const texts = ['<pad>', '<0x41>', '<sep>', '中国', '▁中', '国12', 'gone', '中中中中', '国', '[PAD]'];
    expect(newEntries(merged)).toEqual(texts.map((piece) => [piece, 0]));
    expect(merged.patch.addedTokens).toEqual([
      { id: 15, content: '[PAD]', special: true, singleWord: false, lstrip: false, rstrip: false, normalized: false },
    ]);
    const belle = merge({ preset: 'belle' }).patch.pieces;
    expect(belle.map(({ score }) => score)).toEqual([0, 0, 0, -1, -3, -3, -4, -5, -6]);
    expect(belle.every(({ type }) => type === PIECE_TYPE.normal)).toBe(true);
  });

  it('explicit options override a preset', () => {
    const merged = merge({ preset: 'chinese-llama', scores: 'keep', types: 'keep' });
    expect(newEntries(merged).slice(0, 2)).toEqual([
      ['<sep>', 0, userDefined],
      ['中国', -1],
    ]);
    expect(newTexts(merge({ preset: 'safe' }))).toEqual(['中国', '▁中', '中中中中', '国']);
    expect(newTexts(merge({ preset: 'safe', scripts: ['Latin'] }))).toEqual([]);
  });

  it('scripts: only pieces wholly of the scripts, ▁ allowed', () => {
    const merged = merge({ scripts: ['Han'] });
    expect(newTexts(merged)).toEqual(['中国', '▁中', '中中中中', '国']);
    expect(merged.dropped.filter(({ reason }) => reason === 'script').map(({ piece }) => piece)).toEqual([
      '<sep>',
      '国12',
    ]);
    expect(newTexts(merge({ scripts: ['han', 'Common'] }))).toEqual(['中国', '▁中', '国12', '中中中中', '国']);
  });

  it('maxPieceLength counts code points', () => {
    const extension = modelOf([
      ['𠀀𠀁', -1],
      ['中国', -2],
      ['中国人', -3],
      ['▁中国', -4],
    ]);
    const merged = merge({ extension, maxPieceLength: 2 });
    expect(newTexts(merged)).toEqual(['𠀀𠀁', '中国']);
    expect(merged.dropped).toEqual([
      { piece: '中国人', reason: 'length' },
      { piece: '▁中国', reason: 'length' },
    ]);
  });

  it('targetSize takes the best-ranked, ties by id, and appends them in id order', () => {
    const extension = modelOf([
      ['x', -5],
      ['y', -1],
      ['z', -5],
      ['w', -9],
    ]);
    const merged = merge({ extension, targetSize: 8 });
    expect(newEntries(merged)).toEqual([
      ['x', -4],
      ['y', -3],
    ]);
    expect(merged.dropped).toEqual([
      { piece: 'z', reason: 'rank' },
      { piece: 'w', reason: 'rank' },
    ]);
  });

  it('added tokens come last: control pieces, or normal ones with the published recipes', () => {
    const merged = merge({ addTokens: ['<pad>', '[X]'], targetSize: 9 });
    expect(newEntries(merged)).toEqual([
      ['<sep>', -3, userDefined],
      ['<pad>', 0, control],
      ['[X]', 0, control],
    ]);
    // Normal pieces take part in merges: with distinct scores they get one, too.
    const normal = newEntries(merge({ types: 'normal', addTokens: ['[X]'] }));
    expect(normal.at(-1)).toEqual(['[X]', -12]);
  });

  it('rows are padded, pieces are not', () => {
    expect(merge({ padToMultipleOf: 64 })).toMatchObject({ rows: 64, added: 6 });
    expect(merge({ padToMultipleOf: 6 })).toMatchObject({ rows: 12 });
  });

  it('an empty extension adds nothing but the tokens', () => {
    const merged = merge({ extension: modelOf([]), addTokens: ['x'] });
    expect(newTexts(merged)).toEqual(['x']);
  });

  it('leaves both models as they were', () => {
    const before = structuredClone([BASE, EXTENSION]);
    merge({ preset: 'belle', addTokens: ['x'], targetSize: 10 });
    expect([BASE, EXTENSION]).toEqual(before);
  });
});

describe('refusals', () => {
  it.each<[string, object, RegExp]>([
    ['a target below the base', { targetSize: 5 }, /targetSize: 5 is out of reach: the base has 6 pieces/],
    ['a target above all', { targetSize: 13 }, /and the extension has 6 new ones/],
    ['a target without room for the tokens', { targetSize: 6, addTokens: ['x'] }, /6 pieces and 1 added token/],
    ['a target that is no number', { targetSize: 7.5 }, /targetSize: 7\.5 is not a whole number/],
    ['a token twice', { addTokens: ['x', 'y', 'x'] }, /addTokens: "x" is given twice/],
    ['a token of the base', { addTokens: ['ab'] }, /"ab" is already piece 2 of the base/],
    ['a token of the extension', { addTokens: ['中国'] }, /"中国" is already piece 4 of the extension/],
    ['an empty token', { addTokens: [''] }, /a token is empty/],
    ['a lone surrogate', { addTokens: ['x\ud800'] }, /has a lone surrogate/],
    ['an unknown preset', { preset: 'alpaca' }, /preset: "alpaca" is unknown/],
    ['an unknown score', { scores: 'above' }, /scores: "above" is unknown/],
    ['an unknown script', { scripts: ['Han', 'Klingon'] }, /"Klingon" is not a Unicode script/],
    ['no script', { scripts: [] }, /no script is named/],
    ['padding to 0', { padToMultipleOf: 0 }, /padToMultipleOf: 0 is not a whole number from 1/],
    ['length 0', { maxPieceLength: 0 }, /maxPieceLength: 0/],
  ])('%s', (_, options, message) => {
    expect(() => merge(options)).toThrow(message);
    expect(() => merge(options)).toThrow(OptionError);
  });

  it('says what is feasible', () => {
    const feasible = (options: object) => {
      try {
        merge({ targetSize: 100, ...options });
      } catch (error) {
        return (error as OptionError).hint;
      }
      return undefined;
    };
    expect(feasible({})).toBe('Feasible target sizes are 6 to 12.');
    expect(feasible({ scripts: ['Han'], addTokens: ['x', 'y'] })).toBe('Feasible target sizes are 8 to 12.');
  });

  it.each<[string, Partial<MergeVocabOptions>, RegExp]>([
    ['a word model as base', { base: { ...BASE, modelType: 'word' } }, /the model type is word/],
    ['a base without pieces', { base: modelOf([]) }, /base: the model has no pieces/],
    [
      'a Unigram base with a pipeline',
      { base: { ...BASE, modelType: 'unigram', normalizers: [{ type: 'nfc' }] } },
      /a unigram model with a pre-tokenizer/,
    ],
    ['a score that is NaN', { extension: modelOf([['x', Number.NaN]]) }, /extension: piece 0 "x" has the score NaN/],
  ])('%s', (_, options, message) => {
    expect(() => merge(options)).toThrow(message);
    expect(() => merge(options)).toThrow(InputError);
  });
});

describe('merge invariants', () => {
  const entries = fc.uniqueArray(
    fc.tuple(
      fc.string({ unit: fc.constantFrom('a', 'b', '中', '国', '▁', '1', '𠀀'), minLength: 1, maxLength: 5 }),
      // Where float32 ends there may be no room below: that is in score-ladder.test.ts.
      fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) }),
    ),
    { selector: ([piece]) => piece, maxLength: 20 },
  );
  const models = fc.record({
    base: entries.filter((pieces) => pieces.length > 0),
    extension: entries,
    baseType: fc.constantFrom('bpe', 'unigram'),
    scores: fc.constantFrom('zero', 'below', 'keep'),
    types: fc.constantFrom('keep', 'normal'),
    size: fc.nat(),
    withTokens: fc.boolean(),
  });

  it('ids of the base unchanged, no piece twice, exact target size, every piece of the extension accounted for', () => {
    fc.assert(
      fc.property(models, ({ base, extension, baseType, scores, types, size, withTokens }) => {
        const addTokens = withTokens ? ['<x>', '<y>'] : [];
        const options = {
          base: modelOf(base, { modelType: baseType }),
          extension: modelOf(extension, { modelType: 'unigram' }),
          scores,
          types,
          addTokens,
        } as const;
        const all = base.length + mergeVocab(options).added;
        const least = base.length + addTokens.length;
        const targetSize = least + (size % (all - least + 1));
        const merged = mergeVocab({ ...options, targetSize });
        const model = applyPatch(options.base, merged.patch);
        const { pieces } = model;
        expect(pieces.length).toBe(targetSize);
        expect(merged.added).toBe(targetSize - base.length);
        expect(entriesOf(model).slice(0, base.length)).toEqual(base);
        expect(new Set(pieces).size).toBe(targetSize);
        expect(merged.duplicates.length + merged.dropped.length + merged.added - addTokens.length).toBe(
          extension.length,
        );
        expect(pieces.slice(targetSize - addTokens.length)).toEqual(addTokens);
        for (const { piece, baseId } of merged.duplicates) expect(base[baseId]![0]).toBe(piece);
        if (scores === 'below') {
          const fresh = merged.patch.pieces.filter(({ type }) => type === PIECE_TYPE.normal);
          const values = fresh.map(({ score }) => score);
          expect(new Set(values).size).toBe(values.length);
          expect(values.every((score) => Math.fround(score) === score)).toBe(true);
          const merges = base.filter(([piece]) => !/^▁+$/.test(piece)).map(([, score]) => score);
          for (const score of merges) expect(values.every((value) => value < score)).toBe(true);
        }
      }),
      runs(100),
    );
  });
});

describe('on the published models', needsShared, () => {
  const read = (name: string) => parseSentencePiece(sharedFixture(`${name}`));
  const llama2 = hasShared ? read('llama2.model') : undefined;
  const base = llama2?.model ?? BASE;
  const extension = hasShared ? read('chinese_sp.model').model : EXTENSION;
  const sha256 = ({ patch }: MergeResult) => createHash('sha256').update(llama2!.apply(patch).bytes).digest('hex');

  it('writes the published Chinese-LLaMA and Chinese-Alpaca files', () => {
    const llama = mergeVocab({ base, extension, preset: 'chinese-llama' });
    expect(sha256(llama)).toBe('e2676d4ca29ca1750f6ff203328d73b189321dc5776ceede037cbd36541d70c0');
    expect(llama).toMatchObject({ baseSize: 32000, extensionSize: 20000, added: 17953, rows: 49953 });
    expect(llama.duplicates.length).toBe(2047);
    expect(llama.dropped).toEqual([]);
    const alpaca = mergeVocab({ base, extension, preset: 'chinese-llama', addTokens: ['[PAD]'] });
    expect(sha256(alpaca)).toBe('2d967e855b1213a439df6c8ce2791f869c84b4f3b6cfacf22b86440b8192a2f8');
    expect(alpaca.baseSize + alpaca.added).toBe(49954);
  });

  it('belle keeps the scores of the extension', () => {
    const { patch } = mergeVocab({ base, extension, preset: 'belle' });
    const scores = new Map(extension.pieces.map((piece, id) => [piece, extension.pieceScores[id]]));
    expect(patch.pieces.length).toBe(17953);
    expect(patch.pieces.every(({ piece, score }) => score === scores.get(piece))).toBe(true);
  });

  it('scores below: -31741 downwards, one apart, above the runs of spaces', () => {
    const { patch } = mergeVocab({ base, extension });
    expect(patch.pieces.map(({ score }) => score)).toEqual(Array.from({ length: 17953 }, (_, i) => -31741 - i));
  });

  it('a Unigram base gets neighbors of its lowest score', () => {
    const merged = mergeVocab({ base: extension, extension: base });
    const lowest = Math.min(...extension.pieceScores);
    const scores = merged.patch.pieces.map(({ score }) => score);
    expect(Math.max(...scores)).toBeLessThan(lowest);
    expect(Math.min(...scores)).toBeGreaterThan(lowest - 0.1);
    expect(new Set(scores).size).toBe(scores.length);
  });

  it('safe: text without Han keeps its ids, Chinese gets shorter', () => {
    const { patch } = mergeVocab({ base, extension, preset: 'safe' });
    const before = createTokenizer(base);
    const after = createTokenizer(applyPatch(base, patch));
    const texts = [
      '  def f(x):\n    return "timeout 1234"\n',
      'Windows Controller, George: 3.14 – “ok” …',
      '，。：！かな 한국어',
    ];
    for (const text of texts) expect(after.encode(text)).toEqual(before.encode(text));
    const chinese = '人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。';
    expect(before.countTokens(chinese)).toBe(35);
    expect(after.countTokens(chinese)).toBeLessThan(20);
  });
});

describe('a base that lists its merges, with pieces in bytes', () => {
  const bytes = Array.from({ length: 256 }, (_, each) => String.fromCharCode(each));
  const [first, second, third] = toByteUnits('中');
  /** The bytes, `中` in two steps, and a special token. */
  const pieces = [...bytes, `${first}${second}`, toByteUnits('中'), '<|end|>'];
  const base = plainModel({
    units: 'byte',
    pieces,
    pieceScores: new Float32Array(pieces.length),
    pieceTypes: Uint8Array.from(pieces, (_, id) => (id === 258 ? control : PIECE_TYPE.normal)),
    normalizer: { ...IDENTITY_NORMALIZER, addDummyPrefix: false, escapeWhitespaces: false },
    wholePieceFirst: true,
    unkPiece: '',
    preTokenizers: [
      { type: 'digits', individual: false },
      { type: 'byte-level', addPrefixSpace: false, useRegex: true },
    ],
    merges: {
      leftIds: Int32Array.of(bytes.indexOf(first!), 256),
      rightIds: Int32Array.of(bytes.indexOf(second!), bytes.indexOf(third!)),
      resultIds: Int32Array.of(256, 257),
    },
  });
  const [e5, b0, bd] = toByteUnits('国')
    .split('')
    .map((each) => bytes.indexOf(each)) as [number, number, number];
  const text = (merged: MergeResult): string[] => merged.patch.pieces.map(({ piece }) => byteSurface(piece));
  const sp = (...entries: PieceEntry[]) => modelOf([['<unk>', 0, unknown], ...entries]);

  it('takes what comes to two tokens, in the order of rank, with the merge that follows', () => {
    const extension = sp(['▁中', -1], ['中中', -2], ['中中中', -3], ['ab', -4]);
    const merged = mergeVocab({ base, extension, addTokens: ['<|new|>'] });
    expect(text(merged)).toEqual([' 中', '中中', '中中中', 'ab', '<|new|>']);
    expect(merged.patch.merges.map(({ leftId, rightId }) => [leftId, rightId])).toEqual([
      [0x20, 257],
      [257, 257],
      [260, 257],
      [0x61, 0x62],
    ]);
    expect(merged.patch.addedTokens.map(({ id }) => id)).toEqual([263]);
    const tokenizer = createTokenizer(applyPatch(base, merged.patch));
    expect(tokenizer.encode('中中中 中ab')).toEqual([261, 259, 262]);
  });

  it('lets a piece wait for those that it is made of', () => {
    const extension = sp(['中中中中', -1], ['中中', -2]);
    expect(text(mergeVocab({ base, extension }))).toEqual(['中中', '中中中中']);
  });

  it('drops what comes to more tokens, and says to what', () => {
    const merged = mergeVocab({ base, extension: sp(['国', -1], ['中文', -2], ['中1', -3]), targetSize: 259 });
    expect(merged.dropped).toEqual([
      { piece: '<unk>', reason: 'meta' },
      { piece: '国', reason: 'rank' },
      { piece: '中文', reason: 'rank' },
      { piece: '中1', reason: 'rank' },
    ]);
    const all = mergeVocab({ base, extension: sp(['国', -1], ['中文', -2]) });
    expect(all.dropped.slice(1)).toEqual([
      { piece: '国', reason: 'unreachable', encodesTo: ['<0xE5>', '<0x9B>', '<0xBD>'] },
      { piece: '中文', reason: 'unreachable', encodesTo: ['中', '<0xE6>', '<0x96>', '<0x87>'] },
    ]);
    expect(all.warnings.map(({ code }) => code)).toEqual(['unformable-pieces']);
    expect(() => mergeVocab({ base, extension: sp(['国', -1]), targetSize: 260 })).toThrow(/can be emitted/);
  });

  it('drops what the pre-tokenizer always cuts, and takes the next-ranked for it', () => {
    const merged = mergeVocab({ base, extension: sp(['中1', -1], ['12', -2], ['中中', -3]), targetSize: 261 });
    expect(text(merged)).toEqual(['12', '中中']);
    expect(merged.dropped.slice(1)).toEqual([{ piece: '中1', reason: 'unreachable', encodesTo: ['中', '1'] }]);
  });

  it('takes the parts of characters of another byte-level model, and its ranks', () => {
    const other = ['\xe5\x9b', toByteUnits('国'), toByteUnits('中国')];
    const extension = plainModel({
      ...base,
      pieces: [...bytes, ...other, '<|x|>', 'zz'],
      pieceScores: new Float32Array(261),
      pieceTypes: Uint8Array.from({ length: 261 }, (_, id) => (id === 259 ? userDefined : PIECE_TYPE.normal)),
    });
    const merged = mergeVocab({ base, extension });
    expect(text(merged)).toEqual(['<0xE5><0x9B>', '国', '中国', 'zz']);
    expect(merged.patch.merges.map(({ leftId, rightId }) => [leftId, rightId])).toEqual([
      [e5, b0],
      [259, bd],
      [257, 260],
      [0x7a, 0x7a],
    ]);
    expect(merged.dropped).toEqual([{ piece: '<|x|>', reason: 'meta' }]);
    expect(text(mergeVocab({ base, extension, scripts: ['Han'], maxPieceLength: 2 }))).toEqual([]);
  });

  it('gives a base with characters no parts of them', () => {
    const extension = plainModel({
      ...base,
      pieces: ['\xe5\x9b', toByteUnits('中文'), ' b'],
      pieceScores: new Float32Array(3),
      pieceTypes: new Uint8Array(3).fill(1),
    });
    const merged = mergeVocab({ base: BASE, extension });
    expect(merged.dropped).toEqual([{ piece: '<0xE5><0x9B>', reason: 'part' }]);
    expect(newTexts(merged)).toEqual(['中文', '▁b']);
  });

  it.each<[string, Partial<MergeVocabOptions>]>([
    ['preset: chinese-llama is for SentencePiece bases', { preset: 'chinese-llama' }],
    ['scores: zero is for SentencePiece bases', { scores: 'zero' }],
    ['scores: normal is for SentencePiece bases', { types: 'normal' }],
  ])('refuses %s', (message, options) => {
    expect(() => mergeVocab({ base, extension: EXTENSION, ...options })).toThrow(message);
    expect(() => mergeVocab({ base, extension: EXTENSION, ...options })).toThrow(OptionError);
  });
});
