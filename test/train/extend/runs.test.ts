// The runs of tokens that a text is read as, and the figures that are counted on the way.
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import {
  type ExtendOptions,
  type ExtendProgress,
  type ExtendRuntime,
  type ExtendSource,
  resolveExtendOptions,
} from '../../../src/train/extend/options.ts';
import type { CollectedRuns } from '../../../src/train/extend/run-joiner.ts';
import { collectRuns } from '../../../src/train/extend/runs.ts';
import { modelOf, type PieceEntry, plainModel } from '../../models.ts';
import { plainRuns } from '../../oracles/plain-runs.ts';

const ENTRIES: readonly PieceEntry[] = [
  ['<unk>', 0, PIECE_TYPE.unknown],
  ...['▁', 'a', '，', '中', '文', '国'].map((piece): PieceEntry => [piece, -9]),
  ['中文', -1],
];
const BYTES = Array.from({ length: 256 }, (_, byte): PieceEntry => [byteToPiece(byte), 0, PIECE_TYPE.byte]);

/** Puts no ▁ in front of a text. */
const BASE = plainModel(modelOf(ENTRIES));
const withoutPrefix = { ...BASE.normalizer, addDummyPrefix: false };
const PLAIN: TokenizerModel = { ...BASE, normalizer: withoutPrefix };
const WITH_BYTES: TokenizerModel = modelOf([...ENTRIES, ...BYTES], { normalizer: withoutPrefix, byteFallback: true });

type Sentences = readonly (string | { text: string; count: number; isFragment?: boolean })[];
type Options = Partial<ExtendOptions> & { readonly isWeighed?: boolean };

const sourcesOf = (texts: readonly Sentences[]): ExtendSource[] =>
  texts.map((sentences, i) => ({ name: `s${i}`, sentences }));

function collect(
  base: TokenizerModel,
  texts: readonly Sentences[],
  { isWeighed = false, ...options }: Options = {},
  runtime: ExtendRuntime = {},
): Promise<CollectedRuns> {
  const resolved = resolveExtendOptions({ newPieces: 1, ...options, scripts: options.scripts ?? ['Han'] });
  return collectRuns(base, sourcesOf(texts), { ...resolved, isWeighed }, runtime);
}

/** Each run as its tokens and its count, by source. */
function runsOf(collected: CollectedRuns): string[][] {
  const { symbolTexts } = collected;
  return plainRuns(collected).map((runs) =>
    runs.map(([symbols, count]) => `${symbols.map((symbol) => symbolTexts[symbol]).join(' ')} x${count}`),
  );
}

describe('runs', () => {
  it('are the stretches of two tokens and more that may join, each once with its count', async () => {
    const collected = await collect(PLAIN, [['国中文', 'a国中文a国国a', '中文', 'aaa']]);
    expect(runsOf(collected)).toEqual([['国 中文 x2', '国 国 x1']]);
  });

  it('count a sentence as often as it says', async () => {
    expect(runsOf(await collect(PLAIN, [[{ text: '国国', count: 5 }, '国国']]))).toEqual([['国 国 x6']]);
  });

  it('end where the rule lets nothing join', async () => {
    const text = ['国国，国国'];
    expect(runsOf(await collect(PLAIN, [text], { join: 'none' }))).toEqual([['国 国 x2']]);
    expect(runsOf(await collect(PLAIN, [text], { join: 'front' }))).toEqual([['国 国 x1', '， 国 国 x1']]);
    expect(runsOf(await collect(PLAIN, [text], { join: 'both' }))).toEqual([['国 国 ， 国 国 x1']]);
  });

  it('begin with the ▁ that the base puts in front of a text, but not in front of a fragment', async () => {
    const collected = await collect(BASE, [['国国', { text: '国国', count: 3, isFragment: true }]]);
    expect(runsOf(collected)).toEqual([['▁ 国 国 x1', '国 国 x3']]);
  });

  it('of different sources are told apart only where sources are weighed', async () => {
    const texts = [['国国'], ['国中文', '国国']];
    expect(runsOf(await collect(PLAIN, texts))).toEqual([['国 国 x2', '国 中文 x1']]);
    const weighed = await collect(PLAIN, texts, { isWeighed: true });
    expect(runsOf(weighed)).toEqual([['国 国 x1'], ['国 中文 x1', '国 国 x1']]);
    const sources = [...weighed.characterSources].map(([codePoint, each]) => [String.fromCodePoint(codePoint), each]);
    expect(sources).toEqual([
      ['国', [0, 1]],
      ['中', [1]],
      ['文', [1]],
    ]);
  });
});

describe('characters that the base lacks', () => {
  it('are symbols of their own where the base has bytes, counted in each source', async () => {
    const collected = await collect(WITH_BYTES, [['国人'], [{ text: '人龘', count: 4 }, 'é']], { isWeighed: true });
    expect(runsOf(collected)).toEqual([['国 人 x1'], ['人 龘 x4']]);
    expect(collected.symbolTexts.filter((_, symbol) => collected.isUncovered[symbol])).toEqual(['人', '龘']);
    const counts = [...collected.uncoveredCounts].map(([codePoint, each]) => [
      String.fromCodePoint(codePoint),
      [...each],
    ]);
    expect(counts).toEqual([
      ['人', [1, 4]],
      ['龘', [0, 4]],
    ]);
  });

  it('end a run where it has none', async () => {
    const collected = await collect(PLAIN, [['国国人国国']]);
    expect(runsOf(collected)).toEqual([['国 国 x2']]);
    expect(collected.uncoveredCounts.size).toBe(0);
  });
});

describe('figures', () => {
  it('count lines, characters without the dummy prefix, those that join, and tokens', async () => {
    const texts = [['国a中文', { text: '国', count: 10 }], ['a']];
    expect((await collect(BASE, texts)).sources).toEqual([
      // ▁ 国 a 中文, and ten times ▁ 国.
      { name: 's0', lines: 2, characters: 14, joiningCharacters: 13, tokens: 24 },
      { name: 's1', lines: 1, characters: 1, joiningCharacters: 0, tokens: 2 },
    ]);
  });

  it('count the bytes of a character that the base lacks, or one token for all in a row', async () => {
    const texts = [['国人人é国']];
    expect((await collect(WITH_BYTES, texts)).sources[0]).toMatchObject({ characters: 5, tokens: 1 + 3 + 3 + 2 + 1 });
    expect((await collect(PLAIN, texts)).sources[0]).toMatchObject({ characters: 5, tokens: 3 });
  });

  it('name the script of a text that has none of the chosen characters', async () => {
    expect((await collect(PLAIN, [['봄이 왔다', 'ab, 1']])).strayScripts).toEqual(
      new Map([
        ['Hangul', 4],
        ['Latin', 2],
      ]),
    );
    expect((await collect(PLAIN, [['봄이 왔다', '国']])).strayScripts).toBeUndefined();
    expect((await collect(PLAIN, [['12, 3']])).strayScripts).toEqual(new Map());
  });
});

describe('collectRuns', () => {
  it('refuses sources without text', async () => {
    await expect(collect(PLAIN, [[], []])).rejects.toThrow(InputError);
    await expect(collect(PLAIN, [[], []])).rejects.toThrow('s0, s1: there is no text to learn from');
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the count %d, naming source and line', async (count) => {
    const collected = collect(PLAIN, [['国'], ['国', { text: '国', count }]]);
    await expect(collected).rejects.toThrow(InputError);
    await expect(collected).rejects.toThrow(`s1: line 2 has the count ${count}`);
  });

  it('refuses more sources than it can tell apart, where it has to', async () => {
    const texts = Array.from({ length: 1025 }, () => ['国国']);
    await expect(collect(PLAIN, texts, { isWeighed: true })).rejects.toThrow(OptionError);
    await expect(collect(PLAIN, texts, { isWeighed: true })).rejects.toThrow(
      '1025 are too many to weigh, the limit is 1024',
    );
    expect(runsOf(await collect(PLAIN, texts))).toEqual([['国 国 x1025']]);
  });

  it('tells how far it is, and stops when it is told to', async () => {
    const texts = [Array.from({ length: 8200 }, () => '国')];
    const events: ExtendProgress[] = [];
    await collect(PLAIN, texts, {}, { onProgress: (event) => events.push(event) });
    expect(events).toEqual([
      { phase: 'read', source: 's0', done: 8192 },
      { phase: 'read', done: 8200 },
    ]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(collect(PLAIN, texts, {}, { signal })).rejects.toThrow('enough');
  });

  it('refuses text that takes more than the memory it may have, before it does', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `中国${'中国文'[i % 3]}`.repeat(1 + (i % 50)));
    await expect(collect(PLAIN, [lines], {}, { maxMemory: 400e6 })).resolves.toBeDefined();
    const refused = collect(PLAIN, [lines], {}, { maxMemory: 260e6 });
    await expect(refused).rejects.toThrow('maxMemory: learning from this text takes more than 260 MB');
  });
});
