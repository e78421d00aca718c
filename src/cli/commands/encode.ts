// vocab-merge encode: lines of text to lines of ids.

import { readLines } from '../../corpus/lines/read-corpus.ts';
import { InputError } from '../../errors.ts';
import { loadTokenizer, requireSentencePiece } from '../../vocab/load-tokenizer.ts';
import type { Command } from '../declare/command.ts';
import { FIELD_FLAG, fieldFrom } from '../flags/corpus-flags.ts';
import { warnOfReplacedBytes } from '../output/corpus-summary.ts';

export const encodeCommand: Command = {
  name: 'encode',
  summary: 'Lines of text to lines of ids',
  description: `Reads lines from stdin (or --input) and prints one JSON array a line, in order. No bos or eos unless asked for.
Memory does not grow with the input.`,
  options: [
    { name: 'tokenizer', type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The tokenizer' },
    { name: 'input', type: 'string', multiple: true, placeholder: 'FILE', help: 'Read this instead of stdin' },
    FIELD_FLAG,
    { name: 'jsonl', type: 'flag', help: 'Each line is a JSON string, or an object with a string `text`' },
    { name: 'bos', type: 'flag', help: 'Put the begin-of-sentence id first' },
    { name: 'eos', type: 'flag', help: 'Put the end-of-sentence id last' },
    { name: 'pieces', type: 'flag', help: 'Print pieces instead of ids' },
    { name: 'offsets', type: 'flag', help: 'Print objects {id, piece, start, end}; UTF-16 offsets into the line' },
    { name: 'count', type: 'flag', help: 'Print the number of tokens instead' },
  ],
  examples: [
    ["echo '人工智能' | vocab-merge encode --tokenizer llama2", 'One line of ids'],
    ['vocab-merge encode --tokenizer ./merged --pieces --input text.txt', 'Pieces of every line of a file'],
    ['vocab-merge encode --tokenizer llama2 --jsonl < lines.jsonl', 'Lines may contain line breaks this way'],
  ],
  async run({ options, output }) {
    const { tokenizer } = requireSentencePiece(await loadTokenizer(options.required('tokenizer')));
    const inputs = options.has('input') ? options.strings('input') : ['-'];
    const encodeOptions = { addBos: options.flag('bos'), addEos: options.flag('eos') };
    const encode = (text: string): unknown => {
      if (options.flag('offsets')) return tokenizer.encodeWithOffsets(text, encodeOptions);
      if (options.flag('pieces')) return tokenizer.encodePieces(text, encodeOptions);
      if (options.flag('count')) return tokenizer.encode(text, encodeOptions).length;
      return tokenizer.encode(text, encodeOptions);
    };
    const lines = batched(output.write);
    let number = 0;
    let isFirst = true;
    if (output.json) lines.add('[');
    const isJsonl = options.flag('jsonl');
    const field = options.string('field') ?? 'text';
    // What --jsonl reads are lines still, whatever the file is called.
    const reader = readLines(inputs, isJsonl ? { format: 'text' } : fieldFrom(options));
    for await (const line of reader) {
      number++;
      const text = isJsonl ? textOfJson(line, number, field) : line;
      if (text === undefined) continue;
      const separator = !output.json ? '' : isFirst ? '\n' : ',\n';
      lines.add(`${separator}${JSON.stringify(encode(text))}${output.json ? '' : '\n'}`);
      isFirst = false;
    }
    if (output.json) lines.add('\n]\n');
    lines.flush();
    warnOfReplacedBytes(reader.stats, output);
  },
};

/** Text of one line of JSONL, `undefined` for an empty line. */
function textOfJson(line: string, number: number, field: string): string | undefined {
  if (line.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new InputError(`line ${number}: is not JSON: ${(cause as Error).message}`, {
      cause,
      hint: `With --jsonl each line is a JSON string or an object with a string \`${field}\`.`,
    });
  }
  if (typeof value === 'string') return value;
  const text = (value as Readonly<Record<string, unknown>> | null)?.[field];
  if (typeof text === 'string') return text;
  throw new InputError(`line ${number}: is neither a JSON string nor an object with a string \`${field}\``, {
    hint: 'Name the field that holds the text, with --field, or leave --jsonl away to read plain lines.',
  });
}

/** One write for many short lines. */
function batched(write: (text: string) => void): { add: (text: string) => void; flush: () => void } {
  const LIMIT = 1 << 16;
  let parts: string[] = [];
  let length = 0;
  const flush = (): void => {
    if (parts.length > 0) write(parts.join(''));
    parts = [];
    length = 0;
  };
  return {
    add: (text) => {
      parts.push(text);
      length += text.length;
      if (length >= LIMIT) flush();
    },
    flush,
  };
}
