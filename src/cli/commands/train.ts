// vocab-merge train: a SentencePiece model from text.
import { basename, dirname } from 'node:path';

import { readCorpus } from '../../corpus/read-corpus.ts';
import { serializeModelProto } from '../../formats/sentencepiece.ts';
import { buildVocabFile } from '../../formats/vocab-file.ts';
import { sha256Of } from '../../pipeline/sha256.ts';
import { trainSentencePiece } from '../../train/train-sentencepiece.ts';
import type { Command } from '../command.ts';
import { formatCount } from '../command-output.ts';
import { CORPUS_FLAGS, corpusOptionsFrom } from '../corpus-flags.ts';
import { readTrainOptions, TRAIN_FLAGS } from '../train-flags.ts';
import { showTrainProgress } from '../train-progress.ts';
import { writeFolder } from '../write-files.ts';

export const trainCommand: Command = {
  name: 'train',
  summary: 'Train a SentencePiece model, Unigram or BPE',
  description: `Takes the flags of spm_train, in its spelling too (--vocab_size=20000), with its defaults and its results.
Writes PREFIX.model and PREFIX.vocab. --input takes .txt, .jsonl, .csv, .tsv and .parquet files, .gz and .zst of them, folders,
globs, frequency tables made by \`vocab-merge count\`, and - for stdin.`,
  options: [
    {
      name: 'input',
      type: 'string',
      required: true,
      multiple: true,
      list: true,
      placeholder: 'FILE',
      group: 'Input',
      help: 'Text to train on',
    },
    {
      name: 'input-format',
      type: 'string',
      choices: ['text', 'tsv'],
      group: 'Input',
      help: 'tsv: each line is a sentence, a tab and its count',
    },
    ...CORPUS_FLAGS,
    {
      name: 'model-prefix',
      type: 'string',
      required: true,
      placeholder: 'PREFIX',
      group: 'Output',
      help: 'Writes PREFIX.model and PREFIX.vocab',
    },
    ...TRAIN_FLAGS,
  ],
  examples: [
    [
      'vocab-merge train --input zh.txt --model-prefix zh --vocab-size 20000 --character-coverage 0.9995',
      'A Unigram model of 20,000 pieces',
    ],
    [
      'vocab-merge train --input=zh.txt --model_prefix=zh --model_type=bpe --vocab_size=8000 --byte_fallback=true',
      'An spm_train command line works as it is',
    ],
    ["vocab-merge train --input 'corpus/*.jsonl.gz' --field content --model-prefix zh", 'Compressed JSON lines'],
  ],
  async run({ options, output }) {
    const inputs = options.strings('input');
    const prefix = options.required('model-prefix');
    const inputFormat = options.string('input-format') as 'text' | 'tsv' | undefined;
    // In `tsv` format a line is a sentence, a tab and its count, as the reference reads it: no header, nothing is split.
    const asLines = inputFormat === 'tsv';
    const sentences = readCorpus(inputs, {
      ...corpusOptionsFrom(options),
      ...(asLines && { splitLongLines: false, format: 'counts' as const }),
    });
    const { stats } = sentences;
    const trainOptions = await readTrainOptions(options);
    const name = basename(prefix);
    const { proto, sha256 } = await writeFolder(dirname(prefix), async () => {
      const proto = await trainSentencePiece(sentences, {
        ...trainOptions,
        ...(inputFormat && { inputFormat }),
        input: inputs,
        modelPrefix: prefix,
        onProgress: showTrainProgress(output, stats),
      });
      output.endProgress();
      const bytes = serializeModelProto(proto);
      const files = new Map<string, string | Uint8Array>([
        [`${name}.model`, bytes],
        [`${name}.vocab`, buildVocabFile(proto)],
      ]);
      return { files, result: { proto, sha256: sha256Of(bytes) } };
    });
    output.print(`${prefix}.model: ${formatCount(proto.pieces.length)} pieces, sha256 ${sha256}`);
    output.printJson({
      model: `${prefix}.model`,
      vocab: `${prefix}.vocab`,
      vocabSize: proto.pieces.length,
      sha256,
      corpus: stats,
    });
  },
};
