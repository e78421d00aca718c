// Width of text in terminal columns, by Unicode Standard Annex #11 (East Asian Width): wide and full-width characters
// take two, combining marks and format characters none, everything else one. Ambiguous characters count as one. Cells are cut
// and aligned by it; what fits a given terminal is laid out in terminal-table.ts.

/** Blocks that are wide, as first and last code points; emoji are told by their property instead. */
const WIDE_RANGES: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], // Hangul initial consonants
  [0x2329, 0x232a], // angle brackets
  [0x2e80, 0x303e], // CJK radicals, ideographic description, CJK punctuation
  [0x3041, 0x3247], // kana, bopomofo, Hangul compatibility jamo, enclosed CJK
  [0x3250, 0xa4cf], // CJK compatibility, extension A, unified ideographs, Yi
  [0xa960, 0xa97f], // Hangul jamo extended A
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff], // CJK compatibility ideographs
  [0xfe10, 0xfe19], // vertical forms
  [0xfe30, 0xfe6f], // CJK compatibility forms, small forms
  [0xff01, 0xff60], // full-width ASCII
  [0xffe0, 0xffe6], // full-width signs
  [0x16fe0, 0x18dff], // Tangut, Khitan
  [0x1aff0, 0x1b2ff], // kana extensions, Nushu
  [0x1f200, 0x1f265], // enclosed ideographs
  [0x20000, 0x3fffd], // supplementary and tertiary ideographic planes
];

/** Flags are two regional indicators in two columns. */
const EMOJI = /^(?!\p{Regional_Indicator})\p{Emoji_Presentation}$/u;
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;

/**
 * Columns that `text` takes in a terminal.
 *
 * @example
 * ```ts
 * displayWidth('ab'); // 2
 * displayWidth('词表'); // 4
 * ```
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    if (codePoint >= 0x20 && codePoint < 0x7f) width += 1;
    else if (ZERO_WIDTH.test(character)) continue;
    else width += isWide(codePoint) || EMOJI.test(character) ? 2 : 1;
  }
  return width;
}

/**
 * The beginning of `text` in at most `columns`, ending in `…` where something is left out.
 *
 * @example
 * ```ts
 * clipToWidth('词表合并', 5); // '词表…'
 * ```
 */
export function clipToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let shown = '';
  let width = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width >= columns) break;
    shown += character;
  }
  return `${shown}…`;
}

/** `text` with spaces before or behind it, up to `width` columns. */
export function padTo(text: string, width: number, align: 'left' | 'right'): string {
  const padding = ' '.repeat(width - displayWidth(text));
  return align === 'right' ? padding + text : text + padding;
}

/**
 * Rows of cells as lines: columns as wide as their widest cell, two spaces between them, none at the end of a line.
 *
 * @param alignOf how a column is aligned, by its index
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  alignOf: (column: number) => 'left' | 'right',
): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column]!))));
  return rows.map((row) =>
    row
      .map((cell, column) => padTo(cell, widths[column]!, alignOf(column)))
      .join('  ')
      .trimEnd(),
  );
}

/** `text` for a terminal: control and format characters, which would move the cursor or turn the line, as `\u001b`. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu, (character) => {
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
  });
}

function isWide(codePoint: number): boolean {
  return codePoint >= 0x1100 && WIDE_RANGES.some(([first, last]) => codePoint >= first && codePoint <= last);
}
