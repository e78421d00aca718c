// What `prune` and `--swap` say: which pieces left, and which texts got longer by it.
import { asPercent, groupDigits } from '../../core/counted.ts';
import { countRows, describeRows } from '../../core/row-map.ts';
import type { SwappedPieces } from '../../pipeline/build/extend-vocabulary.ts';
import type { MergedTokenizer } from '../../pipeline/build/merge-tokenizers.ts';
import { describeLeaving, type PrunedText } from '../../pipeline/build/prune-vocabulary.ts';
import { alignColumns, clipToWidth } from '../../report/print/display-width.ts';

/** Lines shown of those that got longest. */
const WORST_LINES = 3;
const SHOWN_WIDTH = 60;

/** What left, what became of the rows, and what gets longer, where pieces were swapped. */
export function describeSwap({ removed, texts }: SwappedPieces, { rowMap }: MergedTokenizer): string[] {
  return [
    `${describeLeaving(removed)}; new pieces have their ids`,
    `row map: ${describeRows(countRows(rowMap))}`,
    '',
    ...describeLonger(texts),
    '',
  ];
}

/** A table of the texts with their tokens before and after, and the lines that got longest. */
export function describeLonger(texts: readonly PrunedText[]): string[] {
  const rows = texts.map(({ name, isKept, lines, baseTokens, tokens, scripts }) => [
    isKept ? name : `${name} (sample)`,
    groupDigits(lines),
    groupDigits(scripts.reduce((sum, { longerLines }) => sum + longerLines, 0)),
    groupDigits(baseTokens),
    groupDigits(tokens),
    baseTokens === 0 ? '' : formatGrowth(tokens / baseTokens - 1),
  ]);
  const titles = ['text', 'lines', 'longer', 'tokens before', 'after', 'growth'];
  const table = alignColumns([titles, ...rows], (i) => (i === 0 ? 'left' : 'right'));
  const worst = texts
    .flatMap(({ name, longerLines }) => longerLines.map((line) => ({ name, ...line })))
    .sort((a, b) => b.tokens - b.baseTokens - (a.tokens - a.baseTokens))
    .slice(0, WORST_LINES)
    .map(
      ({ name, line, text, baseTokens, tokens }) =>
        `  ${name}, line ${line}: ${baseTokens} tokens become ${tokens}: ${clipToWidth(text, SHOWN_WIDTH)}`,
    );
  return [...table, ...(worst.length === 0 ? [] : ['the lines that get longest:', ...worst])];
}

function formatGrowth(share: number): string {
  return `${share < 0 ? '-' : '+'}${asPercent(Math.abs(share), 2)}`;
}
