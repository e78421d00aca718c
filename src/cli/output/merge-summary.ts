// What `merge`, `build` and `demo` say about a merge.
import { DROP_REASONS, type DropReason } from '../../merge/merge-vocab.ts';
import type { MergedTokenizer } from '../../pipeline/build/merge-tokenizers.ts';
import { countDropReasons } from '../../pipeline/io/manifest.ts';
import { type CommandOutput, formatCount } from './command-output.ts';

/** Lines about what was appended, what was left out and why. */
export function describeMerge({ merge, rowMap, model }: MergedTokenizer): string[] {
  const dropped = Object.entries(countDropReasons(merge)).map(
    ([reason, count]) => `${formatCount(count)} dropped: ${DROP_REASONS[reason as DropReason]}`,
  );
  const sources = rowMap.new.reduce((sum, row) => sum + row.sources.length, 0);
  const mean = rowMap.new.length === 0 ? 0 : sources / rowMap.new.length;
  return [
    `${formatCount(merge.baseSize)} base pieces + ${formatCount(merge.added)} new = ${formatCount(model.pieces.length)} pieces`,
    `${formatCount(merge.duplicates.length)} of the extension's ${formatCount(merge.extensionSize)} pieces ${merge.duplicates.length === 1 ? 'is' : 'are'} in the base already`,
    ...dropped,
    `row map: ${formatCount(rowMap.base.rows)} rows to ${formatCount(rowMap.target.rows)}; a new row is the mean of ${mean.toFixed(1)} old rows on average`,
  ];
}

/** Shows the warnings of a merge. */
export function warnOfMerge(output: CommandOutput, { merge, skipped }: MergedTokenizer): void {
  for (const { message } of merge.warnings) output.warn(message);
  for (const { file, reason } of skipped) output.warn(`${file} is not written: ${reason}`);
}
