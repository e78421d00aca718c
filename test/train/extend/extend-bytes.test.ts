// Continued BPE on bases with a pipeline: the promises of extend.ts on random bases, texts and strings, to the token.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { byteUnitsToText } from '../../../src/core/unicode/byte-level.ts';
import { createTokenizer, type Tokenizer } from '../../../src/tokenize/tokenizer.ts';
import { rankExtension } from '../../../src/train/extend/extend.ts';
import type { ExtendOptions } from '../../../src/train/extend/options.ts';
import { plainModel } from '../../models.ts';
import { runs, scaled } from '../../runs.ts';
import { appendTexts, arbitraryBase, corpusText, foreignText } from './arbitrary-bases.ts';

const ALL = 400;
const corpus = fc.array(corpusText, { minLength: 1, maxLength: 25 });
const joinRule = fc.constantFrom<Partial<ExtendOptions>>(
  { join: 'none' },
  { join: 'front' },
  { join: 'both' },
  { join: 'both', joinDigits: true },
);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const learn = (base: TokenizerModel, lines: readonly string[], options: Partial<ExtendOptions> = {}) =>
  rankExtension(base, [{ name: 'text', sentences: lines }], {
    newPieces: ALL,
    minCount: 1,
    scripts: ['Han'],
    ...options,
  });

/** By merges alone, as inside a longer pre-token. */
const byMerges = (model: TokenizerModel): Tokenizer => createTokenizer({ ...model, wholePieceFirst: false });

function countText(model: TokenizerModel, lines: readonly string[]): number {
  const tokenizer = createTokenizer(model);
  return lines.reduce((total, line) => total + tokenizer.countTokens(line), 0);
}

describe('continued BPE on random bases with a pipeline', () => {
  it('makes pieces that all can be reached, and leaves every base piece as it was', async () => {
    let pieces = 0;
    let unreached = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryBase, corpus, joinRule, share, async (base, lines, rule, part) => {
        const learned = await learn(base, lines, rule);
        pieces += learned.pieces.length;
        for (const count of [learned.pieces.length, Math.floor(part * learned.pieces.length)]) {
          const model = appendTexts(base, learned.pieces.slice(0, count));
          const [before, after] = [byMerges(base), byMerges(model)];
          for (let i = 0; i < count; i++) {
            expect(after.encodePieceText(learned.pieces[i]!)).toEqual([base.pieces.length + i]);
          }
          const [wholeBefore, wholeAfter] = [createTokenizer(base), createTokenizer(model)];
          for (const [id, piece] of base.pieces.entries()) {
            if (base.pieceTypes[id] !== PIECE_TYPE.normal) continue;
            const isReached = String(before.encodePieceText(piece)) === String([id]);
            if (!isReached) unreached++;
            expect(String(after.encodePieceText(piece)) === String([id])).toBe(isReached);
            if (String(wholeBefore.encodePieceText(piece)) === String([id])) {
              expect(wholeAfter.encodePieceText(piece)).toEqual([id]);
            }
          }
        }
      }),
      runs(5),
    );
    expect(pieces).toBeGreaterThan(scaled(10));
    expect(unreached).toBeGreaterThan(scaled(4));
  });

  it('never makes a text longer, gives it back, and leaves text without the chosen characters alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryBase,
        corpus,
        fc.array(corpusText),
        fc.array(foreignText),
        joinRule,
        async (base, lines, texts, others, rule) => {
          const learned = await learn(base, lines, { punctuation: '％', ...rule });
          const [before, after] = [createTokenizer(base), createTokenizer(appendTexts(base, learned.pieces))];
          for (const text of [...lines, ...texts]) {
            expect(after.countTokens(text)).toBeLessThanOrEqual(before.countTokens(text));
            expect(after.decode(after.encode(text))).toBe(before.decode(before.encode(text)));
          }
          for (const text of others) expect(after.encode(text)).toEqual(before.encode(text));
        },
      ),
      runs(5),
    );
  });

  it('knows to the token what the encoder will take, at every size', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryBase, corpus, joinRule, share, async (base, lines, rule, part) => {
        const learned = await learn(base, lines, rule);
        expect(learned.baseTokens).toBe(countText(base, lines));
        for (const count of [learned.pieces.length, Math.floor(part * learned.pieces.length)]) {
          const model = appendTexts(base, learned.pieces.slice(0, count));
          expect(countText(model, lines)).toBe(learned.baseTokens - sum(learned.saved.subarray(0, count)));
        }
      }),
      runs(5),
    );
  });

  it('keeps all of this where room is short and pieces are chosen by how evenly they occur', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryBase,
        corpus,
        joinRule,
        fc.nat(11),
        fc.boolean(),
        async (base, lines, rule, n, even) => {
          const sources = [0, 1, 2].map((k) => ({ name: `${k}`, sentences: lines.filter((_, i) => i % 3 === k) }));
          const options = {
            newPieces: n + 1,
            minCount: 1,
            scripts: ['Han'],
            ...rule,
            ...(even && { evenness: 0.6, minSources: 2 }),
          };
          const learned = await rankExtension(base, sources, options);
          expect(learned.pieces.length).toBeLessThanOrEqual(n + 1);
          const model = appendTexts(base, learned.pieces);
          expect(countText(model, lines)).toBe(learned.baseTokens - sum(learned.saved));
          expectParts(model, base.pieces.length);
        },
      ),
      runs(5),
    );
  });

  it('makes pieces of whole characters as the rule allows, and parts only of characters that follow', async () => {
    const J = '\\p{Script=Han}';
    const M = '[\\p{P}\\p{S}]';
    const GRAMMAR: Readonly<Record<string, RegExp>> = {
      none: new RegExp(`^${J}+$`, 'u'),
      front: new RegExp(`^[ ▁]?${M}*${J}+$`, 'u'),
      both: new RegExp(`^[ ▁]?(${M}|${J})*${J}${M}*$`, 'u'),
      'both+digits': new RegExp(`^[ ▁]?(1|${M}|${J})*${J}${M}*$`, 'u'),
    };
    let partCount = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryBase, corpus, joinRule, async (base, lines, rule) => {
        const learned = await learn(base, lines, { maxPieceLength: 5, ...rule });
        const known = new Set(base.pieces);
        for (const piece of learned.pieces) {
          expect(known.has(piece)).toBe(false);
          known.add(piece);
          const text = base.units === 'byte' ? byteUnitsToText(piece) : piece;
          if (text === undefined) {
            partCount++;
            continue;
          }
          expect([...text].length).toBeLessThanOrEqual(5);
          if (text !== '，' && text !== '％')
            expect(text).toMatch(GRAMMAR[`${rule.join}${rule.joinDigits ? '+digits' : ''}`]!);
        }
        expectParts(appendTexts(base, learned.pieces), base.pieces.length);
      }),
      runs(5),
    );
    expect(partCount).toBeGreaterThan(0);
  });

  it('joins a token that ends one character and begins the next to what stands before it', async () => {
    const pieces = [...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)), '\xe4\xb8', '\xad\xe6'];
    const merge = (at: number): Int32Array =>
      Int32Array.from(
        [
          ['\xe4', '\xb8', '\xe4\xb8'],
          ['\xad', '\xe6', '\xad\xe6'],
        ],
        (parts) => pieces.indexOf(parts[at]!),
      );
    const base = plainModel({
      pieces,
      units: 'byte',
      byteFallback: false,
      unkPiece: '',
      pieceScores: new Float32Array(pieces.length),
      pieceTypes: new Uint8Array(pieces.length).fill(PIECE_TYPE.normal),
      merges: { leftIds: merge(0), rightIds: merge(1), resultIds: merge(2) },
    });
    const { pieces: learned } = await learn(base, ['中文', '中文', '中文']);
    expect(learned).toEqual(
      ['中\xe6', '中\xe6\x96', '中文'].map((text) => text.replace('中', '\xe4\xb8\xad').replace('文', '\xe6\x96\x87')),
    );
    expect(createTokenizer(appendTexts(base, learned)).encode('中文')).toEqual([pieces.length + 2]);
  });
});

/** Every part of a character begins Han characters only, and a later piece is made of it. */
function expectParts(model: TokenizerModel, from: number): void {
  if (model.units !== 'byte') return;
  const extended = byMerges(model);
  for (const [i, part] of model.pieces.slice(from).entries()) {
    if (byteUnitsToText(part) !== undefined) continue;
    const bytes = Uint8Array.from(part, (byte) => byte.charCodeAt(0));
    const lead = bytes.findLastIndex((byte) => byte >= 0xc0);
    expect(byteUnitsToText(part.slice(0, lead))).toBeDefined();
    expect(HAN_BEGINNINGS.has(String(bytes.subarray(lead)))).toBe(true);
    const later = model.pieces.slice(from + i + 1).filter((piece) => piece.startsWith(part));
    expect(later.length, `a piece that needs ${bytes}`).toBeGreaterThan(0);
    expect(extended.encodePieceText(part)).toEqual([from + i]);
  }
}

/** Beginnings of 𠮷, 𪚥, 龘 and 龙 whose completions are all Han. */
const HAN_BEGINNINGS = new Set(
  ['𠮷', '𪚥', '龘', '龙', '中', '文', '国', '人', '丁'].flatMap((character) => {
    const bytes = new TextEncoder().encode(character);
    return (
      Array.from({ length: bytes.length - 1 }, (_, i) => bytes.subarray(0, i + 1))
        // E4 begins hexagrams too, F0 characters of many scripts.
        .filter((begin) => begin.length > 1 || (begin[0]! > 0xe4 && begin[0]! < 0xf0))
        .map(String)
    );
  }),
);
