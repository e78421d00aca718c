// The reference of the commands as Markdown, from the same declarations that --help and the parser use.
// What a declaration looks like is known here only: src/cli/declare/command.ts, and flag.ts beside it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Flags that every command has, told once at the top of the page. */
export const COMMON_FLAGS = ['json', 'quiet', 'verbose', 'help'];

/**
 * Every command of the built program, in the order of `vocab-merge --help`.
 *
 * @param {string} dist folder of the build
 * @param {string} help text of `vocab-merge --help`
 */
export async function readCommands(dist, help) {
  const folder = join(dist, 'cli', 'commands');
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const modules = await Promise.all(files.map((name) => import(pathToFileURL(join(folder, name)).href)));
  const commands = modules.flatMap((module) => Object.values(module)).filter((value) => isCommand(value));
  const names = [...help.matchAll(/^ {2}([a-z][a-z-]*(?: [a-z]+)?) {2,}\S/gm)].map((match) => match[1]);
  const missing = names.filter((name) => !commands.some((command) => command.name === name));
  const hidden = commands.filter((command) => !names.includes(command.name)).map((command) => command.name);
  if (missing.length + hidden.length > 0) {
    throw new Error(`--help and dist/cli/commands differ: ${[...missing, ...hidden].join(', ')}`);
  }
  return names.map((name) => commands.find((command) => command.name === name));
}

function isCommand(value) {
  return typeof value?.run === 'function' && typeof value.summary === 'string' && typeof value.flags === 'object';
}

/**
 * The page.
 *
 * @param {string} help text of `vocab-merge --help`, which says once what a TOKENIZER is
 */
export function commandsReference(commands, help) {
  const parts = [
    '# Commands',
    '<!-- Made by `npm run docs:reference` from the declarations in src/cli/. Edit those, not this file. -->',
    'Every command also takes `--json` (one JSON document on stdout and nothing else there), `--quiet`, `--verbose` and `--help`. ' +
      'Messages go to stderr. The exit status is 0 when the work is done, 1 when it failed (one `error:` line and one `hint:` line), ' +
      '2 for wrong usage.',
    tokenizerArgument(help),
    table(
      ['command', 'what it does'],
      commands.map(({ name, summary }) => [`[\`${name}\`](#${name.replaceAll(' ', '-')})`, escapeCell(summary)]),
    ),
  ];
  for (const command of commands) parts.push(...commandSection(command));
  return `${parts.join('\n\n')}\n`;
}

/** The paragraph of the program's help, on one line. */
function tokenizerArgument(help) {
  const paragraph = help.split(/\n\n+/).find((text) => text.startsWith('A TOKENIZER'));
  if (paragraph === undefined) throw new Error('--help does not say what a TOKENIZER is');
  return escapeText(paragraph.replaceAll('\n', ' '));
}

function commandSection({ name, summary, description, positionals, flags, examples }) {
  const options = Object.entries(flags).map(([flag, declared]) => ({ name: flag, ...declared }));
  const required = options.filter((option) => option.required).map((option) => ` ${flagText(option)}`);
  const parts = [`## ${name}`, `${summary}.`];
  if (description) parts.push(...description.trim().split(/\n\n+/).map(paragraph));
  parts.push(
    code([`vocab-merge ${name}${positionals ? ` ${positionals.name}` : ''}${required.join('')} [FLAGS]`], 'text'),
  );
  for (const [group, members] of groupBy(options, (option) => option.group ?? 'Options')) {
    parts.push(table([group.toLowerCase(), ''], members.map(optionRow)));
  }
  if (examples.length > 0) {
    parts.push(
      'Examples',
      code(
        examples.map(([line, what]) => `# ${what}\n${line}`),
        'sh',
      ),
    );
  }
  return parts;
}

function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

function optionRow(option) {
  const notes = [...(option.required ? ['required'] : []), ...(option.multiple ? ['repeats'] : [])];
  const choices = option.placeholder && option.choices ? ` One of ${option.choices.join(', ')}.` : '';
  return [
    `\`${flagText(option).replaceAll('|', '\\|')}\``,
    `${escapeCell(option.help)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}.${choices}`,
  ];
}

function flagText({ name, type, placeholder, choices }) {
  if (type === 'boolean') return `--${name}`;
  return `--${name} ${placeholder ?? choices?.join('|') ?? (type === 'string' ? 'TEXT' : 'N')}`;
}

// In a description, lines that start with two spaces are a list: `  name  what it is`.
function paragraph(text) {
  return text
    .split('\n')
    .map((line) => {
      const entry = /^ +(\S+) +(.*)/.exec(line);
      return entry ? `- \`${entry[1]}\`: ${escapeText(entry[2])}` : escapeText(line);
    })
    .join('\n')
    .replaceAll(/^(?!- )(.*)\n(?=- )/gm, '$1\n\n');
}

const escapeText = (text) => text.replaceAll(/(?<!`)<(?=[a-z/!|])/gi, '&lt;');
const escapeCell = (text) => escapeText(text).replaceAll('|', '\\|');

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(lines, language) {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n');
}
