// Puts the page of a comparison together: one HTML file that needs no network. The page's own script and style come from the
// caller, who has read them; the data stands in the document as JSON, spelled so that no text can end its element.
// Without scripts the answer and the totals are still there, as plain HTML.
// Content-Security-Policy: https://www.w3.org/TR/CSP3/
import { buildAnswers, chooseLeadingAnswer } from './answer.ts';
import { type TextSpan, writeAnswer, writeSoleAnswer } from './answer-sentence.ts';
import { formatAmount, formatChange } from './number-words.ts';
import type { PageLanguage, ReportPageData } from './page-data.ts';

/** The bundled parts of a page, as the build makes them. */
export interface PageAssets {
  /** Classic script; must not hold `</script`. */
  readonly script: string;
  readonly style: string;
  /** SHA-256 of both, in Base64: nothing else is allowed to run. */
  readonly scriptSha256: string;
  readonly styleSha256: string;
}

/** What {@link formatComparisonHtml} is given. */
export interface ComparisonHtmlOptions {
  readonly data: ReportPageData;
  readonly assets: PageAssets;
  /** Language that the page opens in. Default English. */
  readonly language?: PageLanguage | undefined;
}

const WORDS = {
  en: {
    lang: 'en',
    title: 'Tokenizer comparison',
    noScript: 'Charts, tokens and search need scripts, which are switched off here.',
    columns: ['Tokenizer', 'Pieces', 'Tokens', 'Tokens per character', 'Against base'],
  },
  zh: {
    lang: 'zh-CN',
    title: '分词器比较',
    noScript: '图表、词元与搜索需要脚本，而此处脚本已被禁用。',
    columns: ['分词器', '词片数', '词元数', '每字符词元数', '与基础之比'],
  },
} as const;

/**
 * The page as one HTML document.
 *
 * @example
 * ```ts
 * const html = formatComparisonHtml({ data, assets: await readPageAssets(), language: 'zh' });
 * html.startsWith('<!doctype html>'); // true
 * ```
 */
export function formatComparisonHtml({ data, assets, language = 'en' }: ComparisonHtmlOptions): string {
  const words = WORDS[language];
  const spans = writeLead(data, language);
  const sentence = spans.map(({ text }) => text).join('');
  const names = data.report.tokenizers.map(({ name }) => name).join(', ');
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${assets.scriptSha256}'`,
    // Charts set style attributes; whole style sheets only this one.
    `style-src-elem 'sha256-${assets.styleSha256}'`,
    "style-src-attr 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return [
    '<!doctype html>',
    `<html lang="${words.lang}">`,
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(`${words.title}: ${names}`)}</title>`,
    `<meta name="description" content="${escapeHtml(sentence)}">`,
    `<style>${assets.style}</style>`,
    '</head>',
    '<body>',
    '<div id="page">',
    '<main class="static">',
    `<h1 class="answer-sentence">${spans.map(formatSpan).join('')}</h1>`,
    formatTotals(data, language),
    `<noscript><p>${words.noScript}</p></noscript>`,
    '</main>',
    '</div>',
    `<script type="application/json" id="report-data">${serializeForScript(data)}</script>`,
    `<script>${assets.script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** JSON for an inline `<script>`: `<` never appears in it, so that neither `</script` nor `<!--` can. */
function serializeForScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function writeLead(data: ReportPageData, language: PageLanguage): TextSpan[] {
  const answers = buildAnswers(data.report, data.marks);
  const answer = answers[chooseLeadingAnswer(answers)];
  return answer === undefined ? writeSoleAnswer(data.report, language) : writeAnswer(answer, language);
}

function formatSpan({ text, isStrong }: TextSpan): string {
  return isStrong ? `<strong>${escapeHtml(text)}</strong>` : escapeHtml(text);
}

function formatTotals({ report }: ReportPageData, language: PageLanguage): string {
  const head = WORDS[language].columns.map((title) => `<th scope="col">${title}</th>`).join('');
  const rows = report.tokenizers.map(({ name, vocabSize }, i) => {
    const figures = report.total.figures[i]!;
    const ratio = figures.ratioToFirst;
    const cells = [
      formatAmount(vocabSize),
      formatAmount(figures.tokens),
      figures.tokensPerCharacter === null ? '–' : figures.tokensPerCharacter.toFixed(3),
      ratio === null || i === 0 ? '–' : formatChange(ratio, language),
    ];
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
