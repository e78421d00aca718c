// vocab-merge decode: lines of ids to lines of text.
import { readLines } from '../../corpus/lines/read-corpus.ts';
import { InputError } from '../../errors.ts';
import { loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { announceStdin } from '../flags/corpus-flags.ts';

export const decodeCommand = defineCommand({
  name: 'decode',
  summary: 'Lines of ids to lines of text',
  description: `Reads one JSON array of ids a line from stdin (or --input) and prints the text of each. A text that contains line
breaks takes several lines; --jsonl prints one JSON string a line instead.`,
  flags: {
    tokenizer: { type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The tokenizer' },
    input: { type: 'string', multiple: true, placeholder: 'FILE', help: 'Read this instead of stdin' },
    jsonl: { type: 'boolean', help: 'Print JSON strings' },
  },
  examples: [
    ["echo '[29871, 30313, 31041, 31676, 30815]' | vocab-merge decode --tokenizer llama2", '人工智能'],
    ['vocab-merge encode --tokenizer llama2 < a.txt | vocab-merge decode --tokenizer llama2', 'There and back'],
  ],
  async run({ flags, output }) {
    const { tokenizer } = await loadTokenizer(flags.tokenizer);
    const inputs = flags.input.length > 0 ? flags.input : ['-'];
    announceStdin(inputs, output);
    const texts: string[] = [];
    let number = 0;
    // Lines of JSON, but no records with text: a .jsonl file is read as it is.
    for await (const line of readLines(inputs, { format: 'text' })) {
      number++;
      if (line.trim() === '') continue;
      const text = decodeLine(line, number, tokenizer.decode);
      if (output.json) texts.push(text);
      else output.write(`${flags.jsonl ? JSON.stringify(text) : text}\n`);
    }
    output.printJson(texts);
  },
});

function decodeLine(line: string, number: number, decode: (ids: Iterable<number>) => string): string {
  const hint = 'Each line is a JSON array of ids, such as [29871, 30313].';
  let ids: unknown;
  try {
    ids = JSON.parse(line);
  } catch (cause) {
    throw new InputError(`line ${number}: is not JSON: ${(cause as Error).message}`, { cause, hint });
  }
  if (!Array.isArray(ids)) throw new InputError(`line ${number}: is not a JSON array`, { hint });
  try {
    return decode(ids as number[]);
  } catch (cause) {
    const { message, hint: next } = cause as Error & { hint?: string };
    throw new InputError(`line ${number}: ${message}`, { cause, hint: next ?? hint });
  }
}
