// The messages of sentencepiece_model.proto as TypeScript types and as tables of fields, in number order.
// No reading or writing here: model-file.ts does both from these tables. Field names are the schema's, in camelCase.
// Spec: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto (0.2.1; 0.2.2 adds no field)
import type { ModelType, PieceType } from '../../core/model.ts';

/** Fields the schema does not know (extensions, later versions) or cannot hold, as raw bytes with their tags. */
export interface UnknownFields {
  unknownFields?: Uint8Array;
}

/** `ModelProto.SentencePiece`. What is absent in the file is absent here: score then means 0, type means normal. */
export interface SentencePieceEntry extends UnknownFields {
  piece: string;
  score?: number;
  type?: PieceType;
}

/** `TrainerSpec`: how the model was trained, its special pieces and its fallbacks. Absent fields have proto defaults. */
export interface TrainerSpec extends UnknownFields {
  input?: string[];
  modelPrefix?: string;
  modelType?: ModelType;
  vocabSize?: number;
  acceptLanguage?: string[];
  selfTestSampleSize?: number;
  inputFormat?: string;
  characterCoverage?: number;
  inputSentenceSize?: number;
  /** Deprecated in the schema. */
  miningSentenceSize?: number;
  /** Deprecated in the schema. */
  trainingSentenceSize?: number;
  seedSentencepieceSize?: number;
  shrinkingFactor?: number;
  numThreads?: number;
  numSubIterations?: number;
  maxSentenceLength?: number;
  shuffleInputSentence?: boolean;
  maxSentencepieceLength?: number;
  splitByUnicodeScript?: boolean;
  splitByWhitespace?: boolean;
  splitByNumber?: boolean;
  treatWhitespaceAsSuffix?: boolean;
  splitDigits?: boolean;
  allowWhitespaceOnlyPieces?: boolean;
  controlSymbols?: string[];
  userDefinedSymbols?: string[];
  vocabularyOutputPieceScore?: boolean;
  hardVocabLimit?: boolean;
  useAllVocab?: boolean;
  byteFallback?: boolean;
  requiredChars?: string;
  unkId?: number;
  bosId?: number;
  eosId?: number;
  padId?: number;
  unkSurface?: string;
  unkPiece?: string;
  bosPiece?: string;
  eosPiece?: string;
  padPiece?: string;
  trainExtremelyLargeCorpus?: boolean;
  enableDifferentialPrivacy?: boolean;
  differentialPrivacyNoiseLevel?: number;
  differentialPrivacyClippingThreshold?: number;
  pretokenizationDelimiter?: string;
  seedSentencepiecesFile?: string;
}

/** `NormalizerSpec`, with the presence of each field. */
export interface NormalizerSpecProto extends UnknownFields {
  name?: string;
  precompiledCharsmap?: Uint8Array;
  addDummyPrefix?: boolean;
  removeExtraWhitespaces?: boolean;
  escapeWhitespaces?: boolean;
  normalizationRuleTsv?: string;
}

/** `SelfTestData.Sample`: a text and the pieces it must encode to, joined by spaces. */
export interface SelfTestSample extends UnknownFields {
  input?: string;
  expected?: string;
}

/** `SelfTestData`. */
export interface SelfTestData extends UnknownFields {
  samples?: SelfTestSample[];
}

/** `ModelProto`, the whole of a `.model` file. The index of a piece is its token id. */
export interface ModelProto extends UnknownFields {
  pieces: SentencePieceEntry[];
  trainerSpec?: TrainerSpec;
  normalizerSpec?: NormalizerSpecProto;
  selfTestData?: SelfTestData;
  denormalizerSpec?: NormalizerSpecProto;
}

/** How a field's value is written. `pieceType` and `modelType` are enums; the rest is named as in the schema. */
export type FieldKind =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int32'
  | 'uint64'
  | 'float'
  | 'modelType'
  | 'pieceType'
  | 'message';

/** One field of a message. */
export interface Field {
  readonly number: number;
  readonly key: string;
  readonly kind: FieldKind;
  readonly repeated: boolean;
  /** Table of the nested message when `kind` is `message`. */
  readonly schema: MessageSchema | undefined;
  /** Invalid UTF-8 is an error here; elsewhere such a string is kept as an unknown field. */
  readonly strict: boolean;
}

/** One message: its fields in number order, and the same fields by number. */
export interface MessageSchema {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

/** Wire values of `TrainerSpec.ModelType`. */
export const MODEL_TYPE_NUMBER: { readonly [K in ModelType]: number } = { unigram: 1, bpe: 2, word: 3, char: 4 };

interface FieldOptions {
  readonly repeated?: boolean;
  readonly schema?: MessageSchema;
  readonly strict?: boolean;
}

// Keyed by the interface, so that a field without a row in the table does not compile.
type FieldRows<T> = {
  readonly [K in Exclude<keyof T, 'unknownFields'>]-?: readonly [
    number: number,
    kind: FieldKind,
    options?: FieldOptions,
  ];
};

function messageSchema<T>(name: string, rows: FieldRows<T>): MessageSchema {
  const fields: Field[] = [];
  for (const key in rows) {
    const [number, kind, options = {}] = rows[key as keyof FieldRows<T>];
    const { repeated = false, schema, strict = false } = options;
    fields.push({ number, key, kind, repeated, schema, strict });
  }
  fields.sort((a, b) => a.number - b.number);
  return { name, fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
}

const REPEATED: FieldOptions = { repeated: true };

/** Table of {@link SentencePieceEntry}. */
export const SENTENCE_PIECE_SCHEMA: MessageSchema = messageSchema<SentencePieceEntry>('SentencePiece', {
  piece: [1, 'string', { strict: true }],
  score: [2, 'float'],
  type: [3, 'pieceType'],
});

/** Table of {@link TrainerSpec}. */
const TRAINER_SPEC_SCHEMA: MessageSchema = messageSchema<TrainerSpec>('TrainerSpec', {
  input: [1, 'string', REPEATED],
  modelPrefix: [2, 'string'],
  modelType: [3, 'modelType'],
  vocabSize: [4, 'int32'],
  acceptLanguage: [5, 'string', REPEATED],
  selfTestSampleSize: [6, 'int32'],
  inputFormat: [7, 'string'],
  characterCoverage: [10, 'float'],
  inputSentenceSize: [11, 'uint64'],
  miningSentenceSize: [12, 'int32'],
  trainingSentenceSize: [13, 'int32'],
  seedSentencepieceSize: [14, 'int32'],
  shrinkingFactor: [15, 'float'],
  numThreads: [16, 'int32'],
  numSubIterations: [17, 'int32'],
  maxSentenceLength: [18, 'int32'],
  shuffleInputSentence: [19, 'bool'],
  maxSentencepieceLength: [20, 'int32'],
  splitByUnicodeScript: [21, 'bool'],
  splitByWhitespace: [22, 'bool'],
  splitByNumber: [23, 'bool'],
  treatWhitespaceAsSuffix: [24, 'bool'],
  splitDigits: [25, 'bool'],
  allowWhitespaceOnlyPieces: [26, 'bool'],
  controlSymbols: [30, 'string', REPEATED],
  userDefinedSymbols: [31, 'string', REPEATED],
  vocabularyOutputPieceScore: [32, 'bool'],
  hardVocabLimit: [33, 'bool'],
  useAllVocab: [34, 'bool'],
  byteFallback: [35, 'bool'],
  requiredChars: [36, 'string'],
  unkId: [40, 'int32'],
  bosId: [41, 'int32'],
  eosId: [42, 'int32'],
  padId: [43, 'int32'],
  unkSurface: [44, 'string'],
  unkPiece: [45, 'string'],
  bosPiece: [46, 'string'],
  eosPiece: [47, 'string'],
  padPiece: [48, 'string'],
  trainExtremelyLargeCorpus: [49, 'bool'],
  enableDifferentialPrivacy: [50, 'bool'],
  differentialPrivacyNoiseLevel: [51, 'float'],
  differentialPrivacyClippingThreshold: [52, 'uint64'],
  pretokenizationDelimiter: [53, 'string'],
  seedSentencepiecesFile: [54, 'string'],
});

/** Table of {@link NormalizerSpecProto}. */
const NORMALIZER_SPEC_SCHEMA: MessageSchema = messageSchema<NormalizerSpecProto>('NormalizerSpec', {
  name: [1, 'string'],
  precompiledCharsmap: [2, 'bytes'],
  addDummyPrefix: [3, 'bool'],
  removeExtraWhitespaces: [4, 'bool'],
  escapeWhitespaces: [5, 'bool'],
  normalizationRuleTsv: [6, 'string'],
});

const SELF_TEST_SAMPLE_SCHEMA = messageSchema<SelfTestSample>('SelfTestData.Sample', {
  input: [1, 'string'],
  expected: [2, 'string'],
});

const SELF_TEST_DATA_SCHEMA = messageSchema<SelfTestData>('SelfTestData', {
  samples: [1, 'message', { repeated: true, schema: SELF_TEST_SAMPLE_SCHEMA }],
});

/** Table of {@link ModelProto}. */
export const MODEL_PROTO_SCHEMA: MessageSchema = messageSchema<ModelProto>('ModelProto', {
  pieces: [1, 'message', { repeated: true, schema: SENTENCE_PIECE_SCHEMA }],
  trainerSpec: [2, 'message', { schema: TRAINER_SPEC_SCHEMA }],
  normalizerSpec: [3, 'message', { schema: NORMALIZER_SPEC_SCHEMA }],
  selfTestData: [4, 'message', { schema: SELF_TEST_DATA_SCHEMA }],
  denormalizerSpec: [5, 'message', { schema: NORMALIZER_SPEC_SCHEMA }],
});
