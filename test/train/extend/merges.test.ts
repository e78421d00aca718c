// Which merges continued BPE learns of a few lines, and in which order. That the encoder agrees is tested in extend.test.ts.
import { describe, expect, it } from 'vitest';
import { IDENTITY_NORMALIZER, PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { byteSurface } from '../../../src/core/unicode/byte-level.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { type LearningPass, type LearningTask, layOutRuns, learnPieces } from '../../../src/train/extend/merges.ts';
import { type ExtendOptions, resolveExtendOptions } from '../../../src/train/extend/options.ts';
import { collectRuns } from '../../../src/train/extend/runs.ts';
import { WEIGHT_UNITS } from '../../../src/train/extend/source-weights.ts';
import { modelOf, type PieceEntry, plainModel } from '../../models.ts';

const BASE: TokenizerModel = modelOf(
  [
    ['<unk>', 0, PIECE_TYPE.unknown],
    ...['中', '文', '国', '人'].map((piece): PieceEntry => [piece, -1]),
    ...Array.from({ length: 256 }, (_, byte): PieceEntry => [byteToPiece(byte), 0, PIECE_TYPE.byte]),
  ],
  { normalizer: { ...IDENTITY_NORMALIZER, addDummyPrefix: false }, byteFallback: true },
);

/** A line and how often it occurs. */
type Lines = Readonly<Record<string, number>>;

/** What the test says of the task and the pass; the rest is as plain as can be. */
type Parts = Partial<ExtendOptions> &
  Partial<Pick<LearningTask, 'weights' | 'blocked' | 'worthOf'>> &
  Partial<LearningPass>;

async function learn(sources: readonly Lines[], parts: Parts = {}) {
  const {
    weights = sources.map(() => WEIGHT_UNITS),
    blocked = new Set(),
    worthOf = () => 0,
    mergeCount = 99,
    characters = [],
    only,
    ...rest
  } = parts;
  const options = resolveExtendOptions({ newPieces: 1, minCount: 1, ...rest, scripts: rest.scripts ?? ['Han'] });
  const texts = sources.map((lines, i) => ({
    name: `${i}`,
    sentences: Object.entries(lines).map(([text, count]) => ({ text, count })),
  }));
  const runs = await collectRuns(BASE, texts, { ...options, isWeighed: true });
  return learnPieces(
    {
      runs,
      text: layOutRuns(runs, weights),
      units: BASE.units,
      weights,
      blocked,
      worthOf,
      options,
      runtime: {},
    },
    { mergeCount, characters, only },
  );
}

async function textsOf(sources: readonly Lines[], parts: Parts = {}): Promise<string[]> {
  return (await learn(sources, parts)).map(({ text }) => text);
}

describe('the order of merges', () => {
  it('is by count, each with the tokens it saves once those before it are made', async () => {
    const merges = await learn([{ 中文国: 5, 人国: 3 }]);
    expect(merges.map(({ text, saved }) => [text, saved])).toEqual([
      ['中文', 5],
      ['中文国', 5],
      ['人国', 3],
    ]);
  });

  it('is shorter pieces first, then smaller ones, where counts tie', async () => {
    // 中 is U+4E2D, 人 U+4EBA, 国 U+56FD, 文 U+6587.
    expect(await textsOf([{ 文国: 2, 国人: 2, 人中: 2 }])).toEqual(['人中', '国人', '文国']);
    expect(await textsOf([{ 中中国: 1, 人文: 1, 中中: 1 }])).toEqual(['中中', '人文', '中中国']);
  });

  it('ends at the number asked for, or where no pair is left', async () => {
    const lines = [{ 中文国: 5, 人国: 3 }];
    expect(await textsOf(lines, { mergeCount: 2 })).toEqual(['中文', '中文国']);
    expect(await textsOf([{ 中: 5 }])).toEqual([]);
  });

  it('counts each source by its weight', async () => {
    const sources = [{ 中文: 4 }, { 国人: 3 }];
    expect(await textsOf(sources)).toEqual(['中文', '国人']);
    const merges = await learn(sources, { weights: [WEIGHT_UNITS / 2, WEIGHT_UNITS] });
    expect(merges.map(({ text, saved }) => [text, saved])).toEqual([
      ['国人', 3],
      ['中文', 2],
    ]);
  });
});

describe('what is not learnt', () => {
  const lines = [{ 中文国: 5, 人国: 3 }];

  it('is blocked texts of a base with any number of pieces', async () => {
    const blocked = new Set(Array.from({ length: 200_000 }, (_, i) => String.fromCodePoint(0x20000 + i)));
    expect(await textsOf([{ 中文: 2 }], { blocked })).toEqual(['中文']);
  });

  it('is blocked texts, and what only they lead to', async () => {
    expect(await textsOf(lines, { blocked: new Set(['中文']) })).toEqual(['文国', '中文国', '人国']);
    expect(await textsOf(lines, { blocked: new Set(['中文', '文国']) })).toEqual(['人国']);
  });

  it('is all but the texts of a pass that names them', async () => {
    expect(await textsOf(lines, { only: new Set(['文国', '中国']) })).toEqual(['文国']);
    expect(await textsOf(lines, { only: new Set(['文国', '人国']), blocked: new Set(['人国']) })).toEqual(['文国']);
  });

  it('is what is too long or too rare', async () => {
    expect(await textsOf(lines, { maxPieceLength: 2 })).toEqual(['中文', '人国']);
    expect(await textsOf(lines, { minCount: 4 })).toEqual(['中文', '中文国']);
  });

  it('is what the rule does not let join', async () => {
    // ， is known to the base by its bytes only, and no half here.
    expect(await textsOf([{ '中文，国人': 2 }], { join: 'both' })).toEqual(['中文', '国人']);
    const characters = [{ text: '，' }];
    expect(await textsOf([{ '中，国': 2 }], { join: 'none', characters })).toEqual([]);
    expect(await textsOf([{ '中，国': 2 }], { join: 'front', characters })).toEqual(['，国']);
    expect(await textsOf([{ '中，国': 2 }], { join: 'both', characters })).toEqual(['中，', '中，国']);
  });

  it('is made of characters that the base lacks and the pass does not add', async () => {
    const rare = [{ 中龘: 3, 龘靐: 2 }];
    expect(await learn(rare)).toEqual([]);
    const merges = await learn(rare, { characters: [{ text: '龘' }] });
    expect(merges.map(({ text, characters }) => [text, characters])).toEqual([['中龘', ['龘']]]);
    const both = await learn(rare, { characters: [{ text: '龘' }, { text: '靐' }] });
    expect(both.map(({ text, characters }) => [text, characters])).toEqual([
      ['中龘', ['龘']],
      ['龘靐', ['龘', '靐']],
    ]);
  });
});

describe('sources', () => {
  it('must be as many as asked for, each with the least count', async () => {
    const sources = [
      { 中文: 9, 国人: 2 },
      { 国人: 2, 文中: 9 },
    ];
    expect(await textsOf(sources)).toEqual(['中文', '文中', '国人']);
    expect(await textsOf(sources, { minSources: 2 })).toEqual(['国人']);
    expect(await textsOf(sources, { minSources: 2, minSourceCount: 3 })).toEqual([]);
  });

  it('need not be more than those that have the characters of the piece', async () => {
    // 人 is in one source only.
    const sources = [
      { 中文: 9, 国人: 2 },
      { 国国: 2, 文中: 9 },
    ];
    expect(await textsOf(sources, { minSources: 2 })).toEqual(['国人']);
  });
});

describe('worth', () => {
  it('is that of the counts in the sources, and never above that of the halves', async () => {
    const sources = [{ 中文: 6, 中文国: 4 }, { 中文: 2 }];
    // The larger, the rarer: the longer piece would be worth more than its half.
    const worthOf = (counts: Float64Array): number => 100 - counts[0]! - counts[1]!;
    const merges = await learn(sources, { worthOf, evenness: 0.5 });
    expect(merges.map(({ text, value }) => [text, value])).toEqual([
      ['中文', 88],
      ['中文国', 88],
    ]);
  });

  it('is not asked for where pieces are chosen by their count alone', async () => {
    const worthOf = (): number => {
      throw new Error('asked');
    };
    expect((await learn([{ 中文: 2 }], { worthOf })).map(({ value }) => value)).toEqual([0]);
  });
});

describe('pieces in bytes', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const base: TokenizerModel = plainModel({
    units: 'byte',
    pieces: bytes,
    pieceScores: new Float32Array(256),
    pieceTypes: new Uint8Array(256).fill(PIECE_TYPE.normal),
    normalizer: {
      ...IDENTITY_NORMALIZER,
      ...{ addDummyPrefix: false, removeExtraWhitespaces: false, escapeWhitespaces: false },
    },
    preTokenizers: [{ type: 'byte-level', addPrefixSpace: false, useRegex: true }],
    merges: { leftIds: new Int32Array(0), rightIds: new Int32Array(0), resultIds: new Int32Array(0) },
    unkPiece: '',
  });
  async function learnBytes(sources: readonly Lines[], parts: Partial<ExtendOptions> = {}) {
    const options = resolveExtendOptions({ newPieces: 1, minCount: 1, ...parts, scripts: ['Han'] });
    const texts = sources.map((lines, i) => ({
      name: `${i}`,
      sentences: Object.entries(lines).map(([text, count]) => ({ text, count })),
    }));
    const runs = await collectRuns(base, texts, { ...options, isWeighed: true });
    const weights = sources.map(() => WEIGHT_UNITS);
    const task = {
      runs,
      text: layOutRuns(runs, weights),
      units: base.units,
      weights,
      blocked: new Set<string>(),
      worthOf: () => 0,
      options,
      runtime: {},
    };
    return learnPieces(task, { mergeCount: 99, characters: [] });
  }

  it('are put together from the first byte on, parts first, and know what they are made of', async () => {
    // E9 BE 98 and E9 BE 99.
    const merges = await learnBytes([{ 龘: 3, 龙: 2 }]);
    expect(merges.map(({ text, saved, isPart, halves }) => [byteSurface(text), saved, isPart, halves.length])).toEqual([
      ['<0xE9><0xBE>', 5, true, 0],
      ['龘', 3, false, 1],
      ['龙', 2, false, 1],
    ]);
  });

  it('are as long as allowed in characters, and end with their pre-token', async () => {
    const texts = (await learnBytes([{ '龙龙龙。龙龙': 2, ' 龙': 2 }], { maxPieceLength: 2 })).map(({ text }) => text);
    expect(texts.map(byteSurface)).toEqual(['<0xE9><0xBE>', '龙', '龙龙', ' 龙']);
  });

  it('must be in as many sources as have their characters; parts follow the characters', async () => {
    const sources = [{ 龘: 9, 龙龙: 1 }, { 龙: 1, 国: 5 }, { 国: 5 }];
    const options = { minSources: 2, minSourceCount: 1 };
    const texts = (await learnBytes(sources, options)).filter(({ isPart }) => !isPart).map(({ text }) => text);
    // 龘 is in one source only. 龙龙 is in one of two that have 龙.
    expect(texts.map(byteSurface)).toEqual(['国', '龘', '龙']);
  });
});
