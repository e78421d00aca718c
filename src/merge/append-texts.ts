// Appends ranked texts to a base that is byte-level or lists its merges, all of them or none: what continued BPE learnt on the
// tokens of the base, or a list of it. Pieces of another model, of which many may not fit, are mergeVocab's business.
import type { TokenizerModel } from '../core/model.ts';
import { byteSurface } from '../core/unicode/byte-level.ts';
import { InputError, OptionError } from '../errors.ts';
import { createMergeChain } from './choice/merge-chain.ts';
import { type MergeOptions, resolveMergeOptions, roundUpToMultiple } from './merge-options.ts';
import type { MergeResult } from './merge-vocab.ts';

/** Input of {@link appendTexts}. */
export interface AppendTextsOptions extends Pick<MergeOptions, 'addTokens' | 'padToMultipleOf'> {
  readonly base: TokenizerModel;
  /** In the units of the base, best first; the base has none of them. */
  readonly texts: readonly string[];
}

/**
 * Appends the texts as pieces, each behind the merge that follows from it.
 *
 * @throws InputError for a text that the base has, that is given twice, or that comes to more than two tokens
 * @throws OptionError for an added token that is a piece already
 */
export function appendTexts({ base, texts, ...options }: AppendTextsOptions): MergeResult {
  const { addTokens, padToMultipleOf } = resolveMergeOptions(options);
  const shown = (piece: string): string => JSON.stringify(base.units === 'byte' ? byteSurface(piece) : piece);
  const taken = new Set(base.pieces);
  const chain = createMergeChain(base);
  for (const text of texts) {
    if (taken.has(text)) throw new InputError(`new piece ${shown(text)}: the base has it, or it is given twice`);
    if (!chain.append(text)) {
      const parts = chain.split(text);
      throw new InputError(
        `new piece ${shown(text)}: comes to ${parts.length} tokens (${parts.map(shown).join(' ')}), two are needed`,
        { hint: 'Give the pieces that it is made of before it, or learn pieces on the base: `vocab-merge extend`.' },
      );
    }
    taken.add(text);
  }
  for (const token of addTokens) {
    if (!taken.has(token)) continue;
    throw new OptionError(`addTokens: ${JSON.stringify(token)} is already a piece`, {
      hint: 'Leave it out: the result has it.',
    });
  }
  const patch = chain.buildPatch(addTokens);
  const baseSize = base.pieces.length;
  return {
    patch,
    baseSize,
    extensionSize: texts.length,
    added: patch.pieces.length,
    duplicates: [],
    dropped: [],
    warnings: [],
    rows: roundUpToMultiple(baseSize + patch.pieces.length, padToMultipleOf),
  };
}
