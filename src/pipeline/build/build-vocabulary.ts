// The whole job in memory: train an extension on text, merge it into a base, map the rows, compare before and after.
// It opens the corpus through the caller and writes nothing; `files` holds every file of the result.
import type { ModelProto } from '../../formats/sentencepiece/fields.ts';
import type { MergeOptions } from '../../merge/merge-options.ts';
import type { ComparisonReport } from '../../report/measure/comparison-report.ts';
import type { Sentences } from '../../train/data/load-training-data.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import type { TrainRuntime } from '../../train/runtime/train-runtime.ts';
import type { LoadedSentencePiece } from '../../vocab/load-tokenizer.ts';
import { buildManifest, type Manifest, serializeManifest } from '../io/manifest.ts';
import { trainingTextsOf } from '../io/tokenizer-record.ts';
import { trainSentencePiece } from '../threads/training-threads.ts';
import { type BuildReportOptions, buildReport } from './build-report.ts';
import { type MergedTokenizer, mergeTokenizers, reparse } from './merge-tokenizers.ts';

/** Pieces of the extension that is trained by default, as in the published recipe. */
export const DEFAULT_EXTENSION_SIZE = 20_000;

/** What {@link buildVocabulary} has done so far. */
export type BuildStep =
  | { readonly step: 'trained'; readonly proto: ModelProto; readonly sha256: string }
  | { readonly step: 'merged'; readonly merged: MergedTokenizer }
  | { readonly step: 'compared'; readonly report: ComparisonReport };

/** Options of {@link buildVocabulary}. */
export interface BuildVocabularyOptions extends MergeOptions, BuildReportOptions {
  readonly base: LoadedSentencePiece;
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
  readonly baseRows?: number | undefined;
  /** Also make golden.jsonl, see `buildGoldenFile`. Default false. */
  readonly golden?: boolean | undefined;
  /** Name of the result in the report. Default `merged`. */
  readonly name?: string;
  /** For the manifest. Default `build`. */
  readonly command?: string;
  readonly onStep?: (step: BuildStep) => void;
}

/** Result of {@link buildVocabulary}. */
export interface BuiltVocabulary {
  readonly extension: ModelProto;
  readonly merged: MergedTokenizer;
  readonly report: ComparisonReport;
  readonly manifest: Manifest;
  /** Every file of the result by name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
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
  const { baseRows, golden, texts, language, onCompareProgress } = options;
  const { preset, scores, types, addTokens, scripts, maxPieceLength, targetSize, padToMultipleOf } = options;
  const { dropUnreachable } = options;
  const sizes = { targetSize, padToMultipleOf };
  const mergeOptions = { preset, scores, types, addTokens, scripts, maxPieceLength, dropUnreachable, ...sizes };

  const trainOptions = extensionTrainOptions(base, options);
  const extension = reparse(await trainSentencePiece(sentences, trainOptions, options.runtime));
  onStep?.({ step: 'trained', proto: extension.proto, sha256: extension.sha256 });

  const merged = await mergeTokenizers({ base, extension: extension.proto, baseRows, golden, ...mergeOptions });
  onStep?.({ step: 'merged', merged });

  const stats = corpusStats?.();
  const { report, files: reportFiles } = await buildReport({
    base,
    merged,
    name,
    texts,
    language,
    onCompareProgress,
    trainedOn: trainingTextsOf(stats),
  });
  onStep?.({ step: 'compared', report });

  const files = new Map(merged.files);
  files.set('extension.model', extension.bytes);
  for (const [file, text] of reportFiles) files.set(file, text);
  // The rules themselves are in extension.model; their name is recorded.
  const { precompiledCharsmap: _, ...recordedTraining } = trainOptions;
  const manifest = buildManifest({
    command,
    base: { name: base.name, vocabSize: base.model.pieces.length, sha256: base.sha256 },
    extension: {
      name: 'extension.model',
      vocabSize: extension.proto.pieces.length,
      sha256: extension.sha256,
      training: { corpus, stats, options: recordedTraining },
    },
    options: { ...mergeOptions, baseRows },
    target: { name: 'tokenizer.model', vocabSize: merged.model.pieces.length, sha256: merged.sha256 },
    merge: merged.merge,
    files,
  });
  files.set('manifest.json', serializeManifest(manifest));
  return { extension: extension.proto, merged, report, manifest, files };
}

/**
 * Training options of an extension: the base's own normalization and digit rule, so that no piece is learnt that the
 * merged tokenizer's text can never match, and no dummy prefix, so that pieces do not differ by where a line starts.
 */
export function extensionTrainOptions(
  base: LoadedSentencePiece,
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
    splitDigits: base.proto.trainerSpec?.splitDigits ?? false,
    addDummyPrefix: false,
    removeExtraWhitespaces: normalizer.removeExtraWhitespaces,
    ...follows,
    ...Object.fromEntries(Object.entries(train).filter(([, value]) => value !== undefined)),
  };
}
