// The page of a comparison in the browser: reads the data in the document and draws every section; draws anew when the
// language changes. Bundled with the encoder and the charts at build time; it loads nothing and sends nothing.
import {
  PAGE_LANGUAGES,
  type PageLanguage,
  REPORT_PAGE_FORMAT,
  type ReportPageData,
} from '../report/page/page-data.ts';
import { buildAnswerSection } from './sections/answer.ts';
import { buildCapacitySection } from './sections/capacity.ts';
import { buildDomainsSection } from './sections/domains.ts';
import { buildExtendSection } from './sections/extend.ts';
import { buildHarmSection } from './sections/harm.ts';
import { buildMethodSection } from './sections/method.ts';
import { buildTokensSection } from './sections/tokens.ts';
import { buildVocabularySection } from './sections/vocabulary.ts';
import { buildRadios, fill, h } from './view/dom.ts';
import { createEmbeddedTokenizers } from './view/embedded-tokenizers.ts';
import { createContext, type PageContext, type PageState } from './view/page-context.ts';
import { installTokenTip } from './view/token-boxes.ts';

const THEMES = ['auto', 'light', 'dark'] as const;
const LANGUAGES: Readonly<Record<PageLanguage, { readonly label: string; readonly lang: string }>> = {
  en: { label: 'English', lang: 'en' },
  zh: { label: '中文', lang: 'zh-CN' },
};

function start(): void {
  const data = JSON.parse(document.getElementById('report-data')!.textContent!) as ReportPageData;
  if (data.format !== REPORT_PAGE_FORMAT || data.version !== 1)
    throw new Error('the page holds data of another version');
  const embedded = createEmbeddedTokenizers(data.vocabularies ?? []);
  const root = document.getElementById('page')!;
  const state: PageState = {
    language: document.documentElement.lang.startsWith('zh') ? 'zh' : 'en',
    liveText: undefined,
    controls: new Map(),
  };
  let disposals: (() => void)[] = [];

  const draw = (): void => {
    for (const dispose of disposals) dispose();
    disposals = [];
    document.documentElement.dataset.state = 'drawing';
    const queue = createQueue(() => {
      document.documentElement.dataset.state = 'ready';
    });
    disposals.push(queue.stop);
    const context = createContext({
      data,
      state,
      embedded,
      later: queue.add,
      onDispose: (task) => disposals.push(task),
    });
    document.documentElement.lang = context.texts.locale;
    document.title = titleOf(context);
    fill(root, buildHeader(context, state, draw), buildMain(context));
    installTokenTip(context, root);
    installContents(context, root);
    queue.start();
  };
  draw();
}

function titleOf({ texts, tokenizers }: PageContext): string {
  return `${texts.title}: ${tokenizers.map(({ name }) => name).join(', ')}`;
}

/** Runs tasks one a frame, from the frame after the first painting on. */
function createQueue(onEmpty: () => void) {
  const tasks: (() => void)[] = [];
  let isStopped = false;
  const next = (): void => {
    if (isStopped) return;
    const task = tasks.shift();
    if (task === undefined) {
      onEmpty();
      return;
    }
    task();
    // Not requestAnimationFrame: a page in the background, or one that is being printed, has no frames.
    setTimeout(next, 0);
  };
  return {
    add: (task: () => void) => void tasks.push(task),
    start: () => requestAnimationFrame(() => setTimeout(next, 0)),
    stop: () => {
      isStopped = true;
    },
  };
}

function buildHeader(context: PageContext, state: PageState, draw: () => void): HTMLElement {
  const { texts } = context;
  const t = texts.controls;
  const root = document.documentElement;
  const theme = state.controls.get('theme') ?? 'auto';
  return h(
    'header',
    { class: 'top' },
    h('a', { class: 'skip', href: '#answer' }, texts.skip),
    h('p', { class: 'mark' }, h('b', {}, 'vocab-merge'), ' ', h('span', {}, texts.title)),
    h(
      'div',
      { class: 'switches' },
      buildRadios({
        name: 'language',
        class: 'switch',
        legend: t.language,
        choices: PAGE_LANGUAGES.map((value) => ({ value, ...LANGUAGES[value] })),
        chosen: state.language,
        onChange: (value) => {
          state.language = value === 'zh' ? 'zh' : 'en';
          draw();
          document.querySelector<HTMLElement>(`input[name=language][value=${state.language}]`)?.focus();
        },
      }),
      buildRadios({
        name: 'theme',
        class: 'switch',
        legend: t.theme,
        choices: THEMES.map((value) => ({ value, label: t[value] })),
        chosen: theme,
        onChange: (value) => {
          state.controls.set('theme', value);
          if (value === 'auto') delete root.dataset.theme;
          else root.dataset.theme = value;
        },
      }),
      h('button', { type: 'button', class: 'print', on: { click: () => window.print() } }, t.print),
    ),
  );
}

function buildMain(context: PageContext): HTMLElement {
  const { texts } = context;
  // Without text nothing was measured: no empty charts, no verdict on harm.
  const hasText = context.data.report.total.characters > 0;
  const sections = [
    buildAnswerSection(context),
    hasText ? buildDomainsSection(context) : undefined,
    hasText ? buildCapacitySection(context) : undefined,
    buildTokensSection(context),
    hasText ? buildExtendSection(context) : undefined,
    hasText ? buildHarmSection(context) : undefined,
    buildVocabularySection(context),
    buildMethodSection(context),
  ].filter((section) => section !== undefined);
  return h(
    'div',
    { class: 'layout' },
    h(
      'nav',
      { class: 'contents', 'aria-label': texts.contents },
      h(
        'ol',
        {},
        sections.map(({ id }) => h('li', {}, h('a', { href: `#${id}` }, texts.nav[id as keyof typeof texts.nav]))),
      ),
    ),
    h('main', { id: 'main' }, sections),
  );
}

/** Marks the section that is being read in the contents. */
function installContents(context: PageContext, root: HTMLElement): void {
  const links = new Map(
    [...root.querySelectorAll<HTMLAnchorElement>('.contents a')].map((link) => [link.hash.slice(1), link]),
  );
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        for (const [id, link] of links) {
          if (id === target.id) link.setAttribute('aria-current', 'true');
          else link.removeAttribute('aria-current');
        }
      }
    },
    { rootMargin: '-15% 0px -80% 0px' },
  );
  for (const section of root.querySelectorAll('section')) observer.observe(section);
  context.onDispose(() => observer.disconnect());
}

start();
