// vocab-merge encode: lines of text to lines of ids, or to the files that trainers read.

import { readTextBatches } from '../../corpus/lines/read-corpus.ts';
import { textPathsOf } from '../../corpus/read/corpus-record.ts';
import { emptyStats } from '../../corpus/read/corpus-stats.ts';
import { expandInputs } from '../../corpus/read/expand-inputs.ts';
import { type FieldPath, textAt } from '../../corpus/read/field-path.ts';
import { differenceOf } from '../../corpus/shards/part-record.ts';
import { recordShard, shardFiles } from '../../corpus/shards/shard-inputs.ts';
import { InputError, UsageError } from '../../errors.ts';
import {
  formOfFormat,
  ID_FORMATS,
  idFilePaths,
  isOwnIdFile,
  readIdPart,
  writeIdFiles,
} from '../../pipeline/encode/id-files.ts';
import { packageVersion } from '../../pipeline/io/package-version.ts';
import { encodeStream } from '../../pipeline/threads/encode-batch.ts';
import type { TextsOrLines } from '../../pipeline/threads/encode-batch-thread.ts';
import { loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { announceStdin, FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import { formatCount } from '../output/command-output.ts';
import { warnOfReplacedBytes } from '../output/corpus-summary.ts';
import { isPartThere, SHARD_FLAGS, shardFrom, writeLinesPart } from '../results/shard-part.ts';
import { FORCE_FLAGS, openFileOutput, outputRulesOf } from '../results/write-files.ts';

export const encodeCommand = defineCommand({
  name: 'encode',
  summary: 'Lines of text to lines of ids',
  description: `Reads lines from stdin (or --input) and prints one JSON array a line, in order. No bos or eos unless asked for.
Memory does not grow with the input.

With --format and --out, ids go to the files that trainers read; a text is a line of a text file, or a record of others with its line breaks:
  jsonl     PREFIX.jsonl, one array a line
  bin       PREFIX.bin, the ids of all texts, uint16 up to 65,536 pieces, else uint32, little-endian: numpy.memmap. --eos keeps texts apart
  npy       the same as PREFIX.npy, and where each text starts in PREFIX.starts.npy (int64, the end of the last behind them): numpy.load
  megatron  PREFIX.bin and PREFIX.idx, each text a document: Megatron-LM's --data-path PREFIX (ids as uint16 or int32, as it takes them)
  parquet   PREFIX.parquet with a column input_ids of lists of int32: datasets, Arrow
PREFIX.manifest.json has tokenizer, options, inputs, counts and SHA-256 of each. Files that are there already, whole and of the same inputs and
options, are left alone, so that a script that was ended can be started again.

With --shard only a part of the lines is read. Without --format, --out is the file of its lines; the parts in the order of their numbers are
the output of one process: put them together with cat. PART.json beside each says what it is of, with the hash of its lines.`,
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
    format: {
      type: 'string',
      choices: ID_FORMATS,
      help: 'Write files of ids in this format; without --out, jsonl and bin go to stdout',
    },
    out: {
      type: 'string',
      placeholder: 'PREFIX',
      help: 'With --format: PREFIX.bin and the like are written. With --shard alone: the file of its lines; .gz in the name compresses them',
    },
    threads: { type: 'integer', placeholder: 'N', help: 'Threads that encode; default one for each processor' },
    ...FORCE_FLAGS,
    ...SHARD_FLAGS,
  },
  examples: [
    ["echo '人工智能' | vocab-merge encode --tokenizer llama2", 'One line of ids'],
    ['vocab-merge encode --tokenizer ./merged --pieces --input text.txt', 'Pieces of every line of a file'],
    ['vocab-merge encode --tokenizer llama2 --jsonl < lines.jsonl', 'Lines may contain line breaks this way'],
    [
      'vocab-merge encode --tokenizer ./merged --eos --input corpus/ --format megatron --out ids/zh',
      'ids/zh.bin and ids/zh.idx for Megatron-LM',
    ],
    ['vocab-merge encode --tokenizer llama2 --input texts/ --shard 1/8 --out ids-1.jsonl', 'The first of eight parts'],
  ],
  async run(context) {
    const { flags, output } = context;
    const { out, pieces, offsets, count, jsonl: isJsonl, bos, eos } = flags;
    const { format = 'jsonl' } = flags;
    const shard = shardFrom('encode', flags.shard);
    const isLinesPart = shard !== undefined && flags.format === undefined;
    const isFile = out !== undefined && out !== '-' && !isLinesPart;
    if ((out === undefined && shard !== undefined) || (isFile && flags.format === undefined)) {
      throw new UsageError(
        `encode: ${out === undefined ? '--shard and --out' : '--out and --format or --shard'} belong together`,
        {
          hint: 'Write --input FILE --format FORMAT --out PREFIX, or --shard I/N --out PART; else, redirect the output with > FILE.',
        },
      );
    }
    const shown = (['pieces', 'offsets', 'count'] as const).find((name) => flags[name]);
    if (shown !== undefined && flags.format !== undefined) {
      throw new UsageError(`encode: --${shown} is printed, and does not go with --format`, {
        hint: `Leave out --${shown} to write ids.`,
      });
    }
    if (!isFile && format !== 'jsonl' && (format !== 'bin' || output.json)) {
      const raw = format === 'bin' ? ', or raw ids without --json' : '';
      throw new UsageError(`encode: --format ${format} makes files${raw}`, { hint: 'Name them with --out PREFIX.' });
    }
    const rules = { ...outputRulesOf(context), isOwn: (path: string) => isOwnIdFile(out!, path) };
    const { tokenizer, name, sha256 } = await loadTokenizer(flags.tokenizer);
    const inputs = flags.input.length > 0 ? flags.input : ['-'];
    if (shard === undefined) announceStdin(inputs, output);
    const files = await expandInputs(inputs);
    const { field } = fieldFrom(flags);
    const paths = textPathsOf({ fields: field });
    // What --jsonl reads are lines still, whatever the file is called.
    const options = isJsonl ? ({ format: 'text' } as const) : { field };
    const own = shard === undefined ? files : (await shardFiles([files], shard, options.format)).flat();
    const isPrinted = shown !== undefined || isLinesPart || (output.json && !isFile);
    const encodeOptions = { addBos: bos ?? false, addEos: eos ?? false };
    const stats = emptyStats();
    const totalBytes = own.reduce((sum, { size, range }) => sum + (range ? range.end - range.start : size), 0);
    async function* readParts(): AsyncGenerator<TextsOrLines> {
      let number = 0;
      for await (const { texts, bytes } of readTextBatches(
        own,
        { ...options, asBytes: !isPrinted && !isJsonl },
        stats,
      )) {
        yield bytes ?? (isJsonl ? texts.flatMap((line) => textOfJson(line, ++number, paths) ?? []) : texts);
        if (isFile) output.progress({ what: 'encoding', done: stats.bytesRead, total: totalBytes, unit: 'bytes' });
      }
    }
    async function* encoded(): AsyncGenerator<string> {
      for await (const texts of readParts()) {
        for (const text of texts as readonly string[]) {
          if (offsets) yield JSON.stringify(tokenizer.encodeWithOffsets(text, encodeOptions));
          else if (pieces) yield JSON.stringify(tokenizer.encodePieces(text, encodeOptions));
          else if (count) yield String(tokenizer.encode(text, encodeOptions).length);
          else yield JSON.stringify(tokenizer.encode(text, encodeOptions));
        }
      }
    }
    const partOf = (each: NonNullable<typeof shard>) => recordShard(files, each, { version: each.version, field });
    if (isLinesPart) {
      const header = async () => ({
        ...{ tokenizer: sha256, bos, eos, pieces, offsets, count, jsonl: isJsonl },
        part: await partOf(shard),
      });
      await writeLinesPart(out!, { header, lines: encoded() }, context);
    } else if (isPrinted) {
      const lines = batched(output.write);
      let isFirst = true;
      if (output.json) lines.add('[');
      for await (const line of encoded()) {
        lines.add(output.json ? `${isFirst ? '\n' : ',\n'}${line}` : `${line}\n`);
        isFirst = false;
      }
      if (output.json) lines.add('\n]\n');
      lines.flush();
    } else {
      const form = formOfFormat(format, tokenizer.vocabSize);
      const blocks = encodeStream(tokenizer, readParts(), {
        ...encodeOptions,
        ...(form !== undefined && { form }),
        ...(flags.threads !== undefined && { threads: flags.threads }),
        totalBytes,
      });
      if (!isFile) for await (const { data } of blocks) output.write(data!);
      else {
        // Standard input is not looked at twice.
        const isRead = own.some(({ path }) => path === '-');
        const part = isRead ? undefined : await partOf(shard ?? { index: 1, of: 1, version: packageVersion() });
        const header = { tokenizer: sha256, format, bos, eos, jsonl: isJsonl, part };
        const [first] = idFilePaths(out, format);
        const found = part && !shard ? await readIdPart(out, format).catch(() => undefined) : undefined;
        const isThere =
          shard === undefined
            ? found && !flags.force && differenceOf(found, { path: 'this run', header, sha256: '' }) === undefined
            : await isPartThere(
                first!,
                async () => header,
                () => readIdPart(out, format),
                flags.force,
              );
        if (isThere) {
          output.print(`${first}: is there already`);
          output.printJson({ out, skipped: true });
          return;
        }
        await openFileOutput(idFilePaths(out, format), context, rules.isOwn);
        const work = { tokenizer: { name, vocabSize: tokenizer.vocabSize, sha256 }, format, header };
        const result = await writeIdFiles(out, blocks, work, { rules, readInputs: () => stats.inputs });
        output.endProgress();
        const { tokens, documents, dtype, files: written } = result;
        const as = dtype === undefined ? '' : `, as ${dtype}`;
        const names = idFilePaths(out, format).join(', ');
        output.print(`${formatCount(tokens)} tokens of ${formatCount(documents)} texts${as}: written to ${names}`);
        output.printJson({ out, tokens, documents, dtype: dtype ?? null, files: written });
      }
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
