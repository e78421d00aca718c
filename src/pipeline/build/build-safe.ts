// The whole job by continued BPE: learn on the base's own tokens, append, map the rows, compare before and after.
// The pieces come from text, or, for a base that the package has learnt pieces for, from the list it ships.
import { counted } from '../../core/counted.ts';
import { SCRIPT, scriptId } from '../../core/unicode/scripts.ts';
import { OptionError } from '../../errors.ts';
import type { ComparedText } from '../../report/measure/compare-tokenizers.ts';
import type { CurveOptions } from '../../report/measure/curve/extension-curve.ts';
import { scriptsToLearn } from '../../train/extend/extend.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { sampleTexts } from '../../vocab/sample-texts.ts';
import { trainingTextsOf } from '../io/tokenizer-record.ts';
import { type BuildReportOptions, buildReport } from './build-report.ts';
import type { BuiltVocabulary } from './build-vocabulary.ts';
import {
  type AppendOptions,
  appendPieces,
  countNewPieces,
  curveFiles,
  type ExtendVocabularyOptions,
  extensionFiles,
  learnAndAppend,
} from './extend-vocabulary.ts';
import { finishBuild } from './finish-build.ts';
import { holdOut } from './held-out.ts';

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
  const { base, language, name = 'extended', corpusStats, baseShape, onCompareProgress } = options;
  const { scripts, sources } = await scriptsToLearn(options.sources, options, options.runtime);
  const isChinese = scripts.length === 1 && scriptId(scripts[0]!) === SCRIPT.han;
  const held = options.texts === undefined && !isChinese ? holdOut(sources) : undefined;
  const learnt = await learnAndAppend({
    command: 'build',
    ...options,
    scripts,
    sources: held?.sources ?? sources,
    heldOut: held?.figures,
    // The ranking is there anyway, and its curve tells whether fewer pieces would do.
    curve: options.curve ?? {},
  });
  const texts = held === undefined ? options.texts : [...held.texts(), ...(await otherTexts())];
  const { extension, merged, curve, build, swapped } = learnt;
  const trainedOn = trainingTextsOf(corpusStats?.());
  const { report, files } = await buildReport({
    base,
    merged,
    name,
    texts,
    language,
    trainedOn,
    curve,
    baseShape,
    onCompareProgress,
  });
  const finished = finishBuild({ ...build, more: [...(build.more ?? []), ...files] });
  return { extension, merged, report, curve, ...(swapped && { swapped }), heldOut: held?.figures(), ...finished };
}

/** The samples that show what becomes of text which is in another language than the new pieces. */
async function otherTexts(): Promise<ComparedText[]> {
  return (await sampleTexts()).filter(({ name }) => name === 'en' || name === 'code');
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
  const { base, pieces, piecesName, texts, language, name = 'extended', baseShape, onCompareProgress } = options;
  const { addTokens, padToMultipleOf, baseRows, fillPadding, golden } = options;
  const { newPieces, targetSize, curve: curveOptions } = options;
  const isOpen = newPieces === undefined && targetSize === undefined;
  const count = isOpen ? pieces.length : countNewPieces({ base, newPieces, targetSize, addTokens });
  if (count > pieces.length) {
    throw new OptionError(
      `${counted(count, 'new piece was', 'new pieces were')} asked for, ${piecesName} has ${pieces.length}`,
      { hint: 'Give --input with text to learn more from, or a smaller size.' },
    );
  }
  const chosen = pieces.slice(0, count);
  const appended = await appendPieces(base, chosen, { addTokens, padToMultipleOf, baseRows, fillPadding, golden });
  const { extension, merged } = appended;
  const { described, files: own } = await extensionFiles(base, appended, { pieces: chosen });
  const countCurve = curveOptions && {
    model: (await appendPieces(base, pieces.slice(0, curveOptions.upTo))).merged.model,
    options: curveOptions,
  };
  const asked = { base, merged, name, texts, language, baseShape, onCompareProgress, countCurve };
  const { report, curve, files } = await buildReport(asked);
  const finished = finishBuild({
    command: 'build',
    base,
    extension: { ...described, training: { pieces: piecesName } },
    options: { newPieces: count, addTokens, padToMultipleOf, baseRows, fillPadding },
    merged,
    more: [...own, ...(await curveFiles(curve)), ...files],
  });
  return { extension, merged, report, curve, ...finished };
}
