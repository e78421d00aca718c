// The base vocabularies that need no file: their names and how each is built. A new one is a row here and a file beside.
import type { TokenizerModel } from '../core/model.ts';
import type { SentencePieceDocument } from '../formats/sentencepiece/document.ts';
import { parseTiktokenModel } from '../formats/tiktoken/tiktoken-file.ts';
import type { VocabularyKind } from '../formats/vocabulary/parse-vocabulary.ts';
import { buildLlama2, LLAMA2_SHA256 } from './llama2.ts';
import { buildLlama3Ranks, LLAMA3_SHA256 } from './llama3.ts';

/** What is known of a built-in vocabulary without building it. */
export interface BuiltinVocabulary {
  /** The name that stands for it wherever a tokenizer is asked for. */
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  readonly vocabSize: number;
  /** What its file is. */
  readonly kind: VocabularyKind;
  /** SHA-256 of its file. */
  readonly sha256: string;
}

interface BuiltinRow extends BuiltinVocabulary {
  /** A document where it can be extended. */
  readonly open: () => Promise<SentencePieceDocument | TokenizerModel>;
}

const BUILTINS: readonly BuiltinRow[] = [
  {
    name: 'llama2',
    description: 'LLaMA 1 and 2: BPE with byte fallback, 32,000 pieces',
    vocabSize: 32_000,
    kind: 'sentencepiece',
    sha256: LLAMA2_SHA256,
    open: buildLlama2,
  },
  {
    name: 'llama3',
    description: 'Llama 3: byte-level BPE, 128,000 pieces and 256 special tokens',
    vocabSize: 128_256,
    kind: 'tiktoken',
    sha256: LLAMA3_SHA256,
    open: async () => parseTiktokenModel(await buildLlama3Ranks(), { source: 'llama3' }),
  },
];

/**
 * The built-in vocabularies.
 *
 * @example
 * ```ts
 * listBuiltinVocabularies().map((vocabulary) => vocabulary.name); // ['llama2', 'llama3']
 * ```
 */
export function listBuiltinVocabularies(): BuiltinVocabulary[] {
  return BUILTINS.map(({ open: _, ...vocabulary }) => vocabulary);
}

/** The built-in vocabulary of that name, with the means to build it, or `undefined`. */
export function findBuiltinVocabulary(name: string): BuiltinRow | undefined {
  return BUILTINS.find((row) => row.name === name);
}
