// vocab-merge compare: how many tokens texts take with several tokenizers.
import { extname } from 'node:path';
import { OptionError } from '../../errors.ts';
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import { adviceContextOf, auditCompared } from '../../pipeline/build/audit-compared.ts';
import { buildComparisonPage } from '../../pipeline/build/comparison-page.ts';
import { readModelShape, readTokenizerRecord, type TokenizerRecord } from '../../pipeline/io/tokenizer-record.ts';
import { COUNTING_ENGINES, openCounters } from '../../report/counters/open-counter.ts';
import type { TokenCounter } from '../../report/counters/token-counter.ts';
import { compareTokenizers } from '../../report/measure/compare-tokenizers.ts';
import { type ComparisonReport, formatComparisonJson } from '../../report/measure/comparison-report.ts';
import { createPassageCollector, type TextCandidates } from '../../report/measure/passages.ts';
import { PAGE_LANGUAGES, type PageLanguage } from '../../report/page/page-data.ts';
import { formatComparisonCsv } from '../../report/print/format-csv.ts';
import { formatComparisonMarkdown } from '../../report/print/format-markdown.ts';
import { formatComparisonTerminal } from '../../report/print/format-terminal.ts';
import type { LoadedTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { announceStdin, FIELD_FLAGS, fieldFrom, noText } from '../flags/corpus-flags.ts';
import { loadNamedTokenizers } from '../flags/named-tokenizers.ts';
import { warnOfReplacedBytes } from '../output/corpus-summary.ts';
import { openTexts, showCounting } from '../output/text-name.ts';
import { FORCE_FLAGS, openFileOutput } from '../results/write-files.ts';

const FORMATS = ['md', 'csv', 'json', 'html'] as const;

export const compareCommand = defineCommand({
  name: 'compare',
  summary: 'Count the tokens that texts take with several tokenizers',
  description: `Ratios and new pieces refer to the first tokenizer. Lines are encoded one by one, without bos and eos.

Intervals are 95 % confidence intervals over lines (a paired bootstrap, the same for the same input): they say how far the figure
could be off if other lines of the same kind of text had been taken. A text that a tokenizer was trained on is pointed out, if the
tokenizer's manifest.json lies beside it.`,
  flags: {
    tokenizer: {
      type: 'string',
      required: true,
      multiple: true,
      placeholder: 'TOKENIZER',
      help: 'A tokenizer to compare; NAME=TOKENIZER names it in the tables',
    },
    input: {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      help: 'A text: file, folder, glob, or - for stdin',
    },
    ...FIELD_FLAGS,
    text: { type: 'string', multiple: true, help: 'A text given here' },
    engine: {
      type: 'string',
      choices: COUNTING_ENGINES,
      help: 'Count with this implementation instead of our own',
    },
    optimum: {
      type: 'boolean',
      help: 'Also show how far each is above the fewest tokens possible with its pieces',
    },
    format: { type: 'string', choices: FORMATS, help: 'Default: a table for the terminal' },
    out: { type: 'string', placeholder: 'FILE', help: 'Write to this file instead of stdout' },
    ...FORCE_FLAGS,
    lang: { type: 'string', choices: PAGE_LANGUAGES, help: 'Language that the HTML page opens in; default en' },
    context: {
      type: 'integer',
      multiple: true,
      placeholder: 'TOKENS',
      help: 'Context window to fill; default 2048, 4096 and 8192',
    },
    seed: {
      type: 'integer',
      placeholder: 'N',
      help: 'Seed of the confidence intervals; default 1',
    },
  },
  examples: [
    ['vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input texts/', 'Per file and in total'],
    [
      'vocab-merge compare --tokenizer llama3 --tokenizer Qwen=hf://Qwen/Qwen2.5-7B --input texts/',
      'Byte-level tokenizers, one of them named',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --text 人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。',
      'The example of the Chinese-LLaMA paper: 35 tokens',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --tokenizer hf://owner/repo --input a.txt --format md --out report.md',
      'As Markdown',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input a.txt --optimum',
      'Are tokens lost by the pieces, or by how they are merged?',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input texts/ --out report.html --lang zh',
      'As a page with charts, to pass on: one file, no network',
    ],
    [
      'vocab-merge compare --tokenizer ./merged/tokenizer.model --engine sentencepiece-js --input a.txt',
      'A second opinion',
    ],
  ],
  async run(context) {
    const { flags, output } = context;
    const chosen = flags.format ?? formatOf(flags.out);
    const tokenizers: LoadedTokenizer[] = [];
    const records: TokenizerRecord[] = [];
    let baseShape: ModelShape | undefined;
    for (const { source, tokenizer } of await loadNamedTokenizers(flags.tokenizer)) {
      tokenizers.push(tokenizer);
      records.push(await readTokenizerRecord(source, tokenizer.sha256));
      if (tokenizers.length === 1) baseShape = await readModelShape(source, tokenizer);
    }
    const texts = flags.text.map((text, i) => ({ name: `text ${i + 1}`, lines: text }));
    const inputs = flags.input.length > 0 || texts.length > 0 ? flags.input : ['-'];
    if (flags.input.length === 0) announceStdin(inputs, output);
    const opened = inputs.length === 0 ? [] : await openTexts(inputs, fieldFrom(flags));
    const contexts = flags.context;
    const engine = flags.engine;
    const seed = flags.seed;
    const out = flags.out;
    const file = out === undefined ? undefined : await openFileOutput([out], context);
    const language = flags.lang;
    if (language !== undefined && chosen !== 'html') {
      throw new OptionError('--lang is the language of the HTML page', {
        hint: 'Add --out report.html, or leave it out.',
      });
    }
    const passages = createPassageCollector();
    const compared = [...texts, ...opened];
    const counters = await openCounters(tokenizers, engine);
    const report = await compareTokenizers({
      tokenizers,
      counters,
      texts: chosen === 'html' ? compared.map(passages.tap) : compared,
      baseShape,
      trainedOn: records.map(({ trainedOn }) => trainedOn),
      ...(seed !== undefined && { bootstrap: { seed } }),
      ...(contexts.length > 0 && { contextSizes: contexts }),
      ...(flags.optimum && { optimum: true }),
      onProgress: showCounting(output, opened),
    });
    output.endProgress();
    if (report.total.lines === 0) throw noText(inputs);
    for (const { stats } of opened) warnOfReplacedBytes(stats, output);
    // The table on the screen says so itself.
    const isOnScreen = chosen === undefined && out === undefined && !output.json;
    for (const { tokenizer, text, trainingText } of isOnScreen ? [] : report.heldOut) {
      output.warn(`${text} is not held out: ${tokenizer} was trained on it (${trainingText}); its figures flatter`);
    }
    output.printJson(report);
    if (output.json && out === undefined) return;
    const text = await formatReport(report, chosen, {
      isPrinted: out === undefined,
      tokenizers,
      counters,
      records,
      candidates: passages.candidates(),
      language,
    });
    if (out === undefined || file === undefined) output.print(text);
    else {
      await file.write(new Map([[out, text]]));
      if (!file.isStdout) output.message(`written to ${out}`);
    }
  },
});

interface ReportContext {
  /** To stdout, not to a file. */
  readonly isPrinted: boolean;
  /** Those of the report, in its order, and what is known of them. */
  readonly tokenizers: readonly LoadedTokenizer[];
  readonly counters: readonly TokenCounter[];
  readonly records: readonly TokenizerRecord[];
  /** For the page: passages to show, and the language it opens in. */
  readonly candidates: readonly TextCandidates[];
  readonly language: PageLanguage | undefined;
}

async function formatReport(
  report: ComparisonReport,
  format: string | undefined,
  context: ReportContext,
): Promise<string> {
  if (format === 'csv') return formatComparisonCsv(report);
  if (format === 'json') return formatComparisonJson(report);
  const { isPrinted, tokenizers, records } = context;
  const audits = await auditCompared(tokenizers, report);
  if (format === 'html') {
    const { candidates, language, counters } = context;
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
