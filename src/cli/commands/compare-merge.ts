// vocab-merge compare merge: one report from the parts of a comparison.

import { expandInputs } from '../../corpus/read/expand-inputs.ts';
import { openPart } from '../../corpus/shards/part-file.ts';
import { gatherParts, missingShards, recordOf, type WorkPart } from '../../corpus/shards/part-record.ts';
import { InputError } from '../../errors.ts';
import { openComparison } from '../../report/measure/compare-tokenizers.ts';
import { type PlacedSums, parseSums } from '../../report/measure/comparison-part.ts';
import type { TextCandidates } from '../../report/measure/passages.ts';
import { joinTextSums } from '../../report/measure/text-sums.ts';
import { defineCommand } from '../declare/command.ts';
import { countingOptions, loadComparedOf } from '../flags/compared-tokenizers.ts';
import { noText } from '../flags/corpus-flags.ts';
import { COMPARISON_FLAGS, openComparisonOutput } from '../results/write-comparison.ts';

export const compareMergeCommand = defineCommand({
  name: 'compare merge',
  summary: 'One report from the parts of a comparison',
  description: `Adds up what \`vocab-merge compare --shard\` has counted. The report is that of one process, confidence intervals included.
The tokenizers are opened again from where they were. Parts with other options are refused, so are a part that is there twice, one
that is missing, and parts of other texts or versions.`,
  positionals: { name: 'PART…', min: 1, max: 100_000 },
  flags: COMPARISON_FLAGS,
  examples: [
    ['vocab-merge compare merge part-*.jsonl.gz', 'All shards of a comparison, as a table'],
    ['vocab-merge compare merge part-*.jsonl.gz --out report.html', 'As a page with charts'],
  ],
  async run(context) {
    const { positionals, output } = context;
    const comparisonOutput = await openComparisonOutput(context);
    const paths = (await expandInputs(positionals)).map(({ path }) => path);
    const parts: WorkPart[] = [];
    for (const path of paths) {
      if (path === '-') {
        throw new InputError('compare merge: standard input is no part', { hint: 'Write the part to a file first.' });
      }
      const { lines, ...part } = await openPart(path);
      await lines[Symbol.asyncIterator]().return?.();
      parts.push(part);
    }
    const gathered = gatherParts(parts);
    if (gathered.missing.length > 0) throw missingShards('compare merge', gathered, 'Count them as well.');
    const { settings, ...compared } = await loadComparedOf(parts[0]!);
    const comparison = await openComparison(countingOptions(compared, settings));
    const candidates: TextCandidates[] = [];
    let current: PlacedSums | undefined;
    let lines = 0;
    const finishText = (): void => {
      if (current === undefined) return;
      comparison.add(current.sums);
      candidates.push({ text: current.sums.name, passages: current.passages });
      lines += current.sums.size.lines;
    };
    // Shards follow each other in the texts, so that one text at a time is in memory.
    const inOrder = parts.toSorted((a, b) => shardOf(a) - shardOf(b));
    for (const [i, { path }] of inOrder.entries()) {
      let number = 1;
      for await (const line of (await openPart(path)).lines) {
        const placed = parseSums(line, `${path}: line ${++number}`, comparison.tokenizers);
        if (placed.text === current?.text) {
          const { sums, passages, text } = current;
          current = { text, sums: joinTextSums(sums, placed.sums), passages: [...passages, ...placed.passages] };
        } else {
          finishText();
          current = placed;
        }
      }
      output.progress({ what: 'reading parts', done: i + 1, total: parts.length, unit: 'parts' });
    }
    finishText();
    output.endProgress();
    if (lines === 0) throw noText(paths);
    const counters = comparison.tokenizers.map(({ counter }) => counter);
    await comparisonOutput.write({ report: comparison.finish(), ...compared, counters, candidates });
  },
});

function shardOf(part: WorkPart): number {
  return Number.parseInt(recordOf(part).tables[0]!, 10);
}
