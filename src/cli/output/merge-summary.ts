// What `merge`, `build` and `demo` say about a merge.
import { counted, groupDigits } from '../../core/counted.ts';
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { DROP_REASONS, type DropReason, type MergeResult } from '../../merge/merge-vocab.ts';
import type { MergedTokenizer } from '../../pipeline/build/merge-tokenizers.ts';
import { countDropReasons } from '../../pipeline/io/manifest.ts';
import type { CommandOutput } from './command-output.ts';

/** Lines about what was appended, what was left out and why. */
export function describeMerge(merged: MergedTokenizer): string[] {
  const { merge, rowMap } = merged;
  const dropped = Object.entries(countDropReasons(merge)).map(
    ([reason, count]) => `${groupDigits(count)} dropped: ${DROP_REASONS[reason as DropReason]}`,
  );
  const sources = rowMap.new.reduce((sum, row) => sum + row.sources.length, 0);
  const made = `; a new row is the mean of ${(sources / rowMap.new.length).toFixed(1)} old rows on average`;
  return [
    describeSizes(merged),
    ...describeDuplicates(merge, merged.model),
    ...dropped,
    // What becomes of the rows where pieces were swapped is told with them.
    ...(merge.patch.removed === undefined
      ? [
          `row map: ${counted(rowMap.base.rows, 'row')} to ${groupDigits(rowMap.target.rows)}${rowMap.new.length === 0 ? '' : made}`,
        ]
      : []),
  ];
}

/** `32,000 base pieces + 17,953 new = 49,953 pieces`, and how many left where some did. */
export function describeSizes({ merge, model }: MergedTokenizer): string {
  const removed = merge.patch.removed?.length ?? 0;
  const less = removed === 0 ? '' : ` - ${groupDigits(removed)}`;
  return `${counted(merge.baseSize, 'base piece')}${less} + ${groupDigits(merge.added)} new = ${counted(model.pieces.length, 'piece')}`;
}

/** That every extension has `<unk>`, and most have `<s>`, is no news. */
function describeDuplicates({ duplicates, extensionSize }: MergeResult, { pieceTypes }: TokenizerModel): string[] {
  if (duplicates.every(({ baseId }) => pieceTypes[baseId] !== PIECE_TYPE.normal)) return [];
  const are = duplicates.length === 1 ? 'is' : 'are';
  return [
    `${groupDigits(duplicates.length)} of the extension's ${counted(extensionSize, 'piece')} ${are} in the base already`,
  ];
}

/** Shows the warnings of a merge. */
export function warnOfMerge(output: CommandOutput, { merge, skipped }: MergedTokenizer): void {
  for (const { message } of merge.warnings) output.warn(message);
  for (const { file, reason } of skipped) output.warn(`${file} is not written: ${reason}`);
}
