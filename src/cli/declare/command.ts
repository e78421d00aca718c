// What a command is: declarative data about its arguments, and a function that runs it.
// Parsing is in command-line.ts, help in help.ts; a command file holds nothing but its own declaration and work.
import type { CommandOutput } from '../output/command-output.ts';
import { defineGroup, type Flags, type FlagValues } from './flag.ts';

/** Arguments without dashes. */
export interface Positionals {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

/** What a running command gets. */
export interface CommandContext<F extends Flags = Flags> {
  readonly flags: FlagValues<F>;
  readonly positionals: readonly string[];
  /** What may name files and folders that the command reads: nothing of it is written over. */
  readonly inputs: readonly string[];
  readonly output: CommandOutput;
}

/** One command of the program. */
export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for the command's own help. */
  readonly description?: string;
  readonly positionals?: Positionals;
  readonly flags: F;
  /** Command lines that work, with what they do. */
  readonly examples: readonly (readonly [commandLine: string, what: string])[];
  run(context: CommandContext<F>): Promise<void>;
}

/** A command, whose `run` knows the values of its flags by their types. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}

/** Flags that every command has. */
export const COMMON_FLAGS = defineGroup('Output', {
  json: { type: 'boolean', help: 'Print one JSON document on stdout and nothing else there' },
  quiet: { type: 'boolean', help: 'No messages and no progress on stderr, only errors' },
  verbose: { type: 'boolean', help: 'More messages; errors with their stack' },
  help: { type: 'boolean', help: 'Show this help' },
});
