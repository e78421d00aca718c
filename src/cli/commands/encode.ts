// vocab-merge encode: lines of text to lines of ids.

import { readWholeTexts } from '../../corpus/lines/read-corpus.ts';
import { textPathsOf } from '../../corpus/read/corpus-record.ts';
import { emptyStats } from '../../corpus/read/corpus-stats.ts';
import { type CorpusFile, expandInputs } from '../../corpus/read/expand-inputs.ts';
import { type FieldPath, textAt } from '../../corpus/read/field-path.ts';
import { recordShard, shardFiles } from '../../corpus/shards/shard-inputs.ts';
import { InputError, UsageError } from '../../errors.ts';
import { loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { announceStdin, FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import { warnOfReplacedBytes } from '../output/corpus-summary.ts';
import { SHARD_FLAGS, shardFrom, writeLinesPart } from '../results/shard-part.ts';
import { FORCE_FLAGS } from '../results/write-files.ts';

export const encodeCommand = defineCommand({
  name: 'encode',
  summary: 'Lines of text to lines of ids',
  description: `Reads lines from stdin (or --input) and prints one JSON array a line, in order. No bos or eos unless asked for.
Memory does not grow with the input.

With --shard only a part of the lines is read. The parts in the order of their numbers are the output of one process: put them
together with cat. PART.json beside each says what it is of, with the hash of its lines.`,
  flags: {
    tokenizer: { type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The tokenizer' },
    input: { type: 'string', multiple: true, placeholder: 'FILE', help: 'Read this instead of stdin' },
    ...FIELD_FLAGS,
    jsonl: { type: 'boolean', help: 'Each line is a JSON string, or an object with a string `text`' },
    bos: { type: 'boolean', help: 'Put the begin-of-sentence id first' },
    eos: { type: 'boolean', help: 'Put the end-of-sentence id last' },
    pieces: { type: 'boolean', help: 'Print pieces instead of ids' },
    offsets: { type: 'boolean', help: 'Print objects {id, piece, start, end}; UTF-16 offsets into the line' },
    count: { type: 'boolean', help: 'Print the number of tokens instead' },
    out: {
      type: 'string',
      placeholder: 'FILE',
      help: 'Where the lines of a shard are written; .gz in the name compresses them',
    },
    ...FORCE_FLAGS,
    ...SHARD_FLAGS,
  },
  examples: [
    ["echo '人工智能' | vocab-merge encode --tokenizer llama2", 'One line of ids'],
    ['vocab-merge encode --tokenizer ./merged --pieces --input text.txt', 'Pieces of every line of a file'],
    ['vocab-merge encode --tokenizer llama2 --jsonl < lines.jsonl', 'Lines may contain line breaks this way'],
    ['vocab-merge encode --tokenizer llama2 --input texts/ --shard 1/8 --out ids-1.jsonl', 'The first of eight parts'],
  ],
  async run(context) {
    const { flags, output } = context;
    const shard = shardFrom('encode', flags.shard);
    if ((shard === undefined) !== (flags.out === undefined)) {
      throw new UsageError(`encode: --shard and --out belong together`, {
        hint: 'Write --input FILE --shard I/N --out PART; without shards, redirect the output with > FILE.',
      });
    }
    const { tokenizer, sha256 } = await loadTokenizer(flags.tokenizer);
    const inputs = flags.input.length > 0 ? flags.input : ['-'];
    if (shard === undefined) announceStdin(inputs, output);
    const files = await expandInputs(inputs);
    const encodeOptions = { addBos: flags.bos ?? false, addEos: flags.eos ?? false };
    const encode = (text: string): unknown => {
      if (flags.offsets) return tokenizer.encodeWithOffsets(text, encodeOptions);
      if (flags.pieces) return tokenizer.encodePieces(text, encodeOptions);
      if (flags.count) return tokenizer.encode(text, encodeOptions).length;
      return tokenizer.encode(text, encodeOptions);
    };
    const isJsonl = flags.jsonl;
    const { field } = fieldFrom(flags);
    const paths = textPathsOf({ fields: field });
    // What --jsonl reads are lines still, whatever the file is called.
    const options = isJsonl ? ({ format: 'text' } as const) : { field };
    const stats = emptyStats();
    async function* encoded(read: readonly CorpusFile[]): AsyncGenerator<string> {
      let number = 0;
      for await (const line of readWholeTexts(read, options, stats)) {
        number++;
        const text = isJsonl ? textOfJson(line, number, paths) : line;
        if (text !== undefined) yield JSON.stringify(encode(text));
      }
    }
    if (shard !== undefined) {
      const own = (await shardFiles([files], shard, options.format)).flat();
      const { bos, eos, pieces, offsets, count, jsonl } = flags;
      const header = async () => ({
        ...{ tokenizer: sha256, bos, eos, pieces, offsets, count, jsonl },
        part: await recordShard(files, shard, { version: shard.version, field }),
      });
      await writeLinesPart(flags.out!, { header, lines: encoded(own) }, context);
    } else {
      const lines = batched(output.write);
      let isFirst = true;
      if (output.json) lines.add('[');
      for await (const line of encoded(files)) {
        lines.add(output.json ? `${isFirst ? '\n' : ',\n'}${line}` : `${line}\n`);
        isFirst = false;
      }
      if (output.json) lines.add('\n]\n');
      lines.flush();
    }
    warnOfReplacedBytes(stats, output);
  },
});

/** Text of one line of JSONL, `undefined` for an empty line. */
function textOfJson(line: string, number: number, paths: readonly FieldPath[]): string | undefined {
  if (line.trim() === '') return undefined;
  const wanted = `a text in ${paths.map(({ field }) => `\`${field}\``).join(', ')}`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new InputError(`line ${number}: is not JSON: ${(cause as Error).message}`, {
      cause,
      hint: `With --jsonl each line is a JSON string or an object with ${wanted}.`,
    });
  }
  const text = typeof value === 'string' ? value : textAt(value, paths);
  if (text !== undefined) return text;
  throw new InputError(`line ${number}: is neither a JSON string nor an object with ${wanted}`, {
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
