// Added tokens against tokenizers 0.23.2: every mixture of their flags, on random texts; and very many of them.
import fc from 'fast-check';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { BYTE_LEVEL_UNITS } from '../../src/core/unicode/byte-level.ts';
import { parseTokenizerJsonModel } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { runs } from '../runs.ts';
import { encodeByReference } from './published-tokenizers.ts';

const ALPHABET = Array.from(BYTE_LEVEL_UNITS, (unit) => String.fromCharCode(unit));
const MERGES = [
  ['a', 'b'],
  ['Ġ', 'a'],
  ['Ġa', 'b'],
  ['ä', '¸'],
  ['ä¸', 'Ń'],
] as const;

interface Token {
  readonly content: string;
  readonly special: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly single_word: boolean;
  readonly normalized: boolean;
}

/** A byte-level tokenizer.json with these tokens. */
function jsonWith(tokens: readonly Token[], normalizer: unknown): string {
  const vocab = [...ALPHABET, ...MERGES.map((pair) => pair.join(''))];
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.map((token, i) => ({ id: vocab.length + i, ...token })),
    normalizer,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(vocab.map((piece, id) => [piece, id])),
      merges: MERGES.map((pair) => pair.join(' ')),
    },
  });
}

const open = (json: string) => createTokenizer(parseTokenizerJsonModel(new TextEncoder().encode(json)));

// Few signs, so that tokens begin, end and hold each other, and stand beside words and spaces.
const signs = ['a', 'b', '<', '>', ' ', '\t', '\u3000', '中', '_', '\u0301', 'e', '😀', '-'];
const textOf = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...signs), { minLength, maxLength }).map((parts) => parts.join(''));
const token: fc.Arbitrary<Token> = fc.record({
  content: textOf(1, 4),
  special: fc.boolean(),
  lstrip: fc.boolean(),
  rstrip: fc.boolean(),
  single_word: fc.boolean(),
  normalized: fc.boolean(),
});

describe('added tokens', () => {
  it('are found as the reference finds them, whatever their flags', async () => {
    await fc.assert(
      fc.asyncProperty(
        // A content that is a piece would have that piece's id; two that are the same after NFC are refused by the reference.
        fc.uniqueArray(
          token.filter(({ content }) => content.length > 1 && content !== 'ab'),
          { maxLength: 6, selector: ({ content }) => content.normalize('NFC') },
        ),
        fc.constantFrom(null, { type: 'NFC' }, { type: 'Lowercase' }),
        fc.array(textOf(0, 30), { minLength: 1, maxLength: 12 }),
        async (tokens, normalizer, texts) => {
          const json = jsonWith(tokens, normalizer);
          const tokenizer = open(json);
          const reference = RustTokenizer.fromString(json);
          const expected = await encodeByReference(reference, texts);
          for (const [i, text] of texts.entries()) {
            const ids = expected[i]!.map(({ id }) => id);
            expect(tokenizer.encode(text), text).toEqual(ids);
            expect(tokenizer.countTokens(text)).toBe(ids.length);
            const places = tokenizer.encodeWithOffsets(text).map(({ id, start, end }) => ({ id, start, end }));
            expect(places, text).toEqual(expected[i]!.map(({ id, start, end }) => ({ id, start, end })));
            for (const keepSpecial of [true, false]) {
              expect(tokenizer.decode(ids, { keepSpecial })).toBe(await reference.decode(ids, !keepSpecial));
            }
          }
        },
      ),
      runs(25),
    );
  });

  it('thirty thousand of them, each the beginning of the next, are found in linear time', () => {
    const plain = { special: true, lstrip: false, rstrip: false, single_word: false, normalized: false };
    // Tried one after the other at every place, these would take 10^9 comparisons.
    const tokens = Array.from({ length: 30_000 }, (_, i) => ({ ...plain, content: `<${'x'.repeat(i % 10)}${i}>` }));
    const long = { ...plain, content: `${'<'.repeat(20_000)}>` };
    const tokenizer = open(jsonWith([...tokens, long], null));
    const first = 256 + MERGES.length;
    expect(tokenizer.encode(`<${'x'.repeat(9)}99><0>`)).toEqual([first + 99, first]);
    const text = `${'<'.repeat(40_000)}>`;
    const ids = tokenizer.encode(text);
    expect(ids.length).toBe(20_001);
    expect(ids.at(-1)).toBe(first + tokens.length);
  });
});
