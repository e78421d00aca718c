// Which characters get into the vocabulary, for corpora whose counts can be summed by hand.
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/errors.ts';
import { createCharacterStore } from '../../../src/train/data/character-store.ts';
import { chooseAlphabet } from '../../../src/train/data/choose-alphabet.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';

type Counts = readonly (readonly [character: string, count: number])[];

function choose(counts: Counts, options: TrainOptions = {}, metaPieceCount = 3) {
  const store = createCharacterStore();
  for (const [character, count] of counts) store.push(character.codePointAt(0)!, count);
  const chosen = chooseAlphabet(store, resolveTrainOptions(options), metaPieceCount);
  return { ...chosen, codePoints: String.fromCodePoint(...chosen.codePoints) };
}

/** 100 characters. */
const COUNTS: Counts = [
  ['b', 1],
  ['a', 1],
  ['中', 97],
  ['c', 1],
];

describe('chooseAlphabet', () => {
  it('takes the most frequent characters until the coverage is reached, the smaller code point where counts tie', () => {
    expect(choose(COUNTS, { characterCoverage: 1 })).toEqual({ codePoints: '中abc', characters: 100, coverage: 1 });
    expect(choose(COUNTS, { characterCoverage: 0.99 })).toEqual({
      codePoints: '中ab',
      characters: 100,
      coverage: 0.99,
    });
    expect(choose(COUNTS, { characterCoverage: 0.985 }).codePoints).toBe('中ab');
    expect(choose(COUNTS, { characterCoverage: 0.98 }).codePoints).toBe('中a');
  });

  it('takes required characters and those of wanted pieces first, in the text or not', () => {
    const options = { characterCoverage: 0.98, requiredChars: 'cx', mustInclude: ['bc'] };
    // c, b and x are in before 中, whose 97 make it 99 of 100.
    expect(choose(COUNTS, options)).toEqual({ codePoints: '中bcx', characters: 100, coverage: 0.99 });
  });

  it('never takes excluded characters or U+0000, and does not count them; longer texts exclude no character', () => {
    const counts: Counts = [...COUNTS, ['\0', 50]];
    expect(choose(counts, { characterCoverage: 1, exclude: ['a', '中b'] })).toEqual({
      codePoints: '中bc',
      characters: 99,
      coverage: 1,
    });
  });

  it('counts breaks, but has none in the alphabet', () => {
    expect(choose([...COUNTS, ['\t', 100]], { characterCoverage: 1 })).toEqual({
      codePoints: '中abc',
      characters: 200,
      coverage: 1,
    });
  });

  it('refuses the character that stands for unknown ones', () => {
    expect(() => choose(COUNTS, { requiredChars: '▅' })).toThrow(OptionError);
    expect(() => choose(COUNTS, { requiredChars: '▅' })).toThrow(
      'the alphabet contains U+2585, which training reserves for unknown characters',
    );
  });

  it('names the least size that works', () => {
    const options = { characterCoverage: 1, mustInclude: ['ab', 'c'] };
    expect(() => choose(COUNTS, { ...options, vocabSize: 5 }, 1)).toThrow(
      'vocabSize 5 is too small: 4 characters, 1 piece to include and 1 meta piece need at least 6',
    );
    expect(choose(COUNTS, { ...options, vocabSize: 6 }, 1).codePoints).toBe('中abc');
    expect(() => choose([['a', 1]], { vocabSize: 3 })).toThrow('1 character and 3 meta pieces need at least 4');
  });
});
