import { describe, expect, it } from 'vitest';
import { CHINESE_PUNCTUATION } from '../../../src/corpus/count/count-segments.ts';
import { OptionError } from '../../../src/errors.ts';
import { resolveExtendOptions } from '../../../src/train/extend/options.ts';

type Resolved = Parameters<typeof resolveExtendOptions>[0];

describe('resolveExtendOptions', () => {
  it('fills in the defaults', () => {
    expect(resolveExtendOptions({ newPieces: 5, scripts: ['Han'], minCount: undefined })).toEqual({
      newPieces: 5,
      scripts: ['Han'],
      join: 'front',
      joinDigits: false,
      punctuation: CHINESE_PUNCTUATION,
      maxPieceLength: 16,
      minCount: 2,
      maxSourceShare: 1,
      minSources: 1,
      minSourceCount: 1,
      evenness: 0,
      characterFactor: 1,
      preserve: [],
    });
  });

  it.each<[scripts: string[], marks: string, others: string]>([
    [['Hiragana', 'Katakana', 'Han'], '，。、「」・〜“”', '؟।'],
    [['Arabic'], '،؛؟“”…', '，。।'],
    [['Devanagari'], '।॥—', '，؟'],
    [['Thai'], '“”…', '，。；（'],
  ])('takes the punctuation of %s', (scripts, marks, others) => {
    const { punctuation } = resolveExtendOptions({ newPieces: 5, scripts });
    expect([...marks].filter((mark) => !punctuation.includes(mark))).toEqual([]);
    expect([...others].filter((mark) => punctuation.includes(mark))).toEqual([]);
  });

  it('keeps what was given, up to the limits', () => {
    const given = {
      newPieces: 2_000_000,
      scripts: ['Thai'],
      join: 'both',
      joinDigits: true,
      punctuation: '',
      maxPieceLength: 4096,
      minCount: 1,
      maxSourceShare: 0.01,
      minSources: 9,
      minSourceCount: 8,
      evenness: 0.99,
      characterFactor: 1000,
      preserve: [{ name: 'kept.txt', sentences: ['中文'] }],
    } as const;
    expect(resolveExtendOptions(given)).toEqual(given);
  });

  it.each<[options: Record<string, unknown>, option: string]>([
    [{ newPieces: 0 }, 'newPieces'],
    [{ newPieces: 2_000_001 }, 'newPieces'],
    [{ newPieces: 1.5 }, 'newPieces'],
    [{ maxPieceLength: 0 }, 'maxPieceLength'],
    [{ maxPieceLength: 4097 }, 'maxPieceLength'],
    [{ minCount: 0 }, 'minCount'],
    [{ minSources: 0 }, 'minSources'],
    [{ minSourceCount: 0 }, 'minSourceCount'],
    [{ maxSourceShare: 0 }, 'maxSourceShare: 0 is not above 0 and at most 1'],
    [{ maxSourceShare: 1.01 }, 'maxSourceShare: 1.01'],
    [{ evenness: -0.1 }, 'evenness: -0.1 is not from 0 to below 1'],
    [{ evenness: 1 }, 'evenness: 1'],
    [{ characterFactor: 0.9 }, 'characterFactor: 0.9 is not from 1 to 1000'],
    [{ characterFactor: Number.NaN }, 'characterFactor: NaN'],
    [{ join: 'behind' }, 'join: behind is not one of none, front, both'],
    [{ join: 'none', joinDigits: true }, 'joinDigits: digits do not join where nothing does'],
  ])('refuses %j', (options, message) => {
    const resolve = () => resolveExtendOptions({ newPieces: 5, scripts: ['Han'], ...options } as Resolved);
    expect(resolve).toThrow(OptionError);
    expect(resolve).toThrow(message);
  });
});
