// What all benchmarks tell in the same way: aligned tables on stdout, the machine, and the same figures as JSON.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** The machine, above all figures: they mean nothing without it. */
export function printMachine({ cpu, threads, loadAverage, node }) {
  printHeading(`${cpu}, ${threads} threads, load ${loadAverage.toFixed(1)}, Node ${node}`);
}

/**
 * Writes the figures of a run to `out`, else into results/.
 *
 * @param kind of benchmark, such as `bench-train`
 */
export async function writeResults(kind, out, figures) {
  const created = new Date().toISOString();
  const name = `results/${kind.replace(/^bench-?(.+)$/, '$1-').replace(/^bench$/, '')}${created.replaceAll(':', '-')}.json`;
  const path = out ?? fileURLToPath(new URL(name, import.meta.url));
  await mkdir(dirname(path), { recursive: true });
  const head = { format: `vocab-merge/${kind}`, version: 1, created };
  await writeFile(path, `${JSON.stringify({ ...head, ...figures }, null, 2)}\n`);
  process.stderr.write(`written to ${path}\n`);
}

/** Two significant decimals for small numbers, none for large ones. */
export function formatNumber(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
