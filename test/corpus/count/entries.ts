// What is in sorted entries, as texts with their counts.
import { segmentText } from '../../../src/corpus/count/entry-text.ts';
import type { SortedEntries } from '../../../src/corpus/count/runs/sorted-runs.ts';

/** All that are left; they are read by it. */
export function entriesOf(entries: SortedEntries): [text: string, count: number][] {
  const all: [string, number][] = [];
  while (entries.next()) all.push([segmentText(entries.units, entries.start, entries.end), entries.count]);
  return all;
}
