// How row-map, resize and check say what becomes of the rows of a checkpoint.
import type { RowCounts } from '../../core/row-map.ts';
import { formatCount } from './command-output.ts';

/** `32,000 rows copied, 271 filled, 29 appended, 12 kept as they are, 3 padding`; what there is none of is left out. */
export function describeRows({ copied, filled, appended, kept, padding }: RowCounts): string {
  const parts: readonly (readonly [number, string])[] = [
    [filled, 'free rows filled'],
    [appended, filled > 0 ? 'rows appended' : 'new'],
    [kept, 'free rows kept as they are'],
    [padding, 'padding'],
  ];
  const rest = parts.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
  return [`${formatCount(copied)} rows copied`, ...rest].join(', ');
}
