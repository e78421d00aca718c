// The vocabularies in the page, opened when they are first asked for: Base64, gzip, parsing and building the encoder take tens
// of milliseconds each, which nobody should wait for who only reads. Nearly all run in the project's own encoder; kinds that it
// does not know, such as WordPiece, in @huggingface/tokenizers.
import { decodeBase64 } from '../../formats/base64.ts';
import { parseTokenizerModel } from '../../formats/sentencepiece/model-from-proto.ts';
import { createHuggingFaceCounter } from '../../report/counters/hugging-face-counter.ts';
import { createTokenizerCounter, type TokenCounter } from '../../report/counters/token-counter.ts';
import { unpackModel } from '../../report/page/packed-model.ts';
import type { EmbeddedVocabulary, PassageTokens } from '../../report/page/page-data.ts';
import { encodePassage, passageOffsets } from '../../report/page/passage-tokens.ts';
import { createTokenizer, type Tokenizer } from '../../tokenize/tokenizer.ts';

/** A vocabulary that is open. */
export interface OpenTokenizer {
  readonly name: string;
  readonly counter: TokenCounter;
  /** Undefined for kinds that only @huggingface/tokenizers runs. */
  readonly tokenizer: Tokenizer | undefined;
}

/** The vocabularies of a page by name. */
export interface EmbeddedTokenizers {
  has(name: string): boolean;
  /** Opens one, or gives the one that is open. */
  open(name: string): Promise<OpenTokenizer>;
}

/** Prepares the vocabularies; opens none. */
export function createEmbeddedTokenizers(vocabularies: readonly EmbeddedVocabulary[]): EmbeddedTokenizers {
  const byName = new Map(vocabularies.map((vocabulary) => [vocabulary.tokenizer, vocabulary]));
  const opened = new Map<string, Promise<OpenTokenizer>>();
  const open = (name: string): Promise<OpenTokenizer> => {
    let tokenizer = opened.get(name);
    if (tokenizer === undefined) {
      const vocabulary = byName.get(name);
      tokenizer =
        vocabulary === undefined ? Promise.reject(new Error(`${name} is not embedded`)) : openOne(vocabulary, open);
      opened.set(name, tokenizer);
    }
    return tokenizer;
  };
  return { has: (name) => byName.has(name), open };
}

async function openOne(
  { tokenizer: name, kind, base, gzipBase64, byteLength }: EmbeddedVocabulary,
  open: EmbeddedTokenizers['open'],
): Promise<OpenTokenizer> {
  const compressed = decodeBase64(gzipBase64);
  if (compressed === undefined) throw new Error('it is not Base64');
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (bytes.length !== byteLength) throw new Error(`it has ${bytes.length} bytes, ${byteLength} were expected`);
  if (kind === 'tokenizer-json') {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as object;
    return { name, counter: await createHuggingFaceCounter({ name, json }), tokenizer: undefined };
  }
  const baseModel = base === undefined ? undefined : (await open(base)).tokenizer?.model;
  const model = kind === 'packed-model' ? unpackModel(bytes, baseModel) : parseTokenizerModel(bytes, { source: name });
  const tokenizer = createTokenizer(model);
  return { name, counter: createTokenizerCounter(tokenizer), tokenizer };
}

/** Tokens of any text, in the form of the sample passages. */
export function tokenizePassage({ name, counter, tokenizer }: OpenTokenizer, text: string): PassageTokens {
  return encodePassage({ name, counter, offsets: tokenizer && passageOffsets(tokenizer) }, text);
}
