import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { parseTiktokenModel } from '../../src/formats/tiktoken/tiktoken-file.ts';
import { buildLlama3Ranks, LLAMA3_SHA256, ranksFromModuleText } from '../../src/vocab/llama3.ts';

describe('the built-in vocabulary llama3', () => {
  it('is the published tiktoken file, and is recognised', async () => {
    const bytes = await buildLlama3Ranks();
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(LLAMA3_SHA256);
    const model = parseTiktokenModel(bytes);
    expect(model.pieces.length).toBe(128_256);
    expect([model.bosPiece, model.pieces[128_009], model.pieces[128_255]]).toEqual([
      '<|begin_of_text|>',
      '<|eot_id|>',
      '<|reserved_special_token_250|>',
    ]);
  });

  it('is refused when the package holds something else', () => {
    expect(() => ranksFromModuleText('')).toThrow('has no list of pieces');
    const module = (pieces: string) => `const llama_vocab_base64 = "${Buffer.from(pieces).toString('base64')}"`;
    expect(() => ranksFromModuleText(module('a\nb'))).toThrow(FormatError);
    expect(() => ranksFromModuleText(module('a\nb'))).toThrow(/2 pieces of SHA-256 \w+, expected 82e9d319/);
    expect(() => ranksFromModuleText(module('a b'))).toThrow('"a b", which spells no bytes');
  });
});
