// Finds the engine that counts with a given tokenizer: our own, @huggingface/tokenizers or sentencepiece-js.
import type { TokenizerModel } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';
import { buildTokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { createHuggingFaceCounter } from './hugging-face-counter.ts';
import { createSentencePieceJsCounter } from './sentencepiece-js-counter.ts';
import { type CountableTokenizer, createTokenizerCounter, type TokenCounter } from './token-counter.ts';

/** Engines that can be asked for. */
export const COUNTING_ENGINES = ['vocab-merge', 'sentencepiece-js', 'hugging-face'] as const;

/** One of {@link COUNTING_ENGINES}. */
export type CountingEngine = (typeof COUNTING_ENGINES)[number];

/** A SentencePiece model as `loadTokenizer` returns it. */
export interface SentencePieceEntry {
  readonly name: string;
  /** Read only by the engine that needs it, so it may be made on first use. */
  readonly tokenizer: CountableTokenizer;
  /** Default `tokenizer.model`. */
  readonly model?: TokenizerModel;
  /** The `.model` file; only the engine sentencepiece-js needs it. */
  readonly bytes?: Uint8Array;
}

/** A tokenizer.json that is no SentencePiece model, as `loadTokenizer` returns it. */
export interface HuggingFaceEntry {
  readonly name: string;
  /** Parsed `tokenizer.json`. */
  readonly json: unknown;
  /** Parsed `tokenizer_config.json`, where there is one. */
  readonly config?: unknown;
}

/** A counter of your own. */
export interface CounterEntry {
  readonly name: string;
  readonly counter: TokenCounter;
}

/** A tokenizer to compare. What `loadTokenizer` returns can be given as it is. */
export type ComparedTokenizer = SentencePieceEntry | HuggingFaceEntry | CounterEntry;

/**
 * Opens a counter for a tokenizer. The engine `hugging-face` gets SentencePiece models as the tokenizer.json they convert to.
 *
 * @param engine by default our own for SentencePiece models and `hugging-face` for the rest
 * @throws OptionError when the tokenizer cannot be counted by that engine
 * @throws FormatError when the engine refuses the file
 */
export async function openCounter(entry: ComparedTokenizer, engine?: CountingEngine): Promise<TokenCounter> {
  const { name } = entry;
  if ('counter' in entry) return entry.counter;
  if ('tokenizer' in entry) {
    if (engine === undefined || engine === 'vocab-merge') return createTokenizerCounter(entry.tokenizer);
    if (engine === 'sentencepiece-js') {
      const { bytes } = entry;
      if (bytes === undefined) throw new OptionError(`${name}: engine sentencepiece-js needs the bytes of the .model`);
      return createSentencePieceJsCounter({ name, bytes, model: entry.model ?? entry.tokenizer.model });
    }
    return createHuggingFaceCounter({ name, json: buildTokenizerJson(entry.model ?? entry.tokenizer.model) });
  }
  if (engine !== undefined && engine !== 'hugging-face') {
    throw new OptionError(`${name}: engine ${engine} counts SentencePiece models, this is another tokenizer.json`, {
      hint: 'Leave the engine open, or choose hugging-face.',
    });
  }
  return createHuggingFaceCounter(entry);
}
