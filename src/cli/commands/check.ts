// vocab-merge check: do tokenizer, configurations, checkpoint and row map agree?
import { AuditError, UsageError } from '../../errors.ts';
import { CHECK_CODES } from '../../formats/check-report.ts';
import { checkFolder } from '../../pipeline/checkpoint/check-folder.ts';
import { defineCommand } from '../declare/command.ts';
import { readRowMap } from '../flags/read-flag-file.ts';
import { describeCheck } from '../output/check-summary.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Whether tokenizer, config, checkpoint and row map agree',
  description: `Reads headers and small files only, so a checkpoint of any size takes a moment. Exit status 1 when something is a
problem; notes may be on purpose.

Checks: ${CHECK_CODES.join(', ')}.`,
  flags: {
    checkpoint: { type: 'string', required: true, placeholder: 'DIR', help: 'The model folder' },
    tokenizer: {
      type: 'string',
      placeholder: 'TOKENIZER',
      help: 'The tokenizer it is used with; default the one in its folder',
    },
    'row-map': { type: 'string', placeholder: 'FILE', help: 'The row map that it was, or will be, resized by' },
    'multiple-of': {
      type: 'integer',
      placeholder: 'N',
      help: 'Rows must be a multiple of N, such as the number of devices; without it, 8 is only noted',
    },
    tensor: {
      type: 'string',
      multiple: true,
      placeholder: 'NAME',
      help: 'A further tensor with a row for every token',
    },
  },
  examples: [
    ['vocab-merge check --tokenizer merged --checkpoint llama-2-7b-zh', 'Before training or serving'],
    [
      'vocab-merge check --tokenizer merged --checkpoint llama-2-7b-zh --row-map merged/row-map.json --multiple-of 4',
      'With the row map, for four devices',
    ],
    ['vocab-merge check --checkpoint llama-2-7b-zh --json', 'With its own tokenizer, for a program'],
  ],
  async run({ flags, output }) {
    const multipleOf = flags['multiple-of'];
    if (multipleOf !== undefined && multipleOf < 1) {
      throw new UsageError(`check: --multiple-of: ${multipleOf} is below 1`, { hint: 'Give a whole number from 1.' });
    }
    const checkpoint = flags.checkpoint;
    const rowMap = flags['row-map'];
    const report = await checkFolder({
      checkpoint,
      tokenizer: flags.tokenizer,
      rowMap: rowMap === undefined ? undefined : await readRowMap(rowMap),
      tensors: flags.tensor,
      multipleOf,
    });
    const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
    output.print(describeCheck(report, { color }).join('\n'));
    output.printJson(report);
    if (report.passed) return;
    const failed = report.checks.filter(({ verdict }) => verdict === 'problem').map(({ code }) => code);
    throw new AuditError(`${checkpoint}: does not go together: ${failed.join(', ')}`, {
      hint: 'Each problem above comes with its fix.',
    });
  },
});
