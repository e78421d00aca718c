// A table as CSV text and as a link that downloads it without a network. Quotes as RFC 4180 says; UTF-8 with a mark, since
// spreadsheets guess otherwise.

/** The data of a chart. */
export interface FigureTable {
  readonly columns: readonly { readonly title: string; readonly format?: (value: number) => string }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** Text of a table. Numbers are written in full, not as shown. */
export function tableToCsv({ columns, rows }: FigureTable): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  return lines.map((cells) => `${cells.map(quote).join(',')}\r\n`).join('');
}

/** A `data:` URL of a CSV text. */
export function csvUrl(csv: string): string {
  return `data:text/csv;charset=utf-8,${encodeURIComponent(`\ufeff${csv}`)}`;
}

function quote(cell: string | number | null): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
