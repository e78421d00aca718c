// vocab-merge resize: a checkpoint with rows for the new pieces.
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RowMap } from '../../core/row-map.ts';
import { INIT_METHOD_HELP, INIT_METHODS } from '../../embedding/rows/initial-weights.ts';
import { UsageError } from '../../errors.ts';
import { composeRowMaps, invertRowMap } from '../../merge/row-map/row-map-algebra.ts';
import { resizeCheckpoint } from '../../pipeline/checkpoint/resize-checkpoint.ts';
import { chooseTokenizerFiles } from '../../vocab/tokenizer-files.ts';
import { defineCommand } from '../declare/command.ts';
import { defineFlags, type FlagValues } from '../declare/flag.ts';
import { readRowMap } from '../flags/read-flag-file.ts';
import { describeResize } from '../output/resize-summary.ts';
import { FORCE_FLAGS } from '../results/write-files.ts';

const RESIZE_FLAGS = defineFlags({
  checkpoint: { type: 'string', required: true, placeholder: 'DIR', help: 'The model folder to resize' },
  'row-map': {
    type: 'string',
    required: true,
    multiple: true,
    placeholder: 'FILE',
    help: 'row-map.json of merge, extend or build; several are applied one after the other',
  },
  out: { type: 'string', required: true, placeholder: 'DIR', help: 'Folder for the result' },
  ...FORCE_FLAGS,
  init: {
    type: 'string',
    choices: INIT_METHODS,
    placeholder: 'METHOD',
    help: 'How new rows are made; default subword-mean',
  },
  seed: { type: 'integer', help: 'For the methods that draw numbers; default 0' },
  padding: {
    type: 'string',
    choices: ['zero', 'mean'],
    help: 'Rows past the last piece: zeros, or the mean of the old rows; default zero',
  },
  'pad-to-multiple-of': {
    type: 'integer',
    placeholder: 'N',
    help: "Add rows until their number is a multiple of N, beyond the row map's own padding",
  },
  'fill-padding': {
    type: 'boolean',
    help: 'New pieces take rows that the checkpoint has to spare (Qwen2.5 has 271), then the matrix grows',
  },
  tensor: { type: 'string', multiple: true, placeholder: 'NAME', help: 'A further tensor with a row for every token' },
  tokenizer: {
    type: 'string',
    placeholder: 'TOKENIZER',
    help: 'The tokenizer that the row map leads to; default the one beside the row map',
  },
  invert: {
    type: 'boolean',
    help: 'Apply the row map backwards: prune an extended model to its base (the tokenizer is then the base)',
  },
  samples: { type: 'integer', help: 'New rows whose nearest old rows are shown; default 5' },
  threads: { type: 'integer', help: 'Threads for the matrices; default one for each processor' },
  resume: {
    type: 'boolean',
    help: 'Keep finished shards when stopped, and go on from those of an earlier run with this flag',
  },
});

type ResizeFlags = FlagValues<typeof RESIZE_FLAGS>;

export const resizeCommand = defineCommand({
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
  flags: RESIZE_FLAGS,
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
  async run(context) {
    const { flags, inputs, output } = context;
    const samples = flags.samples;
    if (samples !== undefined && samples < 0) {
      throw new UsageError(`resize: --samples: ${samples} is below 0`, { hint: 'Give 0 or more.' });
    }
    const out = flags.out;
    const result = await resizeCheckpoint({
      checkpoint: flags.checkpoint,
      rowMap: await rowMapFrom(flags),
      out,
      inputs,
      force: flags.force,
      fillPadding: flags['fill-padding'] ?? false,
      padToMultipleOf: multipleFrom(flags),
      init: flags.init,
      seed: flags.seed,
      padding: flags.padding,
      tensors: flags.tensor,
      tokenizer: await tokenizerFrom(flags),
      samples,
      resume: flags.resume,
      threads: flags.threads,
      onProgress: ({ file, doneBytes, totalBytes }) =>
        output.progress({ what: `writing ${file}`, done: doneBytes, total: totalBytes, unit: 'bytes' }),
    });
    output.endProgress();
    for (const note of result.notes) output.warn(note);
    if (result.resumed.length > 0) output.message(`taken over from an earlier run: ${result.resumed.join(', ')}`);
    output.print([...describeResize(result), `written to ${out}`].join('\n'));
    output.printJson({ ...result.manifest, out, resumed: result.resumed });
  },
});

async function rowMapFrom(flags: ResizeFlags): Promise<RowMap> {
  const maps: RowMap[] = [];
  for (const path of flags['row-map']) maps.push(await readRowMap(path));
  const composed = maps.reduce(composeRowMaps);
  if (!flags.invert) return composed;
  if (flags['fill-padding']) {
    throw new UsageError('resize: --fill-padding and --invert exclude each other', {
      hint: 'On the way back there are no new pieces that could take rows: leave out --fill-padding.',
    });
  }
  return invertRowMap(composed);
}

function multipleFrom(flags: ResizeFlags): number {
  const multiple = flags['pad-to-multiple-of'] ?? 1;
  if (multiple < 1) {
    throw new UsageError(`resize: --pad-to-multiple-of: ${multiple} is below 1`, {
      hint: 'Give a whole number from 1.',
    });
  }
  return multiple;
}

// merge and build write the tokenizer beside the row map. The way back leads to the base, which lies elsewhere.
async function tokenizerFrom(flags: ResizeFlags): Promise<string | undefined> {
  const given = flags.tokenizer;
  if (given !== undefined || flags.invert) return given;
  const folder = dirname(flags['row-map'].at(-1)!);
  return chooseTokenizerFiles(await readdir(folder)) !== undefined ? folder : undefined;
}
