// vocab-merge build: the whole job, from text to a folder that is ready to use.

import { expandInputs } from '../../corpus/expand-inputs.ts';
import { readCorpus, readLines } from '../../corpus/read-corpus.ts';
import { buildVocabulary } from '../../pipeline/build-vocabulary.ts';
import { formatComparisonTerminal } from '../../report/format-terminal.ts';
import { loadTokenizer, requireSentencePiece } from '../../vocab/load-tokenizer.ts';
import { sampleTexts } from '../../vocab/sample-texts.ts';
import { readZhTable, ZH_TABLE_NAME } from '../../vocab/zh-table.ts';
import type { Command } from '../command.ts';
import { formatCount, formatDuration } from '../command-output.ts';
import { CORPUS_FLAGS, corpusOptionsFrom } from '../corpus-flags.ts';
import { MERGE_FLAGS, mergeOptionsFrom } from '../merge-flags.ts';
import { describeMerge, warnOfMerge } from '../merge-summary.ts';
import { textName } from '../text-name.ts';
import { readTrainOptions, TRAIN_FLAGS } from '../train-flags.ts';
import { showTrainProgress } from '../train-progress.ts';
import { writeFolder } from '../write-files.ts';

export const buildCommand: Command = {
  name: 'build',
  summary: 'The whole job: train, merge, row map, tokenizer files, report',
  description: `Trains an extension on --input (without it: on the embedded table of contemporary Chinese), merges it into --base,
and writes tokenizer.model, tokenizer.json, tokenizer_config.json, special_tokens_map.json, extension.model, row-map.json,
row-map.csv, report.json, report.csv, report.md and manifest.json.

The extension has 20,000 pieces unless --vocab-size says otherwise, and follows the base in normalization and digits.`,
  options: [
    { name: 'base', type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The vocabulary to extend' },
    { name: 'out', type: 'string', required: true, placeholder: 'DIR', help: 'Folder for the result' },
    {
      name: 'input',
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      group: 'Input',
      help: 'Text to train on; default the embedded table',
    },
    ...CORPUS_FLAGS,
    {
      name: 'report-input',
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      group: 'Input',
      help: 'Texts of the report; default the samples of the package',
    },
    ...MERGE_FLAGS,
    ...TRAIN_FLAGS,
  ],
  examples: [
    [
      'vocab-merge build --base llama2 --target-size 49953 --out merged',
      'Without a corpus: 49,953 pieces from the embedded table',
    ],
    ["vocab-merge build --base llama2 --input 'zh/*.txt.gz' --report-input heldout/ --out merged", 'Your own text'],
    [
      'vocab-merge build --base llama2 --input zh.txt --preset belle --character-coverage 0.9995 --out merged',
      'As BELLE did',
    ],
  ],
  async run({ options, output }) {
    const startedAt = performance.now();
    const base = requireSentencePiece(await loadTokenizer(options.required('base')));
    const inputs = options.strings('input');
    const corpus = inputs.length > 0 ? readCorpus(inputs, corpusOptionsFrom(options)) : undefined;
    const texts = options.has('report-input')
      ? (await expandInputs(options.strings('report-input'))).map(({ path }) => ({
          name: textName(path),
          lines: readLines([path]),
        }))
      : await sampleTexts();
    const out = options.required('out');
    const train = await readTrainOptions(options);
    const sentences = corpus ?? (await readZhTable());
    const built = await writeFolder(out, async () => {
      const result = await buildVocabulary({
        base,
        sentences,
        corpus: inputs.length > 0 ? inputs : [ZH_TABLE_NAME],
        ...(corpus && { corpusStats: () => corpus.stats }),
        train: { ...train, onProgress: showTrainProgress(output, corpus?.stats) },
        ...mergeOptionsFrom(options),
        texts,
        onStep: (step) => {
          output.endProgress();
          if (step.step === 'trained') {
            output.message(
              `trained ${formatCount(step.proto.pieces.length)} pieces in ${formatDuration(performance.now() - startedAt)}`,
            );
          }
        },
        onCompareProgress: ({ text }) => output.progress({ what: `counting ${text}` }),
      });
      return { files: result.files, result };
    });
    warnOfMerge(output, built.merged);
    output.print(
      [
        ...describeMerge(built.merged),
        '',
        formatComparisonTerminal(built.report),
        `written to ${out} in ${formatDuration(performance.now() - startedAt)}: ${[...built.files.keys()].join(', ')}`,
      ].join('\n'),
    );
    output.printJson({ out, manifest: built.manifest, report: built.report });
  },
};
