// Puts learnt pieces, meta pieces and specs together into the model file's message, as the reference serializes it.
// A spec field is present when its option was given, whatever its value: that is how the reference's library writes.
// Spec: TrainerInterface::Serialize of trainer_interface.cc.

import { counted } from '../../core/counted.ts';
import { type NormalizerSpec, PIECE_TYPE } from '../../core/model.ts';
import { OptionError } from '../../errors.ts';
import type { SentencePieceParts } from '../../formats/sentencepiece/document.ts';
import { buildMetaPieces } from '../data/meta-pieces.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';

type TrainerSpec = NonNullable<SentencePieceParts['trainerSpec']>;
type NormalizerFields = NonNullable<SentencePieceParts['normalizerSpec']>;

/** Options that are fields of the trainer spec under the same name. */
const TRAINER_SPEC_OPTIONS = [
  'input',
  'modelPrefix',
  'modelType',
  'vocabSize',
  'acceptLanguage',
  'selfTestSampleSize',
  'inputFormat',
  'characterCoverage',
  'inputSentenceSize',
  'seedSentencepieceSize',
  'shrinkingFactor',
  'numThreads',
  'numSubIterations',
  'maxSentenceLength',
  'shuffleInputSentence',
  'maxSentencepieceLength',
  'splitByUnicodeScript',
  'splitByWhitespace',
  'splitByNumber',
  'treatWhitespaceAsSuffix',
  'splitDigits',
  'allowWhitespaceOnlyPieces',
  'controlSymbols',
  'userDefinedSymbols',
  'vocabularyOutputPieceScore',
  'hardVocabLimit',
  'byteFallback',
  'requiredChars',
  'unkId',
  'bosId',
  'eosId',
  'padId',
  'unkSurface',
  'unkPiece',
  'bosPiece',
  'eosPiece',
  'padPiece',
  'trainExtremelyLargeCorpus',
  'pretokenizationDelimiter',
] as const satisfies readonly (keyof ResolvedTrainOptions & keyof TrainerSpec)[];

/** Normalizer options that are fields of the spec under the same name. */
const NORMALIZER_SPEC_OPTIONS = ['addDummyPrefix', 'removeExtraWhitespaces', 'escapeWhitespaces'] as const;

/** What {@link assembleModel} puts together. */
export interface ModelParts {
  readonly options: ResolvedTrainOptions;
  readonly normalizer: NormalizerSpec;
  /** Compiled rules for decoded text; empty when there are none. */
  readonly denormalizerCharsmap: Uint8Array;
  /** Learnt pieces in the order of their ids. */
  readonly pieces: readonly string[];
  /** `[pieces.length]` */
  readonly scores: Float32Array;
}

/**
 * Builds the model.
 *
 * @throws OptionError when there are fewer pieces than `vocabSize` and `hardVocabLimit` is set, naming the size that is
 *   possible, or when a learnt piece is also a meta piece.
 */
export function assembleModel({
  options,
  normalizer,
  denormalizerCharsmap,
  pieces,
  scores,
}: ModelParts): SentencePieceParts {
  const columns = placePieces(options, pieces, scores);
  const trainerSpec = buildTrainerSpec(options);
  if (!options.hardVocabLimit) trainerSpec.vocabSize = columns.pieces.length;
  const parts = { ...columns, trainerSpec, normalizerSpec: buildNormalizerFields(options, normalizer) };
  if (options.denormalizationRuleTsv === '') return parts;
  const denormalizerSpec = {
    name: 'user_defined',
    precompiledCharsmap: denormalizerCharsmap,
    addDummyPrefix: false,
    removeExtraWhitespaces: false,
    escapeWhitespaces: false,
    ...(options.denormalizationRuleFile === '' ? {} : { normalizationRuleTsv: options.denormalizationRuleFile }),
  };
  return { ...parts, denormalizerSpec };
}

/** Meta pieces at their ids, learnt pieces on the ids between and behind them. */
function placePieces(
  options: ResolvedTrainOptions,
  pieces: readonly string[],
  scores: Float32Array,
): Pick<SentencePieceParts, 'pieces' | 'pieceScores' | 'pieceTypes'> {
  const metaPieces = buildMetaPieces(options);
  const size = metaPieces.size + pieces.length;
  if (size < options.vocabSize && options.hardVocabLimit) {
    throw new OptionError(
      `vocabSize ${options.vocabSize} is too large for this corpus: it gives ${counted(size, 'piece')} at most`,
      { hint: `Set vocabSize to ${size} or less, set hardVocabLimit to false, or train on more text.` },
    );
  }
  const placed: string[] = [];
  const pieceScores = new Float32Array(size);
  const pieceTypes = new Uint8Array(size).fill(PIECE_TYPE.normal);
  const known = new Set<string>();
  let learnt = 0;
  while (placed.length < size) {
    const meta = metaPieces.get(placed.length);
    if (!meta && learnt === pieces.length) {
      const next = [...metaPieces.keys()].find((id) => id > placed.length);
      throw new OptionError(`id ${next} is reserved, but the vocabulary ends at id ${placed.length - 1}`, {
        hint: 'Give unk, bos, eos and pad lower ids, or train on more text.',
      });
    }
    const piece = meta ? meta.piece : pieces[learnt]!;
    if (known.has(piece)) {
      throw new OptionError(`piece "${piece}" was learnt, but is also a symbol`, {
        hint: 'Take its characters out of requiredChars, or the symbol out of the options.',
      });
    }
    known.add(piece);
    if (meta) pieceTypes[placed.length] = meta.type;
    else pieceScores[placed.length] = scores[learnt++]!;
    placed.push(piece);
  }
  return { pieces: placed, pieceScores, pieceTypes };
}

function buildTrainerSpec(options: ResolvedTrainOptions): TrainerSpec {
  const spec: Record<string, unknown> = {};
  for (const name of TRAINER_SPEC_OPTIONS) {
    const value = options[name];
    // Repeated fields have no presence: an empty list is no field.
    if (!options.given.has(name) || (Array.isArray(value) && value.length === 0)) continue;
    spec[name] = Array.isArray(value) ? [...value] : value;
  }
  return spec as TrainerSpec;
}

function buildNormalizerFields(options: ResolvedTrainOptions, normalizer: NormalizerSpec): NormalizerFields {
  const spec: NormalizerFields = { name: normalizer.name, precompiledCharsmap: normalizer.precompiledCharsmap };
  for (const name of NORMALIZER_SPEC_OPTIONS) if (options.given.has(name)) spec[name] = normalizer[name];
  if (options.normalizationRuleFile !== '') spec.normalizationRuleTsv = options.normalizationRuleFile;
  return spec;
}
