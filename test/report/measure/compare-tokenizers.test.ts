import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError, OptionError } from '../../../src/errors.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { createFewestTokens } from '../../../src/report/counters/fewest-tokens.ts';
import { TOKEN_KIND, type TokenCounter } from '../../../src/report/counters/token-counter.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import { formatComparisonMarkdown } from '../../../src/report/print/format-markdown.ts';
import { createTokenizer, type Tokenizer } from '../../../src/tokenize/tokenizer.ts';
import { buildLlama2 } from '../../../src/vocab/llama2.ts';
import { llama2 as loadedLlama2 } from '../../llama2.ts';
import { runs } from '../../runs.ts';
import { needsShared, sharedPath } from '../../shared.ts';

const PAPER_SENTENCE = '人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。';

/** One token a code point: ASCII letters have ids of their own, a byte piece is `#`, everything else is unknown. */
function letterCounter(letters: string): TokenCounter {
  const pieces = ['<unk>', '#', ...letters];
  const tokenKinds = new Uint8Array(pieces.length);
  tokenKinds[0] = TOKEN_KIND.unknown;
  tokenKinds[1] = TOKEN_KIND.byte;
  return {
    engine: 'letters',
    vocabSize: pieces.length,
    tokenKinds,
    idToPiece: (id) => pieces[id],
    forEachId(text, visit) {
      for (const character of text) visit(Math.max(0, pieces.indexOf(character)));
    },
  };
}

describe('compareTokenizers', () => {
  it('counts the fewest tokens that the pieces allow, when it is asked to', async () => {
    const { tokenizer } = loadedLlama2;
    const texts = [
      { name: 'two', lines: ['the the', ' unbelievablyunbelievable'] },
      { name: 'one', lines: 'tokenization' },
    ];
    const tokenizers = [
      { name: 'llama2', tokenizer },
      { name: 'letters', counter: letterCounter('ab') },
    ];
    const report = await compareTokenizers({ tokenizers, texts, optimum: true });
    const [llama, letters] = report.total.figures;
    expect(llama!.fewestTokens).toBe(
      ['the the', ' unbelievablyunbelievable', 'tokenization'].reduce(
        (sum, line) => sum + createFewestTokens(tokenizer.model, tokenizer.normalize).count(line),
        0,
      ),
    );
    expect(llama!.fewestTokens).toBeLessThanOrEqual(llama!.tokens);
    expect(report.texts.map(({ figures }) => figures[0]!.fewestTokens).reduce((a, b) => a! + b!)).toBe(
      llama!.fewestTokens,
    );
    expect(letters!.fewestTokens).toBeNull();
    expect((await compareTokenizers({ tokenizers, texts })).total.figures[0]!.fewestTokens).toBeNull();
    expect(formatComparisonMarkdown(report)).toContain('over the fewest');
  });

  it('takes characters that are spelled in bytes for known, beside tokens that are not', async () => {
    const pieces = ['<unk>', '<0xC3>', '<0xA9>', '<0x0A>'];
    const counter = {
      ...{
        engine: 'bytes',
        vocabSize: 4,
        tokenKinds: Uint8Array.of(TOKEN_KIND.unknown, ...Array(3).fill(TOKEN_KIND.byte)),
      },
      idToPiece: (id: number) => pieces[id],
      forEachId(text: string, visit: (id: number) => void) {
        for (const character of text) for (const id of character === 'é' ? [1, 2] : [0]) visit(id);
      },
    };
    const { total } = await compareTokenizers({
      tokenizers: [{ name: 'bytes', counter }],
      texts: [{ name: 'text', lines: ['éé?é'] }],
    });
    expect(total.figures[0]).toMatchObject({ byteTokens: 6, unknownTokens: 1, unknownCharacterShare: 1 / 4 });
  });

  it('derives every figure from the ids', async () => {
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'ab', counter: letterCounter('ab') },
        { name: 'abcd', counter: letterCounter('abcd') },
        { name: 'other', counter: letterCounter('xyz') },
      ],
      texts: [{ name: 'text', lines: ['abc#', '', '中c😀'] }],
      contextSizes: [10],
    });
    expect(report.tokenizers).toEqual([
      { name: 'ab', engine: 'letters', vocabSize: 4, extendsFirst: false },
      { name: 'abcd', engine: 'letters', vocabSize: 6, extendsFirst: true },
      { name: 'other', engine: 'letters', vocabSize: 5, extendsFirst: false },
    ]);
    expect(report.texts[0]).toMatchObject({ name: 'text', lines: 3, characters: 7, bytes: 12 });
    expect(report.texts[0]!.figures).toEqual([
      {
        tokenizer: 'ab',
        tokens: 7,
        tokensPerCharacter: 1,
        tokensPerCharacterInterval: null,
        bytesPerToken: 12 / 7,
        ratioToFirst: 1,
        ratioInterval: null,
        longerLines: null,
        shorterLines: null,
        byteTokens: 1,
        byteShare: 1 / 7,
        unknownTokens: 4,
        unknownShare: 4 / 7,
        // Known are a and b; the byte stands for no whole character.
        unknownCharacterShare: 1 - 2 / 7,
        newTokens: null,
        newShare: null,
        newPiecesUsed: null,
        fewestTokens: null,
        contextCharacters: [10],
      },
      expect.objectContaining({
        unknownTokens: 2,
        newTokens: 2,
        newShare: 2 / 7,
        newPiecesUsed: 1,
      }),
      expect.objectContaining({ tokenizer: 'other', newTokens: null, newPiecesUsed: null }),
    ]);
    expect(report.total).toEqual({ ...report.texts[0], name: 'total' });
  });

  it('adds the texts up, counting a new piece of two texts once', async () => {
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'first', counter: letterCounter('a') },
        { name: 'second', counter: letterCounter('abc') },
      ],
      texts: [
        { name: 'one', lines: 'ab\r\nbb\n' },
        { name: 'two', lines: ['bc'] },
        { name: 'empty', lines: [] },
      ],
    });
    expect(report.texts.map(({ lines, characters }) => [lines, characters])).toEqual([
      [2, 4],
      [1, 2],
      [0, 0],
    ]);
    const [one, two, empty] = report.texts.map(({ figures }) => figures[1]!);
    expect([one!.newPiecesUsed, two!.newPiecesUsed, empty!.newPiecesUsed]).toEqual([1, 2, 0]);
    expect(report.total).toMatchObject({ lines: 3, characters: 6, bytes: 6 });
    expect(report.total.figures[1]).toMatchObject({ tokens: 6, newTokens: 5, newPiecesUsed: 2 });
    expect(empty).toMatchObject({
      tokens: 0,
      tokensPerCharacter: null,
      bytesPerToken: null,
      ratioToFirst: null,
      byteShare: null,
      contextCharacters: [null, null, null],
    });
  });

  it('counts the same whether lines come at once or as a stream, in any batches', async () => {
    async function* stream(lines: readonly string[]): AsyncGenerator<string> {
      yield* lines;
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), fc.nat(3), async (lines, repeats) => {
        const many = Array.from({ length: repeats + 1 }, () => lines).flat();
        const tokenizers = [{ name: 'a', counter: letterCounter('abc') }];
        const once = await compareTokenizers({ tokenizers, texts: [{ name: 't', lines: many }] });
        const streamed = await compareTokenizers({ tokenizers, texts: [{ name: 't', lines: stream(many) }] });
        expect(streamed).toEqual(once);
        expect(once.total.figures[0]!.tokens).toBe(once.total.characters);
      }),
      runs(50),
    );
  });

  it('holds no more than a batch of a stream', async () => {
    let alive = 0;
    let most = 0;
    const line = 'x'.repeat(1000);
    function* lines(): Generator<string> {
      for (let i = 0; i < 5000; i++) {
        alive++;
        most = Math.max(most, alive);
        yield line;
      }
    }
    const seen: number[] = [];
    const report = await compareTokenizers({
      tokenizers: [{ name: 'a', counter: letterCounter('x') }],
      texts: [{ name: 'stream', lines: lines() }],
      onProgress: ({ lines: done }) => {
        seen.push(done);
        alive = 0;
      },
    });
    expect(report.total.lines).toBe(5000);
    expect(most).toBeLessThan(300);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.at(-1)).toBe(5000);
  });

  it('tells equal names apart', async () => {
    const counter = letterCounter('a');
    const report = await compareTokenizers({
      tokenizers: ['same', 'same', 'same'].map((name) => ({ name, counter })),
      texts: [{ name: 't', lines: ['a'] }],
    });
    expect(report.tokenizers.map(({ name }) => name)).toEqual(['same', 'same (2)', 'same (3)']);
    expect(report.total.figures.map(({ tokenizer }) => tokenizer)).toEqual(['same', 'same (2)', 'same (3)']);
  });

  it('counts longer and shorter lines and lists the worst with their places', async () => {
    const lines = ['ab', 'aab', 'c', '', 'aaaa', 'aabc'];
    // The second takes two tokens for each a and none for b.
    const double: TokenCounter = {
      ...letterCounter('abc'),
      forEachId(text, visit) {
        for (const character of text) for (let n = 'bca'.indexOf(character); n > 0; n--) visit(2);
      },
    };
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'one', counter: letterCounter('abc') },
        { name: 'double', counter: double },
      ],
      texts: [
        { name: 'x', lines: ['bb'] },
        { name: 'y', lines },
      ],
    });
    // Tokens: bb 2 -> 0; ab 2 -> 2; aab 3 -> 4; aaaa 4 -> 8; aabc 4 -> 5.
    expect(report.total.figures[1]).toMatchObject({ longerLines: 3, shorterLines: 1 });
    expect(report.texts[0]!.figures[1]).toMatchObject({ longerLines: 0, shorterLines: 1 });
    const line = (number: number, text: string, own: number) => ({
      text: 'y',
      line: number,
      excerpt: text,
      characters: text.length,
      tokens: [text.length, own],
    });
    expect(report.regressions).toEqual([
      { tokenizer: 'double', worst: [line(5, 'aaaa', 8), line(2, 'aab', 4), line(6, 'aabc', 5)] },
    ]);
  });

  it('keeps ten of the longer lines, and the beginning of each', async () => {
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'characters', counter: letterCounter('a') },
        {
          name: 'units',
          counter: {
            ...letterCounter('a'),
            forEachId: (text, visit) => {
              for (let i = 0; i < text.length; i++) visit(0);
            },
          },
        },
      ],
      texts: [{ name: 't', lines: Array.from({ length: 40 }, (_, i) => '😀'.repeat(10 * (i + 1))) }],
    });
    const { worst } = report.regressions[0]!;
    expect(worst.map((each) => each.line)).toEqual([40, 39, 38, 37, 36, 35, 34, 33, 32, 31]);
    expect(worst[0]).toMatchObject({ characters: 400, tokens: [400, 800], excerpt: '😀'.repeat(200) });
  });

  it('gives the intervals of the figures, and says how they were made', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => 'ab'.repeat(1 + (i % 7)));
    const tokenizers = [
      { name: 'ab', counter: letterCounter('ab') },
      { name: 'abc', counter: letterCounter('abc') },
    ];
    const report = await compareTokenizers({ tokenizers, texts: [{ name: 't', lines }], bootstrap: { seed: 9 } });
    expect(report.bootstrap).toEqual({ replicates: 1000, confidence: 0.95, seed: 9 });
    expect(report.total.figures[0]!.tokensPerCharacterInterval).toEqual({ low: 1, high: 1 });
    expect(report.total.figures[1]!.ratioInterval).toEqual({ low: 1, high: 1 });
  });

  it('measures new pieces and lengths over all texts', async () => {
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'a', counter: letterCounter('a') },
        { name: 'abcd', counter: letterCounter('abcd') },
      ],
      texts: [
        { name: 'one', lines: ['abbb#'] },
        { name: 'two', lines: ['bc'] },
      ],
    });
    expect(report.newPieceUsage).toHaveLength(1);
    expect(report.newPieceUsage[0]).toMatchObject({
      tokenizer: 'abcd',
      newPieces: 3,
      used: 2,
      newTokens: 5,
      tokens: 7,
      curve: [
        { pieces: 0, tokenShare: 0, characterShare: 0 },
        { pieces: 1, tokenShare: 4 / 5, characterShare: 4 / 7 },
        { pieces: 2, tokenShare: 1, characterShare: 5 / 7 },
      ],
      piecesForShare: [
        { share: 0.5, pieces: 1 },
        { share: 0.8, pieces: 1 },
        { share: 0.9, pieces: 2 },
        { share: 0.95, pieces: 2 },
        { share: 0.99, pieces: 2 },
      ],
      tokensToLearn: { tokens: Math.ceil((100 * 7) / 3), isLowerBound: true },
      rarest: [
        { id: 5, piece: 'd', count: 0 },
        { id: 4, piece: 'c', count: 1 },
        { id: 3, piece: 'b', count: 4 },
      ],
    });
    expect(report.pieceLengths[1]).toEqual({
      tokenizer: 'abcd',
      lengths: [{ characters: 1, pieces: 4, tokens: 6 }],
      byte: { pieces: 1, tokens: 1 },
      meanTokenLength: 1,
    });
  });

  it('marks texts that a tokenizer was trained on, by hash', async () => {
    const counter = letterCounter('a');
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'base', counter },
        { name: 'merged', counter },
      ],
      texts: [
        { name: 'new', lines: ['a'], hashes: () => ['00'] },
        { name: 'known', lines: ['a'], hashes: () => ['11', '22'] },
        { name: 'unhashed', lines: ['a'] },
      ],
      trainedOn: [undefined, [{ name: 'zh.txt.gz', sha256: '22' }]],
    });
    expect(report.heldOut).toEqual([{ tokenizer: 'merged', text: 'known', trainingText: 'zh.txt.gz', sha256: '22' }]);
  });

  it('refuses what cannot be compared', async () => {
    const tokenizers = [{ name: 'a', counter: letterCounter('a') }];
    const texts = [{ name: 't', lines: ['a'] }];
    await expect(compareTokenizers({ tokenizers: [], texts })).rejects.toThrow(OptionError);
    await expect(compareTokenizers({ tokenizers, texts: [] })).rejects.toThrow(OptionError);
    await expect(compareTokenizers({ tokenizers, texts, contextSizes: [0] })).rejects.toThrow(/0 is not a positive/);
  });

  it('says at which line an engine gave up', async () => {
    const counter: TokenCounter = {
      ...letterCounter('a'),
      forEachId: (text) => {
        if (text === 'bad') throw new RangeError('too deep');
      },
    };
    const comparison = compareTokenizers({
      tokenizers: [{ name: 'deep', counter }],
      texts: [{ name: 'file.txt', lines: ['good', 'bad'] }],
    });
    await expect(comparison).rejects.toThrow(InputError);
    await expect(comparison).rejects.toThrow('file.txt: line 2: deep: too deep');
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    const comparison = compareTokenizers({
      tokenizers: [{ name: 'a', counter: letterCounter('x') }],
      texts: [{ name: 't', lines: Array.from({ length: 1000 }, () => 'x'.repeat(1000)) }],
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(comparison).rejects.toThrow(/abort/i);
  });
});

describe('compareTokenizers with the built-in llama2', () => {
  let llama2: Tokenizer;
  beforeAll(async () => {
    llama2 = loadedLlama2.tokenizer;
  });

  it("shows the paper's 35 tokens, of which 3 are bytes for each of the characters that it lacks", async () => {
    const report = await compareTokenizers({
      tokenizers: [{ name: 'llama2', tokenizer: llama2 }],
      texts: [{ name: 'paper', lines: [PAPER_SENTENCE] }],
    });
    const bytePieces = llama2.encodePieces(PAPER_SENTENCE).filter((piece) => piece.startsWith('<0x'));
    expect(report.total).toMatchObject({ characters: 28, bytes: 84 });
    expect(report.total.figures[0]).toMatchObject({
      tokens: 35,
      tokensPerCharacter: 1.25,
      byteTokens: bytePieces.length,
      contextCharacters: [Math.floor((2048 * 28) / 35), Math.floor((4096 * 28) / 35), Math.floor((8192 * 28) / 35)],
    });
    expect(bytePieces.length).toBe(9);
  });

  it('counts what encode returns, line by line', async () => {
    const lines = ['Hello, world!', '', '  中文 \u0000 and code: x = 1;', '\ud800 lone', '𠮷野家😀'];
    const report = await compareTokenizers({
      tokenizers: [{ name: 'llama2', tokenizer: llama2 }],
      texts: [{ name: 'mixed', lines }],
    });
    const ids = lines.flatMap((line) => llama2.encode(line));
    expect(report.total.figures[0]!.tokens).toBe(ids.length);
    expect(report.total.figures[0]!.byteTokens).toBe(ids.filter((id) => id >= 3 && id <= 258).length);
    expect(report.total.bytes).toBe(new TextEncoder().encode(lines.join('')).length);
  });
});

describe('compareTokenizers of the Chinese-LLaMA merge', needsShared, () => {
  it("shows the paper's 35 and 16 tokens, with our engine and with sentencepiece-js", async () => {
    const base = await buildLlama2();
    const extension = parseTokenizerModel(await readFile(sharedPath('fixtures/chinese_sp.model')));
    const { patch } = mergeVocab({ base: base.model, extension, preset: 'chinese-llama' });
    const tokenizers = [
      { name: 'llama2', document: base },
      { name: 'chinese-llama', document: base.apply(patch) },
    ].map(({ name, document }) => ({
      name,
      tokenizer: createTokenizer(document.model),
      bytes: document.bytes,
    }));
    for (const engine of ['vocab-merge', 'sentencepiece-js'] as const) {
      const report = await compareTokenizers({
        tokenizers,
        texts: [{ name: 'paper', lines: [PAPER_SENTENCE] }],
        engine,
      });
      expect(report.tokenizers).toEqual([
        { name: 'llama2', engine, vocabSize: 32000, extendsFirst: false },
        { name: 'chinese-llama', engine, vocabSize: 49953, extendsFirst: true },
      ]);
      expect(report.total.figures.map(({ tokens }) => tokens)).toEqual([35, 16]);
      expect(report.total.figures[1]).toMatchObject({
        ratioToFirst: 16 / 35,
        byteTokens: 0,
        contextCharacters: [3584, 7168, 14336],
      });
      // ▁ 人工智能 是 计算机 科学 、 心理学 、 哲学 等 学科 融合 的 交叉 学科 。: 学科 occurs twice.
      const { newTokens, newPiecesUsed } = report.total.figures[1]!;
      expect([newTokens, newPiecesUsed]).toEqual([9, 8]);
    }
  });
});
