// Puts a comparison where it was asked for, in the form that was asked for: a table on the screen, Markdown, CSV, JSON or the
// page. Counting is the business of the commands.
import { extname } from 'node:path';
import { OptionError } from '../../errors.ts';
import { adviceContextOf, auditCompared } from '../../pipeline/build/audit-compared.ts';
import { buildComparisonPage } from '../../pipeline/build/comparison-page.ts';
import type { TokenizerRecord } from '../../pipeline/io/tokenizer-record.ts';
import type { TokenCounter } from '../../report/counters/token-counter.ts';
import { type ComparisonReport, formatComparisonJson } from '../../report/measure/comparison-report.ts';
import type { TextCandidates } from '../../report/measure/passages.ts';
import { PAGE_LANGUAGES, type PageLanguage } from '../../report/page/page-data.ts';
import { formatComparisonCsv } from '../../report/print/format-csv.ts';
import { formatComparisonMarkdown } from '../../report/print/format-markdown.ts';
import { formatComparisonTerminal } from '../../report/print/format-terminal.ts';
import type { LoadedTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineFlags, type FlagValues } from '../declare/flag.ts';
import { FORCE_FLAGS, openFileOutput, type WritingContext } from './write-files.ts';

const FORMATS = ['md', 'csv', 'json', 'html'] as const;

/** How a comparison is written. */
export const COMPARISON_FLAGS = defineFlags({
  format: { type: 'string', choices: FORMATS, help: 'Default: a table for the terminal' },
  out: { type: 'string', placeholder: 'FILE', help: 'Write to this file instead of stdout' },
  ...FORCE_FLAGS,
  lang: { type: 'string', choices: PAGE_LANGUAGES, help: 'Language that the HTML page opens in; default en' },
});

/** What a comparison is written from. */
export interface ComparisonResult {
  readonly report: ComparisonReport;
  /** Those of the report, in its order, and what is known of them. */
  readonly tokenizers: readonly LoadedTokenizer[];
  readonly counters: readonly TokenCounter[];
  readonly records: readonly TokenizerRecord[];
  /** Passages for the page to show. */
  readonly candidates: readonly TextCandidates[];
}

/** A place for a comparison, checked before anything is counted. */
export interface ComparisonOutput {
  /** The page is asked for, which shows passages. */
  readonly isPage: boolean;
  write(result: ComparisonResult): Promise<void>;
}

/**
 * Checks what the flags ask for, and that the place can be written.
 *
 * @throws OptionError, OutputError
 */
export async function openComparisonOutput(
  context: WritingContext & { readonly flags: FlagValues<typeof COMPARISON_FLAGS> },
): Promise<ComparisonOutput> {
  const { flags, output } = context;
  const { out, lang: language } = flags;
  const chosen = flags.format ?? formatOf(out);
  const file = out === undefined ? undefined : await openFileOutput([out], context);
  if (language !== undefined && chosen !== 'html') {
    throw new OptionError('--lang is the language of the HTML page', {
      hint: 'Add --out report.html, or leave it out.',
    });
  }
  return {
    isPage: chosen === 'html',
    async write(result) {
      const { report } = result;
      // The table on the screen says so itself.
      const isOnScreen = chosen === undefined && out === undefined && !output.json;
      for (const { tokenizer, text, trainingText } of isOnScreen ? [] : report.heldOut) {
        output.warn(`${text} is not held out: ${tokenizer} was trained on it (${trainingText}); its figures flatter`);
      }
      output.printJson(report);
      if (output.json && out === undefined) return;
      const text = await formatReport(result, chosen, { isPrinted: out === undefined, language });
      if (out === undefined || file === undefined) output.print(text);
      else {
        await file.write(new Map([[out, text]]));
        if (!file.isStdout) output.message(`written to ${out}`);
      }
    },
  };
}

async function formatReport(
  { report, tokenizers, counters, records, candidates }: ComparisonResult,
  format: string | undefined,
  { isPrinted, language }: { readonly isPrinted: boolean; readonly language: PageLanguage | undefined },
): Promise<string> {
  if (format === 'csv') return formatComparisonCsv(report);
  if (format === 'json') return formatComparisonJson(report);
  const audits = await auditCompared(tokenizers, report);
  if (format === 'html') {
    const shown = tokenizers.map((entry, i) => {
      return { entry, counter: counters[i], audit: audits[i], curve: records[i]!.curve };
    });
    return buildComparisonPage({ report, tokenizers: shown, candidates, language });
  }
  const advice = audits.map((audit, i) => adviceContextOf(audit, records[i]!.curve));
  if (format === 'md') return formatComparisonMarkdown(report, { advice });
  const isTerminal = isPrinted && process.stdout.isTTY === true;
  // Through a pager the width is still the terminal's, which messages go to.
  const width = process.stdout.columns ?? process.stderr.columns ?? 0;
  return formatComparisonTerminal(report, {
    color: isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
    ...(isPrinted && width > 0 && { width }),
    advice,
  });
}

/** What extensions of `--out` ask for; `undefined` is the table of the terminal. */
const FORMATS_BY_EXTENSION: Readonly<Record<string, (typeof FORMATS)[number] | undefined>> = {
  ...{ md: 'md', markdown: 'md', csv: 'csv', json: 'json', html: 'html', htm: 'html' },
  ...{ txt: undefined, text: undefined, log: undefined },
};

// `--out report.md` says enough. A page of another name would be a surprise in whatever opens it.
function formatOf(out: string | undefined): string | undefined {
  if (out === undefined) return undefined;
  const extension = extname(out).slice(1).toLowerCase();
  if (extension === '') return undefined;
  if (Object.hasOwn(FORMATS_BY_EXTENSION, extension)) return FORMATS_BY_EXTENSION[extension];
  throw new OptionError(`--out ${out}: .${extension} is none of ${FORMATS.join(', ')}`, {
    hint:
      extension === 'pdf'
        ? 'Write a page, --out report.html, and print it to a PDF from a browser.'
        : 'Give another name, or say what is to be written there with --format.',
  });
}
