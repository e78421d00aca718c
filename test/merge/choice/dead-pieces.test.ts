// Dead pieces against brute force: what occurs in the encodings of all short strings, by a plain encoder of the test's own.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { applyPatch } from '../../../src/core/patch.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { findDeadPieces } from '../../../src/merge/choice/dead-pieces.ts';
import { mergeVocab } from '../../../src/merge/merge-vocab.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { plainModel } from '../../models.ts';
import { segmentPlainly } from '../../oracles/plain-bpe.ts';
import { runs } from '../../runs.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

const ALPHABET = ['a', '▁', '中'];
const LONGEST = 5;

/** All strings of 1 to LONGEST characters, and some with a character that no piece contains. */
const STRINGS: string[] = [];
for (let from = 0, level = ['']; level[0]!.length < LONGEST; ) {
  level = level.flatMap((text) => ALPHABET.map((letter) => text + letter));
  STRINGS.push(...level);
  from++;
  if (from < LONGEST) STRINGS.push(...level.map((text) => `x${text}x`));
}

const text = (maxLength: number) =>
  fc.array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength }).map((parts) => parts.join(''));

function modelOf(
  entries: readonly (readonly [string, number, number])[],
  modelType: 'bpe' | 'unigram',
): TokenizerModel {
  return plainModel({
    modelType,
    pieces: ['<unk>', ...entries.map(([piece]) => piece)],
    pieceScores: Float32Array.from([0, ...entries.map(([, score]) => score)]),
    pieceTypes: Uint8Array.from([PIECE_TYPE.unknown, ...entries.map(([, , type]) => type)]),
  });
}

const entries = (types: readonly number[]) =>
  fc
    .record({
      pieces: fc.uniqueArray(text(4), { minLength: 1, maxLength: 24 }),
      // Few distinct scores, so that ties are the rule; whole numbers, so that Unigram sums are exact.
      scores: fc.array(fc.integer({ min: -12, max: -1 }), { minLength: 24, maxLength: 24 }),
      kinds: fc.array(fc.constantFrom(...types), { minLength: 24, maxLength: 24 }),
    })
    .map(({ pieces, scores, kinds }) => pieces.map((piece, i) => [piece, scores[i]!, kinds[i]!] as const));

const { normal, userDefined, unused } = PIECE_TYPE;

/** Every piece is dead or occurs, never both: what `occurring` says of all strings, and the audit of each piece. */
function expectExact(model: TokenizerModel, occurring: ReadonlySet<string>): void {
  const dead = new Set(findDeadPieces(createTokenizer(model)).map(({ piece }) => piece));
  const found = model.pieces.filter((_, id) => isText(model.pieceTypes[id]!)).map((piece) => [piece, dead.has(piece)]);
  expect(found).toEqual(found.map(([piece]) => [piece, !occurring.has(piece as string)]));
}

/** By id: a run of unknown characters can be spelled like a piece. */
function occurringIn(model: TokenizerModel): Set<string> {
  const tokenizer = createTokenizer(model);
  const ids = new Set(STRINGS.flatMap((string) => tokenizer.encode(string)));
  return new Set([...ids].map(tokenizer.idToPiece));
}

const isText = (type: number): boolean => type === normal || type === userDefined;

describe('dead pieces', () => {
  it('are exactly the pieces that no string yields, in BPE models with ties and user-defined symbols', () => {
    fc.assert(
      fc.property(entries([normal, normal, normal, normal, userDefined]), (random) => {
        const model = modelOf(random, 'bpe');
        expectExact(model, new Set(STRINGS.flatMap((string) => segmentPlainly(model, string))));
      }),
      runs(25),
    );
  });

  it('are exactly the pieces that no string yields, in BPE models with unused pieces', () => {
    fc.assert(
      fc.property(entries([normal, normal, unused]), (random) => {
        const model = modelOf(random, 'bpe');
        expectExact(model, occurringIn(model));
      }),
      runs(25),
    );
  });

  it('are exactly the pieces that no string yields, in Unigram models', () => {
    fc.assert(
      fc.property(entries([normal]), (random) => {
        const model = modelOf(random, 'unigram');
        expectExact(model, occurringIn(model));
      }),
      runs(25),
    );
  });

  it('say what they become', () => {
    const model = modelOf(
      [
        ['中', -1, normal],
        ['a', -2, normal],
        ['中a', -3, normal],
        ['a中', -9, normal],
        ['中a中', -4, normal],
        ['aaa', -5, normal],
        ['zz', 0, unused],
      ],
      'bpe',
    );
    const tokenizer = createTokenizer(model);
    expect(findDeadPieces(tokenizer)).toEqual([{ id: 6, piece: 'aaa', encodesTo: [2, 2, 2] }]);
    expect(findDeadPieces(tokenizer, { from: 7 })).toEqual([]);
  });
});

describe('published vocabularies', needsShared, () => {
  const fixture = (name: string) => parseTokenizerModel(sharedFixture(`${name}`));
  const deadIds = (model: TokenizerModel): number[] => findDeadPieces(createTokenizer(model)).map(({ id }) => id);

  it('LLaMA: none; Chinese-LLaMA: 345 new and 194 of the base; Chinese-LLaMA-2: 657 new and 1', () => {
    const base = fixture('llama2.model');
    const { patch } = mergeVocab({ base, extension: fixture('chinese_sp.model'), preset: 'chinese-llama' });
    const llama = applyPatch(base, patch);
    expect(deadIds(base)).toEqual([]);
    const counts = [llama, fixture('chinese_llama2.model')].map((model) => {
      const ids = deadIds(model);
      return [ids.filter((id) => id >= 32000).length, ids.filter((id) => id < 32000).length];
    });
    expect(counts).toEqual([
      [345, 194],
      [657, 1],
    ]);
  });
});
