// The shapes of a Hugging Face tokenizer.json, in its own snake_case names. Types only.
// Parts this project does not interpret (truncation, padding, foreign normalizers) are `unknown` and pass through.
// Spec: https://huggingface.co/docs/tokenizers, as its Rust crate serializes it (version "1.0").

import type { AddedTokenFlags } from '../../added-token.ts';

/** One entry of `added_tokens`: text that is cut out before normalization and never split. */
export interface AddedTokenJson extends AddedTokenFlags {
  id: number;
}

/** `model` of type BPE. */
export interface BpeModelJson {
  type: 'BPE';
  dropout?: number | null;
  unk_token?: string | null;
  continuing_subword_prefix?: string | null;
  end_of_word_suffix?: string | null;
  fuse_unk?: boolean;
  byte_fallback?: boolean;
  ignore_merges?: boolean;
  /** Id of each piece. */
  vocab: Record<string, number>;
  /** Pairs in the order they are applied, as `"left right"` or, in newer files, `["left", "right"]`. */
  merges: (string | [string, string])[];
}

/** `model` of type Unigram. */
export interface UnigramModelJson {
  type: 'Unigram';
  unk_id?: number | null;
  /** Piece and score, in id order. */
  vocab: [string, number][];
  byte_fallback?: boolean;
}

/** `model` of any other type (WordPiece, WordLevel, byte-level BPE variants keep their own fields). */
export interface OtherModelJson {
  type: string;
  [key: string]: unknown;
}

/** A component with its `type`, such as a normalizer or a decoder. */
export interface TokenizerJsonComponent {
  type: string;
  [key: string]: unknown;
}

/** A whole tokenizer.json. */
export interface TokenizerJson {
  version: string;
  truncation: unknown;
  padding: unknown;
  added_tokens: AddedTokenJson[];
  normalizer: TokenizerJsonComponent | null;
  pre_tokenizer: TokenizerJsonComponent | null;
  post_processor: TokenizerJsonComponent | null;
  decoder: TokenizerJsonComponent | null;
  model: BpeModelJson | UnigramModelJson | OtherModelJson;
  [key: string]: unknown;
}

/** True for a BPE model. */
export function isBpeModelJson(model: TokenizerJson['model']): model is BpeModelJson {
  return model.type === 'BPE';
}

/** True for a Unigram model. */
export function isUnigramModelJson(model: TokenizerJson['model']): model is UnigramModelJson {
  return model.type === 'Unigram';
}
