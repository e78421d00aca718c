// vocab-merge audit: what is wrong with a tokenizer, piece by piece and on text.

import { counted } from '../../core/counted.ts';
import { countRows } from '../../core/row-map.ts';
import { readLines } from '../../corpus/lines/read-corpus.ts';
import { UsageError } from '../../errors.ts';
import { AUDIT_CODES, type AuditReport, serializeAuditReport } from '../../formats/audit-report.ts';
import { type AuditOptions, auditTokenizer, failOn } from '../../merge/audit/audit.ts';
import { type AuditSubject, buildAuditContext } from '../../merge/audit/subject.ts';
import { createTextAudit, type TextAuditor } from '../../merge/audit/text.ts';
import { repairTokenizer } from '../../pipeline/build/repair-tokenizer.ts';
import { formatAuditTerminal, formatTextAudit } from '../../report/print/format-audit.ts';
import {
  type ExtendableTokenizer,
  type LoadedTokenizer,
  loadTokenizer,
  requireExtendable,
} from '../../vocab/load-tokenizer.ts';
import { sampleTexts } from '../../vocab/sample-texts.ts';
import { defineCommand } from '../declare/command.ts';
import { defineFlags, type FlagValues } from '../declare/flag.ts';
import { scriptsFlag, scriptsFrom } from '../flags/append-flags.ts';
import { FIELD_FLAGS, fieldFrom, noText } from '../flags/corpus-flags.ts';
import { type CommandOutput, formatCount } from '../output/command-output.ts';
import { warnOfChangedText } from '../output/corpus-summary.ts';
import { FORCE_FLAGS, type WritingContext, writeFolder } from '../results/write-files.ts';

const AUDIT_FLAGS = defineFlags({
  base: { type: 'string', placeholder: 'TOKENIZER', help: 'The tokenizer that it extends' },
  input: {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    help: 'A text to measure on: file, folder, glob, or - for stdin',
  },
  ...FIELD_FLAGS,
  scripts: scriptsFlag('Scripts whose text is meant to change; default those of the new pieces'),
  rows: { type: 'integer', help: "Rows of the checkpoint's embedding, to be compared with the pieces" },
  examples: { type: 'integer', help: 'Examples shown of each check; default 5' },
  'fail-on': {
    type: 'string',
    list: true,
    multiple: true,
    choices: [...AUDIT_CODES, 'problems'],
    placeholder: 'CHECK,…',
    help: 'Exit with 1 when one of these checks finds anything; problems: any whose verdict is problem',
  },
  repair: {
    type: 'boolean',
    group: 'Repair',
    help: 'Re-score the new pieces below the base, every id and row kept, and write the result to --out; needs --base',
  },
  drop: {
    type: 'boolean',
    group: 'Repair',
    help: 'With --repair: new pieces that stay dead leave, and row-map.json says which rows of the checkpoint go with them',
  },
  out: { type: 'string', placeholder: 'DIR', group: 'Repair', help: 'Folder for the repaired tokenizer' },
  ...FORCE_FLAGS,
});

type AuditFlags = FlagValues<typeof AUDIT_FLAGS>;

export const auditCommand = defineCommand({
  name: 'audit',
  summary: 'What is wrong with a tokenizer: dead and broken pieces, ties, traps, drift on text',
  description: `Every piece is encoded, none is sampled. A piece is dead when the encoder can never emit it, whatever the text;
a piece of the base is broken when it encoded to itself there and no longer does. With --base, new pieces are looked at
and the base's own are expected to stay as they were; with --input, lines of text are encoded with both. Each kind of
tokenizer gets the checks that apply to it: byte-level ones are asked about merges, parts of characters and pre-tokens.

Checks, as --fail-on names them: ${AUDIT_CODES.join(', ')}.`,
  positionals: { name: 'TOKENIZER', min: 1, max: 1 },
  flags: AUDIT_FLAGS,
  examples: [
    ['vocab-merge audit ./merged --base llama2', 'Every check that needs no text'],
    ['vocab-merge audit ./merged --base llama2 --input texts/', 'With the lines whose ids change, by script'],
    ['vocab-merge audit ./merged --base llama2 --fail-on dead,broken,ties', 'For CI: exit status 1 if there are any'],
    ['vocab-merge audit hf://Qwen/Qwen2.5-7B --examples 20', 'Pieces of a published tokenizer that no text reaches'],
    ['vocab-merge audit ./merged --json', 'All findings, for a program'],
    [
      'vocab-merge audit ./merged --base llama2 --repair --drop --out repaired',
      'Also take out what is dead whatever its score, before a checkpoint is made',
    ],
    [
      'vocab-merge audit ./merged --base llama2 --repair --out repaired --input texts/',
      'New scores that break nothing, and what they change on text',
    ],
  ],
  async run(context) {
    const { flags, positionals, output } = context;
    const repaired = repairFolderFrom(flags);
    const loaded = await loadTokenizer(positionals[0]!);
    const base = flags.base === undefined ? undefined : await loadTokenizer(flags.base);
    const auditOptions = {
      base,
      ...scriptsFrom(flags),
      rows: flags.rows,
    };
    if (repaired !== undefined) {
      const job = { ...context, out: repaired, auditOptions };
      await repair(requireExtendable(loaded), requireExtendable(base!), job);
    } else {
      const lines = flags.input.length > 0 ? linesOf(flags, output) : undefined;
      const onProgress = (progress: { done: number; total: number }) =>
        output.progress({ what: 'looking at pieces', ...progress });
      const target = withConfig(loaded);
      const report = await auditTokenizer({ target, ...auditOptions, lines, onProgress });
      output.endProgress();
      show(report, flags, output);
      output.printJson(report);
      failOn(report, flags['fail-on']);
    }
  },
});

interface RepairContext extends WritingContext {
  readonly out: string;
  readonly flags: AuditFlags;
  readonly auditOptions: Omit<AuditOptions, 'target' | 'lines'>;
}

async function repair(target: ExtendableTokenizer, base: ExtendableTokenizer, context: RepairContext): Promise<void> {
  const { out, flags, output, auditOptions } = context;
  const { repair, rowMap, change, report } = await writeFolder(out, context, async () => {
    const options = { drop: flags.drop ?? false, rows: flags.rows };
    const { repair, rowMap, subject, files } = repairTokenizer({ target, base, ...options });
    const change = createTextAudit(buildAuditContext(subject, target));
    const lines = alsoTo(change, flags.input.length > 0 ? linesOf(flags, output) : sampleLines());
    // The rows that the flag tells are those of the old checkpoint.
    const rows = rowMap === undefined ? auditOptions.rows : undefined;
    const report = await auditTokenizer({ target: subject, ...auditOptions, rows, lines });
    return {
      files: new Map([...files, ['audit.json', serializeAuditReport(report)]]),
      result: { repair, rowMap, change: change.finish().text, report },
    };
  });
  output.endProgress();
  const { deadBefore, deadAfter, rescored } = repair;
  const dropped = rowMap === undefined ? 0 : countRows(rowMap).dropped;
  const rescoredLine = counted(rescored, 'piece has a new score', 'pieces have new scores');
  output.print(
    [
      rowMap === undefined ? `${rescoredLine}; ids and rows are as before` : rescoredLine,
      `dead pieces, those of the base included: ${formatCount(deadBefore)} before, ${formatCount(deadAfter)} with the new scores`,
      ...(rowMap === undefined
        ? deadAfter > 0
          ? ['no scores can mend what is still dead; --drop takes it out, with the row map of the rows that go']
          : []
        : [
            `${counted(dropped, 'dead new piece has', 'dead new pieces have')} left: ${formatCount(rowMap.base.rows)} rows become ` +
              `${formatCount(rowMap.target.rows)}, by row-map.json`,
          ]),
      `from the old tokenizer to the repaired one, on ${flags.input.length > 0 ? 'the given text' : 'the samples of this package'}:`,
      ...formatTextAudit(change),
      `written to ${out}; the audit of the result:`,
      '',
    ].join('\n'),
  );
  output.warn(
    'the repaired tokenizer splits text differently: do not use it with a checkpoint that was already trained with the ' +
      'old one, only where training of the new rows is still to come',
  );
  show(report, flags, output);
  output.printJson({ out, repair: { rescored, deadBefore, deadAfter, dropped }, change, report });
  failOn(report, flags['fail-on']);
}

/** Folder of the repaired tokenizer; `undefined` when none is asked for. */
function repairFolderFrom(flags: AuditFlags): string | undefined {
  if (!flags.repair) {
    if (flags.drop) throw new UsageError('audit: --drop is for --repair', { hint: 'Add --repair.' });
    if (flags.out === undefined) return undefined;
    throw new UsageError('audit: --out is for --repair', { hint: 'Add --repair, or redirect stdout for the report.' });
  }
  if (flags.base === undefined) {
    throw new UsageError('audit: --repair needs --base', { hint: 'Give the tokenizer that it extends.' });
  }
  if (flags.out === undefined) {
    throw new UsageError('audit: --repair needs --out', { hint: 'Give a folder for the repaired tokenizer.' });
  }
  return flags.out;
}

async function* sampleLines(): AsyncGenerator<string> {
  for (const { lines } of await sampleTexts()) yield* lines.split('\n').filter((line) => line !== '');
}

async function* alsoTo(auditor: TextAuditor, lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) {
    auditor.add(line);
    yield line;
  }
}

function show(report: AuditReport, flags: AuditFlags, output: CommandOutput): void {
  const examples = flags.examples ?? 5;
  if (examples < 0) throw new UsageError(`audit: --examples: ${examples} is below 0`, { hint: 'Give 0 or more.' });
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  output.print(formatAuditTerminal(report, { examples, color }));
}

async function* linesOf(flags: AuditFlags, output: CommandOutput): AsyncGenerator<string> {
  const inputs = flags.input;
  const reader = readLines(inputs, fieldFrom(flags));
  for await (const line of reader) {
    const { bytesRead, totalBytes } = reader.stats;
    output.progress({ what: 'encoding', done: bytesRead, total: totalBytes, unit: 'bytes' });
    yield line;
  }
  // Otherwise every piece would be unused and every other check of text passed.
  if (reader.stats.lines === 0) throw noText(inputs);
  warnOfChangedText(reader.stats, output);
}

// config.json belongs to the checkpoint; where it lies beside the tokenizer, its vocab_size is compared too.
function withConfig(loaded: LoadedTokenizer): AuditSubject {
  const { name, tokenizer, document, sha256, files, json, modelConfig } = loaded;
  if (modelConfig === undefined) return loaded;
  return { name, tokenizer, document, sha256, json, files: new Map([...files, ['config.json', modelConfig]]) };
}
