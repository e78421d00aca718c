// The ids that the Rust engine gives to the added tokens of a tokenizer.json. It does not take them from the file: the tokens that
// the vocabulary lacks are numbered from the vocabulary's size on, whatever the file says.
// Source: tokenizers 0.23.2, added_vocabulary.rs (add_tokens); the test asks the engine itself.
import { isObject } from '../../core/json-object.ts';
import type { TokenizerJson } from './read/types.ts';

/**
 * Ids of the added tokens by their content, as the engine numbers them.
 *
 * @example
 * ```ts
 * const token = { content: '<s>', special: true, lstrip: false, rstrip: false, single_word: false, normalized: false };
 * const model = { type: 'BPE', vocab: { a: 0, b: 1, new: 3 }, merges: [] } as const;
 * engineTokenIds({ model, added_tokens: [{ ...token, id: 2 }] }); // Map(1) { '<s>' => 3 }
 * ```
 */
export function engineTokenIds({
  model,
  added_tokens: tokens,
}: {
  readonly model: TokenizerJson['model'] | { readonly vocab?: unknown };
  readonly added_tokens: TokenizerJson['added_tokens'];
}): Map<string, number> {
  const vocab = isObject(model.vocab) ? model.vocab : {};
  const size = Object.keys(vocab).length;
  const ids = new Map<string, number>();
  let next = size;
  for (const { content } of tokens) {
    if (content === '' || ids.has(content)) continue;
    ids.set(content, Object.hasOwn(vocab, content) ? (vocab[content] as number) : next++);
  }
  return ids;
}
