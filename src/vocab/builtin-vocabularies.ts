// The base vocabularies that need no file: their names and how each is built. A new one is a row here and a file beside.
import type { SentencePieceDocument } from '../formats/sentencepiece/document.ts';
import { buildLlama2, LLAMA2_SHA256 } from './llama2.ts';

/** What is known of a built-in vocabulary without building it. */
export interface BuiltinVocabulary {
  /** The name that stands for it wherever a tokenizer is asked for. */
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  readonly vocabSize: number;
  /** SHA-256 of its `.model` file. */
  readonly sha256: string;
}

interface BuiltinRow extends BuiltinVocabulary {
  readonly open: () => Promise<SentencePieceDocument>;
}

const BUILTINS: readonly BuiltinRow[] = [
  {
    name: 'llama2',
    description: 'LLaMA 1 and 2: BPE with byte fallback, 32,000 pieces',
    vocabSize: 32_000,
    sha256: LLAMA2_SHA256,
    open: buildLlama2,
  },
];

/**
 * The built-in vocabularies.
 *
 * @example
 * ```ts
 * listBuiltinVocabularies().map((vocabulary) => vocabulary.name); // ['llama2']
 * ```
 */
export function listBuiltinVocabularies(): BuiltinVocabulary[] {
  return BUILTINS.map(({ open: _, ...vocabulary }) => vocabulary);
}

/** The built-in vocabulary of that name, with the means to build it, or `undefined`. */
export function findBuiltinVocabulary(name: string): BuiltinRow | undefined {
  return BUILTINS.find((row) => row.name === name);
}
