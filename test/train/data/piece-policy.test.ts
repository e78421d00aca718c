// The lists of pieces that people bring: brought into the form of normalized text, refused where they cannot be had.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDENTITY_NORMALIZER } from '../../../src/core/model.ts';
import { OptionError } from '../../../src/errors.ts';
import { createExclusion, requiredCodePoints, settlePieceLists } from '../../../src/train/data/piece-policy.ts';
import { compileRules } from '../../../src/train/data/train-normalizer.ts';
import type { TrainOptions } from '../../../src/train/options/options.ts';
import { resolveTrainOptions } from '../../../src/train/options/resolve-options.ts';
import { runs } from '../../runs.ts';

// A becomes a, z nothing.
const NORMALIZER = { ...IDENTITY_NORMALIZER, precompiledCharsmap: await compileRules('41\t61\n7a\t\n', '') };

function settle(options: TrainOptions) {
  const { mustInclude, exclude } = settlePieceLists(resolveTrainOptions(options), NORMALIZER);
  return { mustInclude, exclude };
}

describe('settlePieceLists', () => {
  it('normalizes both lists, spaces as ▁, each text once, in UTF-8 order', () => {
    // U+20BB7 is behind U+FF0C in UTF-8, in front of it in UTF-16.
    expect(settle({ mustInclude: ['𠮷', '，', 'A', 'a', ' b  c'], exclude: ['d', 'AA', 'd'] })).toEqual({
      mustInclude: ['a', '▁b▁▁c', '，', '𠮷'],
      exclude: ['aa', 'd'],
    });
  });

  it('leaves options without lists as they are, and the other options in any case', () => {
    const options = resolveTrainOptions({ vocabSize: 77 });
    expect(settlePieceLists(options, NORMALIZER)).toBe(options);
    const wanted = resolveTrainOptions({ vocabSize: 77, mustInclude: ['A'] });
    expect(settlePieceLists(wanted, NORMALIZER)).toEqual({ ...wanted, mustInclude: ['a'] });
  });

  it('drops what is there or gone anyway: wanted user-defined symbols, and exclusions that normalization removes', () => {
    expect(settle({ mustInclude: ['[S]', 'b'], userDefinedSymbols: ['[S]'], exclude: ['z'] })).toEqual({
      mustInclude: ['b'],
      exclude: [],
    });
  });

  it.each<[options: TrainOptions, message: string]>([
    [{ mustInclude: ['z'] }, 'mustInclude: "" is nothing but what normalization removes'],
    [{ mustInclude: ['a\0'] }, 'has the character "\\u0000", which no piece can hold'],
    [{ mustInclude: ['a\tb'] }, 'has the character "\\t", which no piece can hold'],
    [{ mustInclude: ['a▅'] }, 'mustInclude: "a▅" has the character "▅", which no piece can hold'],
    [{ mustInclude: ['Ab'], exclude: ['ab'] }, 'mustInclude: "ab" is excluded as well'],
    [{ mustInclude: ['ab'], exclude: ['A'] }, 'mustInclude: "ab" has the character "a", which is excluded'],
    [{ mustInclude: ['</s>'] }, 'mustInclude: "</s>" is a control symbol, a special piece or a byte'],
    [{ mustInclude: ['<0x41>'], byteFallback: true }, 'is a control symbol, a special piece or a byte'],
    [{ mustInclude: ['a[S]'], userDefinedSymbols: ['[S]'] }, 'has the user-defined symbol "[S]" in it'],
    [{ exclude: ['b'], requiredChars: 'ab' }, 'exclude: "b" is one of the required characters'],
  ])('refuses %j', (options, message) => {
    expect(() => settle(options)).toThrow(OptionError);
    expect(() => settle(options)).toThrow(message);
  });
});

describe('requiredCodePoints', () => {
  it('gathers the required characters and those of the wanted pieces, without U+0000', () => {
    const required = requiredCodePoints({ requiredChars: 'a\0中', mustInclude: ['ab', '𠮷'] });
    expect([...required]).toEqual([0x61, 0x4e2d, 0x62, 0x20bb7]);
  });
});

describe('createExclusion', () => {
  const ALPHABET = ['\0', '▅', 'a', 'b', '𠮷'];
  const alphabet = Uint32Array.from(ALPHABET, (character) => character.codePointAt(0)!);

  it('has nothing to find where nothing is excluded', () => {
    expect(createExclusion(alphabet, [])).toBeUndefined();
  });

  it('finds just the stretches whose text is excluded', () => {
    // c is not in the alphabet: no stretch has it.
    const text = (letters: readonly string[], maxLength: number) =>
      fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength });
    const excluded = fc.array(
      text(['a', 'b', '𠮷', 'c'], 3).map((characters) => characters.join('')),
      { minLength: 1, maxLength: 5 },
    );
    let found = 0;
    fc.assert(
      fc.property(excluded, text(['a', 'b', '𠮷'], 6), (exclude, characters) => {
        const isExcluded = createExclusion(alphabet, exclude)!;
        const ids = characters.map((character) => ALPHABET.indexOf(character));
        for (let start = 0; start < ids.length; start++) {
          for (let length = 1; start + length <= ids.length; length++) {
            const expected = exclude.includes(characters.slice(start, start + length).join(''));
            if (expected) found++;
            expect(isExcluded(ids, start, length)).toBe(expected);
          }
        }
      }),
      runs(100),
    );
    expect(found).toBeGreaterThan(0);
  });
});
