// Command lines of the benchmarks, read the same way by all: --help prints the usage, a mistake prints it with the error
// and ends the process with 2.
import { parseArgs } from 'node:util';

/**
 * Values by flag, in camelCase (`--spm-train` -> `spmTrain`).
 *
 * @param usage what --help prints
 * @param flags as `parseArgs` of Node takes them, and two more: `type: 'count'`, a whole number from 1 on, and `choices`,
 * the only values
 * @param rest the repeated flag that arguments without a flag go to: `--text a b c` reads as one would expect
 */
export function readOptions(args, { usage, flags, rest }) {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({ args, allowPositionals: rest !== undefined, options: nodeOptions(flags) }));
  } catch (error) {
    return wrongUsage(usage, error.message);
  }
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  if (positionals.length > 0) {
    if (values[rest] === undefined) return wrongUsage(usage, `unexpected argument ${positionals[0]}`);
    values[rest].push(...positionals);
  }
  const options = {};
  for (const [name, flag] of Object.entries(flags)) {
    const value = values[name] ?? flag.default;
    for (const each of value === undefined ? [] : [value].flat()) checkValue(usage, name, flag, each);
    const key = name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
    options[key] = flag.type === 'count' && value !== undefined ? Number(value) : value;
  }
  return options;
}

// Without the defaults, so that it shows whether a flag was given.
function nodeOptions(flags) {
  const entries = Object.entries(flags).map(([name, { type, multiple = false }]) => [
    name,
    { type: type === 'boolean' ? 'boolean' : 'string', multiple },
  ]);
  return { ...Object.fromEntries(entries), help: { type: 'boolean' } };
}

function checkValue(usage, name, { type, choices }, value) {
  if (type === 'count' && !(Number.isInteger(Number(value)) && Number(value) >= 1)) {
    wrongUsage(usage, `--${name} ${value} is not a whole number from 1 on`);
  }
  if (choices !== undefined && !choices.includes(value)) {
    wrongUsage(usage, `--${name} ${value} is none of ${choices.join(', ')}`);
  }
}

function wrongUsage(usage, message) {
  process.stderr.write(`error: ${message}\n${usage}`);
  process.exit(2);
}
