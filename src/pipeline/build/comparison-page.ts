// The HTML page of a comparison, from measured figures and loaded tokenizers to one document: collects what the page shows,
// reads the bundled script and style, and puts them together. It counts nothing and writes no file.

import type { ComparisonReport } from '../../report/measure/comparison-report.ts';
import type { TextCandidates } from '../../report/measure/passages.ts';
import { collectPageData, type PageTokenizer } from '../../report/page/collect-page-data.ts';
import { formatComparisonHtml } from '../../report/page/format-html.ts';
import type { PageLanguage } from '../../report/page/page-data.ts';
import { packageVersion } from '../io/package-version.ts';
import { readPageAssets } from './page-assets.ts';

/** Input of {@link buildComparisonPage}. */
export interface ComparisonPageOptions {
  readonly report: ComparisonReport;
  /** Those of the report, in its order, with what is known of them. */
  readonly tokenizers: readonly PageTokenizer[];
  /** Lines of each text to choose passages from: see `createPassageCollector`. */
  readonly candidates?: readonly TextCandidates[] | undefined;
  /** Language that the page opens in. Default English. */
  readonly language?: PageLanguage | undefined;
}

/**
 * Builds the page.
 *
 * @throws InputError when the bundled script is missing: the repository was not built
 * @example
 * ```ts
 * const html = await buildComparisonPage({ report, tokenizers: tokenizers.map((entry) => ({ entry })) });
 * ```
 */
export async function buildComparisonPage(options: ComparisonPageOptions): Promise<string> {
  const { report, tokenizers, candidates, language } = options;
  const assets = await readPageAssets();
  const data = await collectPageData({ report, tokenizers, candidates, packageVersion: packageVersion() });
  return formatComparisonHtml({ data, assets, language });
}
