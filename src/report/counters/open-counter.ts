// Finds the engine that counts with a given tokenizer: our own, @huggingface/tokenizers or sentencepiece-js.
import { isSentencePieceModel, type TokenizerModel } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';
import { buildTokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { createHuggingFaceCounter } from './hugging-face-counter.ts';
import { createSentencePieceJsCounter } from './sentencepiece-js-counter.ts';
import { type CountableTokenizer, createTokenizerCounter, type TokenCounter } from './token-counter.ts';

/** Engines that can be asked for. */
export const COUNTING_ENGINES = ['vocab-merge', 'sentencepiece-js', 'hugging-face'] as const;

/** One of {@link COUNTING_ENGINES}. */
export type CountingEngine = (typeof COUNTING_ENGINES)[number];

/**
 * A tokenizer to compare: what `loadTokenizer` returns, or a name with either a `tokenizer`, or the `json` of a
 * tokenizer.json that ours cannot encode, or a `counter` of your own.
 */
export interface ComparedTokenizer {
  readonly name: string;
  readonly counter?: TokenCounter | undefined;
  /** Read only by the engine that needs it, so it may be made on first use. */
  readonly tokenizer?: CountableTokenizer | undefined;
  /** Default `tokenizer.model`. */
  readonly model?: TokenizerModel | undefined;
  /** The `.model` file; only the engine sentencepiece-js needs it. */
  readonly bytes?: Uint8Array | undefined;
  /** Parsed `tokenizer.json`; with a `model` it is not needed. */
  readonly json?: unknown;
  /** Parsed `tokenizer_config.json`, where there is one. */
  readonly config?: unknown;
}

/** Our own encoder of an entry; undefined for those that only another engine can count. */
export function encoderOf(entry: ComparedTokenizer): CountableTokenizer | undefined {
  return entry.json === undefined || entry.model !== undefined ? entry.tokenizer : undefined;
}

/** The vocabulary of an entry that our own encoder can count, which is not opened for it if it need not be. */
export function modelOf(entry: ComparedTokenizer): TokenizerModel | undefined {
  return entry.model ?? encoderOf(entry)?.model;
}

/**
 * Opens a counter for a tokenizer. The engine `hugging-face` gets SentencePiece models as the tokenizer.json they convert to.
 *
 * @param engine by default our own where it can encode, and `hugging-face` for the rest
 * @throws OptionError when the tokenizer cannot be counted by that engine
 * @throws FormatError when the engine refuses the file
 */
export async function openCounter(entry: ComparedTokenizer, engine?: CountingEngine): Promise<TokenCounter> {
  const { name, counter, json, config } = entry;
  if (counter !== undefined) return counter;
  const model = modelOf(entry);
  if (model !== undefined) {
    const isSentencePiece = isSentencePieceModel(model);
    if (engine === undefined || engine === 'vocab-merge') return createTokenizerCounter(encoderOf(entry)!);
    if (engine === 'sentencepiece-js') {
      const { bytes } = entry;
      if (bytes === undefined && isSentencePiece) {
        throw new OptionError(`${name}: engine sentencepiece-js needs the bytes of the .model`);
      }
      if (bytes === undefined) {
        throw new OptionError(`${name}: engine sentencepiece-js counts SentencePiece models, this is none`, {
          hint: 'Leave the engine open, or choose hugging-face.',
        });
      }
      return createSentencePieceJsCounter({ name, bytes, model });
    }
    if (json !== undefined) return createHuggingFaceCounter({ name, json, config });
    if (!isSentencePiece) {
      throw new OptionError(`${name}: engine hugging-face reads tokenizer.json, this is another file`, {
        hint: 'Leave the engine open.',
      });
    }
    return createHuggingFaceCounter({ name, json: buildTokenizerJson(model) });
  }
  if (engine !== undefined && engine !== 'hugging-face') {
    throw new OptionError(`${name}: engine ${engine} counts SentencePiece models, this is another tokenizer.json`, {
      hint: 'Leave the engine open, or choose hugging-face.',
    });
  }
  return createHuggingFaceCounter({ name, json, config });
}

/** Opens a counter for each tokenizer, in their order: for those who need them more than once. */
export async function openCounters(
  tokenizers: readonly ComparedTokenizer[],
  engine?: CountingEngine,
): Promise<TokenCounter[]> {
  const counters: TokenCounter[] = [];
  for (const tokenizer of tokenizers) counters.push(await openCounter(tokenizer, engine));
  return counters;
}
