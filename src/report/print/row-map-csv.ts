// A row map as CSV (row-map.csv): one line for each row of the target, in order of the id.
// It writes no file. The bytes are those of fast-csv, which takes a quarter of a second for the rows of Llama 3; as it does,
// this leaves NUL characters out of fields, so a piece that holds one is exact in row-map.json only.
import { type RowMap, rowMapRows } from '../../core/row-map.ts';

/** Columns of row-map.csv. */
const ROW_MAP_CSV_COLUMNS = ['id', 'kind', 'piece', 'sources', 'weights'] as const;

/**
 * Formats a row map as CSV: a line with the columns, then one line a row. Sources and weights are lists separated by
 * spaces; padding rows have none. A piece that is spelled in bytes is shown as text (its surface). Lines end with a line feed.
 *
 * @param rowMap a map that `validateRowMap` accepts
 * @param options.pieces of the target by id as they are to be read, to name those of copied rows too
 * @example
 * ```ts
 * await formatRowMapCsv(rowMap);
 * // id,kind,piece,sources,weights
 * // 0,copy,,0,1
 * // 1,copy,,1,1
 * // 2,new,ab,0 1,0.5 0.5
 * // 3,padding,,,
 * ```
 */
export async function formatRowMapCsv(
  rowMap: RowMap,
  { pieces }: { readonly pieces?: readonly string[] | undefined } = {},
): Promise<string> {
  let csv = `${ROW_MAP_CSV_COLUMNS.join(',')}\n`;
  for (const { id, kind, sources, weights, piece = pieces?.[id] ?? '', surface = piece } of rowMapRows(rowMap)) {
    csv += `${id},${kind},${csvField(surface)},${sources.join(' ')},${weights.join(' ')}\n`;
  }
  return csv;
}

// fast-csv puts quotes around a field with a bar, too.
function csvField(text: string): string {
  const field = text.replaceAll('\0', '');
  return /[",\n\r|]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
