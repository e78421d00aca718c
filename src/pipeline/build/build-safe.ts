// The whole job by continued BPE: learn on the base's own tokens, append, map the rows, compare before and after.
// The pieces come from text, or, for a base that the package has learnt pieces for, from the list it ships.
import { counted } from '../../core/counted.ts';
import { OptionError } from '../../errors.ts';
import type { CurveOptions } from '../../report/measure/extension-curve.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { trainingTextsOf } from '../io/tokenizer-record.ts';
import { type BuildReportOptions, buildReport } from './build-report.ts';
import type { BuiltVocabulary } from './build-vocabulary.ts';
import {
  type AppendOptions,
  appendPieces,
  countNewPieces,
  curveFiles,
  describeExtension,
  EXTENSION_FILE,
  type ExtendVocabularyOptions,
  learnAndAppend,
} from './extend-vocabulary.ts';
import { finishBuild } from './finish-build.ts';

/** Options of {@link buildSafeVocabulary}. */
export interface BuildSafeOptions extends ExtendVocabularyOptions, BuildReportOptions {
  /** Name of the result in the report. Default `extended`. */
  readonly name?: string;
}

/**
 * Learns, appends, maps rows and compares.
 *
 * @throws OptionError, InputError as `extendVocabulary` does
 * @example
 * ```ts
 * const built = await buildSafeVocabulary({ base, sources: [{ name: 'zh', sentences }], targetSize: 33_000, texts });
 * built.files.get('tokenizer.model');
 * ```
 */
export async function buildSafeVocabulary(options: BuildSafeOptions): Promise<BuiltVocabulary> {
  const { base, texts, language, name = 'extended', corpusStats, onCompareProgress } = options;
  // The ranking is there anyway, and its curve tells whether fewer pieces would do.
  const learnt = await learnAndAppend({ command: 'build', ...options, curve: options.curve ?? {} });
  const { extension, merged, curve, build } = learnt;
  const trainedOn = trainingTextsOf(corpusStats?.());
  const { report, files } = await buildReport({
    base,
    merged,
    name,
    texts,
    language,
    trainedOn,
    curve,
    onCompareProgress,
  });
  return { extension, merged, report, curve, ...finishBuild({ ...build, more: [...(build.more ?? []), ...files] }) };
}

/** Options of {@link buildFromPieces}. */
export interface BuildFromPiecesOptions extends AppendOptions, BuildReportOptions {
  readonly base: ExtendableTokenizer;
  /** New pieces, best first; every beginning of the list must be complete, as what `extend` learns is. */
  readonly pieces: readonly string[];
  /** Where they come from, for the manifest and messages. */
  readonly piecesName: string;
  /** New pieces, exactly. Default: as `targetSize` says, or all. */
  readonly newPieces?: number | undefined;
  /** Exact number of pieces of the result, added tokens included. */
  readonly targetSize?: number | undefined;
  /** Count the tokens of the texts at every size of the list, up to `upTo` pieces of it; default all. */
  readonly curve?: (CurveOptions & { readonly upTo?: number | undefined }) | undefined;
  /** Name of the result in the report. Default `extended`. */
  readonly name?: string;
}

/**
 * The same with pieces that were learnt before.
 *
 * @throws OptionError for more pieces than there are
 */
export async function buildFromPieces(options: BuildFromPiecesOptions): Promise<BuiltVocabulary> {
  const { base, pieces, piecesName, texts, language, name = 'extended', onCompareProgress } = options;
  const { addTokens, padToMultipleOf, baseRows, fillPadding, golden } = options;
  const { newPieces, targetSize, curve: curveOptions } = options;
  const isOpen = newPieces === undefined && targetSize === undefined;
  const count = isOpen ? pieces.length : countNewPieces({ base, newPieces, targetSize, addTokens });
  if (count > pieces.length) {
    throw new OptionError(
      `${counted(count, 'new piece was', 'new pieces were')} asked for, ${piecesName} has ${pieces.length}`,
      {
        hint: 'Give --input with text to learn more from, or a smaller size.',
      },
    );
  }
  const { extension, merged } = await appendPieces(base, pieces.slice(0, count), {
    addTokens,
    padToMultipleOf,
    baseRows,
    fillPadding,
    golden,
  });
  const countCurve = curveOptions && {
    model: (await appendPieces(base, pieces.slice(0, curveOptions.upTo))).merged.model,
    options: curveOptions,
  };
  const asked = { base, merged, name, texts, language, onCompareProgress, countCurve };
  const { report, curve, files } = await buildReport(asked);
  const finished = finishBuild({
    command: 'build',
    base,
    extension: { ...describeExtension(extension), training: { pieces: piecesName } },
    options: { newPieces: count, addTokens, padToMultipleOf, baseRows, fillPadding },
    merged,
    more: [[EXTENSION_FILE, extension.vocabularyFile.bytes], ...(await curveFiles(curve)), ...files],
  });
  return { extension, merged, report, curve, ...finished };
}
