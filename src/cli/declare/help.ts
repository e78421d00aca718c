// Help texts, laid out from the declarations of the commands.
import { COMMON_OPTIONS, type Command, type CommandOption } from './command.ts';

const WIDTH = 100;
/** Flags wider than this have their help on the next line. */
const FLAG_WIDTH = 32;

/** Help of the whole program. */
export function programHelp(commands: readonly Pick<Command, 'name' | 'summary'>[], version: string): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return `vocab-merge ${version}: extends the vocabulary of a language model's tokenizer

Usage: vocab-merge COMMAND [FLAGS]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

A TOKENIZER is a built-in name (llama2), a .model file, a tokenizer.json, a folder with either, or
hf://owner/repo[@revision].

\`vocab-merge COMMAND --help\` explains a command. Exit status: 0 done, 1 failed, 2 wrong usage.
`;
}

/** Help of one command. */
export function commandHelp(command: Command): string {
  const positionals = command.positionals ? ` ${command.positionals.name}` : '';
  const required = command.options.filter((option) => option.required).map((option) => ` ${flagText(option)}`);
  const parts = [`vocab-merge ${command.name}: ${command.summary}`];
  if (command.description) parts.push(...command.description.trim().split(/\n\n+/).map(paragraph));
  parts.push(`Usage: vocab-merge ${command.name}${positionals}${required.join('')} [FLAGS]`);

  const groups = new Map<string, CommandOption[]>();
  for (const option of [...command.options, ...COMMON_OPTIONS]) {
    const group = option.group ?? 'Options';
    groups.set(group, [...(groups.get(group) ?? []), option]);
  }
  const widths = [...groups.values()].flat().map((option) => flagText(option).length);
  const width = Math.min(FLAG_WIDTH, Math.max(...widths));
  for (const [group, options] of groups) {
    parts.push(`${group}:\n${options.map((option) => optionHelp(option, width)).join('\n')}`);
  }
  const examples = command.examples.map(([line, what]) => `  ${line}\n      ${what}`);
  parts.push(`Examples:\n${examples.join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

function flagText({ name, type, placeholder, choices }: CommandOption): string {
  if (type === 'flag') return `--${name}`;
  return `--${name} ${placeholder ?? choices?.join('|') ?? (type === 'string' ? 'TEXT' : 'N')}`;
}

function optionHelp(option: CommandOption, width: number): string {
  const repeats = option.multiple ? ' (repeats)' : '';
  const indent = ' '.repeat(width + 4);
  const flag = flagText(option);
  const help = wrap(option.help + repeats, indent);
  return flag.length > width ? `  ${flag}\n${help}` : `  ${flag.padEnd(width)}  ${help.trimStart()}`;
}

// A line that starts with two spaces is an entry of a list, `  name  what it is`, and is not joined with its neighbours.
function paragraph(text: string): string {
  const blocks: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('  ') || blocks.length === 0 || blocks.at(-1)!.startsWith('  ')) blocks.push(line);
    else blocks[blocks.length - 1] += `\n${line}`;
  }
  return blocks.map((block) => (block.startsWith('  ') ? entry(block) : wrap(block, ''))).join('\n');
}

function entry(line: string): string {
  const start = /^ +\S+ +/.exec(line)?.[0] ?? '  ';
  return start + wrap(line.slice(start.length), ' '.repeat(start.length)).trimStart();
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
