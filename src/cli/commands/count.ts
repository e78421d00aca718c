// vocab-merge count: a mergeable frequency table of a corpus.

import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { counted } from '../../core/counted.ts';
import { streamFrequencyTable } from '../../corpus/count/build-frequency-table.ts';
import { SEGMENT_JOINS } from '../../corpus/count/count-segments.ts';
import { packTableChunks } from '../../corpus/count/entry-text.ts';
import { defineCommand } from '../declare/command.ts';
import { scriptsFlag, scriptsFrom } from '../flags/append-flags.ts';
import { FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import { maxMemoryFrom } from '../flags/memory-flag.ts';
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
    'max-memory': {
      type: 'string',
      placeholder: 'SIZE',
      help: 'Such as 500M: what does not fit goes to a temporary file beside --out, and the table is the same; default 1G',
    },
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
    const stream = await streamFrequencyTable({
      inputs: flags.input,
      ...fieldFrom(flags),
      ...scriptsFrom(flags),
      ...(punctuation !== undefined && { punctuation }),
      join: flags.join,
      maxLength: flags['max-length'],
      minCount: flags['min-count'],
      maxSourceShare: flags['max-source-share'],
      dedupe: flags.dedupe,
      maxMemory: maxMemoryFrom(flags),
      temporaryFolder: await folderBeside(path),
      onProgress: (stats) => output.progress(readingProgress('counting', stats.lines, stats)),
    });
    output.endProgress();
    let bytes = 0;
    async function* packed(): AsyncGenerator<Uint8Array> {
      for await (const chunk of packTableChunks(stream.chunks, basename(path))) {
        bytes += chunk.length;
        yield chunk;
      }
    }
    try {
      await file.write(new Map([[path, packed()]]));
    } finally {
      stream.close();
    }
    const { stats, sources, characters, droppedCharacters, segments, spilledBytes } = stream.summary();
    for (const source of sources) {
      output.message(
        `${source.input}: ${counted(source.characters, 'character')}, ${counted(source.segments, 'distinct run')}`,
      );
    }
    output.message(describeCorpus(stats));
    if (spilledBytes > 0) output.message(`--max-memory: ${formatBytes(spilledBytes)} went to a temporary file`);
    const lost = ((100 * droppedCharacters) / characters).toFixed(2);
    file.print(
      `${path}: ${counted(segments, 'segment')}, ${formatBytes(bytes)}; ${lost} % of the characters were in rarer ones`,
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

// What goes to disk goes beside the result: the system's folder may be in memory. A stream has no place of its own.
async function folderBeside(path: string): Promise<string | undefined> {
  const folder = dirname(resolve(path));
  const place = await stat(path).catch(() => undefined);
  if (path === '-' || (place !== undefined && !place.isFile())) return undefined;
  return (await stat(folder).catch(() => undefined))?.isDirectory() === true ? folder : undefined;
}
