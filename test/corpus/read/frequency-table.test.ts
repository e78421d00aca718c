import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  frequencyTable,
  mergeFrequencyTables,
  parseFrequencyTable,
  serializeFrequencyTable,
} from '../../../src/corpus/read/frequency-table.ts';
import { FormatError, OptionError } from '../../../src/errors.ts';

describe('frequency tables', () => {
  it('are sorted by UTF-8 bytes, equal texts added up', () => {
    const table = frequencyTable(
      [
        ['\uFFFD', 1],
        ['学', 2],
        ['\u{10000}', 1],
        ['a', 3],
        ['学', 5],
      ],
      { b: 1, a: 'x' },
    );
    expect(serializeFrequencyTable(table)).toBe(
      '#vocab-merge/frequency-table 1 {"a":"x","b":1}\na\t3\n学\t7\n\uFFFD\t1\n\u{10000}\t1\n',
    );
  });

  it('of two halves merge to that of the whole, byte for byte, and come back from their text', () => {
    const texts = fc.array(fc.tuple(fc.stringMatching(/^[甲乙丙a\u{10400}]{1,3}$/u), fc.integer({ min: 1, max: 9 })));
    fc.assert(
      fc.property(texts, texts, (first, second) => {
        const merged = mergeFrequencyTables([frequencyTable(first), frequencyTable(second)]);
        const whole = frequencyTable([...first, ...second]);
        expect(serializeFrequencyTable(merged)).toBe(serializeFrequencyTable(whole));
        expect(parseFrequencyTable(serializeFrequencyTable(whole))).toEqual(whole);
      }),
    );
  });

  it('refuse what they cannot hold', () => {
    for (const text of ['', 'a\tb', 'a\n', '\uD800']) expect(() => frequencyTable([[text, 1]])).toThrow(OptionError);
    for (const count of [0, 1.5, Number.NaN, 2 ** 53])
      expect(() => frequencyTable([['a', count]])).toThrow(OptionError);
    expect(() =>
      frequencyTable([
        ['a', 2 ** 52],
        ['a', 2 ** 52],
      ]),
    ).toThrow('cannot have the count');
    expect(() => mergeFrequencyTables([])).toThrow(OptionError);
    expect(() => mergeFrequencyTables([frequencyTable([], { a: 1 }), frequencyTable([], { a: 2 })])).toThrow(
      'different options',
    );
  });

  it.each([
    ['', 'is not a frequency table'],
    ['a\t1\n', 'is not a frequency table'],
    ['#vocab-merge/frequency-table 2 {}\n', 'version 2'],
    ['#vocab-merge/frequency-table 1 []\n', 'line 1'],
    ['#vocab-merge/frequency-table 1 {\n', 'line 1'],
    ['#vocab-merge/frequency-table 1 {}', 'cut off'],
    ['#vocab-merge/frequency-table 1 {}\na\t1', 'line 2 has no line end'],
    ['#vocab-merge/frequency-table 1 {}\na 1\n', 'line 2 is not text'],
    ['#vocab-merge/frequency-table 1 {}\na\t01\n', 'line 2 is not text'],
    ['#vocab-merge/frequency-table 1 {}\nb\t1\na\t1\n', 'line 3 ("a") is not in UTF-8 order'],
    ['#vocab-merge/frequency-table 1 {}\na\t1\na\t1\n', 'line 3'],
  ])('refuse the text %j', (text, message) => {
    try {
      parseFrequencyTable(text, { source: 'x.tsv' });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      expect(`${(error as FormatError).message} ${(error as FormatError).hint ?? ''}`).toContain(message);
      expect((error as FormatError).message).toContain('x.tsv');
    }
  });
});
