// How long pieces are, and a search through the embedded vocabularies by text, id, script and length.
import { barChart } from '../view/charts.ts';
import { buildRadios, buildSection, type Child } from '../view/dom.ts';
import { buildFigure } from '../view/figure.ts';
import type { PageContext } from '../view/page-context.ts';
import { buildVocabularySearch } from '../vocabulary-search/vocabulary-search-form.ts';

/** Longer pieces are shown together. */
const LONGEST = 12;

/** Builds the section. */
export function buildVocabularySection(context: PageContext): HTMLElement {
  const { texts } = context;
  return buildSection('vocabulary', texts.vocabulary.title, buildLengths(context), buildVocabularySearch(context));
}

type Measure = 'pieces' | 'tokens';

function buildLengths(context: PageContext): Child {
  const { data, texts, tokenizers, percent, amount, state } = context;
  const t = texts.vocabulary;
  const { pieceLengths } = data.report;
  if (pieceLengths.length === 0) return undefined;
  const longest = Math.max(1, ...pieceLengths.flatMap(({ lengths }) => lengths.map(({ characters }) => characters)));
  const shown = Math.min(longest, LONGEST);
  const categories = Array.from({ length: shown }, (_, i) =>
    i + 1 === LONGEST && longest > LONGEST ? `${LONGEST}+` : String(i + 1),
  );
  const key = 'length-measure';
  const chosen = (): Measure => (state.controls.get(key) === 'tokens' ? 'tokens' : 'pieces');

  const sharesOf = (measure: Measure): number[][] =>
    pieceLengths.map(({ lengths }) => {
      const counted = lengths.filter(({ characters }) => characters > 0);
      const total = counted.reduce((sum, length) => sum + length[measure], 0);
      return categories.map((_, i) => {
        const here = counted.filter(({ characters }) =>
          i + 1 === LONGEST ? characters >= LONGEST : characters === i + 1,
        );
        return total === 0 ? 0 : here.reduce((sum, length) => sum + length[measure], 0) / total;
      });
    });
  const option = (width: number) => {
    const shares = sharesOf(chosen());
    return barChart({
      width,
      categories,
      axisName: t.length,
      format: (value) => percent(value),
      axisFormat: (value) => percent(value, 0),
      series: tokenizers.map(({ name, color }, i) => ({ name, color, values: shares[i]! })),
    });
  };
  const figure = buildFigure(context, {
    id: 'piece-lengths',
    title: t.lengths,
    note: t.lengthsNote,
    legend: tokenizers,
    height: 300,
    option,
    controls: buildRadios({
      name: key,
      class: 'choices',
      legend: t.show,
      choices: [
        { value: 'pieces', label: t.inVocabulary },
        { value: 'tokens', label: t.inText },
      ],
      chosen: chosen(),
      onChange: (value) => {
        state.controls.set(key, value);
        figure.redraw();
      },
    }),
    table: {
      columns: [
        { title: texts.tokenizer },
        { title: t.length, format: amount },
        { title: t.pieces, format: amount },
        { title: texts.tokens, format: amount },
      ],
      rows: pieceLengths.flatMap(({ tokenizer, lengths }) =>
        lengths.map(({ characters, pieces, tokens }) => [tokenizer, characters, pieces, tokens]),
      ),
    },
  });
  return figure.element;
}
