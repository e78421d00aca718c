// Sample passages token by token, side by side, and a box where any text is tokenized by all tokenizers at once.

import { codePointLength } from '../../core/unicode/utf8.ts';
import { messageOf } from '../../errors.ts';
import type { PassageTokens } from '../../report/page/page-data.ts';
import { buildRadios, buildSection, fill, h, onceNear } from '../view/dom.ts';
import { type OpenTokenizer, tokenizePassage } from '../view/embedded-tokenizers.ts';
import { buildSwatch } from '../view/figure.ts';
import type { PageContext, ShownTokenizer } from '../view/page-context.ts';
import { buildTokenBoxes } from '../view/token-boxes.ts';
import { markDifferences } from '../view/token-diff.ts';

/** Builds the section. */
export function buildTokensSection(context: PageContext): HTMLElement {
  const { texts } = context;
  const t = texts.tokensSection;
  return buildSection(
    'tokens',
    t.title,
    h('p', { class: 'note' }, t.intro),
    buildTokenLegend(context),
    buildSamples(context),
    buildLiveBox(context),
  );
}

function buildTokenLegend({ texts, tokenizers }: PageContext): HTMLElement {
  const { legend } = texts.tokensSection;
  const kinds = ['same', 'differs', 'fresh', 'byte', 'unknown'] as const;
  const sample: Record<(typeof kinds)[number], string> = {
    same: 'ab',
    differs: 'ab',
    fresh: 'ab',
    byte: 'E4',
    unknown: '?',
  };
  const list = h(
    'ul',
    { class: 'legend tokens-legend' },
    kinds.map((kind) =>
      h('li', {}, h('span', { class: `token ${kind}`, 'aria-hidden': 'true' }, sample[kind]), legend[kind]),
    ),
  );
  list.style.setProperty('--own', (tokenizers[1] ?? tokenizers[0])?.color ?? 'var(--t1)');
  return list;
}

/** The tokens of all tokenizers for one text, one below the other. */
function buildSideBySide(context: PageContext, text: string, all: readonly (PassageTokens | undefined)[]): HTMLElement {
  const { tokenizers, texts } = context;
  const base = all[0];
  const characters = codePointLength(text);
  return h(
    'div',
    { class: 'side-by-side' },
    tokenizers.map((tokenizer, i) => {
      const tokens = all[i];
      if (tokens === undefined) return undefined;
      const differs = base === undefined || i === 0 ? tokens.ids.map(() => false) : markDifferences(base, tokens);
      const rate = characters === 0 ? texts.none : (tokens.ids.length / characters).toFixed(2);
      return h(
        'div',
        { class: 'tokenized' },
        h(
          'p',
          { class: 'who' },
          buildSwatch(tokenizer),
          h('b', {}, tokenizer.name),
          ' ',
          h(
            'span',
            { class: 'count', 'data-count': tokens.ids.length },
            texts.tokensSection.countOf(tokens.ids.length, rate),
          ),
          buildMeter(tokenizer, tokens.ids.length, Math.max(...all.map((one) => one?.ids.length ?? 0))),
        ),
        buildTokenBoxes(context, tokenizer, tokens, differs),
      );
    }),
  );
}

function buildMeter({ color }: ShownTokenizer, tokens: number, most: number): HTMLElement {
  const bar = h('span', { class: 'meter', 'aria-hidden': 'true' });
  bar.style.setProperty('--share', `${most === 0 ? 0 : (100 * tokens) / most}%`);
  bar.style.setProperty('--own', color);
  return bar;
}

function buildSamples(context: PageContext): HTMLElement | undefined {
  const { data, texts, tokenizers, state } = context;
  const samples = data.samples ?? [];
  if (samples.length === 0) return undefined;
  const t = texts.tokensSection;
  const stage = h('div', { class: 'stage', 'aria-live': 'polite' });
  const show = (at: number): void => {
    const sample = samples[at]!;
    const byName = new Map(sample.tokens.map((tokens) => [tokens.tokenizer, tokens]));
    fill(
      stage,
      h('p', { class: 'passage', lang: /[\u4e00-\u9fff]/.test(sample.passage) ? 'zh' : undefined }, sample.passage),
      buildSideBySide(
        context,
        sample.passage,
        tokenizers.map(({ name }) => byName.get(name)),
      ),
    );
  };
  const key = 'sample';
  const chosen = Math.min(Number(state.controls.get(key) ?? 0), samples.length - 1);
  const choices = buildRadios({
    name: key,
    class: 'choices',
    legend: t.choose,
    choices: samples.map(({ text }, i) => {
      const earlier = samples.slice(0, i).filter((sample) => sample.text === text).length;
      return { value: String(i), label: earlier === 0 ? text : `${text} (${earlier + 1})` };
    }),
    chosen: String(chosen),
    onChange: (value) => {
      state.controls.set(key, value);
      show(Number(value));
    },
  });
  context.later(() => show(chosen));
  return h('div', { class: 'block', id: 'samples' }, h('h3', {}, t.samples), choices, stage);
}

function buildLiveBox(context: PageContext): HTMLElement {
  const { texts, tokenizers, embedded, state } = context;
  const t = texts.tokensSection;
  const usable = tokenizers.filter(({ name }) => embedded.has(name));
  const missing = tokenizers.filter(({ name }) => !embedded.has(name));
  if (usable.length === 0) {
    return h('div', { class: 'block', id: 'live' }, h('h3', {}, t.live), h('p', { class: 'note' }, t.noVocabularies));
  }
  const output = h('div', { class: 'stage', id: 'live-output' });
  const status = h('p', { class: 'note', role: 'status', id: 'live-status' });
  const input = h('textarea', { id: 'live-input', rows: 3, spellcheck: 'false', 'aria-describedby': 'live-note' });
  input.value = state.liveText ?? t.liveText;
  const opened = new Map<string, OpenTokenizer>();
  const problems: string[] = missing.map(({ name }) => t.notEmbedded(name));
  let loading: Promise<void> | undefined;

  const show = (): void => {
    const text = input.value;
    const all = tokenizers.map(({ name }) => {
      const open = opened.get(name);
      return open === undefined ? undefined : tokenizePassage(open, text);
    });
    fill(output, buildSideBySide(context, text, all));
    output.dataset.text = text;
  };
  const load = (): Promise<void> => {
    loading ??= (async () => {
      status.textContent = t.loading;
      for (const { name } of usable) {
        try {
          opened.set(name, await embedded.open(name));
        } catch (error) {
          problems.push(t.failed(name, messageOf(error)));
        }
      }
      fill(status, problems.join(' '));
      show();
    })();
    return loading;
  };
  let waiting = 0;
  input.addEventListener('input', () => {
    state.liveText = input.value;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => void load().then(show));
  });
  input.addEventListener('focus', () => void load());

  const block = h(
    'div',
    { class: 'block', id: 'live' },
    h('h3', {}, h('label', { for: 'live-input' }, t.live)),
    h('p', { class: 'note', id: 'live-note' }, t.liveNote),
    input,
    status,
    output,
  );
  // Opening vocabularies takes a moment: not before somebody comes near.
  context.onDispose(onceNear(block, '400px', () => void load()));
  return block;
}
