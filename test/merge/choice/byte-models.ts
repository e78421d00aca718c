// Small byte-level models, as parseTokenizerJsonModel reads them: the 256 bytes, and pieces that merges make.

import type { TokenizerModel } from '../../../src/core/model.ts';
import { BYTE_LEVEL_UNITS, spellByteLevel, toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../../src/core/unicode/utf8.ts';
import { parseTokenizerJsonModel } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';

/** What a test says of a model; the rest is as plain as can be. */
export interface ByteModelParts {
  /** Merges of texts, or of bytes given as U+0080 to U+00FF with `bytes`; what they make becomes a piece where it is none. */
  readonly merges: readonly (readonly [left: string, right: string])[];
  /** Pieces that no merge makes. */
  readonly pieces?: readonly string[];
  /** Texts are bytes already. */
  readonly bytes?: boolean;
  readonly ignoreMerges?: boolean;
  readonly normalizer?: object;
  /** Default: GPT-2's. */
  readonly preTokenizer?: object;
  /** Behind the pieces. */
  readonly addedTokens?: readonly string[];
}

/** The text of the file. */
export function byteLevelJson(parts: ByteModelParts): string {
  const spell = (text: string): string => spellByteLevel(parts.bytes === true ? text : toByteUnits(text));
  const vocab: Record<string, number> = {};
  const add = (piece: string): void => {
    vocab[piece] ??= Object.keys(vocab).length;
  };
  for (const unit of BYTE_LEVEL_UNITS) add(String.fromCharCode(unit));
  for (const [left, right] of parts.merges) add(spell(left + right));
  for (const piece of parts.pieces ?? []) add(spell(piece));
  const first = Object.keys(vocab).length;
  return JSON.stringify({
    added_tokens: (parts.addedTokens ?? []).map((content, i) => ({ id: first + i, content, special: true })),
    normalizer: parts.normalizer ?? null,
    pre_tokenizer: parts.preTokenizer ?? { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      ignore_merges: parts.ignoreMerges ?? false,
      vocab,
      merges: parts.merges.map(([left, right]) => [spell(left), spell(right)]),
    },
  });
}

/** The model. */
export function byteLevelModel(parts: ByteModelParts): TokenizerModel {
  return parseTokenizerJsonModel(encodeUtf8(byteLevelJson(parts)));
}
