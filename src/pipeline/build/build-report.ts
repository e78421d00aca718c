// The report of a build: tokens of the base and of the result on some texts, as JSON, CSV, Markdown and an HTML page.
// Reads the texts once and writes nothing.
import type { TokenizerModel } from '../../core/model.ts';
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import { auditTokenizer } from '../../merge/audit/audit.ts';
import { openCounters } from '../../report/counters/open-counter.ts';
import {
  type ComparedText,
  type ComparisonProgress,
  compareTokenizers,
} from '../../report/measure/compare-tokenizers.ts';
import { type ComparisonReport, formatComparisonJson } from '../../report/measure/comparison-report.ts';
import type { CurveOptions, ExtensionCurve } from '../../report/measure/curve/extension-curve.ts';
import { measureExtensionCurve } from '../../report/measure/curve/measure-curve.ts';
import { createPassageCollector } from '../../report/measure/passages.ts';
import type { TrainingText } from '../../report/measure/training-texts.ts';
import type { PageLanguage } from '../../report/page/page-data.ts';
import { formatComparisonCsv } from '../../report/print/format-csv.ts';
import { formatComparisonMarkdown } from '../../report/print/format-markdown.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { sampleTexts } from '../../vocab/sample-texts.ts';
import { publishedShape } from '../io/tokenizer-record.ts';
import { adviceContextOf } from './audit-compared.ts';
import { buildComparisonPage } from './comparison-page.ts';
import type { MergedTokenizer } from './merge-tokenizers.ts';

/** What a report can be asked for beside its texts. */
export interface BuildReportOptions {
  /**
   * Texts of the report. Default: the samples of the package; where text of another language than Chinese is learnt from, lines
   * that are held out of it (see `holdOut`), and the samples of English and code.
   */
  readonly texts?: readonly ComparedText[] | undefined;
  /** Language that report.html opens in. Default English. */
  readonly language?: PageLanguage | undefined;
  /** Shape of the base's model, see `readModelShape`. Default as it was published, where it is one of the built-in vocabularies. */
  readonly baseShape?: ModelShape | undefined;
  readonly onCompareProgress?: ((progress: ComparisonProgress) => void) | undefined;
}

/** Input of {@link buildReport}. */
export interface BuildReportInput extends BuildReportOptions {
  readonly base: ExtendableTokenizer;
  readonly merged: MergedTokenizer;
  /** Name of the result in the report. */
  readonly name: string;
  /** What the new pieces were learnt from, to warn of texts that are not held out. */
  readonly trainedOn?: readonly TrainingText[] | undefined;
  /** Tokens by size, where a ranking was learnt. */
  readonly curve?: ExtensionCurve | undefined;
  /** A longer vocabulary than the result, whose curve is to be counted on lines of the texts; see `BuiltReport.curve`. */
  readonly countCurve?: { readonly model: TokenizerModel; readonly options: CurveOptions } | undefined;
}

/** Result of {@link buildReport}. */
export interface BuiltReport {
  readonly report: ComparisonReport;
  /** The curve that `countCurve` asked for. */
  readonly curve: ExtensionCurve | undefined;
  /** report.json, report.csv, report.md and report.html by name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Compares a result with its base and writes the report up.
 *
 * @throws InputError as `compareTokenizers` does, and when the page's script was not built
 */
export async function buildReport(input: BuildReportInput): Promise<BuiltReport> {
  const {
    base,
    merged,
    texts = await sampleTexts(),
    name,
    trainedOn,
    curve,
    countCurve,
    language,
    onCompareProgress,
    baseShape = publishedShape(base.sha256),
  } = input;
  const { tokenizer, model, document, sha256 } = merged;
  const tokenizers = [base, { name, tokenizer, model, bytes: document.vocabularyFile.bytes }];
  const counters = await openCounters(tokenizers);
  const passages = createPassageCollector();
  const report = await compareTokenizers({
    tokenizers,
    counters,
    texts: texts.map(passages.tap),
    trainedOn: [undefined, trainedOn],
    baseShape,
    ...(onCompareProgress && { onProgress: onCompareProgress }),
  });
  const audit = await auditTokenizer({ target: { name, tokenizer, document, sha256 }, base });
  const candidates = passages.candidates();
  const counted =
    countCurve &&
    measureExtensionCurve(
      { model: countCurve.model, baseSize: base.model.pieces.length, texts: report.texts, candidates },
      countCurve.options,
    );
  const page = await buildComparisonPage({
    report,
    tokenizers: [
      { entry: tokenizers[0]!, counter: counters[0] },
      { entry: tokenizers[1]!, counter: counters[1], audit, curve },
    ],
    candidates,
    language,
  });
  const advice = [undefined, adviceContextOf(audit, curve)].map((context) => context ?? {});
  return {
    report,
    curve: counted?.curve,
    files: new Map([
      ['report.json', formatComparisonJson(report)],
      ['report.csv', await formatComparisonCsv(report)],
      ['report.md', formatComparisonMarkdown(report, { advice })],
      ['report.html', page],
    ]),
  };
}
