// The answer of a comparison in words, in English and Chinese: tokens saved, context gained, rows and bytes paid, harm found.
// Sentences come as spans, so that a page can stress the figures; plain text is the spans joined. Pure.

import type { ComparisonReport } from '../measure/comparison-report.ts';
import type { Answer, Harm } from './answer.ts';
import { formatAmount, formatBytesSi, formatPercent, formatTimes } from './number-words.ts';
import type { PageLanguage } from './page-data.ts';

/** A run of text, stressed or not. */
export interface TextSpan {
  readonly text: string;
  readonly isStrong?: boolean;
}

type Write = (parts: TemplateStringsArray, ...stressed: readonly (string | number)[]) => TextSpan[];

/** Spans of a template: what is put in is stressed. */
const write: Write = (parts, ...stressed) =>
  parts.flatMap((text, i) => {
    const spans: TextSpan[] = text === '' ? [] : [{ text }];
    return i < stressed.length ? [...spans, { text: String(stressed[i]), isStrong: true }] : spans;
  });

/**
 * The answer about one tokenizer.
 *
 * @example
 * ```ts
 * const [answer] = buildAnswers(report);
 * writeAnswer(answer, 'en').map(({ text }) => text).join('');
 * // 'merged takes … % fewer tokens than llama2…'
 * ```
 */
export function writeAnswer(answer: Answer, language: PageLanguage): TextSpan[] {
  // Harm is looked for in text: without any, none found would say too much.
  if (answer.saved === null) return writeSaving(answer, language);
  return [...writeSaving(answer, language), ...writePrice(answer, language), ...writeHarm(answer, language)];
}

/** What one tokenizer alone makes of the texts, when there is nothing to compare it with. */
export function writeSoleAnswer(report: ComparisonReport, language: PageLanguage): TextSpan[] {
  const figures = report.total.figures[0]!;
  const { name } = report.tokenizers[0]!;
  const rate = figures.tokensPerCharacter;
  if (rate === null) {
    return language === 'zh'
      ? write`文本为空，${name} 没有可以统计的内容。`
      : write`There is no text to count for ${name}.`;
  }
  const context = formatAmount(figures.contextCharacters.at(-1) ?? 0);
  const window = formatAmount(report.contextSizes.at(-1) ?? 0);
  const bytes = formatPercent(figures.byteShare ?? 0, language);
  return language === 'zh'
    ? write`${name} 平均每个字符用 ${rate.toFixed(3)} 个词元：${window} 个词元的上下文可容纳 ${context} 个字符，其中 ${bytes} 的词元只是字节。`
    : write`${name} takes ${rate.toFixed(3)} tokens per character: a context of ${window} tokens holds ${context} characters, and ${bytes} of its tokens are mere bytes.`;
}

function writeSaving(answer: Answer, language: PageLanguage): TextSpan[] {
  const { tokenizer, first, saved, contextGain } = answer;
  if (saved === null || contextGain === null) {
    return language === 'zh' ? write`文本为空，无法比较。` : write`There is no text to compare on.`;
  }
  const share = formatPercent(Math.abs(saved), language);
  const times = formatTimes(contextGain);
  if (Math.abs(saved) < 0.0005) {
    return language === 'zh'
      ? [{ text: `${tokenizer} 与 ${first} 的词元数` }, ...write`${'相同'}，上下文没有变长。`]
      : [
          { text: `${tokenizer} takes ` },
          ...write`${'as many tokens'} as `,
          { text: `${first}: no context is gained. ` },
        ];
  }
  if (language === 'zh') {
    return saved > 0
      ? [
          { text: `与 ${first} 相比，${tokenizer} 的词元数` },
          ...write`${`减少 ${share}`}，同样的上下文可容纳 ${`${times} 倍`}的文本。`,
        ]
      : [
          { text: `与 ${first} 相比，${tokenizer} 的词元数` },
          ...write`${`增加 ${share}`}，同样的上下文只能容纳 ${`${times} 倍`}的文本。`,
        ];
  }
  return saved > 0
    ? [
        { text: `${tokenizer} takes ` },
        ...write`${`${share} fewer tokens`} than `,
        { text: first },
        ...write`, so the same context holds ${`${times} times`} as much text. `,
      ]
    : [
        { text: `${tokenizer} takes ` },
        ...write`${`${share} more tokens`} than `,
        { text: first },
        ...write`: the same context holds only ${`${times} times`} as much text. `,
      ];
}

/** The model whose bytes are spoken of, and how it is known. */
export function describeShape(
  { cost, shapeSource, first }: Pick<Answer, 'cost' | 'shapeSource' | 'first'>,
  language: PageLanguage,
): string {
  const name = cost?.shape ?? '';
  const isChinese = language === 'zh';
  switch (shapeSource) {
    case 'config':
      return isChinese ? `${name}（按其 config.json）` : `${name} (by its config.json)`;
    case 'published':
      return isChinese ? `${name} 模型` : `a ${name} model`;
    case 'example':
      return isChinese
        ? `${name} 模型（仅为示例：没有 ${first} 的 config.json）`
        : `a ${name} model (an example: there is no config.json of ${first})`;
  }
}

function writePrice(answer: Answer, language: PageLanguage): TextSpan[] {
  const { rows, cost, extendsFirst } = answer;
  if (cost === null) return [];
  const count = formatAmount(Math.abs(rows));
  const bytes = formatBytesSi(Math.abs(cost.embeddingBytes + cost.headBytes));
  const model = describeShape(answer, language);
  const isSo = { text: model };
  if (language === 'zh') {
    if (rows === 0) return write`词表大小相同，不增加任何行。`;
    if (rows < 0) return [...write`词表少 ${`${count} 行`}，`, isSo, ...write`可节省 ${bytes}。`];
    const price = [
      ...write`代价是${extendsFirst ? '新增' : '多出'} ${`${count} 行`}，`,
      isSo,
      ...write`为此多占 ${bytes}。`,
    ];
    return extendsFirst ? price : [...price, { text: '它不是前者的扩展，原有的行不能直接沿用。' }];
  }
  if (rows === 0) return write`The vocabulary has the same size: no row is added. `;
  if (rows < 0)
    return [...write`Its vocabulary has ${`${count} fewer rows`}, which saves ${bytes} in `, isSo, { text: '. ' }];
  const price = [
    ...write`The price is ${`${count} ${extendsFirst ? 'new' : 'more'} rows`}, ${bytes} in `,
    isSo,
    { text: '. ' },
  ];
  return extendsFirst
    ? price
    : [...price, { text: 'It is no extension: rows that were trained cannot be kept as they are. ' }];
}

function writeHarm({ harm }: Answer, language: PageLanguage): TextSpan[] {
  if (harm.length === 0) {
    return language === 'zh' ? write`${'没有发现损害'}。` : write`${'No harm was found.'}`;
  }
  const list = harm.map((one) => describeHarm(one, language));
  return language === 'zh'
    ? [...write`${'发现的问题'}：`, { text: `${list.join('；')}。` }]
    : [...write`${'Harm found:'} `, { text: `${list.join('; ')}.` }];
}

/** One finding as a clause, without a full stop. */
export function describeHarm(harm: Harm, language: PageLanguage): string {
  const isChinese = language === 'zh';
  const count = formatAmount(harm.count);
  const of = formatAmount(harm.of ?? 0);
  const names = listNames(harm.names ?? [], language);
  const isOne = harm.count === 1;
  switch (harm.code) {
    case 'longer-text': {
      const more = formatPercent((harm.ratio ?? 1) - 1, language);
      if (harm.of === 1) return isChinese ? `${names} 的词元增加 ${more}` : `${names} takes ${more} more tokens`;
      return isChinese
        ? `${of} 份文本中有 ${count} 份的词元变多（${names}，${isOne ? '' : '最多'}增加 ${more}）`
        : `${count} of ${of} texts ${isOne ? 'takes' : 'take'} more tokens (${names}, ${isOne ? '' : 'up to '}${more} more)`;
    }
    case 'longer-lines':
      return isChinese ? `${of} 行中有 ${count} 行变长` : `${count} of ${of} lines ${isOne ? 'gets' : 'get'} longer`;
    case 'answers':
      return isChinese
        ? `作为答案时编码改变的字符：${names}`
        : `${names} ${isOne ? 'is' : 'are'} encoded differently as an answer`;
    case 'unknown':
      return isChinese ? `${count} 个词元是未知符号` : `${count} ${isOne ? 'token is' : 'tokens are'} unknown`;
    case 'broken':
      return isChinese
        ? `原词表有 ${count} 个词片不再编码为自身`
        : `${count} base ${isOne ? 'piece no longer encodes to itself' : 'pieces no longer encode to themselves'}`;
    case 'dead':
      return isChinese
        ? `${count} 个词片永远不会被用到`
        : `${count} ${isOne ? 'piece' : 'pieces'} can never be produced`;
    case 'held-out':
      return isChinese
        ? `${names} 也是训练文本，数字偏于乐观`
        : `${names} ${isOne ? 'was' : 'were'} also trained on, so the figures flatter`;
  }
}

const NAMES_SHOWN = 3;

function listNames(names: readonly string[], language: PageLanguage): string {
  const shown = names.slice(0, NAMES_SHOWN).join(language === 'zh' ? '、' : ', ');
  const left = names.length - NAMES_SHOWN;
  if (left <= 0) return shown;
  return language === 'zh' ? `${shown}等 ${names.length} 项` : `${shown} and ${left} more`;
}
