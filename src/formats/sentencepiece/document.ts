// A SentencePiece model with the files beside it, as the document that takes up patches: the only way from outside this
// folder to a .model file. Fields that nobody knows, the order of fields and absent fields come out as they were read.
// The files for transformers are made by tokenizer-json/, from the base's own where it has them.
// Spec: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto

import { counted } from '../../core/counted.ts';
import { type AddedToken, PIECE_TYPE, type PieceType, type TokenizerModel } from '../../core/model.ts';
import { findTiedPieces, isEmptyPatch, newIdsOf, type VocabularyPatch } from '../../core/patch.ts';
import { FormatError } from '../../errors.ts';
import { addedTokensOfConfig } from '../added-token.ts';
import { CHAT_TEMPLATES, type CompanionFiles, parseCompanion, readAddedTokens } from '../companion-files.ts';
import type { SkippedFile, TokenizerDocument } from '../tokenizer-document.ts';
import {
  buildSpecialTokensMap,
  buildTokenizerConfig,
  tokenizerJsonOptions,
} from '../tokenizer-json/tokenizer-config.ts';
import {
  buildTokenizerJson,
  parseCompanionTokenizerJson,
  serializeTokenizerJson,
  type TokenizerJson,
} from '../tokenizer-json/tokenizer-json.ts';
import type { ModelProto, NormalizerSpecProto, SelfTestSample, TrainerSpec } from './fields.ts';
import { type ModelFile, parseModelFile, protoFromFile, serializeModelProto } from './model-file.ts';
import { entryOf, modelFromFile, protoFromModel } from './model-from-proto.ts';
import { EMPTY_RUN } from './piece-run.ts';
import { buildVocabFile } from './vocab-file.ts';

/** A document whose vocabulary is a `.model` file. */
export interface SentencePieceDocument extends TokenizerDocument {
  apply(patch: VocabularyPatch): SentencePieceDocument;
  readonly keep: (ids: ArrayLike<number>) => SentencePieceDocument;
  readonly rescore: (pieceScores: Float32Array) => SentencePieceDocument;
  readonly buildExtension: (pieces: readonly string[]) => SentencePieceDocument;
  /** The `.model` file. */
  readonly bytes: Uint8Array;
  /**
   * The document with the files that lie beside it: what they say is carried on.
   * @throws FormatError when one of them is damaged
   */
  withCompanions(companions: CompanionFiles): SentencePieceDocument;
  /** Text of the `.vocab` file that spm_train writes beside it, one line a piece. */
  vocabText(): string;
}

/** Options of {@link parseSentencePiece} and {@link buildSentencePiece}. */
export interface SentencePieceOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
}

/**
 * Reads a `.model` file.
 *
 * @param bytes the whole file
 * @throws FormatError when the file is damaged or of another kind, or sentencepiece would not load it
 * @example
 * ```ts
 * const base = parseSentencePiece(await readFile('tokenizer.model'));
 * const { patch } = mergeVocab({ base: base.model, extension });
 * const merged = base.apply(patch);
 * for (const [name, content] of merged.files()) await writeFile(name, content);
 * ```
 */
export function parseSentencePiece(bytes: Uint8Array, options: SentencePieceOptions = {}): SentencePieceDocument {
  const { source = 'model' } = options;
  const file = parseModelFile(bytes, { source });
  checkComplete(file, bytes, source);
  return createDocument({ file, bytes, model: modelFromFile(file, { source }), companions: openCompanions(source) });
}

/**
 * The document of a model that comes from elsewhere, such as a tokenizer.json. How it was trained is not known, so that the
 * `.model` file holds only what encoding and decoding need.
 *
 * @throws FormatError when sentencepiece would not load it
 * @example
 * ```ts
 * const model = modelFromTokenizerJson(parseTokenizerJson(text));
 * await writeFile('tokenizer.model', buildSentencePiece(model).bytes);
 * ```
 */
export function buildSentencePiece(model: TokenizerModel, options: SentencePieceOptions = {}): SentencePieceDocument {
  const { source = 'model' } = options;
  return createDocument({ file: fileOf(protoFromModel(model)), companions: openCompanions(source) });
}

/** The `model_prefix` that a `.model` file was trained under; `undefined` for a file that says none, or is none. */
export function modelPrefixOf(bytes: Uint8Array): string | undefined {
  try {
    return parseModelFile(bytes).rest.trainerSpec?.modelPrefix;
  } catch {
    return undefined;
  }
}

/** What a `.model` file is made of; the arrays are parallel, `[vocabSize]`. Absent fields stay absent. */
export interface SentencePieceParts extends Pick<TokenizerModel, 'pieces' | 'pieceScores' | 'pieceTypes'> {
  readonly trainerSpec?: TrainerSpec;
  readonly normalizerSpec?: NormalizerSpecProto;
  readonly denormalizerSpec?: NormalizerSpecProto;
  readonly selfTestSamples?: readonly SelfTestSample[];
}

/** A new document, as trainers make it. */
export function assembleSentencePiece(parts: SentencePieceParts): SentencePieceDocument {
  const { pieces, pieceScores, pieceTypes, selfTestSamples, ...specs } = parts;
  const proto: ModelProto = {
    ...specs,
    pieces: pieces.map((piece, id) => entryOf(piece, pieceScores[id]!, pieceTypes[id] as PieceType)),
    ...(selfTestSamples !== undefined && { selfTestData: { samples: [...selfTestSamples] } }),
  };
  return createDocument({ file: fileOf(proto), companions: openCompanions('model') });
}

function fileOf(proto: ModelProto): ModelFile {
  return { run: EMPTY_RUN, rest: proto };
}

// A file that is cut off between two pieces parses. Every trainer writes both specs, behind the pieces.
function checkComplete({ run, rest }: ModelFile, bytes: Uint8Array, source: string): void {
  if (rest.trainerSpec !== undefined || rest.normalizerSpec !== undefined) return;
  throw new FormatError(
    `${source}: ends at byte ${bytes.length}, after ${counted(run.pieces.length + rest.pieces.length, 'piece')}, without trainer_spec and normalizer_spec`,
    { hint: 'The file is cut off: download or copy it again.' },
  );
}

/** The files beside a model, opened: what is damaged is found before anything is made of them. */
interface Companions {
  readonly source: string;
  readonly files: CompanionFiles;
  readonly config: Record<string, unknown> | undefined;
  readonly specials: Record<string, unknown> | undefined;
  readonly json: TokenizerJson | undefined;
}

function openCompanions(source: string, files: CompanionFiles = new Map()): Companions {
  return {
    source,
    files,
    config: parseCompanion(files, 'tokenizer_config.json', source),
    specials: parseCompanion(files, 'special_tokens_map.json', source),
    json: parseCompanionTokenizerJson(files, source),
  };
}

/** What happened to a document since its files were read. */
interface Changes {
  /** Ids behind the vocabulary have become ids of new pieces. */
  readonly isExtended: boolean;
  readonly addedTokens: readonly AddedToken[];
  /** New pieces tie in score, see {@link findTiedPieces}. */
  readonly hasTies: boolean;
}

interface Parts {
  readonly file: ModelFile;
  /** The file as it was read. */
  readonly bytes?: Uint8Array;
  /** Made on first use otherwise. */
  readonly model?: TokenizerModel;
  readonly companions: Companions;
  /** Absent while the files are as they were read. */
  readonly changes?: Changes;
}

function createDocument(parts: Parts): SentencePieceDocument {
  const { file, companions, changes } = parts;
  const { trainerSpec, selfTestData } = file.rest;
  let { bytes, model } = parts;
  let made: ReturnType<typeof makeFiles> | undefined;
  const makeOnce = () => (made ??= makeFiles(document, companions, changes));
  const document: SentencePieceDocument = {
    get model() {
      model ??= modelFromFile(file, { source: companions.source });
      return model;
    },
    get bytes() {
      bytes ??= serializeModelProto(protoFromFile(file));
      return bytes;
    },
    get vocabularyFile() {
      return { name: 'tokenizer.model', bytes: document.bytes };
    },
    training: {
      splitDigits: trainerSpec?.splitDigits ?? false,
      vocabSize: trainerSpec?.vocabSize,
      selfTestSamples: selfTestData?.samples?.length ?? 0,
    },
    get skipped() {
      return makeOnce().skipped;
    },
    apply(patch) {
      if (isEmptyPatch(patch)) return document;
      const extended = fileOf(putPieces(protoFromFile(file), patch));
      return createDocument({
        file: extended,
        model: modelFromFile(extended, { source: companions.source }),
        companions,
        changes: {
          isExtended: true,
          addedTokens: [...(changes?.addedTokens ?? []), ...patch.addedTokens],
          hasTies: (changes?.hasTies ?? false) || hasTies(document.model, patch),
        },
      });
    },
    keep(ids) {
      checkKept(document.model, companions, ids);
      const kept = fileOf(keepEntries(protoFromFile(file), ids));
      return createDocument({
        file: kept,
        model: modelFromFile(kept, { source: companions.source }),
        companions,
        changes: { addedTokens: [], hasTies: false, ...changes, isExtended: true },
      });
    },
    rescore(pieceScores) {
      const { selfTestData: _, ...proto } = protoFromFile(file);
      if (pieceScores.length !== proto.pieces.length) {
        throw new FormatError(`${counted(pieceScores.length, 'score')} for ${counted(proto.pieces.length, 'piece')}`);
      }
      const pieces = proto.pieces.map((entry, id) => {
        const [before, score] = [entry.score ?? 0, pieceScores[id]!];
        const isSame = before === score || (Number.isNaN(before) && Number.isNaN(score));
        return isSame ? entry : { ...entry, score };
      });
      if (pieces.every((entry, id) => entry === proto.pieces[id])) return document;
      return createDocument({
        file: fileOf({ ...proto, pieces }),
        companions,
        changes: { isExtended: false, addedTokens: [], ...changes, hasTies: false },
      });
    },
    withCompanions: (files) => createDocument({ ...parts, companions: openCompanions(companions.source, files) }),
    buildExtension: (pieces) => buildExtension(pieces, file.rest),
    files: () => makeOnce().files,
    vocabText: () => buildVocabFile(protoFromFile(file)),
  };
  return document;
}

// New pieces stand behind the others, or in the places of pieces that leave: there are no ids without a piece.
function putPieces({ selfTestData, ...proto }: ModelProto, patch: VocabularyPatch): ModelProto {
  if (patch.merges.length > 0) throw new FormatError('a SentencePiece model ranks merges by scores, it lists none');
  const pieces = [...proto.pieces];
  const empty = new Set(Array.from(patch.removed ?? []));
  for (const { id, piece, score, type } of patch.pieces) {
    if (id !== pieces.length && !empty.has(id)) {
      throw new FormatError(
        `new piece ${JSON.stringify(piece)} has id ${id}, the ids before it end at ${pieces.length - 1}`,
      );
    }
    empty.delete(id);
    pieces[id] = entryOf(piece, score, type);
  }
  for (const id of empty) {
    throw new FormatError(`id ${id} has no new piece, and a SentencePiece model has a piece for every id`);
  }
  // The samples tell how the model split text before, and sentencepiece loads no model that fails them.
  const keepsSamples = patch.pieces.length === 0 && selfTestData !== undefined;
  return { ...proto, pieces, ...(keepsSamples && { selfTestData }) };
}

function keepEntries({ selfTestData: _, ...proto }: ModelProto, ids: ArrayLike<number>): ModelProto {
  const newIds = newIdsOf(proto.pieces.length, ids);
  const pieces = Array.from(ids, (id) => proto.pieces[id]!);
  const trainerSpec = { ...proto.trainerSpec };
  for (const key of ['unkId', 'bosId', 'eosId', 'padId'] as const) {
    const newId = newIds[trainerSpec[key] ?? -1] ?? -1;
    if (newId >= 0) trainerSpec[key] = newId;
  }
  return { ...proto, pieces, ...(proto.trainerSpec && { trainerSpec }) };
}

// Tokens behind the vocabulary have ids that pieces would have to make room for.
function checkKept({ pieces }: TokenizerModel, { source, files, json }: Companions, ids: ArrayLike<number>): void {
  const kept = new Set(Array.from(ids));
  for (const { id, content, file } of readAddedTokens(files, source, json)) {
    if (kept.has(id)) continue;
    const token = `${file} beside ${source}: added token ${JSON.stringify(content)} has the id ${id}`;
    if (id < pieces.length) throw new FormatError(`${token}, which is to leave`, { hint: 'Keep this id.' });
    throw new FormatError(`${token}, behind the ${counted(pieces.length, 'piece')}: it would lose its row`, {
      hint: `Take it out of ${file} and add it to the result again.`,
    });
  }
}

// Added tokens are cut out of text before anything merges.
function hasTies(model: TokenizerModel, { pieces, addedTokens }: VocabularyPatch): boolean {
  const isToken = new Set(addedTokens.map(({ id }) => id));
  const merging = pieces.filter(({ id }) => !isToken.has(id));
  return findTiedPieces(model, merging).length > 0;
}

// SentencePiece loads no model without an unknown piece; a base has its own, so a merge leaves this one out.
function buildExtension(pieces: readonly string[], { trainerSpec, normalizerSpec }: ModelProto): SentencePieceDocument {
  const treatWhitespaceAsSuffix = trainerSpec?.treatWhitespaceAsSuffix ?? false;
  return assembleSentencePiece({
    pieces: ['<unk>', ...pieces],
    pieceScores: Float32Array.from({ length: pieces.length + 1 }, (_, id) => (id === 0 ? 0 : -(id - 1))),
    pieceTypes: Uint8Array.from({ length: pieces.length + 1 }, (_, id) =>
      id === 0 ? PIECE_TYPE.unknown : PIECE_TYPE.normal,
    ),
    trainerSpec: { modelType: 'bpe', vocabSize: pieces.length + 1, treatWhitespaceAsSuffix },
    ...(normalizerSpec && { normalizerSpec }),
  });
}

function makeFiles(
  { model, bytes }: SentencePieceDocument,
  { files: read, config, specials, json }: Companions,
  changes: Changes | undefined,
): { readonly files: ReadonlyMap<string, string | Uint8Array>; readonly skipped: readonly SkippedFile[] } {
  const { isExtended = false, addedTokens: added = [], hasTies = false } = changes ?? {};
  // Tokens behind the vocabulary keep their ids as long as no piece takes them.
  const beyond = addedTokensOfConfig(config).filter(({ id }) => !isExtended && id >= model.pieces.length);
  const addedTokens = [...beyond, ...added];
  const shared = { model, addedTokens };
  const asRead = (name: string) => (changes === undefined ? read.get(name) : undefined);
  const skipped: SkippedFile[] = [];
  const files = new Map<string, string | Uint8Array>([['tokenizer.model', bytes]]);
  try {
    const makeJson = () => buildTokenizerJson(model, { ...tokenizerJsonOptions(config, json), addedTokens });
    files.set('tokenizer.json', asRead('tokenizer.json') ?? serializeTokenizerJson(makeJson()));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    skipped.push({ file: 'tokenizer.json', reason: error.message });
  }
  const makeConfig = () => buildTokenizerConfig({ ...shared, base: config, hasTies });
  const makeSpecials = () => buildSpecialTokensMap({ ...shared, base: specials });
  files.set('tokenizer_config.json', asRead('tokenizer_config.json') ?? print(makeConfig()));
  files.set('special_tokens_map.json', asRead('special_tokens_map.json') ?? print(makeSpecials()));
  for (const name of isExtended ? CHAT_TEMPLATES : ['added_tokens.json', ...CHAT_TEMPLATES]) {
    const text = read.get(name);
    if (text !== undefined) files.set(name, text);
  }
  return { files, skipped };
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
