// Builds a Hugging Face tokenizer.json from the neutral model, so that its engines give SentencePiece's ids.
// Two things it cannot give: the text of a special piece (`<s>`) is always taken as that piece, and ties between scores
// are broken by rank (bpe-merges.ts). Word and char models, and `▁` as suffix, have no counterpart there.
import { controlId, type NormalizerSpec, PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import { addedTokenJson, type TokenToAdd } from '../added-token.ts';
import { encodeBase64 } from '../base64.ts';
import { deriveMerges } from './read/bpe-merges.ts';
import type {
  AddedTokenJson,
  BpeModelJson,
  TokenizerJson,
  TokenizerJsonComponent,
  UnigramModelJson,
} from './read/types.ts';

/** Options of {@link buildTokenizerJson}. */
export interface BuildTokenizerJsonOptions {
  /**
   * How the prefix and the spaces get their `▁`, as transformers' LLaMA tokenizers call it. True (default): by
   * normalizers, exactly as SentencePiece does for any text, but again after every added token inside a text. False: by
   * the Metaspace pre-tokenizer, at the start of the text only, but not where the text itself starts with a space.
   */
  readonly legacy?: boolean;
  /** Tokens listed besides the model's special and user-defined pieces, or in their place where the text is equal. */
  readonly addedTokens?: readonly TokenToAdd[];
  /** Post-processor puts the bos piece in front. Default: when the model has one. */
  readonly addBos?: boolean;
  /** Post-processor puts the eos piece behind. Default false. */
  readonly addEos?: boolean;
}

/**
 * Builds the tokenizer.json of a BPE or Unigram model.
 *
 * BPE merges are derived from the scores; for 50,000 pieces that takes a fraction of a second.
 *
 * @throws FormatError when the format cannot express the model
 * @example
 * ```ts
 * const json = buildTokenizerJson(model);
 * json.model.type; // 'BPE'
 * ```
 */
export function buildTokenizerJson(model: TokenizerModel, options: BuildTokenizerJsonOptions = {}): TokenizerJson {
  const { legacy = true, addedTokens = [], addBos, addEos = false } = options;
  if (model.modelType !== 'bpe' && model.modelType !== 'unigram') {
    throw new FormatError(`tokenizer.json has no ${model.modelType} models, only BPE and Unigram`, {
      hint: 'Keep the .model file for sentencepiece itself.',
    });
  }
  const { normalizer } = model;
  if (model.treatWhitespaceAsSuffix && normalizer.addDummyPrefix) {
    throw new FormatError('tokenizer.json cannot put the dummy ▁ behind the text (treat_whitespace_as_suffix)', {
      hint: 'Keep the .model file for sentencepiece itself.',
    });
  }
  const bosId = controlId(model, model.bosPiece);
  const eosId = controlId(model, model.eosPiece);
  // Without a visible space there is nothing for Metaspace to write.
  const byNormalizers = legacy || !normalizer.escapeWhitespaces;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: buildAddedTokens(model, addedTokens),
    normalizer: buildNormalizer(normalizer, byNormalizers),
    pre_tokenizer: byNormalizers
      ? null
      : {
          type: 'Metaspace',
          replacement: SPACE_SYMBOL,
          // "first" looks at the offset in the raw text, which trimmed spaces have moved away from 0.
          prepend_scheme: !normalizer.addDummyPrefix ? 'never' : normalizer.removeExtraWhitespaces ? 'always' : 'first',
          split: false,
        },
    post_processor: buildPostProcessor(model, (addBos ?? true) ? bosId : -1, addEos ? eosId : -1),
    decoder: buildDecoder(model),
    model: model.modelType === 'bpe' ? buildBpeModel(model) : buildUnigramModel(model),
  };
}

// Special: control pieces and the unknown piece. User-defined pieces are added tokens too, but not special.
function buildAddedTokens(model: TokenizerModel, extra: readonly TokenToAdd[]): AddedTokenJson[] {
  const tokens = new Map<string, AddedTokenJson>();
  const idOfPiece = new Map<string, number>();
  const add = (token: TokenToAdd, id: number): void => {
    tokens.set(token.content, addedTokenJson(token, id));
  };
  model.pieces.forEach((content, id) => {
    const earlier = idOfPiece.get(content);
    if (earlier !== undefined) {
      throw new FormatError(
        `tokenizer.json names pieces by their text, but ids ${earlier} and ${id} are both ${JSON.stringify(content)}`,
      );
    }
    idOfPiece.set(content, id);
    const type = model.pieceTypes[id];
    if (type === PIECE_TYPE.control || type === PIECE_TYPE.unknown) add({ content, special: true }, id);
    else if (type === PIECE_TYPE.userDefined) add({ content }, id);
  });
  let nextId = model.pieces.length;
  for (const token of extra) {
    const pieceId = idOfPiece.get(token.content);
    const id = pieceId ?? token.id ?? nextId;
    if (pieceId !== undefined && token.id !== undefined && token.id !== pieceId) {
      const content = JSON.stringify(token.content);
      throw new FormatError(
        `added token ${content} has id ${token.id}, but the piece with that text has id ${pieceId}`,
      );
    }
    add(token, id);
    nextId = Math.max(nextId, id + 1);
  }
  return [...tokens.values()].sort((a, b) => a.id - b.id);
}

function buildNormalizer(spec: NormalizerSpec, withSpaces: boolean): TokenizerJsonComponent | null {
  const normalizers: TokenizerJsonComponent[] = [];
  const space = spec.escapeWhitespaces ? SPACE_SYMBOL : ' ';
  if (spec.precompiledCharsmap.length > 0) {
    normalizers.push({ type: 'Precompiled', precompiled_charsmap: encodeBase64(spec.precompiledCharsmap) });
  }
  if (spec.removeExtraWhitespaces) {
    // Strip would take tabs and newlines as well. Lookarounds, because engines differ in what ^ and $ mean.
    const trailing = spec.escapeWhitespaces ? `[ ${SPACE_SYMBOL}]+` : ' +';
    normalizers.push(replace({ Regex: ' {2,}' }, ' '));
    normalizers.push(replace({ Regex: `(?<![\\s\\S]) +|${trailing}(?![\\s\\S])` }, ''));
  }
  if (withSpaces && spec.addDummyPrefix) normalizers.push({ type: 'Prepend', prepend: space });
  if (withSpaces && spec.escapeWhitespaces) normalizers.push(replace({ String: ' ' }, SPACE_SYMBOL));
  return normalizers.length === 0 ? null : { type: 'Sequence', normalizers };
}

function replace(pattern: { String: string } | { Regex: string }, content: string): TokenizerJsonComponent {
  return { type: 'Replace', pattern, content };
}

function buildDecoder({ normalizer, byteFallback }: TokenizerModel): TokenizerJsonComponent {
  const decoders: TokenizerJsonComponent[] = [];
  if (normalizer.escapeWhitespaces) decoders.push(replace({ String: SPACE_SYMBOL }, ' '));
  if (byteFallback) decoders.push({ type: 'ByteFallback' });
  decoders.push({ type: 'Fuse' });
  if (normalizer.addDummyPrefix) decoders.push({ type: 'Strip', content: ' ', start: 1, stop: 0 });
  return { type: 'Sequence', decoders };
}

/** Template of single texts and of pairs, type id 0 for the first text and 1 for the second; an id of -1 is left out. */
export function buildPostProcessor(model: TokenizerModel, bosId: number, eosId: number): TokenizerJsonComponent | null {
  if (bosId < 0 && eosId < 0) return null;
  const part = (sequence: 'A' | 'B', typeId: number): unknown[] => [
    ...(bosId >= 0 ? [{ SpecialToken: { id: model.pieces[bosId], type_id: typeId } }] : []),
    { Sequence: { id: sequence, type_id: typeId } },
    ...(eosId >= 0 ? [{ SpecialToken: { id: model.pieces[eosId], type_id: typeId } }] : []),
  ];
  const specialTokens = [bosId, eosId]
    .filter((id) => id >= 0)
    .map((id) => [model.pieces[id]!, { id: model.pieces[id], ids: [id], tokens: [model.pieces[id]] }]);
  return {
    type: 'TemplateProcessing',
    single: part('A', 0),
    pair: [...part('A', 0), ...part('B', 1)],
    special_tokens: Object.fromEntries(specialTokens),
  };
}

function buildBpeModel(model: TokenizerModel): BpeModelJson {
  const { pieces } = model;
  // fromEntries, because assigning to `__proto__` would not make a piece of it.
  const vocab: Record<string, number> = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const { leftIds, rightIds } = deriveMerges(model);
  const pairs = Array.from(leftIds, (left, i): [string, string] => [pieces[left]!, pieces[rightIds[i]!]!]);
  // The old one-string form loads everywhere, the new one only since tokenizers 0.20; it is needed for pieces with
  // spaces, and where a line would look like the header of an old merges file.
  const needPairs = pairs.some(([left, right]) => `${left}${right}`.includes(' ') || left.startsWith('#version'));
  return {
    type: 'BPE',
    dropout: null,
    unk_token: pieces[model.pieceTypes.indexOf(PIECE_TYPE.unknown)] ?? null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: model.byteFallback,
    ignore_merges: false,
    vocab,
    merges: needPairs ? pairs : pairs.map(([left, right]) => `${left} ${right}`),
  };
}

function buildUnigramModel(model: TokenizerModel): UnigramModelJson {
  return {
    type: 'Unigram',
    unk_id: model.pieceTypes.indexOf(PIECE_TYPE.unknown),
    vocab: model.pieces.map((piece, id) => [piece, model.pieceScores[id]!]),
    byte_fallback: model.byteFallback,
  };
}
