// vocab-merge count: a mergeable frequency table of a corpus.

import { basename } from 'node:path';
import { counted } from '../../core/counted.ts';
import { buildFrequencyTable, packFrequencyTable } from '../../corpus/count/build-frequency-table.ts';
import { SEGMENT_JOINS } from '../../corpus/count/count-segments.ts';
import { defineCommand } from '../declare/command.ts';
import { scriptsFlag, scriptsFrom } from '../flags/append-flags.ts';
import { FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import { formatBytes } from '../output/command-output.ts';
import { describeCorpus } from '../output/corpus-summary.ts';
import { readingProgress } from '../output/train-progress.ts';
import { FORCE_FLAGS, openFileOutput } from '../results/write-files.ts';

export const countCommand = defineCommand({
  name: 'count',
  summary: 'Make a mergeable frequency table of a corpus, which train accepts',
  description: `Cuts text into runs of characters of the chosen scripts and counts them. Tables of parts are merged by counting the
tables together: counting two halves and merging gives the same bytes as counting the whole, so that a large corpus can be counted in
parts on many machines. With --max-length the runs are cut into short frequent segments, so that counts remain and no
sentence does; that comes last, after all parts are merged.`,
  flags: {
    input: {
      type: 'string',
      required: true,
      multiple: true,
      placeholder: 'FILE',
      help: 'Text or tables: file, folder, glob, -',
    },
    out: {
      type: 'string',
      required: true,
      placeholder: 'FILE',
      help: 'The table; .gz or .br in the name compresses it, - is standard output',
    },
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
  },
  examples: [
    ['vocab-merge count --input zh.txt --out zh.tsv.gz', 'All runs of Chinese with their counts'],
    ['vocab-merge count --input a.tsv.gz --input b.tsv.gz --out both.tsv.gz', 'Merge the tables of two parts'],
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
    const file = await openFileOutput([path], context);
    const result = await buildFrequencyTable({
      inputs: flags.input,
      ...fieldFrom(flags),
      ...scriptsFrom(flags),
      ...(punctuation !== undefined && { punctuation }),
      join: flags.join,
      maxLength: flags['max-length'],
      minCount: flags['min-count'],
      maxSourceShare: flags['max-source-share'],
      dedupe: flags.dedupe,
      onProgress: (stats) => output.progress(readingProgress('counting', stats.lines, stats)),
      onSource: ({ input, characters, segments }) =>
        output.message(`${input}: ${counted(characters, 'character')}, ${counted(segments, 'distinct run')}`),
    });
    output.endProgress();
    const data = packFrequencyTable(result.table, basename(path));
    await file.write(new Map([[path, data]]));
    const bytes = data.length;
    const { table, stats, sources, characters, droppedCharacters } = result;
    output.message(describeCorpus(stats));
    const lost = ((100 * droppedCharacters) / characters).toFixed(2);
    file.print(
      `${path}: ${counted(table.texts.length, 'segment')}, ${formatBytes(bytes)}; ${lost} % of the characters were in rarer ones`,
    );
    const segments = table.texts.length;
    output.printJson({ out: path, bytes, segments, characters, droppedCharacters, sources, corpus: stats });
  },
});
