import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveMerges } from '../../../../src/formats/tokenizer-json/read/bpe-merges.ts';
import { scoresFromMerges } from '../../../../src/formats/tokenizer-json/read/bpe-scores.ts';

interface Vocabulary {
  pieces: string[];
  pieceScores: Float32Array;
  pieceTypes: Uint8Array;
}

function vocabulary(scored: readonly (readonly [piece: string, score: number, type?: number])[]): Vocabulary {
  return {
    pieces: scored.map(([piece]) => piece),
    pieceScores: Float32Array.from(scored, ([, score]) => score),
    pieceTypes: Uint8Array.from(scored, ([, , type = 1]) => type),
  };
}

function mergesOf(model: Vocabulary): [string, string][] {
  const { leftIds, rightIds, resultIds } = deriveMerges(model);
  return Array.from(leftIds, (left, i) => {
    const pair: [string, string] = [model.pieces[left]!, model.pieces[rightIds[i]!]!];
    expect(model.pieces[resultIds[i]!]).toBe(pair.join(''));
    return pair;
  });
}

// The plain form: every split at a code point, a stable sort by score and part lengths (transformers' LLaMA rules).
function plainMerges({ pieces, pieceScores, pieceTypes }: Vocabulary): [string, string][] {
  const normal = new Map(pieces.flatMap((piece, id) => (pieceTypes[id] === 1 ? [[piece, id] as const] : [])));
  const found: { pair: [string, string]; key: number[] }[] = [];
  for (const [piece, id] of normal) {
    const characters = [...piece];
    for (let cut = 1; cut < characters.length; cut++) {
      const [left, right] = [characters.slice(0, cut).join(''), characters.slice(cut).join('')];
      if (!normal.has(left) || !normal.has(right)) continue;
      const key = [-pieceScores[id]!, -cut, cut - characters.length, id, normal.get(left)!, normal.get(right)!];
      found.push({ pair: [left, right], key });
    }
  }
  found.sort((a, b) => a.key.map((part, i) => part - b.key[i]!).find((difference) => difference !== 0) ?? 0);
  return found.map(({ pair }) => pair);
}

const anyVocabulary = fc
  .uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '▁', '中', '\u{20000}'), minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 60,
  })
  .chain((pieces) =>
    fc.tuple(
      fc.constant(pieces),
      fc.array(fc.integer({ min: -9, max: 0 }), { minLength: pieces.length, maxLength: pieces.length }),
      fc.array(fc.constantFrom(1, 1, 1, 1, 2, 3, 4, 5, 6), { minLength: pieces.length, maxLength: pieces.length }),
    ),
  )
  .map(([pieces, scores, types]) => vocabulary(pieces.map((piece, i) => [piece, scores[i]!, types[i]!])));

describe('deriveMerges', () => {
  it('ranks every split of every piece by the score of the piece', () => {
    const model = vocabulary([
      ['a', -9],
      ['b', -9],
      ['ab', -2],
      ['aba', -1],
      ['ba', -3],
      ['abab', -4],
    ]);
    expect(mergesOf(model)).toEqual(
      [
        ['ab', 'a'],
        ['a', 'ba'],
        ['a', 'b'],
        ['b', 'a'],
        ['ab', 'ab'],
        ['aba', 'b'],
      ].toSorted((a, b) => mergeRank(a) - mergeRank(b)),
    );
    // Equal scores (the two ways to make "aba" and "abab") put the longer left part first.
    function mergeRank([left, right]: string[]): number {
      return ['aba', 'ab', 'ba', 'abab'].indexOf(left! + right!) * 10 - left!.length;
    }
  });

  it('breaks ties by longer left part, longer right part, then id', () => {
    const model = vocabulary([
      ['b', 0],
      ['a', 0],
      ['ab', 0],
      ['ba', 0],
      ['aab', 0],
      ['bab', 0],
    ]);
    expect(mergesOf(model)).toEqual([
      ['ba', 'b'],
      ['a', 'ab'],
      ['b', 'ab'],
      ['a', 'b'],
      ['b', 'a'],
    ]);
  });

  it('leaves out control, unknown, byte, user-defined and unused pieces', () => {
    for (const type of [2, 3, 4, 5, 6]) {
      expect(
        mergesOf(
          vocabulary([
            ['a', 0],
            ['b', 0],
            ['ab', 0, type],
            ['abb', 0],
          ]),
        ),
      ).toEqual([]);
    }
  });

  it('never cuts a surrogate pair', () => {
    expect(
      mergesOf(
        vocabulary([
          ['\u{20000}', 0],
          ['中', 0],
          ['\u{20000}中', 0],
        ]),
      ),
    ).toEqual([['\u{20000}', '中']]);
  });

  it('equals the plain algorithm for any vocabulary', () => {
    fc.assert(
      fc.property(anyVocabulary, (model) => {
        expect(mergesOf(model)).toEqual(plainMerges(model));
      }),
    );
  });
});

describe('scoresFromMerges', () => {
  const throwers = {
    fail: (problem: string): never => {
      throw new Error(`broken: ${problem}`);
    },
    refuse: (what: string): never => {
      throw new Error(`cannot be expressed: ${what}`);
    },
  };

  it('gives scores whose merges are the list again, when scores were distinct', () => {
    fc.assert(
      fc.property(anyVocabulary, ({ pieces, pieceTypes }) => {
        const model = { pieces, pieceTypes, pieceScores: Float32Array.from(pieces, (_, i) => -((i * 7) % 61)) };
        const merges = mergesOf(model);
        const pieceScores = scoresFromMerges({ merges, pieces, pieceTypes }, throwers);
        expect(mergesOf({ pieces, pieceTypes, pieceScores })).toEqual(merges);
      }),
    );
  });

  it('reads the one-string form, and numbers results from 0 down, then pieces without merges', () => {
    const pieces = ['x', 'a', 'b', 'ab', 'ba'];
    const ranked = { merges: ['b a', 'a b'], pieces, pieceTypes: Uint8Array.of(3, 1, 1, 1, 1) };
    expect([...scoresFromMerges(ranked, throwers)]).toEqual([0, -2, -3, -1, 0]);
  });

  it('gives runs of one character whose merges mix one score', () => {
    const runs = vocabulary([
      ['▁', -9],
      ['▁▁', -5],
      ['▁▁▁', -5],
      ['▁▁▁▁', -5],
    ]);
    const { pieces, pieceTypes } = runs;
    expect([...scoresFromMerges({ merges: mergesOf(runs), pieces, pieceTypes }, throwers)]).toEqual([-2, -1, 0, 0]);
  });

  it.each<[string, (string | [string, string])[], string]>([
    ['a merge with an unknown piece', ['a c'], 'broken: merge 0 ["a","c"] needs "c", which is not in the vocabulary'],
    ['a merge without a result', ['b b'], 'needs "bb", which is not in the vocabulary'],
    ['a line that is not a pair', ['a b c'], 'broken: merge 0 is not a pair of pieces, but "a b c"'],
    ['an empty part', [['', 'ab']], 'merge 0 is not a pair of pieces'],
    [
      'a list that lacks a pair',
      ['a b', 'ab a', 'b a'],
      'cannot be expressed: a merge list that lacks 1 of the pairs that SentencePiece would merge',
    ],
    [
      'mixed merges',
      ['b a', 'ab a', 'a b', 'a ba'],
      'cannot be expressed: merges of "aba" and "ab" mixed with each other',
    ],
  ])('refuses %s', (_name, merges, message) => {
    const ranked = { merges, pieces: ['a', 'b', 'ab', 'ba', 'aba'], pieceTypes: Uint8Array.of(1, 1, 1, 1, 1) };
    expect(() => scoresFromMerges(ranked, throwers)).toThrow(message);
  });
});
