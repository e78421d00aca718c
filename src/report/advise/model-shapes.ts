// What rows cost and shorter texts save for a model of a given shape: bytes, key-value cache, decoding, break-even.
// Arithmetic on published shapes, nothing is measured. Parameters are those of the published configurations (LLaMA 1 and 2:
// 7B, 13B, 70B; Llama 3 8B): untied input embeddings and LM head, grouped key-value heads where the model has them.

import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';

/** Published shapes. */
export const MODEL_SHAPES: readonly ModelShape[] = [
  { name: '7B', hiddenSize: 4096, bodyParameters: 6_476_271_616, layers: 32, keyValueSize: 4096, matrices: 2 },
  { name: '13B', hiddenSize: 5120, bodyParameters: 12_688_184_320, layers: 40, keyValueSize: 5120, matrices: 2 },
  { name: '70B', hiddenSize: 8192, bodyParameters: 68_452_360_192, layers: 80, keyValueSize: 1024, matrices: 2 },
  { name: 'Llama-3-8B', hiddenSize: 4096, bodyParameters: 6_979_588_096, layers: 32, keyValueSize: 1024, matrices: 2 },
];

/** Measured tokens of two vocabularies on the same text. */
export interface VocabularyCost {
  /** Pieces of the first tokenizer and of the other. */
  readonly firstVocabSize: number;
  readonly vocabSize: number;
  /** Tokens per code point of each. */
  readonly firstTokensPerCharacter: number;
  readonly tokensPerCharacter: number;
  /** Tokens that the new rows are to be trained on; default {@link DEFAULT_TRAINING_TOKENS}. */
  readonly trainingTokens?: number | undefined;
  /** Bytes of a value; default those of the shape, or 2 (bfloat16). */
  readonly bytesPerValue?: number | undefined;
}

/** A small continued pretraining, as published for extended vocabularies. */
export const DEFAULT_TRAINING_TOKENS = 1_000_000_000;

/** What a vocabulary costs and saves in a model of one shape. */
export interface ShapeCost {
  readonly shape: string;
  /** Rows that are added to each matrix; negative when the vocabulary is smaller. */
  readonly rows: number;
  /** Bytes that they add to the input embeddings, and to the LM head (0 where it is tied). */
  readonly embeddingBytes: number;
  readonly headBytes: number;
  /** Tokens that a million characters take less than with the first tokenizer. */
  readonly savedPerMillionCharacters: number;
  /** Share of the model that they are: added bytes by bytes before. This and what follows of the whole model is null where its parameters are not known. */
  readonly growth: number | null;
  /** Bytes of keys and values that one token takes in the cache. */
  readonly cacheBytesPerToken: number;
  /**
   * Characters of cached context at which the key-value cache has saved as many bytes as the rows take; null when no
   * token is saved. Several requests at once share the rows: count their contexts together.
   */
  readonly cacheBreakEvenCharacters: number | null;
  /**
   * How many times as fast a text of the same characters is written, one request at a time: such decoding is bound by
   * reading the weights once a token, and the LM head has grown. The key-value cache is left out, which is the careful side.
   */
  readonly decodeSpeedUp: number | null;
  /** Tokens as a share of the first tokenizer's above which decoding gets slower instead. */
  readonly breakEvenRatio: number | null;
  /**
   * Characters that must be read or written before the saved computation has paid for training on `trainingTokens`: 6
   * operations a parameter and token for training, 2 for inference (Kaplan et al. 2020, section 2.1); null when nothing is saved.
   */
  readonly trainingBreakEvenCharacters: number | null;
}

/**
 * Costs for one shape.
 *
 * @example
 * ```ts
 * const cost = costOfShape(MODEL_SHAPES[0], {
 *   firstVocabSize: 32_000, vocabSize: 49_953, firstTokensPerCharacter: 1.25, tokensPerCharacter: 0.6,
 * });
 * cost.embeddingBytes; // 147070976: 17,953 rows of 4,096 values of 2 bytes
 * cost.decodeSpeedUp?.toFixed(2); // '2.06'
 * ```
 */
export function costOfShape(shape: ModelShape, cost: VocabularyCost): ShapeCost {
  const { firstVocabSize, vocabSize, firstTokensPerCharacter, tokensPerCharacter } = cost;
  const { hiddenSize, layers, keyValueSize, matrices } = shape;
  const { trainingTokens = DEFAULT_TRAINING_TOKENS, bytesPerValue = shape.bytesPerValue ?? 2 } = cost;
  const rows = vocabSize - firstVocabSize;
  const embeddingBytes = rows * hiddenSize * bytesPerValue;
  const headBytes = matrices === 2 ? embeddingBytes : 0;
  const cacheBytesPerToken = 2 * layers * keyValueSize * bytesPerValue;
  const savedPerCharacter = firstTokensPerCharacter - tokensPerCharacter;
  return {
    shape: shape.name,
    rows,
    embeddingBytes,
    headBytes,
    savedPerMillionCharacters: 1e6 * savedPerCharacter,
    cacheBytesPerToken,
    cacheBreakEvenCharacters:
      savedPerCharacter > 0
        ? Math.max(0, (embeddingBytes + headBytes) / (savedPerCharacter * cacheBytesPerToken))
        : null,
    ...costOfBody(shape, cost, trainingTokens),
  };
}

/** What depends on the parameters of the whole model. */
function costOfBody(
  { hiddenSize, bodyParameters, matrices }: ModelShape,
  { firstVocabSize, vocabSize, firstTokensPerCharacter, tokensPerCharacter }: VocabularyCost,
  trainingTokens: number,
): Pick<ShapeCost, 'growth' | 'decodeSpeedUp' | 'breakEvenRatio' | 'trainingBreakEvenCharacters'> {
  if (bodyParameters === null) {
    return { growth: null, decodeSpeedUp: null, breakEvenRatio: null, trainingBreakEvenCharacters: null };
  }
  const before = bodyParameters + firstVocabSize * hiddenSize * matrices;
  const after = bodyParameters + vocabSize * hiddenSize * matrices;
  // Reading the input embeddings costs one row a token, so only the LM head counts for decoding.
  const readBefore = bodyParameters + firstVocabSize * hiddenSize;
  const readAfter = bodyParameters + vocabSize * hiddenSize;
  const savedOperations = 2 * (firstTokensPerCharacter * readBefore - tokensPerCharacter * readAfter);
  return {
    growth: (after - before) / before,
    decodeSpeedUp: (firstTokensPerCharacter * readBefore) / (tokensPerCharacter * readAfter),
    breakEvenRatio: readBefore / readAfter,
    trainingBreakEvenCharacters: savedOperations > 0 ? (6 * readAfter * trainingTokens) / savedOperations : null,
  };
}
