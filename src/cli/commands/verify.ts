// vocab-merge verify: the same ids from every engine that can load a tokenizer.
import { counted } from '../../core/counted.ts';
import { readLines } from '../../corpus/lines/read-corpus.ts';
import { AuditError } from '../../errors.ts';
import { VERIFY_ENGINES } from '../../pipeline/verify/engines.ts';
import { formatVerifyTerminal } from '../../pipeline/verify/report.ts';
import { verifyTokenizer } from '../../pipeline/verify/verify.ts';
import { defineCommand } from '../declare/command.ts';
import type { FlagValues } from '../declare/flag.ts';
import { FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import type { CommandOutput } from '../output/command-output.ts';
import { warnOfChangedText } from '../output/corpus-summary.ts';

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'Check that every engine that can load a tokenizer gives the same ids',
  description: `Compares, text by text and without bos and eos: our own encoder from the file with the vocabulary and from
tokenizer.json, sentencepiece-js, @huggingface/tokenizers, and, where they are installed, the npm packages tokenizers (Rust),
tiktoken, and node-llama-cpp (the real llama.cpp). Each gets the file that it reads: the one that lies there, or one that is
made from the vocabulary, of whatever kind; an engine that cannot run it is named with the reason.
Edge cases and random strings are always among the texts; --input adds yours.

A difference counts as known where the file format cannot express a rule of the model and the engine follows the file; known
differences are shown with examples. Any other difference ends with exit status 1.`,
  positionals: { name: 'DIR', min: 1, max: 1 },
  flags: {
    input: {
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      help: 'A text to compare on: file, folder, glob, or - for stdin',
    },
    ...FIELD_FLAGS,
    engine: {
      type: 'string',
      multiple: true,
      list: true,
      choices: VERIFY_ENGINES,
      help: 'Ask only these; the first of them in this order is the reference',
    },
    random: { type: 'integer', placeholder: 'N', help: 'Number of random strings; default 2000' },
    seed: { type: 'integer', help: 'Seed of the random strings; default 1' },
    examples: { type: 'integer', help: 'Differences shown of each kind; default 3' },
  },
  examples: [
    ['vocab-merge verify ./merged', 'Edge cases and random strings'],
    ['vocab-merge verify ./merged --input texts/', 'And every line of these files'],
    [
      'vocab-merge verify ./merged --engine vocab-merge --engine tokenizers --random 100000',
      'Two engines, more strings',
    ],
    ['vocab-merge verify ./merged --input texts/ --json', 'For a program'],
  ],
  async run({ flags, positionals, output }) {
    const report = await verifyTokenizer({
      source: positionals[0]!,
      lines: flags.input.length > 0 ? linesOf(flags, output) : undefined,
      ...(flags.engine.length > 0 && { engines: flags.engine }),
      ...(flags.random !== undefined && { randomTexts: flags.random }),
      ...(flags.seed !== undefined && { seed: flags.seed }),
      ...(flags.examples !== undefined && { examples: flags.examples }),
    });
    output.endProgress();
    output.print(formatVerifyTerminal(report));
    output.printJson(report);
    for (const { engine, status, reason } of report.engines) {
      if (status === 'not-installed') output.message(`${engine} was left out: ${reason}`);
    }
    if (report.passed) return;
    const wrong = report.engines.filter(({ status, unexplained }) => status === 'failed' || unexplained.texts > 0);
    throw new AuditError(
      `verify: ${wrong.map(({ engine, status, unexplained }) => (status === 'failed' ? `${engine} cannot load it` : `${engine} differs on ${counted(unexplained.texts, 'text')}`)).join('; ')}`,
      { hint: 'The differences are shown above; `vocab-merge audit` says what is wrong with the pieces.' },
    );
  },
});

async function* linesOf(
  flags: FlagValues<typeof FIELD_FLAGS> & { readonly input: readonly string[] },
  output: CommandOutput,
): AsyncGenerator<string> {
  const reader = readLines(flags.input, fieldFrom(flags));
  for await (const line of reader) {
    const { bytesRead, totalBytes, lines } = reader.stats;
    output.progress({
      what: 'comparing',
      done: bytesRead,
      total: totalBytes,
      unit: 'bytes',
      details: [counted(lines, 'line')],
    });
    yield line;
  }
  warnOfChangedText(reader.stats, output);
}
