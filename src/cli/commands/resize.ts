// vocab-merge resize: a checkpoint with rows for the new pieces.
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RowMap } from '../../core/row-map.ts';
import { INIT_METHOD_HELP, INIT_METHODS, type InitMethod } from '../../embedding/rows/initial-weights.ts';
import { UsageError } from '../../errors.ts';
import { composeRowMaps, invertRowMap } from '../../merge/row-map/row-map-algebra.ts';
import { resizeCheckpoint } from '../../pipeline/checkpoint/resize-checkpoint.ts';
import { chooseTokenizerFiles } from '../../vocab/tokenizer-files.ts';
import type { Command, ParsedOptions } from '../declare/command.ts';
import { readRowMap } from '../output/read-row-map.ts';
import { describeResize } from '../output/resize-summary.ts';

export const resizeCommand: Command = {
  name: 'resize',
  summary: 'Resize the embedding and LM head of a checkpoint by a row map',
  description: `Reads a Hugging Face folder (config.json, model.safetensors or shards with their index) and writes another: old
rows bit for bit, a row for every new piece behind them, all other tensors copied, config.json, generation_config.json and
index brought up to date, the tokenizer of the merge, manifest.json, and recipes for training in training/. The checkpoint
itself is never changed. Memory does not depend on the size of the model, and no GPU is used.

How new rows are made, --init:
${INIT_METHODS.map((name) => `  ${name.padEnd(14)} ${INIT_METHOD_HELP[name]}`).join('\n')}

A checkpoint that was resized by the row map already is refused: its trained rows would be lost.

No two new rows come out the same by accident: where they would (the bytes of two characters can be a permutation of each
other), the later one gives more weight to its first parts.`,
  options: [
    { name: 'checkpoint', type: 'string', required: true, placeholder: 'DIR', help: 'The model folder to resize' },
    {
      name: 'row-map',
      type: 'string',
      required: true,
      multiple: true,
      placeholder: 'FILE',
      help: 'row-map.json of merge, extend or build; several are applied one after the other',
    },
    { name: 'out', type: 'string', required: true, placeholder: 'DIR', help: 'Folder for the result' },
    {
      name: 'init',
      type: 'string',
      choices: INIT_METHODS,
      placeholder: 'METHOD',
      help: 'How new rows are made; default subword-mean',
    },
    { name: 'seed', type: 'integer', help: 'For the methods that draw numbers; default 0' },
    {
      name: 'padding',
      type: 'string',
      choices: ['zero', 'mean'],
      help: 'Rows past the last piece: zeros, or the mean of the old rows; default zero',
    },
    {
      name: 'pad-to-multiple-of',
      type: 'integer',
      placeholder: 'N',
      help: "Add rows until their number is a multiple of N, beyond the row map's own padding",
    },
    {
      name: 'fill-padding',
      type: 'flag',
      help: 'New pieces take rows that the checkpoint has to spare (Qwen2.5 has 271), then the matrix grows',
    },
    {
      name: 'tensor',
      type: 'string',
      multiple: true,
      placeholder: 'NAME',
      help: 'A further tensor with a row for every token',
    },
    {
      name: 'tokenizer',
      type: 'string',
      placeholder: 'TOKENIZER',
      help: 'The tokenizer that the row map leads to; default the one beside the row map',
    },
    {
      name: 'invert',
      type: 'flag',
      help: 'Apply the row map backwards: prune an extended model to its base (the tokenizer is then the base)',
    },
    { name: 'samples', type: 'integer', help: 'New rows whose nearest old rows are shown; default 5' },
    { name: 'threads', type: 'integer', help: 'Threads for the matrices; default one for each processor' },
    {
      name: 'resume',
      type: 'flag',
      help: 'Keep finished shards when stopped, and go on from those of an earlier run with this flag',
    },
  ],
  examples: [
    [
      'vocab-merge resize --checkpoint llama-2-7b --row-map merged/row-map.json --out llama-2-7b-zh',
      'The mean of the old tokens for every new piece',
    ],
    [
      'vocab-merge resize --checkpoint llama-2-7b --row-map merged/row-map.json --init auto --pad-to-multiple-of 64 --out zh',
      'Input and output treated each in its way, rows for tensor parallelism',
    ],
    [
      'vocab-merge resize --checkpoint zh --row-map merged/row-map.json --invert --tokenizer llama2 --out pruned',
      'Back to the base vocabulary',
    ],
  ],
  async run({ options, output }) {
    const samples = options.number('samples');
    if (samples !== undefined && samples < 0) {
      throw new UsageError(`resize: --samples: ${samples} is below 0`, { hint: 'Give 0 or more.' });
    }
    const out = options.required('out');
    const result = await resizeCheckpoint({
      checkpoint: options.required('checkpoint'),
      rowMap: await rowMapFrom(options),
      out,
      fillPadding: options.flag('fill-padding'),
      padToMultipleOf: multipleFrom(options),
      init: options.string('init') as InitMethod | undefined,
      seed: options.number('seed'),
      padding: options.string('padding') as 'zero' | 'mean' | undefined,
      tensors: options.strings('tensor'),
      tokenizer: await tokenizerFrom(options),
      samples,
      resume: options.flag('resume'),
      threads: options.number('threads'),
      onProgress: ({ file, doneBytes, totalBytes }) =>
        output.progress({ what: `writing ${file}`, done: doneBytes, total: totalBytes, unit: 'bytes' }),
    });
    output.endProgress();
    for (const note of result.notes) output.warn(note);
    if (result.resumed.length > 0) output.message(`taken over from an earlier run: ${result.resumed.join(', ')}`);
    output.print([...describeResize(result), `written to ${out}`].join('\n'));
    output.printJson({ ...result.manifest, out, resumed: result.resumed });
  },
};

async function rowMapFrom(options: ParsedOptions): Promise<RowMap> {
  const maps: RowMap[] = [];
  for (const path of options.strings('row-map')) maps.push(await readRowMap(path));
  const composed = maps.reduce(composeRowMaps);
  if (!options.flag('invert')) return composed;
  if (options.flag('fill-padding')) {
    throw new UsageError('resize: --fill-padding and --invert exclude each other', {
      hint: 'On the way back there are no new pieces that could take rows: leave out --fill-padding.',
    });
  }
  return invertRowMap(composed);
}

function multipleFrom(options: ParsedOptions): number {
  const multiple = options.number('pad-to-multiple-of') ?? 1;
  if (multiple < 1) {
    throw new UsageError(`resize: --pad-to-multiple-of: ${multiple} is below 1`, {
      hint: 'Give a whole number from 1.',
    });
  }
  return multiple;
}

// merge and build write the tokenizer beside the row map. The way back leads to the base, which lies elsewhere.
async function tokenizerFrom(options: ParsedOptions): Promise<string | undefined> {
  const given = options.string('tokenizer');
  if (given !== undefined || options.flag('invert')) return given;
  const folder = dirname(options.strings('row-map').at(-1)!);
  return chooseTokenizerFiles(await readdir(folder)) !== undefined ? folder : undefined;
}
