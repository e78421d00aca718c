// The advice of report/advise/advice.ts in Chinese, from its codes and numbers.
import { type Advice, type AdviceReason, LEAST_ADVICE_LINES } from '../../report/advise/advice.ts';
import { LEAST_OCCURRENCES } from '../../report/measure/pieces/piece-usage.ts';
import { formatAmount, formatLarge, formatPercent } from '../../report/page/number-words.ts';

const percent = (share: number | undefined): string => formatPercent(share ?? 0, 'zh');
const amount = (value: number | undefined): string => formatAmount(value ?? 0);
const large = (value: number | undefined): string => formatLarge(value ?? 0, 'zh');

/** The verdict as a Chinese sentence. */
export function writeVerdict({ verdict, newPieces, reasons }: Advice): string {
  const has = (code: AdviceReason['code']): boolean => reasons.some((reason) => reason.code === code);
  if (verdict === 'measure' && has('other-text')) return '没有结论：请用新词片所针对的文本统计。';
  if (verdict === 'extend-smaller' && has('dead-pieces'))
    return `去掉不会产生的词片再扩展：有 ${amount(newPieces ?? 0)} 个可以产生。`;
  switch (verdict) {
    case 'extend':
      return `值得扩展：新增 ${amount(newPieces ?? 0)} 行。`;
    case 'extend-smaller':
      return `少加一些词片再扩展：约 ${amount(newPieces ?? 0)} 个就够了。`;
    case 'repair':
      return '训练模型之前先修复：收益是有的，但模型已掌握的文本受到损害，或有行被浪费。';
    case 'measure':
      return '先用更多的、未参与训练的文本统计，再做决定。';
    case 'dont':
      return '不要扩展：省下的词元抵不上未经训练的新行。';
  }
}

/** A reason as a Chinese sentence. */
export function writeReason({ code, values: v }: AdviceReason): string {
  switch (code) {
    case 'saves':
      return `词元减少 ${percent(v.saving)}（${percent(v.low)} 至 ${percent(v.high)}）。`;
    case 'saves-little':
      return `词元只减少 ${percent(v.saving)}；低于 ${percent(v.least)} 时，新增的行并不划算。`;
    case 'saves-nothing':
      return '这份文本的词元并没有减少。';
    case 'slower':
      return `解码会变慢：LM head 变大后，词元至少要减少 ${percent(v.least)} 才能持平。`;
    case 'uncertain':
      return `词元减少 ${percent(v.low)} 至 ${percent(v.high)}；至少 ${percent(v.least)} 才划算。`;
    case 'other-text':
      return `新词片只占词元的 ${percent(v.share)}：这不是它们所针对的文本。如果您要处理的正是这类文本，就不要扩展。`;
    case 'too-few-lines':
      return `只统计了 ${amount(v.lines)} 行；至少要有 ${LEAST_ADVICE_LINES} 行才能判断。`;
    case 'not-held-out':
      return `有 ${amount(v.texts)} 份文本也是训练文本；在其他文本上收益更小。`;
    case 'broken-pieces':
      return `${amount(v.pieces)} 个原有词片再也不会产生，模型已掌握的文本会得到别的编号。`;
    case 'dead-pieces':
      return `${amount(v.pieces)} 个新词片永远不会产生：这些行占用内存，却得不到训练。`;
    case 'longer-lines':
      return `${amount(v.of)} 行中有 ${amount(v.lines)} 行的词元比以前多。`;
    case 'past-knee':
      return `超过 ${amount(v.knee)} 个新词片后，每再加一千个所省甚少。`;
    case 'large-rows':
      return `新增的行使模型增大 ${percent(v.growth)}；只加 ${amount(v.fewer)} 行时为 ${percent(v.most)}。`;
    case 'drop':
      return '`vocab-merge audit --repair --drop` 会去掉不会产生的词片，并给出检查点的行映射。';
    case 'rescore':
      return v.canRescore
        ? '`vocab-merge audit --repair` 会把新词片的分数排到原词表之下，编号和行不变。已用这个分词器训练过的模型仍须沿用原样。'
        : '仅改分数无法修复：请用 `vocab-merge extend` 重新学习词片。已用这个分词器训练过的模型仍须沿用原样。';
    case 'unused-pieces':
      return `${amount(v.newPieces)} 个新词片中有 ${amount(v.unused)} 个没有在文本中出现。`;
    case 'rare-pieces':
      return `要让 95% 的新词片各出现 ${LEAST_OCCURRENCES} 次，训练至少需要 ${large(v.tokens)}词元的同类文本；计划的是 ${large(v.trainingTokens)}。`;
    case 'changed-answers':
      return `选择题答案中有 ${amount(v.answers)} 处编号与以前不同；分数不可直接比较。`;
    case 'not-audited':
      return '未经审计：用 `vocab-merge audit` 可查出不再产生或永远不会产生的词片。';
    case 'no-harm':
      return '没有任何一行变长，原有词片一个不少。';
  }
}
