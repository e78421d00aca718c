// The training options: SentencePiece's trainer_spec and normalizer_spec fields in camelCase, with their defaults. All that
// the result depends on is here, and nothing else: what training runs with is runtime/train-runtime.ts. It checks nothing;
// resolve-options.ts does. It does not read files or flags; the command line translates those.
// Spec: sentencepiece_model.proto, with the defaults of its TrainerSpec.

import { DEFAULT_UNK_SURFACE } from '../../core/model.ts';

/** {@link TrainOptions} with every default filled in and every range checked. */
export interface ResolvedTrainOptions {
  /** Names written to `trainer_spec.input`; nothing is read from them. */
  readonly input: readonly string[];
  /** `tsv`: the corpus is `sentence<tab>count` lines; sentences given as objects are already parsed. */
  readonly inputFormat: '' | 'text' | 'tsv';
  /** Written to `trainer_spec.model_prefix`. */
  readonly modelPrefix: string;
  readonly modelType: 'unigram' | 'bpe';
  readonly vocabSize: number;
  readonly acceptLanguage: readonly string[];
  readonly selfTestSampleSize: number;
  /** Share of the characters of the corpus that the alphabet must cover, 0.98..1; the rest becomes unknown. */
  readonly characterCoverage: number;
  /** Sentences to train on; 0 takes all. */
  readonly inputSentenceSize: number;
  /** Sample `inputSentenceSize` sentences from the whole corpus instead of taking the first ones. */
  readonly shuffleInputSentence: boolean;
  readonly seedSentencepieceSize: number;
  readonly shrinkingFactor: number;
  /** Longer lines are dropped; UTF-8 bytes. */
  readonly maxSentenceLength: number;
  /** Threads at most, and noted in the model as spm_train does; nothing else of the model depends on it. */
  readonly numThreads: number;
  /** Threads at most, not noted anywhere: the same bytes for any number. 0: as `numThreads` says. */
  readonly threads: number;
  readonly numSubIterations: number;
  /** Code points. */
  readonly maxSentencepieceLength: number;
  readonly splitByUnicodeScript: boolean;
  readonly splitByNumber: boolean;
  readonly splitByWhitespace: boolean;
  readonly treatWhitespaceAsSuffix: boolean;
  readonly allowWhitespaceOnlyPieces: boolean;
  readonly splitDigits: boolean;
  /** No piece crosses this text; the text itself is ignored. Empty: none. */
  readonly pretokenizationDelimiter: string;
  readonly controlSymbols: readonly string[];
  readonly userDefinedSymbols: readonly string[];
  /** Each character of it is in the alphabet whatever the coverage. */
  readonly requiredChars: string;
  readonly byteFallback: boolean;
  /**
   * Texts that are pieces of the result, and come out of encoding their own text. They may break the rules of shape
   * (length, scripts, digits); a space in them is `▁`. Their characters join the alphabet. See include-pieces.ts.
   */
  readonly mustInclude: readonly string[];
  /** Texts that are no piece, exactly; one of a single character is left out of the alphabet. */
  readonly exclude: readonly string[];
  /** Documents (`WeightedSentence.document`) in which a piece must occur; characters need none. 1: no threshold. */
  readonly minDocumentFrequency: number;
  readonly vocabularyOutputPieceScore: boolean;
  /** Fail when fewer than `vocabSize` pieces can be had. */
  readonly hardVocabLimit: boolean;
  readonly unkId: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  readonly unkPiece: string;
  readonly bosPiece: string;
  readonly eosPiece: string;
  readonly padPiece: string;
  readonly unkSurface: string;
  readonly trainExtremelyLargeCorpus: boolean;
  /** Name written to `normalizer_spec.normalization_rule_tsv`; nothing is read from it. */
  readonly normalizationRuleFile: string;
  /** Name written to `denormalizer_spec.normalization_rule_tsv`; nothing is read from it. */
  readonly denormalizationRuleFile: string;
  /** `identity`, `nfkc`, `nmt_nfkc`, `nfkc_cf` or `nmt_nfkc_cf`; only a label when `precompiledCharsmap` is given. */
  readonly normalizationRuleName: string;
  /** Compiled rules instead of the named ones. */
  readonly precompiledCharsmap: Uint8Array | undefined;
  /** Text (not the path) of a rules file, `source hex<tab>target hex` a line; the rules are named `user_defined`. */
  readonly normalizationRuleTsv: string;
  /** Text of a rules file that is applied to decoded text. */
  readonly denormalizationRuleTsv: string;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
  /** Names of the options that were given; the specs of the model hold these and no other, as the reference writes. */
  readonly given: ReadonlySet<string>;
}

/**
 * Options of training, SentencePiece's names and defaults in camelCase; see {@link ResolvedTrainOptions} for each.
 *
 * @example
 * ```ts
 * const options: TrainOptions = { modelType: 'bpe', vocabSize: 4000, characterCoverage: 0.9995 };
 * ```
 */
export type TrainOptions = {
  readonly [K in Exclude<keyof ResolvedTrainOptions, 'given'>]?: ResolvedTrainOptions[K] | undefined;
};

/** The reference's defaults (sentencepiece_model.proto). */
export const DEFAULT_TRAIN_OPTIONS: ResolvedTrainOptions = {
  input: [],
  inputFormat: '',
  modelPrefix: '',
  modelType: 'unigram',
  vocabSize: 8000,
  acceptLanguage: [],
  selfTestSampleSize: 0,
  characterCoverage: 0.9995,
  inputSentenceSize: 0,
  shuffleInputSentence: true,
  seedSentencepieceSize: 1_000_000,
  shrinkingFactor: 0.75,
  maxSentenceLength: 4192,
  numThreads: 16,
  threads: 0,
  numSubIterations: 2,
  maxSentencepieceLength: 16,
  splitByUnicodeScript: true,
  splitByNumber: true,
  splitByWhitespace: true,
  treatWhitespaceAsSuffix: false,
  allowWhitespaceOnlyPieces: false,
  splitDigits: false,
  pretokenizationDelimiter: '',
  controlSymbols: [],
  userDefinedSymbols: [],
  requiredChars: '',
  byteFallback: false,
  mustInclude: [],
  exclude: [],
  minDocumentFrequency: 1,
  vocabularyOutputPieceScore: true,
  hardVocabLimit: true,
  unkId: 0,
  bosId: 1,
  eosId: 2,
  padId: -1,
  unkPiece: '<unk>',
  bosPiece: '<s>',
  eosPiece: '</s>',
  padPiece: '<pad>',
  unkSurface: DEFAULT_UNK_SURFACE,
  trainExtremelyLargeCorpus: false,
  normalizationRuleFile: '',
  denormalizationRuleFile: '',
  normalizationRuleName: 'nmt_nfkc',
  precompiledCharsmap: undefined,
  normalizationRuleTsv: '',
  denormalizationRuleTsv: '',
  addDummyPrefix: true,
  removeExtraWhitespaces: true,
  escapeWhitespaces: true,
  given: new Set(),
};
