// Aligned tables on stdout.

/** Prints rows of text under their titles; the first column is aligned left, the others right. */
export function printTable(titles, rows) {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  for (const row of [titles, ...rows]) {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    process.stdout.write(`  ${cells.join('  ')}\n`);
  }
  process.stdout.write('\n');
}

/** Prints a heading. */
export function printHeading(text) {
  process.stdout.write(`${text}\n\n`);
}

/** Two significant decimals for small numbers, none for large ones. */
export function formatNumber(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
