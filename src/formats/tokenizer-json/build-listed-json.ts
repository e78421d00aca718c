// Builds a tokenizer.json from a byte-level model that comes from another file: ranks, vocab.json with merges.txt, a GGUF.
// Merges that follow from ranks are listed, every way to make a piece of two: for the known patterns the Rust engine then
// gives tiktoken's ids. A pipeline that the format cannot express is refused. SentencePiece models: build-tokenizer-json.ts.
// Spec: https://huggingface.co/docs/tokenizers/components
import { ABSENT_PIECE, type NormalizerStep, type PreTokenizerStep, type TokenizerModel } from '../../core/model.ts';
import { applyPatch, renumberPieces } from '../../core/patch.ts';
import { spellByteLevel } from '../../core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { addedTokenJson } from '../added-token.ts';
import { parseCompanion } from '../companion-files.ts';
import type { MainPart } from '../document/listed-document.ts';
import { buildPostProcessor } from './build-tokenizer-json.ts';
import { tokenizerJsonPart } from './document.ts';
import { deriveMerges } from './read/bpe-merges.ts';
import { parseTokenizerJsonModel } from './read/model-from-tokenizer-json.ts';
import type { TokenizerJson, TokenizerJsonComponent } from './read/types.ts';
import { serializeTokenizerJson } from './tokenizer-json.ts';

/** Options of {@link buildListedTokenizerJson}. */
export interface BuildListedOptions {
  /** Post-processor puts the bos piece in front; default false. */
  readonly addBos?: boolean;
  /** Name of the file that the model was read from, for error messages. */
  readonly source?: string;
}

/**
 * Builds the tokenizer.json of a byte-level model. Added tokens are listed in the vocabulary too, under their own ids.
 *
 * @throws FormatError when the format cannot express the model
 */
function buildListedTokenizerJson(model: TokenizerModel, options: BuildListedOptions = {}): TokenizerJson {
  const { pieces, addedTokens } = model;
  const pipeline = checkListable(model, options);
  const names = nameEntries(model);
  const { leftIds, rightIds } = model.merges ?? deriveMerges(model);
  const spelled = (id: number): string => names[id] ?? spellByteLevel(pieces[id]!);
  const bosId = options.addBos ? (addedTokens.find(({ content }) => content === model.bosPiece)?.id ?? -1) : -1;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens.map((token) => addedTokenJson(token, token.id)),
    ...pipeline,
    post_processor: buildPostProcessor(model, bosId, -1),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: model.unkPiece === '' ? null : model.unkPiece,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: model.wholePieceFirst,
      vocab: Object.fromEntries(names.flatMap((name, id) => (name === undefined ? [] : [[name, id] as const]))),
      merges: Array.from(leftIds, (left, i) => `${spelled(left)} ${spelled(rightIds[i]!)}`),
    },
  };
}

/**
 * The normalizer and pre-tokenizer of the file.
 *
 * @throws FormatError when the format cannot express the model
 */
export function checkListable(
  model: TokenizerModel,
  { source = 'model' }: BuildListedOptions = {},
): Pick<TokenizerJson, 'normalizer' | 'pre_tokenizer'> {
  const refuse = (what: string): never => {
    throw new FormatError(`${source}: tokenizer.json cannot say ${what}`, {
      hint: 'Use the file as it is, with its own loader.',
    });
  };
  if (model.units !== 'byte') return refuse('what this model does with characters');
  const seen = new Set<string>();
  for (const name of nameEntries(model)) {
    if (name === undefined) continue;
    if (seen.has(name)) refuse(`that the piece and the special token ${JSON.stringify(name)} are two`);
    seen.add(name);
  }
  const normalizers = model.normalizers.map((step) => normalizerJson(step, refuse));
  const preTokenizers = model.preTokenizers.map((step) => preTokenizerJson(step, refuse));
  return {
    normalizer: normalizers.length > 1 ? { type: 'Sequence', normalizers } : (normalizers[0] ?? null),
    pre_tokenizer:
      preTokenizers.length > 1 ? { type: 'Sequence', pretokenizers: preTokenizers } : (preTokenizers[0] ?? null),
  };
}

/** A tokenizer.json that is made of a model, as the part of a document that loaders prefer. */
export function derivedJsonPart(model: TokenizerModel, options: BuildListedOptions & { source: string }): MainPart {
  const make = (extended: TokenizerModel): Uint8Array =>
    encodeUtf8(serializeTokenizerJson(buildListedTokenizerJson(extended, options)));
  let bytes: Uint8Array | undefined;
  const contents = (): readonly [Uint8Array] => {
    bytes ??= make(model);
    return [bytes];
  };
  return {
    names: ['tokenizer.json'],
    contents,
    apply: (patch) => tokenizerJsonPart(make(applyPatch(model, patch)), options.source),
    renumber: (newIds) => derivedJsonPart(renumberPieces(model, newIds), options),
    parse: (companions) =>
      parseTokenizerJsonModel(contents()[0], {
        source: options.source,
        config: parseCompanion(companions, 'tokenizer_config.json', options.source),
      }),
  };
}

// How each id is named in the vocabulary: pieces in the byte alphabet, tokens as they are; undefined for an id without either.
function nameEntries({ pieces, pieceTypes, addedTokens }: TokenizerModel): (string | undefined)[] {
  const names = pieces.map((piece, id) => (pieceTypes[id] === ABSENT_PIECE ? undefined : spellByteLevel(piece)));
  for (const { id, content } of addedTokens) names[id] = content;
  return names;
}

function normalizerJson(step: NormalizerStep, refuse: (what: string) => never): TokenizerJsonComponent {
  if (step.type === 'lowercase') return { type: 'Lowercase' };
  if (/^nfk?[cd]$/.test(step.type)) return { type: step.type.toUpperCase() };
  return refuse(`the normalizer step ${step.type} of a byte-level model`);
}

function preTokenizerJson(step: PreTokenizerStep, refuse: (what: string) => never): TokenizerJsonComponent {
  if (step.type === 'byte-level') {
    const { addPrefixSpace, useRegex } = step;
    return { type: 'ByteLevel', add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: useRegex };
  }
  if (step.type === 'digits') return { type: 'Digits', individual_digits: step.individual };
  if (step.type !== 'split') return refuse(`the pre-tokenizer step ${step.type} of a byte-level model`);
  const { pattern, behavior, invert } = step;
  if ('regex' in pattern && pattern.syntax === 'rust') {
    return refuse(`the pattern ${JSON.stringify(pattern.regex)}, which is in the syntax of tiktoken's engine`);
  }
  return {
    type: 'Split',
    pattern: 'regex' in pattern ? { Regex: pattern.regex } : { String: pattern.text },
    behavior: behavior === 'removed' ? 'Removed' : behavior === 'isolated' ? 'Isolated' : refuse(`a Split ${behavior}`),
    invert,
  };
}
