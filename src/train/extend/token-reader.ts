// Reads text as continued BPE sees it: the base's tokens, and where stretches end that no merge crosses. For SentencePiece
// models a text is one stretch; for models with a pipeline every pre-token is one, and so is every added token.
// It decides nothing about tokens: which of them may join is runs.ts' and join-rule.ts' business.
import { hasPipeline, PIECE_TYPE, type PreTokenizerStep, type TokenizerModel } from '../../core/model.ts';
import { createBpeSegmenter } from '../../tokenize/bpe/segmenter.ts';
import { createNormalizer } from '../../tokenize/normalizer.ts';
import { createPipelineReader } from '../../tokenize/pipeline-reader.ts';
import { createPrefixMatcher } from '../../tokenize/symbols/prefix-matcher.ts';

/** The reader: see {@link createTokenReader}. */
export interface TokenReader {
  /**
   * Reads a text; a fragment without the space that the base puts in front of a text.
   * @returns the number of symbols: ids of pieces, or uncovered characters
   */
  read(text: string, isFragment: boolean): number;
  readonly symbols: Int32Array;
  /** Behind which symbols a stretch ends, ascending; the last is the number of symbols. Empty for a text without symbols. */
  readonly ends: readonly number[];
  /** The text that was read last: normalized for SentencePiece models, as it was given for others. */
  readonly text: string;
  /** Characters at its front that the base has put there. */
  readonly prefixLength: number;
}

/** Creates the reader of a BPE model. */
export function createTokenReader(base: TokenizerModel): TokenReader {
  return hasPipeline(base) ? createPreTokenReader(base) : createSentenceReader(base);
}

function createSentenceReader(base: TokenizerModel): TokenReader {
  const userDefinedIds = new Map<string, number>();
  for (let id = 0; id < base.pieces.length; id++) {
    if (base.pieceTypes[id] === PIECE_TYPE.userDefined) userDefinedIds.set(base.pieces[id]!, id);
  }
  const userDefined = [...userDefinedIds.keys()];
  const normalizer = createNormalizer(base.normalizer, { userDefined });
  const insideNormalizer = createNormalizer({ ...base.normalizer, addDummyPrefix: false }, { userDefined });
  // This segmenter leaves unused pieces whole, as merges see them; they end a run like any other token that cannot join.
  const segmenter = createBpeSegmenter(base, { matcher: createPrefixMatcher(userDefined), userDefinedIds });
  let units = new Uint16Array(1024);
  let normalized = '';
  let prefixLength = 0;
  const ends: number[] = [];
  return {
    read(text, isFragment) {
      normalized = (isFragment ? insideNormalizer : normalizer).normalize(text);
      const { length } = normalized;
      prefixLength = !isFragment && base.normalizer.addDummyPrefix && length > 0 ? 1 : 0;
      if (units.length < length) units = new Uint16Array(2 * length);
      for (let i = 0; i < length; i++) units[i] = normalized.charCodeAt(i);
      const count = segmenter.segment(units, length);
      ends.length = 0;
      if (count > 0) ends.push(count);
      return count;
    },
    get symbols() {
      return segmenter.symbols;
    },
    ends,
    get text() {
      return normalized;
    },
    get prefixLength() {
      return prefixLength;
    },
  };
}

function createPreTokenReader(base: TokenizerModel): TokenReader {
  // Uncovered characters are counted, so that no unknown piece stands for them.
  const textReader = createPipelineReader(base, -1);
  const inside = withoutPrefix(base);
  let fragmentReader = inside === base ? textReader : undefined;
  let reader = textReader;
  let given = '';
  const ends: number[] = [];
  const visitEnd = (count: number): void => {
    if (count > (ends.at(-1) ?? 0)) ends.push(count);
  };
  return {
    read(text, isFragment) {
      given = text;
      if (isFragment) fragmentReader ??= createPipelineReader(inside, -1);
      reader = isFragment ? fragmentReader! : textReader;
      ends.length = 0;
      return reader.readPreTokens(text, visitEnd);
    },
    get symbols() {
      return reader.symbols;
    },
    ends,
    get text() {
      return given;
    },
    prefixLength: 0,
  };
}

/** The model without what its pipeline puts in front of a text; the same one where that is nothing. */
function withoutPrefix(model: TokenizerModel): TokenizerModel {
  const normalizers = model.normalizers.filter(({ type }) => type !== 'prepend');
  const isPrefixing = (step: PreTokenizerStep): boolean =>
    (step.type === 'byte-level' && step.addPrefixSpace) || (step.type === 'metaspace' && step.prepend !== 'never');
  if (
    normalizers.length === model.normalizers.length &&
    !model.preTokenizers.some(isPrefixing) &&
    !model.normalizer.addDummyPrefix
  ) {
    return model;
  }
  const preTokenizers = model.preTokenizers.map((step): PreTokenizerStep => {
    if (step.type === 'byte-level') return { ...step, addPrefixSpace: false };
    return step.type === 'metaspace' ? { ...step, prepend: 'never' } : step;
  });
  return { ...model, normalizers, preTokenizers, normalizer: { ...model.normalizer, addDummyPrefix: false } };
}
