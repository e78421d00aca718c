// Tables for a terminal: columns aligned whatever the script, bars, and a way to fit a given width. Too wide a table first
// gets shorter bars, then loses its least important columns, then has its names cut; it never wraps.
import { clipToWidth, displayWidth, padTo } from './display-width.ts';

/** ANSI styles that tables use. */
export const STYLE = {
  bold: '\u001b[1m',
  dim: '\u001b[2m',
  red: '\u001b[31m',
  green: '\u001b[32m',
  yellow: '\u001b[33m',
  blue: '\u001b[34m',
  magenta: '\u001b[35m',
  cyan: '\u001b[36m',
} as const;

/** Colours of the tokenizers in bars, the first one's first; from the end it starts again behind the first. */
export const SERIES_STYLES: readonly string[] = [STYLE.dim, STYLE.cyan, STYLE.magenta, STYLE.yellow, STYLE.blue];

/** Styles of what a check says. */
export const VERDICT_STYLES = {
  ok: STYLE.green,
  note: STYLE.yellow,
  problem: STYLE.red,
  skipped: STYLE.dim,
} as const;

const RESET = '\u001b[0m';

/** Applies a style to text, or leaves it. */
export type Styler = (text: string, style: string | undefined) => string;

/** A styler that writes escape codes only if told to. */
export function createStyler({ color }: { readonly color: boolean }): Styler {
  return (text, style) => (color && style !== undefined && text !== '' ? style + text + RESET : text);
}

/** A column of a {@link formatTerminalTable}. */
export interface TerminalColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Finished texts, one a row, nothing in them that moves the cursor. */
  readonly cells: readonly string[];
  /** Style of each cell. */
  readonly styles?: readonly (string | undefined)[];
  /** Columns with the lowest number are left out first where the table is too wide; without one it always stays. */
  readonly keep?: number;
  /** The cells are names, which may be cut. */
  readonly isName?: boolean;
  /** Bars instead of cells: lengths from 0 to 1. */
  readonly bars?: readonly number[];
}

const GAP = 2;
const LONGEST_BAR = 28;
const SHORTEST_BAR = 8;
const SHORTEST_NAME = 6;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * Lays a table out.
 *
 * @param options.width columns of the terminal
 * @returns lines without line ends, the titles first
 * @example
 * ```ts
 * formatTerminalTable(
 *   [
 *     { title: 'text', align: 'left', cells: ['新闻', 'en'] },
 *     { title: 'share', align: 'left', cells: ['', ''], bars: [1, 0.5] },
 *   ],
 *   { width: 14, style: createStyler({ color: false }) },
 * ); // ['text  share', '新闻  ████████', 'en    ████']
 * ```
 */
export function formatTerminalTable(
  columns: readonly TerminalColumn[],
  { width, style }: { readonly width: number; readonly style: Styler },
): string[] {
  const shown = [...columns];
  const widths = new Map(shown.map((column) => [column, naturalWidth(column)]));
  const excess = (): number => shown.reduce((sum, column) => sum + widths.get(column)! + GAP, -GAP) - width;
  for (const column of shown.filter(({ bars }) => bars !== undefined)) {
    const least = Math.max(SHORTEST_BAR, displayWidth(column.title));
    widths.set(column, Math.max(least, Math.min(LONGEST_BAR, widths.get(column)! - excess())));
  }
  while (excess() > 0) {
    const droppable = shown.filter(({ keep }) => keep !== undefined);
    if (droppable.length === 0) break;
    const next = droppable.reduce((least, column) => (column.keep! < least.keep! ? column : least));
    shown.splice(shown.indexOf(next), 1);
  }
  // What dropping has freed goes to the bars again.
  for (const column of shown.filter(({ bars }) => bars !== undefined)) {
    widths.set(column, Math.min(LONGEST_BAR, widths.get(column)! - Math.min(0, excess())));
  }
  for (;;) {
    const names = shown.filter((column) => column.isName && widths.get(column)! > SHORTEST_NAME);
    if (excess() <= 0 || names.length === 0) break;
    const widest = names.reduce((most, column) => (widths.get(column)! > widths.get(most)! ? column : most));
    widths.set(widest, widths.get(widest)! - 1);
  }
  const lines = [formatLine(shown, (column) => style(pad(column.title, column, widths.get(column)!), STYLE.bold))];
  const rows = columns[0]?.cells.length ?? 0;
  for (let row = 0; row < rows; row++) {
    const cellOf = (column: TerminalColumn): string => {
      const columnWidth = widths.get(column)!;
      const text = column.bars === undefined ? column.cells[row]! : barOf(column.bars[row]!, columnWidth);
      return style(pad(text, column, columnWidth), column.styles?.[row]);
    };
    lines.push(formatLine(shown, cellOf));
  }
  return lines;
}

/** A bar of `share` of the width, in eighths of a column; what is not nothing is seen. */
export function barOf(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const shown = share > 0 ? Math.max(1, eighths) : 0;
  return '█'.repeat(Math.floor(shown / 8)) + EIGHTHS[shown % 8]!;
}

function naturalWidth({ title, cells, bars }: TerminalColumn): number {
  if (bars !== undefined) return Math.max(LONGEST_BAR, displayWidth(title));
  return Math.max(displayWidth(title), ...cells.map(displayWidth));
}

function pad(text: string, { align }: TerminalColumn, width: number): string {
  return padTo(clipToWidth(text, width), width, align);
}

function formatLine(columns: readonly TerminalColumn[], cellOf: (column: TerminalColumn) => string): string {
  const cells = columns.map(cellOf);
  // Spaces at the end of a line, also before an escape code, would wrap in a terminal that is just wide enough.
  return cells.join(' '.repeat(GAP)).replace(/ +((?:\u001b\[\d+m)*)$/, '$1');
}
