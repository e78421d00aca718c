import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packTokenizerJson, unpackTokenizerJson } from '../../../src/report/page/packed-tokenizer-json.ts';

const throughJson = (json: Record<string, unknown>) =>
  unpackTokenizerJson(JSON.parse(JSON.stringify(packTokenizerJson(json))));

describe('packTokenizerJson', () => {
  it('leaves out the spelling of merges and the ids of pieces', () => {
    const json = {
      version: '1.0',
      model: { type: 'BPE', vocab: { ab: 3, b: 1, a: 0, abb: 5 }, merges: ['a b', 'ab b'] },
    };
    expect(packTokenizerJson(json)).toEqual({
      json: { version: '1.0', model: { type: 'BPE' } },
      pieces: ['a', 'b', null, 'ab', null, 'abb'],
      merges: { steps: [3, 2], cuts: [1, 2], arePairs: false },
    });
    expect(throughJson(json)).toEqual(json);
  });

  it.each([
    ['merges as pairs, with a space in one', { vocab: { a: 0, ' ': 1, 'a ': 2 }, merges: [['a', ' ']] }],
    ['no merges', { vocab: { a: 0 } }],
    ['an empty list of merges', { vocab: { a: 0 }, merges: [] }],
    ['a merge that makes no piece', { vocab: { a: 0, b: 1 }, merges: ['a b'] }],
    ['merges of three', { vocab: { a: 0, aaa: 1 }, merges: ['a a a'] }],
    ['two pieces of an id', { vocab: { a: 0, b: 0 } }],
    ['an id far away', { vocab: { a: 0, b: 1e9 } }],
    ['an id that is none', { vocab: { a: 0, b: -1, c: 0.5 } }],
    ['a Unigram list', { vocab: [['a', -1]] }],
    ['a piece __proto__', { vocab: JSON.parse('{"__proto__":0,"_":1}') }],
    ['no vocabulary', {}],
  ])('gives the same file back: %s', (_, model) => {
    const json = { added_tokens: [{ id: 7 }], model: { type: 'BPE', ...model } };
    expect(throughJson(json)).toEqual(json);
  });

  it('gives any vocabulary and merges back', () => {
    const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part), { maxLength: 20 }), fc.boolean(), (pairs, arePairs) => {
        const pieces = [...new Set(pairs.flatMap(([left, right]) => [left, right, left + right]))];
        const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
        const merges = arePairs ? pairs : pairs.map((pair) => pair.join(' '));
        const json = { model: { vocab, merges } };
        expect(throughJson(json)).toEqual(json);
      }),
    );
  });
});
