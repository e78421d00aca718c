// Arguments to values: names checked against the command's declaration, values against their types, with a suggestion
// for what was probably meant. SentencePiece's own spelling is accepted everywhere: `--vocab_size=20000`, `--byte_fallback true`.
import { parseArgs } from 'node:util';
import { UsageError } from '../../errors.ts';
import { COMMON_FLAGS, type Command } from './command.ts';
import type { Flag, Flags, FlagValues } from './flag.ts';

/** Result of {@link parseCommandLine}. */
export interface ParsedCommandLine<F extends Flags> {
  /** With `--help` nothing else is asked for: required flags may be missing then. */
  readonly flags: FlagValues<F & typeof COMMON_FLAGS>;
  readonly positionals: readonly string[];
  /** Arguments that name files, folders and tokenizers to read: those declared as such, and all without dashes. */
  readonly inputs: readonly string[];
}

type Value = string | number | boolean;

/** What stands for a path, or the name of something to read, in the help. */
const PATHS: readonly (string | undefined)[] = ['FILE', 'DIR', 'TOKENIZER', 'PREFIX'];

/**
 * Parses the arguments behind the command's name.
 *
 * @throws UsageError for unknown, missing, repeated or malformed arguments
 */
export function parseCommandLine<F extends Flags>(command: Command<F>, args: readonly string[]): ParsedCommandLine<F> {
  const declared: Flags = { ...command.flags, ...COMMON_FLAGS };
  const { tokens } = parseArgs({
    args: args.map((arg) => spellWithDashes(arg)),
    options: Object.fromEntries(
      Object.entries(declared).map(([name, { type }]) => [
        name,
        { type: type === 'boolean' ? 'boolean' : 'string', ...(name === 'help' && { short: 'h' }) } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });

  const values = new Map<string, Value[]>();
  const positionals: string[] = [];
  /** The flag whose value the last argument was. */
  let last: string | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === 'positional') {
      const flag = last === undefined ? undefined : declared[last];
      if (flag?.multiple && command.positionals === undefined) {
        // The shell expanded `--input *.txt`.
        values.get(last!)!.push(...parseValue(command, last!, flag, token.value));
      } else {
        if (positionals.length >= (command.positionals?.max ?? 0)) {
          throw tooMany(command, token.value, flag?.multiple ? last : undefined);
        }
        if (token.value === '') throw isEmpty(`${command.name}: an argument`);
        positionals.push(token.value);
      }
    }
    if (token.kind !== 'option') continue;
    const { name } = token;
    const flag = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (flag === undefined) throw unknownFlag(command, token.rawName, Object.keys(declared));
    last = name;
    let { value } = token;
    const next = tokens[i + 1];
    if (
      flag.type === 'boolean' &&
      value === undefined &&
      next?.kind === 'positional' &&
      /^(true|false)$/.test(next.value)
    ) {
      value = next.value;
      i++;
    }
    const parsed = parseValue(command, name, flag, value);
    const before = values.get(name);
    if (before === undefined) values.set(name, parsed);
    else if (flag.multiple) before.push(...parsed);
    else throw new UsageError(`${command.name}: --${name} is given twice`, { hint: 'Give it once.' });
  }

  if (values.get('help')?.[0] !== true) checkMissing(command, values, positionals);
  const flags = Object.entries(declared).map(([name, { multiple }]) => {
    const given = values.get(name);
    return [name, multiple ? (given ?? []) : given?.[0]];
  });
  const read = Object.entries(command.flags).filter(
    ([name, { placeholder }]) => name !== 'out' && placeholder !== 'PREFIX' && PATHS.includes(placeholder),
  );
  const inputs = [...positionals, ...read.flatMap(([name]) => (values.get(name) ?? []).map(String))];
  return { flags: Object.fromEntries(flags) as FlagValues<F & typeof COMMON_FLAGS>, positionals, inputs };
}

// `--vocab_size=1` -> `--vocab-size=1`; values are left alone.
function spellWithDashes(arg: string): string {
  if (!arg.startsWith('--')) return arg;
  const end = arg.indexOf('=');
  const name = end < 0 ? arg : arg.slice(0, end);
  return name.replaceAll('_', '-') + (end < 0 ? '' : arg.slice(end));
}

function parseValue(command: Command, name: string, flag: Flag, value: string | undefined): Value[] {
  const where = `${command.name}: --${name}`;
  if (flag.type === 'boolean') {
    if (value === undefined || value === 'true' || value === '1') return [true];
    if (value === 'false' || value === '0') return [false];
    throw new UsageError(`${where}: ${JSON.stringify(value)} is neither true nor false`, {
      hint: `Write --${name} or --${name}=false.`,
    });
  }
  if (value === undefined) {
    throw new UsageError(`${where} needs a value`, { hint: `Write --${name} ${flag.placeholder ?? 'VALUE'}.` });
  }
  if (value === '' && PATHS.includes(flag.placeholder)) throw isEmpty(where);
  if (flag.type === 'string') {
    const parts = flag.list ? value.split(',') : [value];
    for (const part of parts) {
      if (flag.choices && !flag.choices.includes(part)) {
        throw new UsageError(`${where}: ${JSON.stringify(part)} is not one of ${flag.choices.join(', ')}`, {
          hint: suggest(part, flag.choices) ?? `Choose one of ${flag.choices.join(', ')}.`,
        });
      }
    }
    return parts;
  }
  const number = /^\s*$/.test(value) ? Number.NaN : Number(value);
  const isWhole = flag.type === 'number' || Number.isSafeInteger(number);
  if (!Number.isFinite(number) || !isWhole) {
    const kind = flag.type === 'integer' ? 'a whole number' : 'a number';
    throw new UsageError(`${where}: ${JSON.stringify(value)} is not ${kind}`, { hint: `Give ${kind}.` });
  }
  return [number];
}

function isEmpty(where: string): UsageError {
  return new UsageError(`${where} is empty`, { hint: 'Is a variable of the script not set?' });
}

function checkMissing(
  command: Command,
  values: ReadonlyMap<string, readonly Value[]>,
  positionals: readonly string[],
): void {
  for (const [name, { required, placeholder = 'VALUE' }] of Object.entries(command.flags)) {
    if (!required || values.has(name)) continue;
    throw new UsageError(`${command.name}: --${name} is missing`, {
      hint: `Add --${name} ${placeholder}; \`vocab-merge ${command.name} --help\` shows an example.`,
    });
  }
  if (command.positionals !== undefined && positionals.length < command.positionals.min) {
    throw new UsageError(`${command.name}: ${command.positionals.name} is missing`, { hint: howToCall(command) });
  }
}

/** @param after the repeating flag that stands in front, if one does: what follows is then its pattern, expanded */
function tooMany(command: Command, argument: string, after: string | undefined): UsageError {
  const shown = JSON.stringify(argument);
  if (after === undefined) {
    return new UsageError(`${command.name}: ${shown} is one argument too many`, { hint: howToCall(command) });
  }
  return new UsageError(`${command.name}: ${shown} stands behind --${after} without a flag of its own`, {
    hint: `Quote the pattern, so that the shell leaves it alone (--${after} '*.txt'), or repeat --${after}.`,
  });
}

function howToCall({ name }: Command): string {
  return `\`vocab-merge ${name} --help\` shows how it is called.`;
}

function unknownFlag(command: Command, rawName: string, names: readonly string[]): UsageError {
  const name = rawName.replace(/^-+/, '');
  return new UsageError(`${command.name}: unknown flag ${rawName}`, {
    hint: suggest(name, names, '--') ?? `\`vocab-merge ${command.name} --help\` lists the flags.`,
  });
}

/** "Did you mean ...?", when one of `names` is close to `name`. */
export function suggest(name: string, names: readonly string[], prefix = ''): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === undefined ? undefined : `Did you mean ${prefix}${best}?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
