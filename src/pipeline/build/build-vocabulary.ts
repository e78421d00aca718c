// The whole job in memory: train an extension on text, merge it into a base, map the rows, compare before and after.
// It opens the corpus through the caller and writes nothing; `files` holds every file of the result.
import type { TokenizerDocument } from '../../formats/tokenizer-document.ts';
import type { MergeOptions } from '../../merge/merge-options.ts';
import type { ComparisonReport } from '../../report/measure/comparison-report.ts';
import type { ExtensionCurve } from '../../report/measure/curve/extension-curve.ts';
import type { Sentences } from '../../train/data/load-training-data.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import type { TrainRuntime } from '../../train/runtime/train-runtime.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import type { Manifest } from '../io/manifest.ts';
import { trainingTextsOf } from '../io/tokenizer-record.ts';
import { trainSentencePiece } from '../threads/training-threads.ts';
import { type BuildReportOptions, buildReport } from './build-report.ts';
import { describeExtension, EXTENSION_FILE, type SwappedPieces } from './extend-vocabulary.ts';
import { type BuiltFiles, finishBuild } from './finish-build.ts';
import type { HeldOutFigures } from './held-out.ts';
import { type MergedFilesOptions, type MergedTokenizer, mergeTokenizers } from './merge-tokenizers.ts';

/** Pieces of the extension that is trained by default, as in the published recipe. */
const DEFAULT_EXTENSION_SIZE = 20_000;

/** What {@link buildVocabulary} has done so far. */
export type BuildStep =
  | { readonly step: 'trained'; readonly extension: TokenizerDocument }
  | { readonly step: 'merged'; readonly merged: MergedTokenizer }
  | { readonly step: 'compared'; readonly report: ComparisonReport };

/** Options of {@link buildVocabulary}. */
export interface BuildVocabularyOptions extends MergeOptions, MergedFilesOptions, BuildReportOptions {
  readonly base: ExtendableTokenizer;
  /** Lines, or texts with counts. */
  readonly sentences: Sentences;
  /** What the sentences are, for the manifest: names of files, or of the embedded table. */
  readonly corpus: readonly string[];
  /** Figures of the corpus for the manifest, asked for after training. */
  readonly corpusStats?: () => unknown;
  /** Options of training; those that are not given follow the base, see {@link extensionTrainOptions}. */
  readonly train?: TrainOptions;
  /** Progress and cancelling of training. */
  readonly runtime?: TrainRuntime;
  /** Name of the result in the report. Default `merged`. */
  readonly name?: string;
  /** For the manifest. Default `build`. */
  readonly command?: string;
  readonly onStep?: (step: BuildStep) => void;
}

/** Result of {@link buildVocabulary}. */
export interface BuiltVocabulary {
  /** The new pieces alone, `extension.model`; see `AppendedPieces`. */
  readonly extension: TokenizerDocument | undefined;
  readonly merged: MergedTokenizer;
  readonly report: ComparisonReport;
  /** Tokens at every size, where pieces are ranked. */
  readonly curve?: ExtensionCurve | undefined;
  /** What left to make places for new pieces, where that was asked for. */
  readonly swapped?: SwappedPieces | undefined;
  /** What was held out of the text for the report, where it was. */
  readonly heldOut?: HeldOutFigures | undefined;
  readonly manifest: Manifest;
  /** Every file of the result by name. */
  readonly files: BuiltFiles;
}

/**
 * Trains, merges, maps rows and compares.
 *
 * @throws OptionError, InputError, FormatError as training, merging and comparing do
 * @example
 * ```ts
 * const built = await buildVocabulary({ base, sentences: await readZhTable(), corpus: ['embedded'], texts });
 * built.files.get('tokenizer.model');
 * ```
 */
export async function buildVocabulary(options: BuildVocabularyOptions): Promise<BuiltVocabulary> {
  const { base, sentences, corpus, corpusStats, name = 'merged', command = 'build', onStep } = options;
  const { baseRows, fillPadding, golden, texts, language, baseShape, onCompareProgress } = options;
  const { preset, scores, types, addTokens, scripts, maxPieceLength, targetSize, padToMultipleOf } = options;
  const { dropUnreachable } = options;
  const sizes = { targetSize, padToMultipleOf };
  const mergeOptions = { preset, scores, types, addTokens, scripts, maxPieceLength, dropUnreachable, ...sizes };

  const trainOptions = extensionTrainOptions(base, options);
  const extension = await trainSentencePiece(sentences, trainOptions, options.runtime);
  onStep?.({ step: 'trained', extension });

  const merged = await mergeTokenizers({
    base,
    extension: extension.model,
    baseRows,
    fillPadding,
    golden,
    ...mergeOptions,
  });
  onStep?.({ step: 'merged', merged });

  const stats = corpusStats?.();
  const { report, files } = await buildReport({
    base,
    merged,
    name,
    texts,
    language,
    baseShape,
    onCompareProgress,
    trainedOn: trainingTextsOf(stats),
  });
  onStep?.({ step: 'compared', report });

  // The rules themselves are in extension.model; their name is recorded.
  const { precompiledCharsmap: _, ...recordedTraining } = trainOptions;
  const finished = finishBuild({
    command,
    base,
    extension: { ...describeExtension(extension), training: { corpus, stats, options: recordedTraining } },
    options: { ...mergeOptions, baseRows, fillPadding },
    merged,
    more: [[EXTENSION_FILE, extension.bytes], ...files],
  });
  return { extension, merged, report, ...finished };
}

/**
 * Training options of an extension: the base's own normalization and digit rule, so that no piece is learnt that the
 * merged tokenizer's text can never match, and no dummy prefix, so that pieces do not differ by where a line starts.
 */
function extensionTrainOptions(
  base: ExtendableTokenizer,
  { train = {}, preset }: Pick<BuildVocabularyOptions, 'train' | 'preset'>,
): TrainOptions {
  const { normalizer } = base.model;
  const follows: TrainOptions =
    train.normalizationRuleName === undefined && train.normalizationRuleTsv === undefined
      ? {
          normalizationRuleName: normalizer.name || 'identity',
          ...(normalizer.precompiledCharsmap.length > 0 && { precompiledCharsmap: normalizer.precompiledCharsmap }),
        }
      : {};
  return {
    modelType: preset === 'belle' ? 'bpe' : 'unigram',
    vocabSize: DEFAULT_EXTENSION_SIZE,
    characterCoverage: 0.9995,
    splitDigits: base.document.training.splitDigits,
    addDummyPrefix: false,
    removeExtraWhitespaces: normalizer.removeExtraWhitespaces,
    ...follows,
    ...Object.fromEntries(Object.entries(train).filter(([, value]) => value !== undefined)),
  };
}
