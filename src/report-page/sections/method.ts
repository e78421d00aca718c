// How the figures were made, and by what.
import { buildSection, h } from '../view/dom.ts';
import type { PageContext } from '../view/page-context.ts';

/** Builds the section. */
export function buildMethodSection({ data, texts, tokenizers, percent }: PageContext): HTMLElement {
  const t = texts.method;
  const { bootstrap } = data.report;
  return buildSection(
    'method',
    t.title,
    h(
      'div',
      { class: 'prose' },
      t.lines.map((line) => h('p', {}, line)),
      h(
        'p',
        {},
        bootstrap.replicates > 0 ? t.bootstrap(bootstrap.replicates, percent(bootstrap.confidence, 0)) : t.noBootstrap,
      ),
      h('p', {}, t.speed),
      h(
        'p',
        {},
        `${t.engines}: ${tokenizers.map(({ name, index }) => `${name} – ${data.report.tokenizers[index]!.engine}`).join('; ')}`,
      ),
      h('p', {}, `${t.made(data.packageVersion)} ${t.charts}`),
    ),
  );
}
