// The base vocabularies that need no file: their names and how each is built. A new one is a row here and a file beside.
import type { TokenizerModel } from '../core/model.ts';
import type { SentencePieceDocument } from '../formats/sentencepiece/document.ts';
import { createTiktokenDocument } from '../formats/tiktoken/tiktoken-document.ts';
import { parseTiktokenModel } from '../formats/tiktoken/tiktoken-file.ts';
import type { TokenizerDocument } from '../formats/tokenizer-document.ts';
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

interface OpenedModel {
  /** The published file, called tokenizer.model. */
  readonly bytes: Uint8Array;
  readonly model: TokenizerModel;
  readonly openDocument: () => TokenizerDocument;
}

interface BuiltinRow extends BuiltinVocabulary {
  /** A document, or the model and what makes a document of it. */
  readonly open: () => Promise<SentencePieceDocument | OpenedModel>;
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
    open: openLlama3,
  },
];

async function openLlama3(): Promise<OpenedModel> {
  const bytes = await buildLlama3Ranks();
  const source = 'llama3';
  const model = parseTiktokenModel(bytes, { source });
  const file = { fileName: 'tokenizer.model', bytes, model, companions: new Map<string, string>(), source };
  return { bytes, model, openDocument: () => createTiktokenDocument(file) };
}

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
