// Counts with @huggingface/tokenizers: any tokenizer.json, whether BPE, byte-level BPE, WordPiece or Unigram.
// It is loaded only when asked for. Post-processors are switched off, so no bos, eos, [CLS] or [SEP] is counted; literal
// special tokens in the text are one token, as they are for Hugging Face.

import { isObject } from '../../core/json-object.ts';
import { SPACE_SYMBOL } from '../../core/model.ts';
import { byteLevelBytes } from '../../core/unicode/byte-level.ts';
import { encodeUtf8, pieceToByte } from '../../core/unicode/utf8.ts';
import { FormatError, messageOf } from '../../errors.ts';
import { TOKEN_KIND, type TokenCounter } from './token-counter.ts';

/** A tokenizer for {@link createHuggingFaceCounter}. */
export interface HuggingFaceFiles {
  /** Name for error messages. */
  readonly name: string;
  /** Parsed `tokenizer.json`. */
  readonly json: unknown;
  /** Parsed `tokenizer_config.json`, where there is one. */
  readonly config?: unknown;
}

/** Model types that can be counted. A file of before 2021 may leave the type out. */
const MODEL_TYPES: readonly unknown[] = ['BPE', 'WordPiece', 'Unigram', undefined];

type JsonObject = Record<string, unknown>;

/**
 * Opens a `tokenizer.json` in @huggingface/tokenizers.
 *
 * @throws FormatError when the file is no tokenizer that the engine can run
 */
export async function createHuggingFaceCounter(options: HuggingFaceFiles): Promise<TokenCounter> {
  const { name, config } = options;
  const json = options.json;
  if (!isObject(json) || !isObject(json.model)) {
    throw new FormatError(`${name}: not a tokenizer.json: it has no object "model"`);
  }
  const { model } = json;
  if (!MODEL_TYPES.includes(model.type)) {
    throw new FormatError(`${name}: tokenizer.json has a model of type ${JSON.stringify(model.type)}`, {
      hint: 'BPE, WordPiece and Unigram can be counted.',
    });
  }
  const { Tokenizer } = await import('@huggingface/tokenizers');
  // The engine insists on keys that files are allowed to leave out.
  const complete = {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...json,
  };
  let tokenizer: InstanceType<typeof Tokenizer>;
  try {
    tokenizer = new Tokenizer(complete, isObject(config) ? config : {});
  } catch (error) {
    throw new FormatError(`${name}: @huggingface/tokenizers cannot load tokenizer.json: ${messageOf(error)}`, {
      hint: 'Check the file with the program that wrote it.',
      cause: error,
    });
  }

  const pieces: string[] = [];
  for (const [piece, id] of tokenizer.get_vocab()) if (piece !== undefined) pieces[id] = piece;
  const kinds = tokenKinds(json, pieces);
  return {
    engine: 'hugging-face',
    vocabSize: pieces.length,
    tokenKinds: kinds,
    forEachId(text, visit) {
      const { ids } = tokenizer.encode(text.isWellFormed() ? text : text.toWellFormed(), {
        add_special_tokens: false,
      }) as { ids: (number | undefined)[] };
      for (let i = 0; i < ids.length; i++) visit(ids[i] ?? -1);
    },
    idToPiece: (id) => pieces[id],
    idToSurface: createSurfaces(json, pieces, kinds),
  };
}

/** What ids stand for in a text, by the way their model spells pieces. */
function createSurfaces(
  json: JsonObject,
  pieces: readonly (string | undefined)[],
  kinds: Uint8Array,
): (id: number) => string | undefined {
  const special = new Set<unknown>();
  const added = new Set<unknown>();
  if (Array.isArray(json.added_tokens)) {
    for (const token of json.added_tokens) (token?.special === true ? special : added).add(token?.id);
  }
  const spell = createByteLevelSpelling();
  const isByteLevel = hasComponent(json, 'ByteLevel');
  const prefix = (json.model as JsonObject).continuing_subword_prefix ?? '##';
  const isWordPiece = isWordPieceModel(json);
  return (id) => {
    const piece = pieces[id];
    if (piece === undefined || kinds[id] !== TOKEN_KIND.ordinary || special.has(id)) return undefined;
    if (added.has(id)) return piece;
    if (isByteLevel) return spell(piece);
    if (isWordPiece) return typeof prefix === 'string' && piece.startsWith(prefix) ? piece.slice(prefix.length) : piece;
    return piece.replaceAll(SPACE_SYMBOL, ' ');
  };
}

/** WordPiece by its name, or, in files that name no type, by what only it has. */
function isWordPieceModel(json: JsonObject): boolean {
  const model = json.model as JsonObject;
  return model.type === 'WordPiece' || (model.type === undefined && 'max_input_chars_per_word' in model);
}

function tokenKinds(json: JsonObject, pieces: readonly (string | undefined)[]): Uint8Array {
  const model = json.model as JsonObject;
  const kinds = new Uint8Array(pieces.length);
  if (hasComponent(json, 'ByteLevel')) {
    // Added tokens are spelled as they are, not byte by byte.
    const added = new Set<unknown>();
    if (Array.isArray(json.added_tokens)) for (const token of json.added_tokens) added.add(token?.id);
    const spell = createByteLevelSpelling();
    pieces.forEach((piece, id) => {
      if (piece !== undefined && !added.has(id) && spell(piece) === undefined) kinds[id] = TOKEN_KIND.byte;
    });
  } else {
    pieces.forEach((piece, id) => {
      if (piece !== undefined && pieceToByte(piece) >= 0) kinds[id] = TOKEN_KIND.byte;
    });
  }
  // Byte-level models have none: `null` is not the piece "null".
  const named = typeof model.unk_token === 'string' ? pieces.indexOf(model.unk_token) : -1;
  const unknown = typeof model.unk_id === 'number' ? model.unk_id : named;
  if (unknown >= 0 && unknown < kinds.length) kinds[unknown] = TOKEN_KIND.unknown;
  return kinds;
}

/** True when the pre-tokenizer or decoder is of that type, or is a sequence with one. */
function hasComponent(json: JsonObject, type: string): boolean {
  const contains = (component: unknown): boolean =>
    isObject(component) &&
    (component.type === type ||
      [component.pretokenizers, component.decoders].some((list) => Array.isArray(list) && list.some(contains)));
  return contains(json.pre_tokenizer) || contains(json.decoder);
}

/** Reads byte-level pieces as text; undefined for parts of characters. */
function createByteLevelSpelling(): (piece: string) => string | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (piece) => {
    try {
      return decoder.decode(byteLevelBytes(piece) ?? encodeUtf8(piece));
    } catch {
      return undefined;
    }
  };
}
