// Writes a model's vocabulary as a GGUF file without tensors, which llama.cpp loads with vocab_only, under the names that
// gguf-py writes. Its use: ids from the real llama.cpp, and the pre-tokenizer's name for people who convert a checkpoint.
// What llama.cpp cannot run as the model says is refused; Unicode normalization (Qwen's NFC) it never does, which is told.
// Spec: ggml-org/ggml docs/gguf.md, version 3.
import { doubled } from '../../core/grown.ts';
import { ABSENT_PIECE, controlId, PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { spellByteLevel } from '../../core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { deriveMerges } from '../tokenizer-json/read/bpe-merges.ts';
import { GGUF_TYPE } from './gguf-metadata.ts';
import { nameOfPreTokenizer, REWORDED_PATTERNS } from './pre-tokenizers.ts';

/** Options of {@link buildGguf}. */
export interface BuildGgufOptions {
  /** `general.name`. */
  readonly name?: string;
  /** Put bos in front by default. Default: when the model has one. */
  readonly addBos?: boolean;
  /** Put eos behind by default. Default false. */
  readonly addEos?: boolean;
  /** `tokenizer.chat_template`, in Jinja. */
  readonly chatTemplate?: string;
}

/** A vocabulary-only GGUF file. */
export interface BuiltGguf {
  readonly bytes: Uint8Array;
  /** `tokenizer.ggml.pre`, for byte-level models. */
  readonly preTokenizer: string | undefined;
  /** What llama.cpp does otherwise than the model says, as sentences. */
  readonly differences: readonly string[];
}

/** Tensor data would start at a multiple of this; readers look for it even where there is none. */
const ALIGNMENT = 32;

/**
 * Builds the file.
 *
 * @throws FormatError when llama.cpp has no vocabulary of this kind
 * @example
 * ```ts
 * const { bytes, preTokenizer } = buildGguf(model, { name: 'Llama 3 extended' });
 * preTokenizer; // 'llama-bpe'
 * ```
 */
export function buildGguf(model: TokenizerModel, options: BuildGgufOptions = {}): BuiltGguf {
  const { name = 'vocabulary', addEos = false, chatTemplate } = options;
  const bosId = controlId(model, model.bosPiece);
  const eosId = controlId(model, model.eosPiece);
  const padId = controlId(model, model.padPiece);
  const unkId = model.pieceTypes.indexOf(PIECE_TYPE.unknown);
  const writer = new GgufWriter();
  writer.text('general.architecture', 'llama');
  writer.text('general.type', 'model');
  writer.text('general.name', name);
  const vocabulary = model.units === 'byte' ? writeByteLevel(writer, model) : writeSentencePiece(writer, model);
  if (bosId >= 0) writer.u32('tokenizer.ggml.bos_token_id', bosId);
  if (eosId >= 0) writer.u32('tokenizer.ggml.eos_token_id', eosId);
  if (unkId >= 0) writer.u32('tokenizer.ggml.unknown_token_id', unkId);
  if (padId >= 0) writer.u32('tokenizer.ggml.padding_token_id', padId);
  writer.bool('tokenizer.ggml.add_bos_token', (options.addBos ?? true) && bosId >= 0);
  writer.bool('tokenizer.ggml.add_eos_token', addEos && eosId >= 0);
  if (chatTemplate !== undefined) writer.text('tokenizer.chat_template', chatTemplate);
  return { bytes: writer.finish(), ...vocabulary };
}

type Written = Pick<BuiltGguf, 'preTokenizer' | 'differences'>;

function writeByteLevel(writer: GgufWriter, model: TokenizerModel): Written {
  const preTokenizer = nameOfPreTokenizer(model);
  if (preTokenizer === undefined) {
    throw new FormatError('llama.cpp has no pre-tokenizer that cuts text as this model does', {
      hint: 'It knows those of Llama 3, Qwen 2 and 3, DeepSeek-V3, Mistral (tekken), GPT-2, GPT-4o and SmolLM.',
    });
  }
  const differences: string[] = [];
  for (const step of model.normalizers) {
    if (step.type !== 'nfc') {
      throw new FormatError(`llama.cpp has no normalizer ${step.type} for byte-level models`, {
        hint: 'Only NFC may be left out, because nearly all text is NFC already.',
      });
    }
    differences.push('llama.cpp does not bring text into NFC: text that is not NFC gets other ids.');
  }
  if (REWORDED_PATTERNS.has(preTokenizer)) {
    differences.push(
      'llama.cpp cuts words in front of combining marks (vowel signs of Hindi, Thai, Arabic): pieces with a letter before one do not come out there.',
    );
  }
  const { pieceTypes } = model;
  const addedContents = new Map(model.addedTokens.map(({ id, content }) => [id, content]));
  for (const token of model.addedTokens) {
    if (!token.lstrip && !token.rstrip && !token.singleWord) continue;
    const shown = JSON.stringify(token.content);
    differences.push(`llama.cpp finds ${shown} wherever it stands, without the spaces around it.`);
  }
  const spell = (id: number): string => {
    const type = pieceTypes[id];
    if (type === ABSENT_PIECE) return `[PAD${id}]`;
    return type === PIECE_TYPE.normal
      ? spellByteLevel(model.pieces[id]!)
      : (addedContents.get(id) ?? model.pieces[id]!);
  };
  const tokens = model.pieces.map((_, id) => spell(id));
  checkUnique(tokens);
  const merges = model.merges ?? deriveMerges(model);
  const bytesOf = (id: number): string =>
    pieceTypes[id] === PIECE_TYPE.control || pieceTypes[id] === PIECE_TYPE.unknown
      ? tokens[id]!
      : spellByteLevel(model.pieces[id]!);
  writer.text('tokenizer.ggml.model', 'gpt2');
  writer.text('tokenizer.ggml.pre', preTokenizer);
  writer.texts('tokenizer.ggml.tokens', tokens);
  writer.i32s('tokenizer.ggml.token_type', ggufTypes(model));
  writer.texts(
    'tokenizer.ggml.merges',
    Array.from(merges.leftIds, (left, i) => `${bytesOf(left)} ${bytesOf(merges.rightIds[i]!)}`),
  );
  return { preTokenizer, differences };
}

function writeSentencePiece(writer: GgufWriter, model: TokenizerModel): Written {
  const { normalizer, modelType, pieces, pieceScores } = model;
  const refuse = (
    what: string,
    hint = 'Its tokenizer.model is what llama.cpp converts; such a model it cannot run.',
  ): never => {
    throw new FormatError(`llama.cpp has no vocabulary with ${what}`, { hint });
  };
  if (model.merges !== undefined || model.normalizers.length > 0 || model.preTokenizers.length > 0) {
    refuse('listed merges of characters', 'Give the tokenizer.model beside this tokenizer.json.');
  }
  if (modelType !== 'bpe' && modelType !== 'unigram') refuse(`the model type ${modelType}`);
  if (model.treatWhitespaceAsSuffix) refuse('▁ at the end of words');
  if (!normalizer.escapeWhitespaces) refuse('spaces that are not written as ▁');
  const isBpe = modelType === 'bpe';
  if (isBpe && !model.byteFallback) refuse('SentencePiece BPE without byte pieces');
  if (isBpe && normalizer.precompiledCharsmap.length > 0) refuse('SentencePiece BPE and normalization rules');
  if (isBpe && normalizer.removeExtraWhitespaces) refuse('SentencePiece BPE that removes extra spaces');
  if (!isBpe && model.byteFallback) refuse('Unigram pieces and byte fallback');
  const tokens = pieces.map((piece, id) => (model.pieceTypes[id] === ABSENT_PIECE ? `[PAD${id}]` : piece));
  checkUnique(tokens);
  writer.text('tokenizer.ggml.model', isBpe ? 'llama' : 't5');
  writer.text('tokenizer.ggml.pre', 'default');
  writer.texts('tokenizer.ggml.tokens', tokens);
  writer.f32s('tokenizer.ggml.scores', pieceScores);
  writer.i32s('tokenizer.ggml.token_type', ggufTypes(model));
  writer.bool('tokenizer.ggml.add_space_prefix', normalizer.addDummyPrefix);
  if (!isBpe) {
    writer.bool('tokenizer.ggml.remove_extra_whitespaces', normalizer.removeExtraWhitespaces);
    if (normalizer.precompiledCharsmap.length > 0) {
      writer.u8s('tokenizer.ggml.precompiled_charsmap', normalizer.precompiledCharsmap);
    }
  }
  return { preTokenizer: undefined, differences: [] };
}

// The numbers are SentencePiece's; an id without a piece is an unused token, as gguf-py pads.
function ggufTypes({ pieceTypes }: TokenizerModel): Int32Array {
  return Int32Array.from(pieceTypes, (type) => (type === ABSENT_PIECE ? PIECE_TYPE.unused : type));
}

// llama.cpp finds tokens by text and refuses a vocabulary that has one twice.
function checkUnique(tokens: readonly string[]): void {
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    const earlier = ids.get(token);
    if (earlier !== undefined) {
      throw new FormatError(
        `GGUF names tokens by their text, but ids ${earlier} and ${id} are both ${JSON.stringify(token)}`,
        { hint: 'llama.cpp cannot load such a vocabulary.' },
      );
    }
    ids.set(token, id);
  }
}

/** Entries one after the other, behind a header that is filled in at the end. */
class GgufWriter {
  #bytes = new Uint8Array(1 << 20);
  #view = new DataView(this.#bytes.buffer);
  #length = 24;
  #entries = 0;

  text(key: string, value: string): void {
    this.#key(key, GGUF_TYPE.string);
    this.#string(value);
  }

  u32(key: string, value: number): void {
    this.#key(key, GGUF_TYPE.uint32);
    const at = this.#take(4);
    this.#view.setUint32(at, value, true);
  }

  bool(key: string, value: boolean): void {
    this.#key(key, GGUF_TYPE.bool);
    const at = this.#take(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  texts(key: string, values: readonly string[]): void {
    this.#list(key, GGUF_TYPE.string, values.length);
    for (const value of values) this.#string(value);
  }

  i32s(key: string, values: Int32Array): void {
    this.#list(key, GGUF_TYPE.int32, values.length);
    const start = this.#take(values.length * 4);
    for (let i = 0; i < values.length; i++) this.#view.setInt32(start + i * 4, values[i]!, true);
  }

  f32s(key: string, values: Float32Array): void {
    this.#list(key, GGUF_TYPE.float32, values.length);
    const start = this.#take(values.length * 4);
    for (let i = 0; i < values.length; i++) this.#view.setFloat32(start + i * 4, values[i]!, true);
  }

  u8s(key: string, values: Uint8Array): void {
    this.#list(key, GGUF_TYPE.uint8, values.length);
    const start = this.#take(values.length);
    this.#bytes.set(values, start);
  }

  finish(): Uint8Array {
    this.#bytes.set([0x47, 0x47, 0x55, 0x46]);
    this.#view.setUint32(4, 3, true);
    this.#setU64(8, 0);
    this.#setU64(16, this.#entries);
    this.#take((ALIGNMENT - (this.#length % ALIGNMENT)) % ALIGNMENT);
    return this.#bytes.slice(0, this.#length);
  }

  #key(key: string, type: number): void {
    this.#entries++;
    this.#string(key);
    const at = this.#take(4);
    this.#view.setUint32(at, type, true);
  }

  #list(key: string, elementType: number, length: number): void {
    this.#key(key, GGUF_TYPE.array);
    const at = this.#take(12);
    this.#view.setUint32(at, elementType, true);
    this.#setU64(at + 4, length);
  }

  #string(text: string): void {
    const bytes = encodeUtf8(text);
    const start = this.#take(8 + bytes.length);
    this.#setU64(start, bytes.length);
    this.#bytes.set(bytes, start + 8);
  }

  #setU64(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
    this.#view.setUint32(at + 4, 0, true);
  }

  // Where `count` new bytes start, all 0.
  #take(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      this.#bytes = doubled(this.#bytes, this.#length);
      this.#view = new DataView(this.#bytes.buffer);
    }
    return start;
  }
}
