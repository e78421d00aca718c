#!/usr/bin/env node
// The program: finds the command, parses its arguments, runs it, and turns whatever goes wrong into one `error:` line,
// one `hint:` line and an exit status (0 done, 1 failed, 2 wrong usage). Commands are loaded only when they are run.
import { messageOf, OptionError, UsageError, VocabMergeError } from '../errors.ts';
import { cleanUpOnSignals, runCleanups } from '../pipeline/io/cleanup.ts';
import { asOutputError } from '../pipeline/io/output-error.ts';
import { packageVersion } from '../pipeline/io/package-version.ts';
import type { Command } from './declare/command.ts';
import { parseCommandLine, suggest } from './declare/command-line.ts';
import { commandHelp, programHelp } from './declare/help.ts';
import { spellAsFlags } from './flags/flag-names.ts';
import { createCommandOutput } from './output/command-output.ts';

const COMMANDS: readonly { name: string; summary: string; load: () => Promise<Command> }[] = [
  {
    name: 'build',
    summary: 'The whole job: pieces, merged tokenizer, row map, report',
    load: async () => (await import('./commands/build.ts')).buildCommand,
  },
  {
    name: 'train',
    summary: 'Train a SentencePiece model, Unigram or BPE',
    load: async () => (await import('./commands/train.ts')).trainCommand,
  },
  {
    name: 'extend',
    summary: 'Continued BPE: learn new pieces on the tokens of the base and append them',
    load: async () => (await import('./commands/extend.ts')).extendCommand,
  },
  {
    name: 'merge',
    summary: 'Append the pieces of one model to another, with the row map',
    load: async () => (await import('./commands/merge.ts')).mergeCommand,
  },
  {
    name: 'prune',
    summary: 'Shrink a vocabulary to the pieces that your text needs, with the row map',
    load: async () => (await import('./commands/prune.ts')).pruneCommand,
  },
  {
    name: 'audit',
    summary: 'What is wrong with a tokenizer: dead and broken pieces, ties, traps, drift on text',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  {
    name: 'compare',
    summary: 'Count the tokens that texts take with several tokenizers',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  {
    name: 'compare merge',
    summary: 'One report from the parts of a comparison',
    load: async () => (await import('./commands/compare-merge.ts')).compareMergeCommand,
  },
  {
    name: 'resize',
    summary: 'Resize the embedding and LM head of a checkpoint by a row map',
    load: async () => (await import('./commands/resize.ts')).resizeCommand,
  },
  {
    name: 'check',
    summary: 'Whether tokenizer, config, checkpoint and row map agree',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'row-map',
    summary: 'Invert a row map, or compose several into one',
    load: async () => (await import('./commands/row-map.ts')).rowMapCommand,
  },
  {
    name: 'verify',
    summary: 'Check that every engine that can load a tokenizer gives the same ids',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  {
    name: 'encode',
    summary: 'Lines of text to lines of ids',
    load: async () => (await import('./commands/encode.ts')).encodeCommand,
  },
  {
    name: 'decode',
    summary: 'Lines of ids to lines of text',
    load: async () => (await import('./commands/decode.ts')).decodeCommand,
  },
  {
    name: 'inspect',
    summary: 'What is inside a tokenizer: sizes, types, scripts, specials, hashes',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  {
    name: 'gguf',
    summary: 'A vocabulary-only GGUF file that llama.cpp loads',
    load: async () => (await import('./commands/gguf.ts')).ggufCommand,
  },
  {
    name: 'count',
    summary: 'Make a mergeable frequency table of a corpus, which train accepts',
    load: async () => (await import('./commands/count.ts')).countCommand,
  },
  {
    name: 'count merge',
    summary: 'One table from the tables of shards, or of other parts',
    load: async () => (await import('./commands/count-merge.ts')).countMergeCommand,
  },
  {
    name: 'demo',
    summary: 'The main job on what comes with the package, step by step',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
];

/** Exit status of a process that was told to stop writing (`| head`); not an error. */
const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

const args = process.argv.slice(2);
const isVerbose = args.includes('--verbose');
/** The command whose flags the messages name. */
let running: Command | undefined;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = joinName(args);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const wanted = name === 'help' ? joinName(rest)[0] : undefined;
    if (wanted === undefined) {
      process.stdout.write(programHelp(COMMANDS, packageVersion()));
      return name === undefined ? WRONG_USAGE : DONE;
    }
    process.stdout.write(commandHelp(await findCommand(wanted)));
    return DONE;
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${packageVersion()}\n`);
    return DONE;
  }
  const command = await findCommand(name);
  running = command;
  const { flags, positionals, inputs } = parseCommandLine(command, rest);
  if (flags.help) {
    process.stdout.write(commandHelp(command));
    return DONE;
  }
  const output = createCommandOutput(
    { stdout: process.stdout, stderr: process.stderr, now: () => performance.now(), env: process.env },
    { json: flags.json ?? false, quiet: flags.quiet ?? false, verbose: flags.verbose ?? false },
  );
  try {
    await command.run({ flags, positionals, inputs, output });
  } finally {
    output.endProgress();
  }
  return DONE;
}

// `count merge` is the name of one command.
function joinName(args: readonly string[]): readonly string[] {
  const [first, second, ...rest] = args;
  const name = `${first} ${second}`;
  return COMMANDS.some((command) => command.name === name) ? [name, ...rest] : args;
}

async function findCommand(name: string): Promise<Command> {
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const names = COMMANDS.map((command) => command.name);
    throw new UsageError(`unknown command ${JSON.stringify(name)}`, {
      hint: suggest(name, names) ?? `The commands are ${names.join(', ')}; \`vocab-merge --help\` explains them.`,
    });
  }
  return entry.load();
}

/** What V8 says when an array or a map cannot be made any larger. */
const OUT_OF_MEMORY = /allocation failed|maximum size exceeded|Invalid (typed )?array (buffer )?length/;

function report(error: unknown, isVerbose: boolean): number {
  if (isVerbose && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (!(error instanceof VocabMergeError)) {
    const message = messageOf(error);
    if (error instanceof RangeError && OUT_OF_MEMORY.test(message)) {
      const isBounded = running !== undefined && 'max-memory' in running.flags;
      process.stderr.write(
        `error: out of memory (${oneLine(message)})\nhint: ${isBounded ? 'Give a smaller --max-memory, or less text.' : 'Give less text, or a machine with more memory.'}\n`,
      );
      return FAILED;
    }
    process.stderr.write(
      `error: ${oneLine(message)}\nhint: This is not a case that was foreseen: run it again with --verbose and report what it prints.\n`,
    );
    return FAILED;
  }
  const flags = running?.flags ?? {};
  process.stderr.write(`error: ${oneLine(spellAsFlags(error.message, flags))}\n`);
  process.stderr.write(`hint: ${oneLine(spellAsFlags(hintOf(error), flags))}\n`);
  return error instanceof UsageError ? WRONG_USAGE : FAILED;
}

function hintOf(error: VocabMergeError): string {
  if (error.hint !== undefined) return error.hint;
  if (error instanceof OptionError && running !== undefined) {
    return `Give another value; \`vocab-merge ${running.name} --help\` explains the flags.`;
  }
  return 'Run it again with --verbose to see more.';
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

// `vocab-merge encode … | head` closes our stdout early: stop quietly, having undone what was half done. A full disk
// behind `> file` is a failure like any other.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  runCleanups();
  process.exit(error.code === 'EPIPE' ? DONE : report(asOutputError(error, 'standard output'), isVerbose));
});
// Nobody is left to be told.
process.stderr.on('error', () => {});
cleanUpOnSignals((signal) => process.stderr.write(`\nstopped by ${signal}; nothing half-written was left behind\n`));

try {
  process.exitCode = await main(args);
} catch (error) {
  process.exitCode = report(error, isVerbose);
}
