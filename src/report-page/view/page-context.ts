// What every section of the page is given: the data, the words, how to write numbers, who the tokenizers are, and a queue for
// work that can wait until the page has been painted.
import { type Answer, buildAnswers, chooseLeadingAnswer } from '../../report/page/answer.ts';
import {
  formatAmount,
  formatBytesSi,
  formatChange,
  formatLarge,
  formatPercent,
} from '../../report/page/number-words.ts';
import type { PageLanguage, ReportPageData } from '../../report/page/page-data.ts';
import { type PageTexts, TEXTS_EN } from '../texts/texts-en.ts';
import { TEXTS_ZH } from '../texts/texts-zh.ts';
import type { EmbeddedTokenizers } from './embedded-tokenizers.ts';

/** One tokenizer as the page shows it. */
export interface ShownTokenizer {
  readonly index: number;
  readonly name: string;
  readonly vocabSize: number;
  readonly extendsFirst: boolean;
  /** Ids from here on are new; `vocabSize` when none are. */
  readonly firstNewId: number;
  /** CSS colour and shape in charts, the same everywhere. */
  readonly color: string;
  readonly symbol: string;
}

/** What people have chosen and typed; outlives a change of language. */
export interface PageState {
  language: PageLanguage;
  liveText: string | undefined;
  readonly controls: Map<string, string>;
}

/** Given to every section. */
export interface PageContext {
  readonly data: ReportPageData;
  readonly texts: PageTexts;
  readonly language: PageLanguage;
  readonly state: PageState;
  readonly tokenizers: readonly ShownTokenizer[];
  readonly answers: readonly Answer[];
  /** Position in `answers` of the one to open with. */
  readonly leading: number;
  readonly embedded: EmbeddedTokenizers;
  readonly amount: (value: number) => string;
  readonly large: (value: number) => string;
  readonly percent: (share: number, digits?: number) => string;
  /** A ratio to the base as a change: 0.524 is `−47.6 %`. */
  readonly change: (ratio: number, digits?: number) => string;
  readonly bytes: (bytes: number) => string;
  /** Runs a task after the page was painted, one task a frame. */
  readonly later: (task: () => void) => void;
  /** Called before the page is drawn anew. */
  readonly onDispose: (task: () => void) => void;
}

/** Colours and shapes that tell tokenizers apart; further ones repeat the colours with other shapes. */
const COLORS = 6;
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'arrow'] as const;
/** The base is a bar across the row: what the others are measured against. */
const BASE_SYMBOL = 'bar';

/** Builds the context of a drawing of the page. */
export function createContext(options: {
  readonly data: ReportPageData;
  readonly state: PageState;
  readonly embedded: EmbeddedTokenizers;
  readonly later: PageContext['later'];
  readonly onDispose: PageContext['onDispose'];
}): PageContext {
  const { data, state, embedded, later, onDispose } = options;
  const { language } = state;
  const firstSize = data.report.tokenizers[0]?.vocabSize ?? 0;
  const answers = buildAnswers(data.report, data.marks);
  return {
    data,
    state,
    language,
    texts: language === 'zh' ? TEXTS_ZH : TEXTS_EN,
    tokenizers: data.report.tokenizers.map(({ name, vocabSize, extendsFirst }, index) => ({
      index,
      name,
      vocabSize,
      extendsFirst,
      firstNewId: extendsFirst ? firstSize : vocabSize,
      color: index === 0 ? 'var(--t0)' : `var(--t${1 + ((index - 1) % (COLORS - 1))})`,
      symbol: index === 0 ? BASE_SYMBOL : SYMBOLS[(index - 1) % SYMBOLS.length]!,
    })),
    answers,
    leading: chooseLeadingAnswer(answers),
    embedded,
    amount: formatAmount,
    large: (value) => formatLarge(value, language),
    percent: (share, digits) => formatPercent(share, language, digits),
    change: (ratio, digits) => formatChange(ratio, language, digits),
    bytes: formatBytesSi,
    later,
    onDispose,
  };
}
