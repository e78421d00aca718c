// The model of a vocabulary whose pieces are ranked and whose merges follow from the ranks, as tiktoken's: two neighbours merge
// when their bytes joined are a piece, the lowest rank first, and a pre-token that is a piece is taken whole.
import { specialToken, type TextPattern, type TokenizerModel } from '../../core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../core/pre-tokenizer-patterns.ts';
import { FormatError } from '../../errors.ts';
import { buildListedModel } from '../listed-model.ts';
import type { PieceTable } from '../piece-table.ts';

/** What {@link buildRankedModel} puts together. */
export interface RankedModelParts {
  /** Pieces as bytes, with their ids; of two the one with the lower id has the better rank. */
  readonly vocab: PieceTable;
  /** Regular expression of the pre-tokens; what it does not find is left out, as tiktoken leaves it out. */
  readonly pattern: string;
  readonly specialTokens: readonly (readonly [id: number, content: string])[];
  readonly bosPiece: string;
  readonly eosPiece: string;
  readonly padPiece?: string;
  readonly source: string;
}

/**
 * Builds the model.
 *
 * @throws FormatError when special tokens and pieces contradict each other, or a byte has no piece
 */
export function buildRankedModel(parts: RankedModelParts): TokenizerModel {
  const { vocab, pattern, source } = parts;
  const repeated = vocab.findRepeatedId();
  if (repeated !== undefined) {
    throw new FormatError(`${source}: two pieces have the id ${vocab.idOf(repeated[0])}`, {
      hint: 'Get the file again.',
    });
  }
  const addedTokens = parts.specialTokens.map(([id, content]) => specialToken(id, content));
  return buildListedModel({
    source,
    units: 'byte',
    vocab,
    wholePieceFirst: true,
    normalizers: [],
    preTokenizers: [
      { type: 'split', pattern: patternOf(pattern), behavior: 'removed', invert: true },
      { type: 'byte-level', addPrefixSpace: false, useRegex: false },
    ],
    addedTokens,
    byteFallback: false,
    unkPiece: '',
    bosPiece: parts.bosPiece,
    eosPiece: parts.eosPiece,
    padPiece: parts.padPiece ?? '',
  });
}

// The known patterns say the same in Oniguruma's syntax; any other is in that of tiktoken's engine.
function patternOf(regex: string): TextPattern {
  return Object.values<string>(PRE_TOKENIZER_PATTERNS).includes(regex) ? { regex } : { regex, syntax: 'rust' };
}
