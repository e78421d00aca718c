// ModelProto <-> the neutral TokenizerModel, with the checks sentencepiece makes when it loads a model.
// It does not look inside the charsmap (the normalizer does) and runs no self-test samples.
// Spec: https://github.com/google/sentencepiece/blob/master/src/model_interface.cc
import {
  DEFAULT_UNK_SURFACE,
  type NormalizerSpec,
  PIECE_TYPE,
  type PieceType,
  SENTENCEPIECE_PIPELINE,
  type TokenizerModel,
} from '../../core/model.ts';
import { isPieceType, validatePieces } from '../validate-pieces.ts';
import type { ModelProto, NormalizerSpecProto, SentencePieceEntry, TrainerSpec } from './fields.ts';
import { type ModelFile, parseModelFile } from './model-file.ts';

/**
 * Builds the neutral model of a parsed `.model` file; absent fields get the schema's defaults.
 *
 * @throws FormatError where sentencepiece refuses to load the model: no pieces, an empty or repeated piece, not exactly
 *   one unknown piece, byte pieces without byte_fallback or fewer than 256 with it
 * @example
 * ```ts
 * const model = modelFromProto({ pieces: [{ piece: '<unk>', type: 2 }, { piece: 'a', score: -1 }] });
 * model.pieces; // ['<unk>', 'a']
 * ```
 */
export function modelFromProto(proto: ModelProto, { source = 'model' } = {}): TokenizerModel {
  return buildModel(createColumns(proto.pieces), proto, source);
}

/**
 * The same from a file that was read without an object for each piece.
 *
 * @throws FormatError as {@link modelFromProto}
 */
export function modelFromFile({ run, rest }: ModelFile, { source = 'model' } = {}): TokenizerModel {
  const more = createColumns(rest.pieces);
  const columns: Columns = {
    pieces: run.pieces.concat(more.pieces),
    pieceScores: new Float32Array(run.pieces.length + more.pieces.length),
    pieceTypes: new Uint8Array(run.pieces.length + more.pieces.length),
  };
  columns.pieceScores.set(run.scores);
  columns.pieceScores.set(more.pieceScores, run.pieces.length);
  for (let id = 0; id < run.pieces.length; id++) columns.pieceTypes[id] = run.types[id]! || PIECE_TYPE.normal;
  columns.pieceTypes.set(more.pieceTypes, run.pieces.length);
  return buildModel(columns, rest, source);
}

/**
 * The neutral model of a `.model` file: the shortest way from bytes to `createTokenizer`.
 *
 * @throws FormatError as `parseModelProto` and {@link modelFromProto}
 * @example
 * ```ts
 * const tokenizer = createTokenizer(parseTokenizerModel(await readFile('tokenizer.model')));
 * ```
 */
export function parseTokenizerModel(bytes: Uint8Array, options: { readonly source?: string } = {}): TokenizerModel {
  return modelFromFile(parseModelFile(bytes, options), options);
}

/** Pieces by id, `[vocabSize]` each. */
interface Columns {
  readonly pieces: string[];
  readonly pieceScores: Float32Array;
  readonly pieceTypes: Uint8Array;
}

function createColumns(entries: readonly SentencePieceEntry[]): Columns {
  const pieces: string[] = new Array(entries.length);
  const pieceScores = new Float32Array(entries.length);
  const pieceTypes = new Uint8Array(entries.length);
  for (let id = 0; id < entries.length; id++) {
    const { piece, score = 0, type = PIECE_TYPE.normal } = entries[id]!;
    pieces[id] = piece;
    pieceScores[id] = score;
    pieceTypes[id] = isPieceType(type) ? type : 0;
  }
  return { pieces, pieceScores, pieceTypes };
}

/** `proto` is asked for everything but the pieces. */
function buildModel({ pieces, pieceScores, pieceTypes }: Columns, proto: ModelProto, source: string): TokenizerModel {
  const spec = proto.trainerSpec ?? {};
  const byteFallback = spec.byteFallback ?? false;
  validatePieces({ pieces, pieceTypes, byteFallback, source });
  const denormalizer = proto.denormalizerSpec;
  return {
    ...SENTENCEPIECE_PIPELINE,
    modelType: spec.modelType ?? 'unigram',
    pieces,
    pieceScores,
    pieceTypes,
    normalizer: normalizerFromProto(proto.normalizerSpec ?? {}),
    ...(denormalizer !== undefined && { denormalizer: normalizerFromProto(denormalizer) }),
    byteFallback,
    treatWhitespaceAsSuffix: spec.treatWhitespaceAsSuffix ?? false,
    unkSurface: spec.unkSurface ?? DEFAULT_UNK_SURFACE,
    // An empty name means the default too, as the reference reads it.
    unkPiece: spec.unkPiece || '<unk>',
    bosPiece: spec.bosPiece || '<s>',
    eosPiece: spec.eosPiece || '</s>',
    padPiece: spec.padPiece || '<pad>',
  };
}

/**
 * The reverse of {@link modelFromProto}: a ModelProto that loads as the same model. The neutral model does not know how
 * it was trained, so the trainer spec holds only what encoding and decoding need.
 *
 * @throws FormatError when the model would not load again
 * @example
 * ```ts
 * const model = modelFromTokenizerJson(parseTokenizerJson(text));
 * await writeFile('tokenizer.model', serializeModelProto(protoFromModel(model)));
 * ```
 */
export function protoFromModel(model: TokenizerModel): ModelProto {
  const { pieces, pieceScores, pieceTypes, byteFallback } = model;
  validatePieces({ pieces, pieceTypes, byteFallback, source: 'model' });
  const idOf = (piece: string) => pieces.indexOf(piece);
  const ofType = (type: PieceType, except: readonly string[] = []) =>
    pieces.filter((piece, id) => pieceTypes[id] === type && !except.includes(piece));
  const controlSymbols = ofType(PIECE_TYPE.control, [model.bosPiece, model.eosPiece, model.padPiece]);
  const userDefinedSymbols = ofType(PIECE_TYPE.userDefined);
  const trainerSpec: TrainerSpec = {
    modelType: model.modelType,
    vocabSize: pieces.length,
    treatWhitespaceAsSuffix: model.treatWhitespaceAsSuffix,
    ...(controlSymbols.length > 0 && { controlSymbols }),
    ...(userDefinedSymbols.length > 0 && { userDefinedSymbols }),
    byteFallback,
    unkId: pieceTypes.indexOf(PIECE_TYPE.unknown),
    bosId: idOf(model.bosPiece),
    eosId: idOf(model.eosPiece),
    padId: idOf(model.padPiece),
    unkSurface: model.unkSurface,
    unkPiece: model.unkPiece,
    bosPiece: model.bosPiece,
    eosPiece: model.eosPiece,
    padPiece: model.padPiece,
  };
  return {
    pieces: pieces.map((piece, id) => entryOf(piece, pieceScores[id]!, pieceTypes[id] as PieceType)),
    trainerSpec,
    normalizerSpec: { ...model.normalizer },
    ...(model.denormalizer !== undefined && { denormalizerSpec: { ...model.denormalizer } }),
  };
}

function normalizerFromProto(spec: NormalizerSpecProto): NormalizerSpec {
  return {
    name: spec.name ?? '',
    precompiledCharsmap: spec.precompiledCharsmap ?? new Uint8Array(0),
    addDummyPrefix: spec.addDummyPrefix ?? true,
    removeExtraWhitespaces: spec.removeExtraWhitespaces ?? true,
    escapeWhitespaces: spec.escapeWhitespaces ?? true,
  };
}

/** A piece of the file; a normal one has no explicit type, as in the published files. */
export function entryOf(piece: string, score: number, type: PieceType): SentencePieceEntry {
  return type === PIECE_TYPE.normal ? { piece, score } : { piece, score, type };
}
