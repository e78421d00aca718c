// The fewest tokens that a text can be written in with a model's pieces, whatever its merges or scores would choose.
// Beside what the tokenizer takes, it says how much is lost on the way to the pieces rather than by their choice.
// Dynamic programming over positions, linear in the length of the text times the longest piece. No real tokenizer
// segments like this; nothing here gives ids.

import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { buildTrie } from '../../core/trie.ts';
import { codePointBytes } from '../../core/unicode/utf8.ts';

/** Counts the fewest tokens: see {@link createFewestTokens}. */
export interface FewestTokensCounter {
  /** Tokens of `text`, which is raw text: it is normalized as the tokenizer does. */
  count(text: string): number;
}

/**
 * Prepares the counting. User-defined symbols are ordinary pieces here; a character that no piece covers costs its bytes
 * with byte fallback, otherwise a run of such characters costs one token.
 *
 * @param model pieces and byte fallback; its normalizer is not used
 * @param normalize the tokenizer's own
 * @example
 * ```ts
 * const optimum = createFewestTokens(tokenizer.model, tokenizer.normalize);
 * optimum.count('中华人民共和国') <= tokenizer.countTokens('中华人民共和国'); // true
 * ```
 */
export function createFewestTokens(model: TokenizerModel, normalize: (text: string) => string): FewestTokensCounter {
  const { pieces, pieceTypes, byteFallback } = model;
  const ids: number[] = [];
  for (let id = 0; id < pieces.length; id++) {
    if (pieceTypes[id] === PIECE_TYPE.normal || pieceTypes[id] === PIECE_TYPE.userDefined) ids.push(id);
  }
  const trie = buildTrie(
    ids.map((id) => pieces[id]!),
    ids,
  );
  const { rootNodes, nodeValues } = trie;
  // Fewest tokens up to each position: with the last character covered, and (without byte fallback) uncovered.
  let covered = new Float64Array(1024);
  let uncovered = new Float64Array(1024);

  return {
    count(text) {
      const normalized = normalize(text);
      const { length } = normalized;
      if (covered.length <= length) {
        covered = new Float64Array(2 * length + 1);
        uncovered = new Float64Array(2 * length + 1);
      }
      covered.fill(Number.POSITIVE_INFINITY, 0, length + 1);
      uncovered.fill(Number.POSITIVE_INFINITY, 0, length + 1);
      covered[0] = 0;
      for (let start = 0; start < length; ) {
        const here = Math.min(covered[start]!, uncovered[start]!);
        const codePoint = normalized.codePointAt(start)!;
        const width = codePoint > 0xffff ? 2 : 1;
        let isCovered = false;
        let node = rootNodes[normalized.charCodeAt(start)]!;
        for (let end = start + 1; node !== 0; end++) {
          if (nodeValues[node]! >= 0) {
            covered[end] = Math.min(covered[end]!, here + 1);
            if (end === start + width) isCovered = true;
          }
          if (end === length) break;
          node = trie.child(node, normalized.charCodeAt(end));
        }
        const end = start + width;
        if (!isCovered && byteFallback) covered[end] = Math.min(covered[end]!, here + codePointBytes(codePoint));
        // An unknown character lengthens the run before it for nothing, or opens one.
        else if (!isCovered) uncovered[end] = Math.min(uncovered[start]!, covered[start]! + 1);
        start = end;
      }
      return Math.min(covered[length]!, uncovered[length]!);
    },
  };
}
