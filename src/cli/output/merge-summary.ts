// What `merge`, `build` and `demo` say about a merge.
import { counted, groupDigits } from '../../core/counted.ts';
import { DROP_REASONS, type DropReason } from '../../merge/merge-vocab.ts';
import type { MergedTokenizer } from '../../pipeline/build/merge-tokenizers.ts';
import { countDropReasons } from '../../pipeline/io/manifest.ts';
import type { CommandOutput } from './command-output.ts';

/** Lines about what was appended, what was left out and why. */
export function describeMerge({ merge, rowMap, model }: MergedTokenizer): string[] {
  const dropped = Object.entries(countDropReasons(merge)).map(
    ([reason, count]) => `${groupDigits(count)} dropped: ${DROP_REASONS[reason as DropReason]}`,
  );
  const sources = rowMap.new.reduce((sum, row) => sum + row.sources.length, 0);
  const made = `; a new row is the mean of ${(sources / rowMap.new.length).toFixed(1)} old rows on average`;
  return [
    `${counted(merge.baseSize, 'base piece')} + ${groupDigits(merge.added)} new = ${counted(model.pieces.length, 'piece')}`,
    `${groupDigits(merge.duplicates.length)} of the extension's ${counted(merge.extensionSize, 'piece')} ${merge.duplicates.length === 1 ? 'is' : 'are'} in the base already`,
    ...dropped,
    `row map: ${counted(rowMap.base.rows, 'row')} to ${groupDigits(rowMap.target.rows)}${rowMap.new.length === 0 ? '' : made}`,
  ];
}

/** Shows the warnings of a merge. */
export function warnOfMerge(output: CommandOutput, { merge, skipped }: MergedTokenizer): void {
  for (const { message } of merge.warnings) output.warn(message);
  for (const { file, reason } of skipped) output.warn(`${file} is not written: ${reason}`);
}
