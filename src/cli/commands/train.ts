// vocab-merge train: a SentencePiece model from text.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { counted } from '../../core/counted.ts';

import { type ReadCorpusOptions, readCorpus } from '../../corpus/lines/read-corpus.ts';
import { modelPrefixOf } from '../../formats/sentencepiece/document.ts';
import { sha256Of } from '../../pipeline/io/sha256.ts';
import { trainSentencePiece } from '../../pipeline/threads/training-threads.ts';

import { defineCommand } from '../declare/command.ts';
import { CORPUS_FLAGS, corpusOptionsFrom } from '../flags/corpus-flags.ts';
import { MEMORY_FLAGS, maxMemoryFrom } from '../flags/memory-flag.ts';
import { documentOptionsFrom, PIECE_FLAGS, readPieceOptions } from '../flags/piece-flags.ts';
import { lineLimitFrom, readTrainOptions, TRAIN_FLAGS } from '../flags/train-flags.ts';
import { formatBytes, formatDuration } from '../output/command-output.ts';
import { textBytesOf } from '../output/corpus-summary.ts';
import { planTraining } from '../output/train-plan.ts';
import { showTrainProgress } from '../output/train-progress.ts';
import { FORCE_FLAGS, openFileOutput } from '../results/write-files.ts';

export const trainCommand = defineCommand({
  name: 'train',
  summary: 'Train a SentencePiece model, Unigram or BPE',
  description: `Takes the flags of spm_train, in its spelling too (--vocab_size=20000), with its defaults and its results.
Writes PREFIX.model and PREFIX.vocab. --input takes .txt, .jsonl, .csv, .tsv and .parquet files, .gz and .zst of them, folders,
globs, hf://datasets/owner/name/path, frequency tables made by \`vocab-merge count\`, and - for stdin; NAME=PATH names a source for --mix.

A piece of --must-include takes the place of the worst learnt one. It keeps its learnt score if it has one and its own text comes
out as it; otherwise it scores just above the best split of its text (Unigram), or is reached by further merges that rank below
all learnt ones and whose steps become pieces as well (BPE). Its characters join the alphabet. What --exclude names is never
learnt; a single character is left out of the alphabet. Both lists are normalized as the text is.

Before it starts, train says what it will take. With --max-memory it keeps to a share of the lines when that is too much: a line
is taken or not by a hash of its text, so the same lines every time.`,
  flags: {
    input: {
      type: 'string',
      required: true,
      multiple: true,
      list: true,
      placeholder: 'FILE',
      group: 'Input',
      help: 'Text to train on',
    },
    'input-format': {
      type: 'string',
      choices: ['text', 'tsv'],
      group: 'Input',
      help: 'tsv: each line is a sentence, a tab and its count',
    },
    ...CORPUS_FLAGS,
    ...MEMORY_FLAGS,
    ...PIECE_FLAGS,
    'model-prefix': {
      type: 'string',
      required: true,
      placeholder: 'PREFIX',
      group: 'Output',
      help: 'Writes PREFIX.model and PREFIX.vocab',
    },
    ...FORCE_FLAGS,
    ...TRAIN_FLAGS,
  },
  examples: [
    [
      'vocab-merge train --input zh.txt --model-prefix zh --vocab-size 20000 --character-coverage 0.9995',
      'A Unigram model of 20,000 pieces',
    ],
    [
      'vocab-merge train --input=zh.txt --model_prefix=zh --model_type=bpe --vocab_size=8000 --byte_fallback=true',
      'An spm_train command line works as it is',
    ],
    [
      'vocab-merge train --input news=crawl/ --input wiki.txt.gz --mix news=0.6,wiki=3 --model-prefix zh',
      'Six lines in ten of the news, three times the wiki',
    ],
    [
      'vocab-merge train --input pages.jsonl --model-type bpe --min-df 3 --document-field url --model-prefix zh',
      "Pieces of at least three sites, so that no site's boilerplate becomes one",
    ],
    [
      'vocab-merge train --input zh.txt --must-include terms.txt --exclude spam.txt --max-memory 2G --model-prefix zh',
      'With the terms of a field, without some phrases, in 2 GB',
    ],
    ["vocab-merge train --input 'corpus/*.jsonl.gz' --field content --model-prefix zh", 'Compressed JSON lines'],
  ],
  async run(context) {
    const { flags, output } = context;
    const inputs = flags.input;
    const prefix = flags['model-prefix'];
    const inputFormat = flags['input-format'];
    const trainOptions = { ...(await readTrainOptions(flags)), ...(await readPieceOptions(flags)) };
    const maxBytes = maxMemoryFrom(flags);
    const reading: ReadCorpusOptions = {
      ...corpusOptionsFrom(flags),
      ...documentOptionsFrom(flags),
      ...lineLimitFrom(flags),
      // In `tsv` format a line is a sentence, a tab and its count, as the reference reads it: no header, nothing is split.
      ...(inputFormat === 'tsv' && { splitLongLines: false, format: 'counts' }),
    };
    const [modelFile, vocabFile] = [`${prefix}.model`, `${prefix}.vocab`];
    const file = await openFileOutput([modelFile, vocabFile], context, () => isTrainedAs(modelFile, prefix));
    const startedAt = performance.now();
    const { inputSentenceSize, modelType = 'unigram' } = trainOptions;
    const plan = await planTraining(output, inputs, { reading, inputSentenceSize, modelType, maxBytes });
    const sentences = readCorpus(inputs, { ...reading, ...plan.part });
    const { stats } = sentences;
    const document = await trainSentencePiece(
      sentences,
      { ...trainOptions, ...(inputFormat && { inputFormat }), input: inputs, modelPrefix: prefix },
      { onProgress: showTrainProgress(output, stats) },
    );
    output.endProgress();
    const { model, bytes } = document;
    await file.write(
      new Map<string, string | Uint8Array>([
        [modelFile, bytes],
        [vocabFile, document.vocabText()],
      ]),
    );
    const [vocabSize, sha256] = [model.pieces.length, sha256Of(bytes)];
    const { forecast, part } = plan;
    const seconds = (performance.now() - startedAt) / 1000;
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    output.message(
      `trained on ${formatBytes(stats.keptBytes)} of ${formatBytes(textBytesOf(stats))} of text in ` +
        `${formatDuration(1000 * seconds)}, with ${formatBytes(peakBytes)} of memory at most`,
    );
    output.print(`${modelFile}: ${counted(vocabSize, 'piece')}, sha256 ${sha256}`);
    output.printJson({
      model: modelFile,
      vocab: vocabFile,
      vocabSize,
      sha256,
      corpus: stats,
      ...part,
      forecast,
      seconds,
      peakBytes,
    });
  },
});

// A model keeps the prefix that it was trained under: the same name, so an earlier run's. Others must not be lost.
async function isTrainedAs(modelFile: string, prefix: string): Promise<boolean> {
  const bytes = await readFile(modelFile).catch(() => undefined);
  const before = bytes && modelPrefixOf(bytes);
  return before !== undefined && basename(before) === basename(prefix);
}
