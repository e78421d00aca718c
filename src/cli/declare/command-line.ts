// Arguments to values: names checked against the command's declaration, values against their types, with a suggestion
// for what was probably meant. SentencePiece's own spelling is accepted everywhere: `--vocab_size=20000`.
import { parseArgs } from 'node:util';
import { UsageError } from '../../errors.ts';
import { COMMON_OPTIONS, type Command, type CommandOption, type ParsedOptions } from './command.ts';

/** Result of {@link parseCommandLine}. */
export interface ParsedCommandLine {
  readonly options: ParsedOptions;
  readonly positionals: readonly string[];
}

type Value = string | number | boolean;

/**
 * Parses the arguments behind the command's name.
 *
 * @throws UsageError for unknown, missing, repeated or malformed arguments
 */
export function parseCommandLine(command: Command, args: readonly string[]): ParsedCommandLine {
  const declared = new Map([...command.options, ...COMMON_OPTIONS].map((option) => [option.name, option]));
  const { tokens } = parseArgs({
    args: args.map((arg) => spellWithDashes(arg)),
    options: Object.fromEntries(
      [...declared.values()].map(({ name, type }) => [
        name,
        { type: type === 'flag' ? 'boolean' : 'string', ...(name === 'help' && { short: 'h' }) } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });

  const values = new Map<string, Value[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = declared.get(token.name);
    if (option === undefined) throw unknownOption(command, token.rawName, [...declared.keys()]);
    const parsed = parseValue(command, option, token.value);
    const before = values.get(option.name);
    if (before === undefined) values.set(option.name, parsed);
    else if (option.multiple) before.push(...parsed);
    else {
      throw new UsageError(`${command.name}: --${option.name} is given twice`, { hint: 'Give it once.' });
    }
  }

  const isHelp = values.get('help')?.[0] === true;
  if (!isHelp) {
    for (const option of command.options) {
      if (option.required && !values.has(option.name)) {
        throw new UsageError(`${command.name}: --${option.name} is missing`, {
          hint: `Add --${option.name} ${option.placeholder ?? 'VALUE'}; \`vocab-merge ${command.name} --help\` shows an example.`,
        });
      }
    }
    checkPositionals(command, positionals);
  }
  return { options: parsedOptions(declared, values), positionals };
}

// `--vocab_size=1` -> `--vocab-size=1`; values are left alone.
function spellWithDashes(arg: string): string {
  if (!arg.startsWith('--')) return arg;
  const end = arg.indexOf('=');
  const name = end < 0 ? arg : arg.slice(0, end);
  return name.replaceAll('_', '-') + (end < 0 ? '' : arg.slice(end));
}

function parseValue(command: Command, option: CommandOption, value: string | undefined): Value[] {
  const where = `${command.name}: --${option.name}`;
  if (option.type === 'flag') {
    if (value === undefined || value === 'true' || value === '1') return [true];
    if (value === 'false' || value === '0') return [false];
    throw new UsageError(`${where}: ${JSON.stringify(value)} is neither true nor false`, {
      hint: `Write --${option.name} or --${option.name}=false.`,
    });
  }
  if (value === undefined) {
    throw new UsageError(`${where} needs a value`, {
      hint: `Write --${option.name} ${option.placeholder ?? 'VALUE'}.`,
    });
  }
  if (option.type === 'string') {
    const parts = option.list ? value.split(',') : [value];
    for (const part of parts) {
      if (option.choices && !option.choices.includes(part)) {
        throw new UsageError(`${where}: ${JSON.stringify(part)} is not one of ${option.choices.join(', ')}`, {
          hint: suggest(part, option.choices) ?? `Choose one of ${option.choices.join(', ')}.`,
        });
      }
    }
    return parts;
  }
  const number = /^\s*$/.test(value) ? Number.NaN : Number(value);
  const isWhole = option.type === 'number' || Number.isSafeInteger(number);
  if (!Number.isFinite(number) || !isWhole) {
    const kind = option.type === 'integer' ? 'a whole number' : 'a number';
    throw new UsageError(`${where}: ${JSON.stringify(value)} is not ${kind}`, { hint: `Give ${kind}.` });
  }
  return [number];
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const { name, min, max } = command.positionals ?? { name: '', min: 0, max: 0 };
  const hint = `\`vocab-merge ${command.name} --help\` shows how it is called.`;
  if (positionals.length < min) throw new UsageError(`${command.name}: ${name} is missing`, { hint });
  if (positionals.length > max) {
    const extra = JSON.stringify(positionals[max]);
    throw new UsageError(`${command.name}: ${extra} is one argument too many`, { hint });
  }
}

function unknownOption(command: Command, rawName: string, names: readonly string[]): UsageError {
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

function parsedOptions(
  declared: ReadonlyMap<string, CommandOption>,
  values: ReadonlyMap<string, Value[]>,
): ParsedOptions {
  const get = (name: string): Value[] => {
    if (!declared.has(name)) throw new TypeError(`flag --${name} is not declared`);
    return values.get(name) ?? [];
  };
  return {
    has: (name) => get(name).length > 0,
    flag: (name) => get(name)[0] === true,
    optionalFlag: (name) => get(name)[0] as boolean | undefined,
    string: (name) => get(name)[0] as string | undefined,
    strings: (name) => get(name) as string[],
    number: (name) => get(name)[0] as number | undefined,
    required: (name) => get(name)[0] as string,
  };
}
