// Continued BPE: the four promises of extend.ts on random bases, texts and strings, and its bookkeeping to the token.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDENTITY_NORMALIZER, PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { OptionError } from '../../../src/errors.ts';
import { buildScoresBelow, findScoreGap } from '../../../src/merge/choice/score-ladder.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { type LearnedExtension, learnExtension, rankExtension } from '../../../src/train/extend/extend.ts';
import type { ExtendOptions, ExtendRuntime, FoundScripts } from '../../../src/train/extend/options.ts';
import { plainModel } from '../../models.ts';
import { runs, scaled } from '../../runs.ts';

const LETTERS = ['a', '1', '▁', '中', '文', '国', '人', '𠮷', '，'];
const BYTES = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

interface BaseParts {
  readonly pieces: readonly string[];
  readonly scores: readonly number[];
  readonly userDefined: readonly string[];
  readonly control: readonly string[];
  readonly unused: readonly boolean[];
  readonly byteFallback: boolean;
}

function buildBase(parts: BaseParts): TokenizerModel {
  const control = parts.control.filter((piece) => !parts.pieces.includes(piece));
  const userDefined = parts.userDefined.filter((piece) => !parts.pieces.includes(piece) && !control.includes(piece));
  const bytes = parts.byteFallback ? BYTES : [];
  const specials = ['<unk>', ...control, ...userDefined, ...bytes];
  const pieces = [...specials, ...parts.pieces];
  const typeOf = (id: number): number => {
    if (id === 0) return PIECE_TYPE.unknown;
    if (id <= control.length) return PIECE_TYPE.control;
    if (id <= control.length + userDefined.length) return PIECE_TYPE.userDefined;
    if (id < specials.length) return PIECE_TYPE.byte;
    return parts.unused[id - specials.length] ? PIECE_TYPE.unused : PIECE_TYPE.normal;
  };
  // Runs of spaces far below everything else, as in LLaMA.
  const scoreOf = (piece: string, id: number): number =>
    id < specials.length ? 0 : /^▁+$/.test(piece) ? -1e9 : parts.scores[id % parts.scores.length]!;
  return plainModel({
    pieces,
    pieceScores: Float32Array.from(pieces, scoreOf),
    pieceTypes: Uint8Array.from(pieces, (_, id) => typeOf(id)),
    normalizer: { ...IDENTITY_NORMALIZER, removeExtraWhitespaces: false },
    byteFallback: parts.byteFallback,
  });
}

function append(base: TokenizerModel, newPieces: readonly string[]): TokenizerModel {
  const gap = findScoreGap(base, { spacesFirst: newPieces.some((piece) => piece.startsWith('▁')) });
  const scores = buildScoresBelow({ ...gap, count: newPieces.length, spacing: 'rank' });
  return {
    ...base,
    pieces: [...base.pieces, ...newPieces],
    pieceScores: Float32Array.from([...base.pieceScores, ...scores]),
    pieceTypes: Uint8Array.from([...base.pieceTypes, ...newPieces.map(() => PIECE_TYPE.normal)]),
  };
}

const textOf = (letters: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...letters), { maxLength }).map((parts) => parts.join(''));
const corpusText = textOf([...LETTERS, '中文', '国人', '龘', '中文国', '人人人人', '𪚥', '％', ' '], 14);
const pieceText = fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
const baseParts = fc.record({
  pieces: fc.uniqueArray(pieceText, { maxLength: 40 }),
  // Few distinct scores, so that ties are the rule.
  scores: fc.array(fc.integer({ min: -6, max: 0 }), { minLength: 40, maxLength: 40 }),
  userDefined: fc.uniqueArray(fc.constantFrom('文国', '中文a', '人人'), { maxLength: 2 }),
  control: fc.uniqueArray(fc.constantFrom('国人', '龘'), { maxLength: 1 }),
  unused: fc.oneof(
    fc.constant<boolean[]>([]),
    fc.array(fc.boolean(), { maxLength: 40 }).map((flags) => flags.map((flag, i) => flag && i % 2 === 0)),
  ),
  byteFallback: fc.boolean(),
});
/** All rules of what may join. */
const joinRule = fc.constantFrom<Partial<ExtendOptions>>(
  { join: 'none' },
  { join: 'front' },
  { join: 'both' },
  { join: 'front', joinDigits: true },
  { join: 'both', joinDigits: true },
);
const corpus = fc.array(corpusText, { minLength: 1, maxLength: 25 });
const sourcesOf = (lines: readonly string[]) => [{ name: 'text', sentences: lines }];
/** As many as there are. */
const ALL = 400;

async function extend(parts: BaseParts, lines: readonly string[], options: Partial<ExtendOptions> = {}) {
  const base = buildBase(parts);
  const learned = await rankExtension(base, sourcesOf(lines), {
    newPieces: ALL,
    minCount: 1,
    scripts: ['Han'],
    ...options,
  });
  return { base, learned };
}

/** The same, from three sources, with room for a few pieces only, which are chosen by evenness. */
async function extendEvenly(
  parts: BaseParts,
  lines: readonly string[],
  newPieces: number,
  rule: Partial<ExtendOptions>,
) {
  const base = buildBase(parts);
  const sources = [0, 1, 2].map((k) => ({ name: `${k}`, sentences: lines.filter((_, i) => i % 3 === k) }));
  const options = { newPieces, minCount: 1, scripts: ['Han'], evenness: 0.6, characterFactor: 3, ...rule };
  return { base, learned: await rankExtension(base, sources, options) };
}

function countText(model: TokenizerModel, lines: readonly string[]): number {
  const tokenizer = createTokenizer(model);
  return lines.reduce((sum, line) => sum + tokenizer.countTokens(line), 0);
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe('continued BPE on random bases and texts', () => {
  it('makes pieces that all can be reached, whatever part of the ranking is taken', async () => {
    let pieces = 0;
    await fc.assert(
      fc.asyncProperty(
        baseParts,
        corpus,
        joinRule,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (parts, lines, rule, share) => {
          const { base, learned } = await extend(parts, lines, rule);
          pieces += learned.pieces.length;
          for (const count of [learned.pieces.length, Math.floor(share * learned.pieces.length)]) {
            const extended = createTokenizer(append(base, learned.pieces.slice(0, count)));
            for (let i = 0; i < count; i++) {
              expect(extended.encodePieceText(learned.pieces[i]!)).toEqual([base.pieces.length + i]);
            }
          }
        },
      ),
      runs(25),
    );
    expect(pieces).toBeGreaterThan(scaled(50));
  });

  it('leaves every base piece as it was: those that are reached, and those that are not', async () => {
    let unreached = 0;
    await fc.assert(
      fc.asyncProperty(baseParts, corpus, joinRule, async (parts, lines, rule) => {
        const { base, learned } = await extend(parts, lines, rule);
        const [before, after] = [createTokenizer(base), createTokenizer(append(base, learned.pieces))];
        for (const [id, piece] of base.pieces.entries()) {
          const isReached = String(before.encodePieceText(piece)) === String([id]);
          if (!isReached && base.pieceTypes[id] === PIECE_TYPE.normal) unreached++;
          expect(String(after.encodePieceText(piece)) === String([id])).toBe(isReached);
        }
      }),
      runs(25),
    );
    expect(unreached).toBeGreaterThan(scaled(20));
  });

  it('never makes a text longer, and leaves text without the chosen characters alone', async () => {
    const foreign = textOf(['a', '1', ' ', '，', 'z', '▁', 'é', '한'], 12);
    await fc.assert(
      fc.asyncProperty(
        baseParts,
        corpus,
        fc.array(corpusText),
        fc.array(foreign),
        joinRule,
        async (parts, lines, texts, others, rule) => {
          const { base, learned } = await extend(parts, lines, { punctuation: '％', ...rule });
          const [before, after] = [createTokenizer(base), createTokenizer(append(base, learned.pieces))];
          for (const text of [...lines, ...texts]) {
            expect(after.countTokens(text)).toBeLessThanOrEqual(before.countTokens(text));
            expect(after.decode(after.encode(text))).toBe(before.decode(before.encode(text)));
          }
          for (const text of others) expect(after.encode(text)).toEqual(before.encode(text));
        },
      ),
      runs(25),
    );
  });

  it('knows to the token what the encoder will take, at every size', async () => {
    await fc.assert(
      fc.asyncProperty(
        baseParts,
        corpus,
        joinRule,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (parts, lines, rule, share) => {
          const { base, learned } = await extend({ ...parts, unused: [] }, lines, rule);
          expect(learned.baseTokens).toBe(countText(base, lines));
          for (const count of [learned.pieces.length, Math.floor(share * learned.pieces.length)]) {
            const extended = append(base, learned.pieces.slice(0, count));
            expect(countText(extended, lines)).toBe(learned.baseTokens - sum(learned.saved.subarray(0, count)));
          }
        },
      ),
      runs(25),
    );
  });

  it('keeps all of this when pieces are chosen by how evenly they occur', async () => {
    let dropped = 0;
    await fc.assert(
      fc.asyncProperty(
        baseParts,
        corpus,
        joinRule,
        fc.integer({ min: 1, max: 12 }),
        async (parts, lines, rule, wanted) => {
          const { base, learned } = await extendEvenly({ ...parts, unused: [] }, lines, wanted, rule);
          const { learned: all } = await extend({ ...parts, unused: [] }, lines, rule);
          // Exactly as many as wanted, where there are so many.
          expect(learned.pieces.length).toBe(Math.min(wanted, all.pieces.length));
          if (learned.pieces.some((piece) => !all.pieces.slice(0, wanted).includes(piece))) dropped++;
          const model = append(base, learned.pieces);
          const [before, after] = [createTokenizer(base), createTokenizer(model)];
          for (const [i, piece] of learned.pieces.entries()) {
            expect(after.encodePieceText(piece)).toEqual([base.pieces.length + i]);
          }
          for (const [id, piece] of base.pieces.entries()) {
            const isReached = String(before.encodePieceText(piece)) === String([id]);
            expect(String(after.encodePieceText(piece)) === String([id])).toBe(isReached);
          }
          expect(countText(model, lines)).toBe(learned.baseTokens - sum(learned.saved));
        },
      ),
      runs(25),
    );
    expect(dropped).toBeGreaterThan(0);
  });

  it('builds each piece of two that come before it, as the rule allows', async () => {
    const J = '\\p{Script=Han}';
    // Marks and digits in a row may be one token of the base.
    const GRAMMAR: Readonly<Record<string, RegExp>> = {
      none: new RegExp(`^${J}+$`, 'u'),
      front: new RegExp(`^▁?[，％]*${J}+$`, 'u'),
      both: new RegExp(`^▁?[，％]*${J}[，％${J}]*$`, 'u'),
      'front+digits': new RegExp(`^▁?[，％]*1*${J}+$`, 'u'),
      'both+digits': new RegExp(`^▁?[1，％${J}]*${J}[，％]*$`, 'u'),
    };
    await fc.assert(
      fc.asyncProperty(baseParts, corpus, joinRule, async (parts, lines, rule) => {
        const { base, learned } = await extend(parts, lines, { maxPieceLength: 5, ...rule });
        const known = new Set(base.pieces);
        for (const piece of learned.pieces) {
          const characters = [...piece];
          expect(characters.length).toBeLessThanOrEqual(5);
          expect(known.has(piece)).toBe(false);
          if (characters.length === 1) expect(piece).toMatch(/^[\p{Script=Han}，％]$/u);
          else {
            expect(piece).toMatch(/\p{Script=Han}/u);
            expect(piece).toMatch(GRAMMAR[rule.joinDigits ? `${rule.join}+digits` : rule.join!]!);
            const splits = characters.slice(1).map((_, i) => [characters.slice(0, i + 1), characters.slice(i + 1)]);
            expect(splits.some((halves) => halves.every((half) => known.has(half.join(''))))).toBe(true);
          }
          known.add(piece);
        }
      }),
      runs(40),
    );
  });

  it('does not depend on the order of the lines, and counts a line as often as it says', async () => {
    await fc.assert(
      fc.asyncProperty(baseParts, corpus, async (parts, lines) => {
        const { learned, base } = await extend(parts, [...lines, ...lines]);
        const counted = lines.map((text) => ({ text, count: 2 })).reverse();
        const again = await rankExtension(base, [{ name: 'text', sentences: counted }], {
          newPieces: ALL,
          minCount: 1,
          scripts: ['Han'],
        });
        expect(again.pieces).toEqual(learned.pieces);
        expect(again.saved).toEqual(learned.saved);
      }),
      runs(30),
    );
  });
});

const plainBase: TokenizerModel = {
  ...buildBase({
    pieces: ['中', '文', '国', '人'],
    scores: [-1],
    userDefined: [],
    control: [],
    unused: [],
    byteFallback: true,
  }),
  normalizer: { ...IDENTITY_NORMALIZER, addDummyPrefix: false, removeExtraWhitespaces: false },
};
const addNormal = ({ pieceScores, pieceTypes }: TokenizerModel, count: number) => ({
  pieceScores: Float32Array.from([...pieceScores, ...Array<number>(count).fill(-1)]),
  pieceTypes: Uint8Array.from([...pieceTypes, ...Array<number>(count).fill(PIECE_TYPE.normal)]),
});
const learn = (
  lines: readonly string[],
  options: Partial<ExtendOptions> = {},
  source: { weight?: number } = {},
  runtime: ExtendRuntime = {},
): Promise<LearnedExtension> =>
  rankExtension(plainBase, [{ name: 'text', sentences: lines, ...source }], { newPieces: ALL, ...options }, runtime);

describe('continued BPE', () => {
  it('ranks characters and merges by what they save', async () => {
    const learned = await learn(['龘文', '龘文', '龘', '中国', '中国', '中国', '中国', '中国', '％', '％']);
    expect(learned.pieces).toEqual(['龘', '中国', '％', '龘文']);
    expect([...learned.saved]).toEqual([6, 5, 4, 2]);
    expect(learned.baseTokens).toBe(2 * 4 + 3 + 5 * 2 + 2 * 3);
  });

  it('joins what the rule says', async () => {
    const lines = ['中1国，人 文', '中1国，人 文', '中1国，人 文'];
    const base = { ...plainBase, pieces: [...plainBase.pieces, '1', '▁'], ...addNormal(plainBase, 2) };
    const pieces = async (options: Partial<ExtendOptions>): Promise<string[]> =>
      (await rankExtension(base, sourcesOf(lines), { newPieces: ALL, ...options })).pieces;
    expect(await pieces({ join: 'none', scripts: ['Han', 'Common'] })).toEqual(['，', '国，', '国，人']);
    expect(await pieces({ join: 'none' })).toEqual(['，']);
    expect(await pieces({})).toEqual(['，', '▁文', '，人']);
    expect(await pieces({ join: 'both' })).toEqual(['，', '▁文', '国，', '国，人']);
    expect(await pieces({ joinDigits: true })).toEqual(['，', '1国', '▁文', '，人']);
  });

  it('does not add characters where they are unknown rather than bytes: a run of them is one token', async () => {
    const base = { ...plainBase, byteFallback: false };
    const learned = await rankExtension(base, sourcesOf(['龘龘文中', '龘龘文中']), { newPieces: ALL });
    expect(learned.pieces).toEqual(['文中']);
  });

  it('keeps unreached base pieces unreached', async () => {
    const base = buildBase({
      pieces: ['中', '文', '国', '中文国', '国人'],
      scores: [-1],
      userDefined: [],
      control: [],
      unused: [],
      byteFallback: true,
    });
    const lines = ['中文国', '中文国', '中文', '中文', '文国', '文国中'];
    const learned = await rankExtension(base, sourcesOf(lines), { newPieces: ALL, minCount: 1 });
    expect(learned.pieces).toEqual(['国中', '文国中']);
  });

  it('weighs sources down to their share', async () => {
    const many = { name: 'many', sentences: Array.from({ length: 1000 }, () => '中国') };
    const few = { name: 'few', sentences: Array.from({ length: 100 }, () => '人文') };
    const learned = await rankExtension(plainBase, [many, few], { newPieces: 2, maxSourceShare: 0.5 });
    expect(learned.sources.map(({ weight }) => weight)).toEqual([102 / 1024, 1]);
    expect(learned.pieces).toEqual(['人文', '中国']);
    expect(learned.characters).toBe((2000 * 102) / 1024 + 200);
  });

  it('counts a source as often as it asks for, after its share', async () => {
    const many = { name: 'many', sentences: Array.from({ length: 1000 }, () => '中国'), weight: 4 };
    const few = { name: 'few', sentences: Array.from({ length: 100 }, () => '人文') };
    const learned = await rankExtension(plainBase, [many, few], { newPieces: 2, maxSourceShare: 0.5 });
    expect(learned.sources.map(({ weight }) => weight)).toEqual([408 / 1024, 1]);
    expect(learned.pieces).toEqual(['中国', '人文']);
    await expect(learn(['中'], {}, { weight: 0 })).rejects.toThrow('text: the weight 0 is not above 0');
  });

  it('prefers what all sources have to what one is full of, if asked to', async () => {
    const sources = () => [
      { name: 'a', sentences: Array.from({ length: 12 }, (_, i) => (i < 9 ? '中国' : '人文')) },
      { name: 'b', sentences: Array.from({ length: 12 }, (_, i) => (i < 9 ? '文中' : '人文')) },
    ];
    const ranked = async (options: Partial<ExtendOptions>) =>
      rankExtension(plainBase, sources(), { newPieces: 1, ...options });
    expect((await ranked({})).pieces).toEqual(['中国']);
    // Power means with the exponent 0.3: 9 and 0 are worth less than 3 and 3.
    const even = await ranked({ evenness: 0.7 });
    expect(even.pieces).toEqual(['人文']);
    expect([...even.saved]).toEqual([6]);
  });

  it('ranks characters by a multiple of what they save', async () => {
    const lines = [...Array.from({ length: 5 }, () => '中国'), '龘', '龘'];
    expect((await learn(lines)).pieces).toEqual(['中国', '龘']);
    const learned = await learn(lines, { characterFactor: 2 });
    expect(learned.pieces).toEqual(['龘', '中国']);
    expect([...learned.saved]).toEqual([4, 5]);
  });

  it('takes only what enough sources have often enough', async () => {
    const sources = () => [
      { name: 'a', sentences: ['中国', '中国', '人文', '人文', '人文', '龘'] },
      { name: 'b', sentences: ['中国', '中国', '人文', '文中', '文中'] },
      { name: 'c', sentences: ['文中', '文中', '龘'] },
    ];
    const ranked = async (options: Partial<ExtendOptions>): Promise<string[]> =>
      (await rankExtension(plainBase, sources(), { newPieces: ALL, ...options })).pieces;
    expect(await ranked({})).toEqual(['龘', '中国', '人文', '文中']);
    expect(await ranked({ minSources: 2 })).toEqual(['龘', '中国', '人文', '文中']);
    expect(await ranked({ minSources: 2, minSourceCount: 2 })).toEqual(['龘', '中国', '文中']);
    // 国 is in two sources only, and so is 人: 中国 and 人文 occur wherever they could.
    expect(await ranked({ minSources: 3 })).toEqual(['龘', '中国', '人文']);
    // Those are refused that occur in fewer than they could.
    const other = { name: 'd', sentences: ['文中', '国人'] };
    const more = await rankExtension(plainBase, [...sources(), other], { newPieces: ALL, minSources: 3 });
    expect(more.pieces).toEqual(['文中', '龘']);
  });

  it('says how many pieces are feasible', async () => {
    const lines = ['中国人', '中国人'];
    await expect(learnExtension(plainBase, sourcesOf(lines), { newPieces: 3 })).rejects.toThrow(
      'newPieces: 3 asked for, the text offers only 2',
    );
    const learned = await learnExtension(plainBase, sourcesOf(lines), { newPieces: 2 });
    expect(learned.pieces).toEqual(['中国', '中国人']);
  });

  it('refuses options and inputs that make no sense', async () => {
    await expect(learn(['中'], { newPieces: 0 })).rejects.toThrow(OptionError);
    await expect(learn(['中'], { scripts: [] })).rejects.toThrow('no script is named');
    await expect(learn(['中'], { scripts: ['Chinese'] })).rejects.toThrow('"Chinese" is not a Unicode script');
    await expect(learn(['中'], { maxSourceShare: 1.5 })).rejects.toThrow('maxSourceShare');
    await expect(learn(['中'], { evenness: 1 })).rejects.toThrow('evenness');
    await expect(learn(['中'], { characterFactor: 0.5 })).rejects.toThrow('characterFactor');
    await expect(learn([])).rejects.toThrow('no text to learn from');
    // A text in another script than the chosen one says which.
    const options = { newPieces: 5, scripts: ['Han'] };
    const korean = learnExtension(plainBase, sourcesOf(['서울의 봄, Seoul', '봄이 왔다']), options);
    await expect(korean).rejects.toThrow('scripts: the text has no character of the chosen scripts');
    await expect(korean).rejects.toMatchObject({ hint: expect.stringContaining('written in Hangul') });
    await expect(learnExtension(plainBase, sourcesOf(['한中']), options)).rejects.toThrow('the text offers none');
    const unigram = { ...plainBase, modelType: 'unigram' as const };
    await expect(rankExtension(unigram, sourcesOf(['中']), { newPieces: 1 })).rejects.toThrow('only bpe');
  });

  it('learns the scripts that the text is written in, and tells which', async () => {
    const found: FoundScripts[] = [];
    const options = { newPieces: 2, minCount: 1 };
    const lines = ['データ', 'データ abab', 'データの山'];
    const learned = await learnExtension(plainBase, sourcesOf(lines), options, { onScripts: (one) => found.push(one) });
    expect(learned.pieces.every((piece) => 'データ'.includes(piece))).toBe(true);
    expect(found.map(({ scripts }) => scripts)).toEqual([['Katakana', 'Han', 'Hiragana']]);
    expect(learned.scripts).toEqual(found[0]!.scripts);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const lines = Array.from({ length: 20_000 }, () => '中国人');
    const onProgress = (): void => stop.abort(new Error('enough'));
    await expect(learn(lines, {}, {}, { onProgress, signal: stop.signal })).rejects.toThrow('enough');
  });
});
