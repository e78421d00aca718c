import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { condense } from '../../../src/corpus/count/condense.ts';
import { type CharacterRuns, findFrequentNgrams } from '../../../src/corpus/count/frequent-ngrams.ts';
import { OptionError } from '../../../src/errors.ts';

function condenseEntries(entries: readonly (readonly [string, number])[], maxLength: number, minCount: number) {
  const source = { texts: entries.map(([text]) => text), counts: Float64Array.from(entries, ([, count]) => count) };
  return condense(source, { maxLength, minCount });
}

const weighted = fc.array(fc.tuple(fc.stringMatching(/^[甲乙\u{20000}]{1,9}$/u), fc.integer({ min: 1, max: 5 })), {
  minLength: 1,
  maxLength: 12,
});

describe('findFrequentNgrams', () => {
  it('finds what counting every substring finds', () => {
    fc.assert(
      fc.property(weighted, fc.integer({ min: 1, max: 8 }), (entries, minCount) => {
        const alphabet = ['', '甲', '乙', '\u{20000}'];
        const chars: number[] = [];
        const runStarts = [0];
        const expected = new Map<string, number>();
        for (const [text, count] of entries) {
          const characters = [...text];
          chars.push(...characters.map((character) => alphabet.indexOf(character)));
          runStarts.push(chars.length);
          for (let i = 0; i < characters.length; i++) {
            for (let n = 1; n <= 4 && i + n <= characters.length; n++) {
              const ngram = characters.slice(i, i + n).join('');
              expected.set(ngram, (expected.get(ngram) ?? 0) + count);
            }
          }
        }
        const runs: CharacterRuns = {
          chars: Uint32Array.from(chars),
          runStarts: Uint32Array.from(runStarts),
          runCounts: Float64Array.from(entries, ([, count]) => count),
          alphabetSize: alphabet.length,
        };
        const found = new Map<string, number>();
        findFrequentNgrams(runs, 4, minCount).forEach(({ ids, counts }, level) => {
          ids.forEach((id, i) => {
            const text = chars
              .slice(i, i + level + 1)
              .map((char) => alphabet[char]!)
              .join('');
            if (id !== 0) found.set(text, counts[id]!);
          });
        });
        for (const [ngram, count] of expected) {
          if (count < minCount && [...ngram].length > 1) expected.delete(ngram);
        }
        expect(found).toEqual(expected);
      }),
    );
  });

  it('grows its table past many pairs', () => {
    const chars = Uint32Array.from({ length: 200_000 }, (_, i) => 1 + ((i * i * 31 + i) % 5000));
    const runs = {
      chars,
      runStarts: Uint32Array.of(0, chars.length),
      runCounts: Float64Array.of(1),
      alphabetSize: 5001,
    };
    const pairs = new Map<number, number>();
    for (let i = 0; i + 1 < chars.length; i++) {
      const key = chars[i]! * 8192 + chars[i + 1]!;
      pairs.set(key, (pairs.get(key) ?? 0) + 1);
    }
    const { counts } = findFrequentNgrams(runs, 2, 1)[1]!;
    expect(counts.length - 1).toBe(pairs.size);
    expect(Math.max(...counts)).toBe(Math.max(...pairs.values()));
  });
});

describe('condense', () => {
  it('keeps frequent segments and drops rare ones', () => {
    const { entries, characters, droppedCharacters } = condenseEntries(
      [
        ['人工智能技术', 10],
        ['人工智能', 20],
        ['技术', 5],
        ['龘人工智能', 1],
      ],
      4,
      5,
    );
    expect(new Map(entries)).toEqual(
      new Map([
        ['人工智能', 31],
        ['技术', 15],
      ]),
    );
    expect([characters, droppedCharacters]).toEqual([60 + 80 + 10 + 5, 1]);
  });

  it('counts every character once, within the limits', () => {
    fc.assert(
      fc.property(
        weighted,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 8 }),
        (source, maxLength, minCount) => {
          const { entries, characters, droppedCharacters } = condenseEntries(source, maxLength, minCount);
          const total = source.reduce((sum, [text, count]) => sum + [...text].length * count, 0);
          const kept = entries.reduce((sum, [text, count]) => sum + [...text].length * count, 0);
          expect(characters).toBe(total);
          expect(kept + droppedCharacters).toBe(total);
          expect(new Set(entries.map(([text]) => text)).size).toBe(entries.length);
          for (const [text, count] of entries) {
            expect([...text].length).toBeLessThanOrEqual(maxLength);
            expect(count).toBeGreaterThanOrEqual(minCount);
          }
        },
      ),
    );
  });

  it('checks its options', () => {
    expect(() => condenseEntries([['甲', 1]], 0, 1)).toThrow(OptionError);
    expect(() => condenseEntries([['甲', 1]], 17, 1)).toThrow(OptionError);
    expect(() => condenseEntries([['甲', 1]], 8, 0)).toThrow(OptionError);
  });
});
