// The same ids, pieces, offsets and decoded texts as sentencepiece 0.2.2, on small models of every kind.
// fixtures/parity.json.gz says how it was made in make_parity.py; its models come without charsmaps, which are put in
// here as this project generates them. Then what SentencePiece's own tests ask: make_suite.py.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildNormalizationCharsmap, type NormalizationRuleName } from '../../src/core/charsmap/normalization-rules.ts';
import type { TokenizerModel } from '../../src/core/model.ts';
import { parseTokenizerModel } from '../../src/formats/sentencepiece/model-from-proto.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';

interface ParityFile {
  texts: string[];
  models: {
    name: string;
    model: string;
    special: { unk: number; bos: number; eos: number; pad: number };
    cases: { ids: number[]; pieces: string[]; starts: number[]; ends: number[]; decoded: string }[];
    decodes: { ids: number[]; text: string }[];
  }[];
}

const file = new URL('../fixtures/parity.json.gz', import.meta.url);
const { texts, models } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as ParityFile;

interface SuiteFile {
  readonly texts: string[];
  readonly segmentation: { name: string; model: string; ids: number[][]; decoded: string[] }[];
  readonly spaced: string[];
  readonly normalization: { name: string; model: string; normalized: string[] }[];
}

const suiteFile = new URL('../fixtures/suite.json.gz', import.meta.url);
const suite = JSON.parse(gunzipSync(readFileSync(suiteFile)).toString()) as SuiteFile;

const charsmaps = new Map<string, Uint8Array>();

function withCharsmap(model: TokenizerModel): TokenizerModel {
  const { name } = model.normalizer;
  const precompiledCharsmap = charsmaps.get(name) ?? buildNormalizationCharsmap(name as NormalizationRuleName);
  charsmaps.set(name, precompiledCharsmap);
  return { ...model, normalizer: { ...model.normalizer, precompiledCharsmap } };
}

describe.each(models)('$name equals sentencepiece 0.2.2', ({ model, special, cases, decodes }) => {
  const bytes = new Uint8Array(Buffer.from(model, 'base64'));
  const tokenizer = createTokenizer(withCharsmap(parseTokenizerModel(bytes)));

  it('in ids, pieces and offsets', () => {
    expect(texts.length).toBe(cases.length);
    for (const [i, text] of texts.entries()) {
      const { ids, pieces, starts, ends } = cases[i]!;
      const tokens = tokenizer.encodeWithOffsets(text);
      const found = {
        ids: tokenizer.encode(text),
        pieces: tokens.map((token) => token.piece),
        starts: tokens.map((token) => token.start),
        ends: tokens.map((token) => token.end),
      };
      expect(found, JSON.stringify(text)).toEqual({ ids, pieces, starts, ends });
      expect(tokens.map((token) => token.id)).toEqual(ids);
      expect(tokenizer.countTokens(text)).toBe(ids.length);
      const visited: number[] = [];
      tokenizer.forEachId(text, (id) => visited.push(id));
      expect(visited).toEqual(ids);
    }
  });

  it('in decoded texts, also of random ids', () => {
    for (const [i, text] of texts.entries()) {
      expect(tokenizer.decode(cases[i]!.ids), JSON.stringify(text)).toBe(cases[i]!.decoded);
    }
    for (const { ids, text } of decodes) expect(tokenizer.decode(ids), String(ids)).toBe(text);
  });

  it('in special ids', () => {
    const { unkId, bosId, eosId, padId } = tokenizer;
    expect({ unk: unkId, bos: bosId, eos: eosId, pad: padId }).toEqual(special);
  });
});

describe('what the tests of sentencepiece 0.2.2 ask', () => {
  const open = (base64: string) => {
    const model = parseTokenizerModel(new Uint8Array(Buffer.from(base64, 'base64')));
    return createTokenizer(/nfkc/.test(model.normalizer.name) ? withCharsmap(model) : model);
  };

  it.each(suite.segmentation)('segmentation: $name', ({ model, ids, decoded }) => {
    const tokenizer = open(model);
    expect(suite.texts.length).toBe(ids.length);
    for (const [i, text] of suite.texts.entries()) {
      expect(tokenizer.encode(text), text).toEqual(ids[i]);
      expect(tokenizer.decode(ids[i]!), text).toBe(decoded[i]);
    }
  });

  it.each(suite.normalization)('spaces and rules: $name', ({ model, normalized }) => {
    const tokenizer = open(model);
    expect(suite.spaced.map((text) => tokenizer.normalize(text))).toEqual(normalized);
  });
});
