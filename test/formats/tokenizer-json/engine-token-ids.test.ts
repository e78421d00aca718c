// Ids of added tokens against the Rust engine itself: in order, with holes, in the vocabulary or not.
import fc from 'fast-check';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { expect, it } from 'vitest';
import { engineTokenIds } from '../../../src/formats/tokenizer-json/engine-token-ids.ts';
import type { AddedTokenJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { runs } from '../../runs.ts';

const CONTENTS = ['<a>', '<b>', '<c>', '<d>', '<e>'];
const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };

const file = fc
  .record({
    pieces: fc.uniqueArray(fc.constantFrom('x', 'y', 'z', ...CONTENTS), { minLength: 1, maxLength: 6 }),
    gap: fc.integer({ min: 0, max: 3 }),
    tokens: fc.array(fc.tuple(fc.constantFrom(...CONTENTS), fc.integer({ min: 0, max: 12 }), fc.boolean()), {
      maxLength: 6,
    }),
  })
  .map(({ pieces, gap, tokens }) => ({
    vocab: Object.fromEntries(pieces.map((piece, i) => [piece, i < 2 ? i : i + gap])),
    added_tokens: tokens.map(([content, id, special]): AddedTokenJson => ({ id, content, special, ...flags })),
  }));

it('gives the ids of the Rust engine', () => {
  fc.assert(
    fc.property(file, ({ vocab, added_tokens }) => {
      const model = { type: 'BPE', vocab, merges: [] };
      const engine = RustTokenizer.fromString(JSON.stringify({ version: '1.0', added_tokens, model }));
      const ids = engineTokenIds({ model, added_tokens });
      expect([...ids].map(([content]) => [content, engine.tokenToId(content)])).toEqual([...ids]);
    }),
    runs(200),
  );
});
