// `vocab-merge/tokenize`: text to ids and back with a model that is in memory. Runs in a browser.
// Re-exports only, so that a bundler takes what is used.

export {
  type ModelType,
  type NormalizerSpec,
  PIECE_TYPE,
  type PieceType,
  type PieceTypeName,
  type TokenizerModel,
} from './core/model.ts';
export * from './errors.ts';
export type { IncrementalDecoder } from './tokenize/decoder.ts';
export { createTokenizer, type EncodeOptions, type Tokenizer, type TokenWithOffsets } from './tokenize/tokenizer.ts';
