// vocab-merge count: a mergeable frequency table of a corpus.

import { counted } from '../../core/counted.ts';
import {
  type FrequencyTableOptions,
  shardHeader,
  streamFrequencyTable,
} from '../../corpus/count/build-frequency-table.ts';
import { SEGMENT_JOINS } from '../../corpus/count/count-segments.ts';
import { checkTableFile } from '../../corpus/count/merge-tables.ts';
import { openCountThreads } from '../../pipeline/threads/count-threads.ts';
import { defineCommand } from '../declare/command.ts';
import { scriptsFlag, scriptsFrom } from '../flags/append-flags.ts';
import { FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import { maxMemoryFrom } from '../flags/memory-flag.ts';
import { formatBytes } from '../output/command-output.ts';
import { describeCorpus } from '../output/corpus-summary.ts';
import { memoryInUse, readingProgress } from '../output/train-progress.ts';
import { isMadeAlready, SHARD_FLAGS, shardFrom, warnOfEmptyShard } from '../results/shard-part.ts';
import { FORCE_FLAGS, openFileOutput } from '../results/write-files.ts';
import { describeLeftOut, folderBeside, TABLE_OUT, writeTable } from '../results/write-table.ts';

export const countCommand = defineCommand({
  name: 'count',
  summary: 'Make a mergeable frequency table of a corpus, which train accepts',
  description: `Cuts text into runs of characters of the chosen scripts and counts them. With --max-length the runs are cut into short
frequent segments, so that counts remain and no sentence does. Memory stays within --max-memory for any size of text.

For more text than one machine should count: count shards with --join front --max-length 7 --min-count 2 --shard I/N, one process for each
I from 1 to N, merge their tables with \`vocab-merge count merge\`, and give the merged table to extend. Without --max-length and
--min-count the merged table is byte for byte that of one process, and several times as large.`,
  flags: {
    input: {
      type: 'string',
      required: true,
      multiple: true,
      placeholder: 'FILE',
      help: 'Text or tables: file, folder, glob, hf://datasets/owner/name/path, -',
    },
    out: TABLE_OUT,
    ...FORCE_FLAGS,
    ...FIELD_FLAGS,
    scripts: scriptsFlag('Scripts counted; default Han'),
    punctuation: {
      type: 'string',
      help: 'Characters counted in runs of their own; default Chinese punctuation',
    },
    join: {
      type: 'string',
      choices: SEGMENT_JOINS,
      help: 'front: segments have the marks in front of them and say whether they begin a text, for extend; none (default): marks apart',
    },
    'max-length': { type: 'integer', help: 'Cut runs into frequent segments of at most this many characters' },
    'min-count': { type: 'integer', help: 'Leave out what occurs less often; default 1' },
    'max-source-share': { type: 'number', help: 'No --input weighs more than this share of all; default 1' },
    dedupe: { type: 'boolean', help: 'Count each distinct line once; default false' },
    ...SHARD_FLAGS,
    'max-memory': {
      type: 'string',
      placeholder: 'SIZE',
      help: 'Such as 500M: what does not fit goes to a temporary file beside --out, and the table is the same; default 1G, least 300M',
    },
  },
  examples: [
    ['vocab-merge count --input zh.txt --out zh.tsv.gz', 'All runs of Chinese with their counts'],
    [
      'vocab-merge count --input zh/ --shard 1/8 --join front --max-length 7 --min-count 2 --out part-1.tsv.gz',
      'The first of eight shards, to be merged by count merge',
    ],
    [
      'vocab-merge count --input news/ --input wiki/ --max-length 6 --min-count 3 --max-source-share 0.6 --out zh.tsv.br',
      'A small table of short segments, neither source above 60 %',
    ],
    [
      'vocab-merge train --input zh.tsv.gz --model-prefix zh --vocab-size 20000 --add-dummy-prefix=false',
      'Train on a table',
    ],
  ],
  async run(context) {
    const { flags, output } = context;
    const path = flags.out;
    const punctuation = flags.punctuation;
    const options: FrequencyTableOptions = {
      inputs: flags.input,
      ...fieldFrom(flags),
      ...scriptsFrom(flags),
      ...(punctuation !== undefined && { punctuation }),
      join: flags.join,
      maxLength: flags['max-length'],
      minCount: flags['min-count'],
      maxSourceShare: flags['max-source-share'],
      dedupe: flags.dedupe,
      shard: shardFrom('count', flags.shard),
      maxMemory: maxMemoryFrom(flags),
      temporaryFolder: await folderBeside(path),
      openThreads: openCountThreads,
      onProgress: (stats) => output.progress(readingProgress('counting', stats.lines, stats)),
      onCondense: (what, done, total) => output.progress({ what, done, total, details: [memoryInUse] }),
    };
    const { shard } = options;
    if (shard !== undefined) {
      const header = () => shardHeader({ ...options, shard });
      if (await isMadeAlready(path, { header, read: checkTableFile }, context)) return;
    }
    const file = await openFileOutput([path], context);
    const stream = await streamFrequencyTable(options);
    output.endProgress();
    const bytes = await writeTable(file, path, stream, output);
    const { stats, sources, characters, droppedCharacters, segments, spilledBytes } = stream.summary();
    for (const source of sources) {
      output.message(
        `${source.input}: ${counted(source.characters, 'character')}, ${counted(source.segments, 'distinct run')}`,
      );
    }
    output.message(describeCorpus(stats));
    if (shard !== undefined && stats.files === 0) warnOfEmptyShard(shard, context);
    if (spilledBytes > 0) output.message(`--max-memory: ${formatBytes(spilledBytes)} went to a temporary file`);
    file.print(
      `${path}: ${counted(segments, 'segment')}, ${formatBytes(bytes)}${describeLeftOut(droppedCharacters, characters)}`,
    );
    output.printJson({
      out: path,
      bytes,
      segments,
      characters,
      droppedCharacters,
      spilledBytes,
      sources,
      corpus: stats,
    });
  },
});
