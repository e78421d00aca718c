// Help texts, laid out from the declarations of the commands.
import { COMMON_FLAGS, type Command } from './command.ts';
import type { Flag } from './flag.ts';

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

A TOKENIZER is a built-in name (llama2, llama3), a .model file, a tokenizer.json, a vocab.json beside
its merges.txt, a tiktoken file, a tekken.json, a GGUF, a folder with one of them, or
hf://owner/repo[@revision].

\`vocab-merge COMMAND --help\` explains a command. Exit status: 0 done, 1 failed, 2 wrong usage.
`;
}

/** Help of one command. */
export function commandHelp(command: Command): string {
  const positionals = command.positionals ? ` ${command.positionals.name}` : '';
  const required = Object.entries(command.flags).filter(([, flag]) => flag.required);
  const parts = [`vocab-merge ${command.name}: ${command.summary}`];
  if (command.description) parts.push(...command.description.trim().split(/\n\n+/).map(paragraph));
  const inUsage = required.map(([name, flag]) => ` ${flagText(name, flag)}`).join('');
  parts.push(`Usage: vocab-merge ${command.name}${positionals}${inUsage} [FLAGS]`);

  const groups = new Map<string, (readonly [text: string, flag: Flag])[]>();
  for (const [name, flag] of Object.entries<Flag>({ ...command.flags, ...COMMON_FLAGS })) {
    const group = flag.group ?? 'Options';
    groups.set(group, [...(groups.get(group) ?? []), [flagText(name, flag), flag]]);
  }
  const widths = [...groups.values()].flat().map(([text]) => text.length);
  const width = Math.min(FLAG_WIDTH, Math.max(...widths));
  for (const [group, flags] of groups) {
    parts.push(`${group}:\n${flags.map(([text, flag]) => flagHelp(text, flag, width)).join('\n')}`);
  }
  const examples = command.examples.map(([line, what]) => `  ${line}\n      ${what}`);
  parts.push(`Examples:\n${examples.join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

function flagText(name: string, { type, placeholder, choices }: Flag): string {
  if (type === 'boolean') return `--${name}`;
  return `--${name} ${placeholder ?? choices?.join('|') ?? (type === 'string' ? 'TEXT' : 'N')}`;
}

function flagHelp(text: string, { help, multiple }: Flag, width: number): string {
  const wrapped = wrap(help + (multiple ? ' (repeats)' : ''), ' '.repeat(width + 4));
  return text.length > width ? `  ${text}\n${wrapped}` : `  ${text.padEnd(width)}  ${wrapped.trimStart()}`;
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
