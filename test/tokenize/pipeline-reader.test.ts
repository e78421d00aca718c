// GPT-2's vocabulary with other normalizers and pre-tokenizers than published ones have: ids and places of the Rust engine.
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { parseTokenizerJsonModel } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { isLongRun, scaled } from '../runs.ts';
import { hasShared, needsShared } from '../shared.ts';
import { vexingTexts } from './pre-tokenizer/oracle.ts';
import { encodeByReference, publishedJson, readGoldenTexts } from './published-tokenizers.ts';

const BYTES = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
const GPT2 = { ...BYTES, use_regex: true };

const PIPELINES: readonly {
  readonly name: string;
  readonly normalizer: object | null;
  readonly steps: readonly object[];
}[] = [
  { name: 'NFKC and Lowercase', normalizer: sequence({ type: 'NFKC' }, { type: 'Lowercase' }), steps: [GPT2] },
  { name: 'NFD', normalizer: { type: 'NFD' }, steps: [GPT2] },
  {
    name: 'Strip, Prepend and Replace',
    normalizer: sequence(
      { type: 'Strip', strip_left: true, strip_right: true },
      { type: 'Prepend', prepend: '> ' },
      { type: 'Replace', pattern: { Regex: '\\p{N}+' }, content: '0' },
    ),
    steps: [GPT2],
  },
  { name: 'a space in front', normalizer: null, steps: [{ ...GPT2, add_prefix_space: true }] },
  {
    name: 'Digits, then ByteLevel',
    normalizer: null,
    steps: [{ type: 'Digits', individual_digits: true }, GPT2],
  },
  {
    name: 'steps that cut bytes, as those of Falcon',
    normalizer: null,
    steps: [
      { type: 'Punctuation', behavior: 'Contiguous' },
      GPT2,
      { type: 'Digits', individual_digits: false },
      { type: 'Split', pattern: { Regex: '[0-9][0-9][0-9]' }, behavior: 'Isolated', invert: false },
    ],
  },
  {
    name: 'steps that cut bytes and leave them out',
    normalizer: null,
    steps: [{ ...GPT2, add_prefix_space: true }, { type: 'Punctuation', behavior: 'Isolated' }, { type: 'Whitespace' }],
  },
  { name: 'Whitespace, which leaves out', normalizer: null, steps: [{ type: 'Whitespace' }, BYTES] },
  {
    name: 'an unknown pattern',
    normalizer: { type: 'NFC' },
    steps: [
      {
        type: 'Split',
        pattern: { Regex: ' ?[^(\\s|[.,!?…。，、।۔،])]+' },
        behavior: 'Isolated',
        invert: false,
      },
      BYTES,
    ],
  },
  {
    name: 'Punctuation, Metaspace at the beginning',
    normalizer: { type: 'Strip', strip_left: true, strip_right: false },
    steps: [
      { type: 'Punctuation', behavior: 'MergedWithPrevious' },
      { type: 'Metaspace', replacement: '_', prepend_scheme: 'first', split: true },
      BYTES,
    ],
  },
];

function sequence(...normalizers: object[]): object {
  return { type: 'Sequence', normalizers };
}

describe('pipelines', needsShared, () => {
  const texts = [...vexingTexts(scaled(60), 31)].map((text) => text.toWellFormed());
  texts.push('<|endoftext|> a', ' b<|endoftext|>  c ', '<|endoftext|>');
  if (hasShared)
    texts.push(...readGoldenTexts().flatMap(({ text }, i) => (i % (isLongRun ? 10 : 40) === 0 ? [text] : [])));

  it.each(PIPELINES)('$name: ids and places of the Rust engine', async ({ normalizer, steps }) => {
    const json = JSON.parse(new TextDecoder().decode(publishedJson('gpt2'))) as Record<string, unknown>;
    const text = JSON.stringify({
      ...json,
      normalizer,
      pre_tokenizer: { type: 'Sequence', pretokenizers: steps },
      post_processor: null,
    });
    const tokenizer = createTokenizer(parseTokenizerJsonModel(new TextEncoder().encode(text)));
    const expected = await encodeByReference(RustTokenizer.fromString(text), texts);
    for (const [i, one] of texts.entries()) {
      const ids = expected[i]!.map(({ id }) => id);
      expect(tokenizer.encode(one), JSON.stringify(one)).toEqual(ids);
      const places = tokenizer.encodeWithOffsets(one).map(({ id, start, end }) => ({ id, start, end }));
      expect(places, JSON.stringify(one)).toEqual(expected[i]!.map(({ id, start, end }) => ({ id, start, end })));
    }
  });
});
