// What got worse: findings in a list, the lines that got longest, and whether answers of multiple-choice tests stay one token.
import { codePointLength } from '../../core/unicode/utf8.ts';
import { ANSWER_PLACES, ANSWERS, type AnswerPlace, type AnswerTokens } from '../../report/measure/answer-tokens.ts';
import type { RegressionLine } from '../../report/measure/worst-lines.ts';
import { describeHarm } from '../../report/page/answer-sentence.ts';
import { csvUrl, type FigureTable, tableToCsv } from '../view/csv.ts';
import { buildScrollBox, buildSection, buildTableHead, type Child, h } from '../view/dom.ts';
import { buildSwatch } from '../view/figure.ts';
import type { PageContext } from '../view/page-context.ts';
import { showPiece } from '../view/piece-text.ts';

/** Lines of a tokenizer that are shown at once; more are a click away. */
const LINES_SHOWN = 3;

/** Builds the section. */
export function buildHarmSection(context: PageContext): HTMLElement {
  const { texts, answers, language, tokenizers, data } = context;
  const t = texts.harm;
  return buildSection(
    'harm',
    t.title,
    answers.length === 0 && h('p', { class: 'note' }, t.sole),
    h(
      'ul',
      { class: 'findings' },
      answers.map(({ tokenizer, harm }, i) =>
        h(
          'li',
          { class: harm.length === 0 ? 'good' : 'bad' },
          buildSwatch(tokenizers[i + 1]!),
          harm.length === 0
            ? (tokenizers[i + 1]!.extendsFirst ? t.none : t.noneOfOthers)(tokenizer)
            : [
                h('b', {}, t.found(tokenizer)),
                ' ',
                h(
                  'ul',
                  {},
                  harm.map((one) => h('li', {}, describeHarm(one, language))),
                ),
              ],
        ),
      ),
    ),
    answers.length > 0 && buildRegressions(context),
    buildAnswerFigure(context, data.report.answers),
  );
}

function buildRegressions(context: PageContext): Child {
  const { data, texts } = context;
  const t = texts.harm;
  const lists = data.report.regressions;
  const columns = [texts.text, t.line, t.before, t.after, t.excerpt];
  return h(
    'div',
    { class: 'block', id: 'regressions' },
    h('h3', {}, t.regressions),
    lists.some(({ worst }) => worst.length > 0) && h('p', { class: 'note' }, t.regressionsNote),
    lists.map(({ tokenizer, worst }) => {
      const at = data.report.tokenizers.findIndex(({ name }) => name === tokenizer);
      if (worst.length === 0) return h('p', { class: 'note' }, t.noRegressions(tokenizer));
      const table: FigureTable = {
        columns: columns.map((title) => ({ title })),
        rows: worst.map(({ text, line, tokens, excerpt }) => [text, line, tokens[0]!, tokens[at]!, excerpt]),
      };
      const [shown, others] = [worst.slice(0, LINES_SHOWN), worst.slice(LINES_SHOWN)];
      return [
        h('h4', {}, tokenizer),
        buildRegressionTable(context, shown, at),
        others.length > 0 &&
          h('details', {}, h('summary', {}, t.moreLines(others.length)), buildRegressionTable(context, others, at)),
        h('a', { class: 'csv', download: `regressions-${at}.csv`, href: csvUrl(tableToCsv(table)) }, texts.csv),
      ];
    }),
  );
}

/** The lines with the tokens that the base and the tokenizer at `at` take for them. */
function buildRegressionTable(
  { texts, amount, tokenizers }: PageContext,
  lines: readonly RegressionLine[],
  at: number,
): HTMLElement {
  const t = texts.harm;
  const titles = [texts.text, t.line, t.before, t.after, t.excerpt];
  return buildScrollBox(
    `${t.regressions}: ${tokenizers[at]!.name}`,
    h(
      'table',
      { class: 'regressions' },
      buildTableHead(titles, (i) => i > 0 && i < 4 && 'number'),
      h(
        'tbody',
        {},
        lines.map(({ text, line, tokens, excerpt, characters }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, text),
            h('td', { class: 'number', 'data-label': t.line }, amount(line)),
            h('td', { class: 'number', 'data-label': t.before }, amount(tokens[0]!)),
            h(
              'td',
              { class: 'number bad', 'data-label': t.after },
              `${amount(tokens[at]!)} (+${amount(tokens[at]! - tokens[0]!)})`,
            ),
            h('td', { class: 'excerpt' }, codePointLength(excerpt) < characters ? `${excerpt}…` : excerpt),
          ),
        ),
      ),
    ),
  );
}

function buildAnswerFigure(context: PageContext, all: readonly AnswerTokens[]): Child {
  const { texts, tokenizers } = context;
  const t = texts.harm;
  if (all.length === 0) return undefined;
  const hasOldIds = all.some(({ answers }) => answers.some(({ sameAsFirst }) => sameAsFirst !== null));
  const places = Object.keys(ANSWER_PLACES) as AnswerPlace[];
  const table: FigureTable = {
    columns: [texts.tokenizer, t.place, ...ANSWERS].map((title) => ({ title })),
    rows: all.flatMap(({ tokenizer, answers }) =>
      places.map((place) => [
        tokenizer,
        t.places[place],
        ...ANSWERS.map((answer) => {
          const found = answers.find((one) => one.answer === answer && one.place === place);
          return found === undefined ? null : found.joins ? t.joins : found.pieces.join(' ');
        }),
      ]),
    ),
  };
  return h(
    'div',
    { class: 'block', id: 'answers' },
    h('h3', {}, t.answers),
    h('p', { class: 'note' }, t.answersNote, hasOldIds && [texts.gap, t.answersRing]),
    buildScrollBox(
      t.answers,
      h(
        'table',
        { class: 'answers' },
        buildTableHead([t.place, ...ANSWERS], (i) => i > 0 && 'mark'),
        all.map(({ tokenizer, answers }, i) =>
          h(
            'tbody',
            {},
            h(
              'tr',
              {},
              h(
                'th',
                { scope: 'rowgroup', colspan: ANSWERS.length + 1 },
                buildSwatch(tokenizers[i]!),
                h('span', { class: 'name' }, tokenizer),
              ),
            ),
            places.map((place) =>
              h(
                'tr',
                {},
                h('th', { scope: 'row', class: 'place' }, t.places[place]),
                ANSWERS.map((answer) => {
                  const found = answers.find((one) => one.answer === answer && one.place === place);
                  if (found === undefined) return h('td', { class: 'mark' }, texts.none);
                  const changed = found.sameAsFirst === false;
                  const what = found.joins ? t.joins : found.isSingle ? t.single : t.several(found.ids.length);
                  const tip = [found.pieces.map(showPiece).join(' '), found.ids.join(' '), what, changed && t.changed];
                  return h(
                    'td',
                    { class: 'mark', 'data-tip': tip.filter(Boolean).join(' · ') },
                    h(
                      'span',
                      {
                        class: `answer-mark ${found.isSingle ? 'single' : 'split'}${changed ? ' changed' : ''}`,
                        role: 'img',
                        'aria-label': changed ? `${what}, ${t.changed}` : what,
                      },
                      found.joins ? '‹' : found.isSingle ? '●' : `×${found.ids.length}`,
                    ),
                  );
                }),
              ),
            ),
          ),
        ),
      ),
    ),
    h('a', { class: 'csv', download: 'answer-tokens.csv', href: csvUrl(tableToCsv(table)) }, texts.csv),
  );
}
