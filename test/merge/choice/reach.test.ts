// How text reaches pieces: each way on a model made for it, random models against their encodings, and published figures.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { traceFormation } from '../../../src/merge/choice/formation.ts';
import { REACH, surveyReach } from '../../../src/merge/choice/reach.ts';
import { createTokenizer, type Tokenizer } from '../../../src/tokenize/tokenizer.ts';
import { runs } from '../../runs.ts';
import { type ByteModelParts, byteLevelModel } from './byte-models.ts';

const NAMES = Object.keys(REACH) as (keyof typeof REACH)[];

function survey(tokenizer: Tokenizer): (piece: string) => keyof typeof REACH {
  const reach = surveyReach(tokenizer, { formation: traceFormation(tokenizer.model, () => true) });
  return (piece) => NAMES[reach[tokenizer.model.pieces.indexOf(piece)]!]!;
}

const reachIn = (parts: ByteModelParts): ((piece: string) => keyof typeof REACH) =>
  survey(createTokenizer(byteLevelModel(parts)));

const isolated = (regex: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
  ],
});

describe('text reaches a piece', () => {
  it('through merges, as a whole pre-token only, or never', () => {
    const parts: ByteModelParts = {
      merges: [
        ['b', 'c'],
        ['a', 'b'],
      ],
      pieces: ['abc', 'a b'],
    };
    const plain = reachIn(parts);
    expect(['bc', 'ab', 'abc'].map(plain)).toEqual(['merges', 'merges', 'unmade']);
    const whole = reachIn({ ...parts, ignoreMerges: true });
    expect(['bc', 'ab', 'abc', 'a b'].map(whole)).toEqual(['merges', 'merges', 'whole', 'unmade']);
  });

  it('unless the pre-tokenizer cuts it', () => {
    const merges: ByteModelParts['merges'] = [
      ['1', '2'],
      ['12', '3'],
      ['123', '4'],
      ['a', ' '],
      [' ', 'a'],
      ["'", 's'],
    ];
    const reach = reachIn({ merges, preTokenizer: isolated(PRE_TOKENIZER_PATTERNS.llama3) });
    expect(['12', '123', '1234', 'a ', ' a', "'s"].map(reach)).toEqual([
      ...['merges', 'merges', 'cut', 'cut', 'merges', 'merges'],
    ]);
  });

  it('finds surroundings where the text alone is cut: letters behind a mark, line ends behind signs', () => {
    const merges: ByteModelParts['merges'] = [
      ["'", '\n'],
      ['\n', '/'],
      [' ', 'I'],
      [' I', "'"],
    ];
    const reach = reachIn({ merges, preTokenizer: isolated(PRE_TOKENIZER_PATTERNS.o200k_base) });
    // ` I'` is a pre-token's beginning in ` I'd`, line end and slash are the end of one behind a sign.
    expect([" I'", '\n/'].map(reach)).toEqual(['merges', 'merges']);
  });

  it('unless the normalizer rewrites it, or an added token is cut out of it', () => {
    const bytes = (
      [
        ['e', '\u0301'],
        ['x', '<'],
        ['x<', 'e>'],
        ['e', '>'],
      ] as const
    ).map(([left, right]) => [toByteUnits(left), toByteUnits(right)] as const);
    const reach = reachIn({
      merges: [['\xcc', '\x81'], ...bytes],
      bytes: true,
      normalizer: { type: 'NFC' },
      preTokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      addedTokens: ['<e>'],
    });
    expect([toByteUnits('e\u0301'), 'x<e>', 'e>'].map(reach)).toEqual(['rewritten', 'hidden', 'merges']);
  });

  it('as a part of a character, where a character with it has no piece', () => {
    // 中 is E4 B8 AD.
    const reach = reachIn({
      merges: [
        ['\xe4', '\xb8'],
        ['\xe4\xb8', '\xad'],
      ],
      bytes: true,
    });
    expect(['\xe4\xb8', '\xe4\xb8\xad', '\xad', '\xc0'].map(reach)).toEqual([
      'merges',
      'merges',
      'merges',
      'illFormed',
    ]);
    // Every character that begins with E4 B8 has a piece.
    const ends = Array.from({ length: 64 }, (_, i) => String.fromCharCode(0x80 + i));
    const full = reachIn({ merges: [['\xe4', '\xb8'], ...ends.map((end) => ['\xe4\xb8', end] as const)], bytes: true });
    expect(['\xe4\xb8', '\xe4'].map(full)).toEqual(['step', 'merges']);
  });
});

const word = fc.array(fc.constantFrom('a', '1', ' ', "'", '中'), { minLength: 1, maxLength: 3 });
const piece = word.map((letters) => toByteUnits(letters.join('')));
const lines = fc.array(fc.array(fc.constantFrom('a', '1', ' ', "'", '中', '\n'), { maxLength: 12 }), { maxLength: 12 });

it('in random models: what is out of reach is in no text, what comes whole is a whole pre-token', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(piece, piece), { maxLength: 8 }),
      fc.boolean(),
      lines,
      (merges, ignoreMerges, texts) => {
        const model = byteLevelModel({ merges, pieces: merges.flat(), bytes: true, ignoreMerges });
        const tokenizer = createTokenizer(model);
        const formation = traceFormation(model, () => true);
        const reach = surveyReach(tokenizer, { formation });
        const found = new Set([REACH.merges, REACH.whole] as number[]);
        for (const text of texts) {
          for (const id of tokenizer.encode(text.join(''))) expect(found.has(reach[id]!)).toBe(true);
          const byMerges = createTokenizer({ ...model, wholePieceFirst: false });
          for (const id of byMerges.encode(text.join(''))) expect(reach[id]).toBe(REACH.merges);
        }
      },
    ),
    runs(6),
  );
});
