// vocab-merge count merge: one frequency table from the tables of shards.

import { counted } from '../../core/counted.ts';
import { checkTableFile, mergeTableFiles } from '../../corpus/count/merge-tables.ts';
import type { TableRecord } from '../../corpus/count/table-parts.ts';
import { recordOf } from '../../corpus/shards/part-record.ts';
import { opensAsResult } from '../../pipeline/io/output-rules.ts';
import { defineCommand } from '../declare/command.ts';
import { formatBytes } from '../output/command-output.ts';
import { bytesProgress } from '../output/train-progress.ts';
import { isMadeAlready } from '../results/shard-part.ts';
import { FORCE_FLAGS, openFileOutput } from '../results/write-files.ts';
import { describeLeftOut, folderBeside, shareLeftOut, TABLE_OUT, writeTable } from '../results/write-table.ts';

export const countMergeCommand = defineCommand({
  name: 'count merge',
  summary: 'One table from the tables of shards, or of other parts',
  description: `Adds up the tables of \`vocab-merge count\`, in memory that does not grow with them. The bytes are the same in any order of the
parts and in any tree of merges. Tables with other options are refused, so are a part that is there twice and shards of other
inputs or versions; a missing shard is refused without --partial.`,
  positionals: { name: 'TABLE…', min: 1, max: 100_000 },
  flags: {
    out: TABLE_OUT,
    ...FORCE_FLAGS,
    'min-count': { type: 'integer', help: 'Leave out what occurs less often in all parts together; default 1' },
    partial: { type: 'boolean', help: 'Merge although shards are missing, to be merged with the others later' },
  },
  examples: [
    ['vocab-merge count merge part-*.tsv.gz --out zh.tsv.gz', 'All shards of a count'],
    [
      'vocab-merge extend --base llama2 --input zh.tsv.gz --target-size 49953 --out llama2-zh',
      'Learn new pieces from the merged table',
    ],
  ],
  async run(context) {
    const { flags, positionals, output } = context;
    const path = flags.out;
    const file = await openFileOutput([path], context, opensAsResult);
    const merged = await mergeTableFiles({
      inputs: positionals,
      minCount: flags['min-count'] ?? 1,
      isPartial: flags.partial ?? false,
      temporaryFolder: await folderBeside(path),
      onProgress: (bytes) => output.progress(bytesProgress('reading tables', bytes)),
    });
    const { header } = merged;
    try {
      // A whole table takes the place of no part.
      if (header.part === undefined) await openFileOutput([path], context);
      else if (await isMadeAlready(path, { header: async () => header, read: checkTableFile }, context)) {
        merged.close();
        return;
      }
    } catch (error) {
      merged.close();
      throw error;
    }
    const bytes = await writeTable(file, path, merged, output);
    output.endProgress();
    const { segments, ...dropped } = merged.totals;
    const { of, characters, droppedCharacters } = recordOf<TableRecord>({ path, header: merged.header, sha256: '' });
    const ownMinCount = Number(merged.parts[0]!.header.minCount ?? 1);
    if (ownMinCount > 1) {
      const share =
        characters === undefined || droppedCharacters === undefined
          ? ''
          : `: ${shareLeftOut(droppedCharacters, characters)} of the characters`;
      output.message(
        `each part had left out what occurs fewer than ${counted(ownMinCount, 'time')} in it${share}; together it may occur more often`,
      );
    }
    file.print(
      `${path}: ${counted(segments, 'segment')} from ${counted(merged.parts.length, 'table')}, ${formatBytes(bytes)}${describeLeftOut(dropped.droppedCharacters, dropped.characters)}`,
    );
    output.printJson({
      out: path,
      bytes,
      segments,
      ...dropped,
      tables: merged.parts.length,
      ...(of !== undefined && { shards: of.shards }),
      ...(droppedCharacters !== undefined && { droppedInParts: droppedCharacters }),
    });
  },
});
