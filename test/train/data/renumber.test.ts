// Renumbered sentences say the same as the stored ones, with ▅ for what is outside the alphabet.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCharacterStore } from '../../../src/train/data/character-store.ts';
import { renumber } from '../../../src/train/data/renumber.ts';
import { type TrainingData, textOf } from '../../../src/train/data/training-data.ts';
import { runs } from '../../runs.ts';

type Sentence = readonly [text: string, count: number];

const codePointOf = (character: string): number => character.codePointAt(0)!;

/** Stores the sentences as they come and renumbers them in reverse. */
function renumberReversed(sentences: readonly Sentence[], alphabet: string): TrainingData {
  const store = createCharacterStore();
  const places = sentences.map(([text, count]) => {
    const start = store.length;
    for (const character of text) store.push(codePointOf(character), count);
    return [start, store.length] as const;
  });
  return renumber({
    store,
    storedStarts: Float64Array.from(places, ([start]) => start).reverse(),
    storedEnds: Float64Array.from(places, ([, end]) => end).reverse(),
    sentenceCounts: Float64Array.from(sentences, ([, count]) => count).reverse(),
    alphabet: [...alphabet].map(codePointOf),
  });
}

const textsOf = (data: TrainingData): string[] =>
  Array.from(data.sentenceCounts, (_, i) =>
    textOf(data, data.sentenceStarts[i]!, data.sentenceStarts[i + 1]! - data.sentenceStarts[i]!),
  );

describe('renumber', () => {
  it('gives the boundary 0, the unknown 1, and the alphabet its ids from 2 on', () => {
    const data = renumberReversed(
      [
        ['aab', 3],
        ['b中', 1],
      ],
      'ab',
    );
    expect([...data.alphabet]).toEqual([0, 0x2585, 0x61, 0x62]);
    expect([...data.alphabetCounts]).toEqual([0, 1, 6, 4]);
    expect([...data.chars]).toEqual([3, 1, 2, 2, 3]);
    expect([...data.sentenceStarts]).toEqual([0, 2, 5]);
    expect([...data.sentenceCounts]).toEqual([1, 3]);
  });

  it('keeps every sentence in its order, and counts every character', () => {
    const letters = ['a', 'b', '中', '𠮷', '\t'];
    const sentence = fc.tuple(
      fc.array(fc.constantFrom(...letters), { maxLength: 6 }).map((characters) => characters.join('')),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(fc.array(sentence, { maxLength: 6 }), fc.subarray(letters), (sentences, alphabet) => {
        const data = renumberReversed(sentences, alphabet.join(''));
        const expected = sentences
          .map(([text]) => [...text].map((each) => (alphabet.includes(each) ? each : '▅')).join(''))
          .reverse();
        expect(textsOf(data)).toEqual(expected);
        const countOf = (isCounted: (character: string) => boolean): number =>
          sentences.reduce((sum, [text, count]) => sum + count * [...text].filter(isCounted).length, 0);
        expect([...data.alphabetCounts]).toEqual([
          0,
          countOf((each) => !alphabet.includes(each)),
          ...alphabet.map((character) => countOf((each) => each === character)),
        ]);
      }),
      runs(30),
    );
  });

  it('takes four bytes an id where two are too few', () => {
    const characters = Array.from({ length: 0x10000 }, (_, i) => String.fromCodePoint(0x20000 + i));
    const last = characters.at(-1)!;
    const narrow = renumberReversed([[last, 1]], characters.slice(2).join(''));
    expect(narrow.chars).toEqual(Uint16Array.of(0xffff));
    const wide = renumberReversed([[last, 1]], characters.join(''));
    expect(wide.chars).toEqual(Uint32Array.of(0x10001));
    expect(textsOf(wide)).toEqual([last]);
  });
});
