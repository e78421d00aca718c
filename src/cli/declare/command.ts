// What a command is: declarative data about its arguments, and a function that runs it.
// Parsing is in command-line.ts, help in help.ts; a command file holds nothing but its own declaration and work.
import type { CommandOutput } from '../output/command-output.ts';

/** One `--flag` of a command. */
export interface CommandOption {
  /** Kebab-case name without the dashes. */
  readonly name: string;
  /** `flag` takes no value, or `=true` / `=false`; `integer` and `number` are checked when parsed. */
  readonly type: 'flag' | 'string' | 'integer' | 'number';
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Values are also split at commas. */
  readonly list?: boolean;
  /** What stands for the value in the help, such as `FILE`. */
  readonly placeholder?: string;
  /** The only values accepted. */
  readonly choices?: readonly string[];
  readonly required?: boolean;
  /** One sentence, without the final full stop. */
  readonly help: string;
  /** Heading under which the help lists it; `Options` by default. */
  readonly group?: string;
}

/** Arguments without dashes. */
export interface Positionals {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

/** The values of the flags of one run. Asking for a flag that the command does not declare is a bug, and throws. */
export interface ParsedOptions {
  has(name: string): boolean;
  flag(name: string): boolean;
  /** `undefined` when a flag was not given, so that defaults stay where they belong. */
  optionalFlag(name: string): boolean | undefined;
  string(name: string): string | undefined;
  strings(name: string): readonly string[];
  number(name: string): number | undefined;
  /** A flag declared as required. */
  required(name: string): string;
}

/** What a running command gets. */
export interface CommandContext {
  readonly options: ParsedOptions;
  readonly positionals: readonly string[];
  readonly output: CommandOutput;
}

/** One command of the program. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for the command's own help. */
  readonly description?: string;
  readonly positionals?: Positionals;
  readonly options: readonly CommandOption[];
  /** Command lines that work, with what they do. */
  readonly examples: readonly (readonly [commandLine: string, what: string])[];
  run(context: CommandContext): Promise<void>;
}

/** Flags that every command has. */
export const COMMON_OPTIONS: readonly CommandOption[] = [
  { name: 'json', type: 'flag', help: 'Print one JSON document on stdout and nothing else there', group: 'Output' },
  { name: 'quiet', type: 'flag', help: 'No messages and no progress on stderr, only errors', group: 'Output' },
  { name: 'verbose', type: 'flag', help: 'More messages; errors with their stack', group: 'Output' },
  { name: 'help', type: 'flag', help: 'Show this help', group: 'Output' },
];
