// vocab-merge encode: lines of text to lines of ids, or to the files that trainers read.

import { counted } from '../../core/counted.ts';
import { readTextBatches } from '../../corpus/lines/read-corpus.ts';
import { type CorpusStats, emptyStats } from '../../corpus/read/corpus-stats.ts';
import { type CorpusFile, expandInputs, isReadOnce } from '../../corpus/read/expand-inputs.ts';
import { textPathsOf } from '../../corpus/read/records/corpus-record.ts';
import { type FieldPath, textAt } from '../../corpus/read/records/field-path.ts';
import type { PartRecord } from '../../corpus/shards/part-record.ts';
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
import type { EncodedTexts, TextsOrLines } from '../../pipeline/threads/encode-batch-thread.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { type LoadedTokenizer, loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { type CommandContext, defineCommand } from '../declare/command.ts';
import { defineFlags } from '../declare/flag.ts';
import { announceStdin, FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import { warnOfChangedText } from '../output/corpus-summary.ts';
import {
  isMadeAlready,
  SHARD_FLAGS,
  type ShardOfVersion,
  shardFrom,
  warnOfEmptyShard,
  writeLinesPart,
} from '../results/shard-part.ts';
import { FORCE_FLAGS, openFileOutput, outputRulesOf } from '../results/write-files.ts';

const ENCODE_FLAGS = defineFlags({
  tokenizer: { type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The tokenizer' },
  input: {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    help: 'Read this instead of stdin: file, folder, glob, hf://datasets/owner/name/path',
  },
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
});

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
options, are left alone, so that a script that was ended can be started again; others are refused without --force. Each format, and each shard, needs a PREFIX of its own.

With --shard only a part of the lines is read. Without --format, --out is the file of its lines; the parts in the order of their numbers are
the output of one process: put them together with cat. PART.json beside each says what it is of, with the hash of its lines.`,
  flags: ENCODE_FLAGS,
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
    const { out } = flags;
    const shard = shardFrom('encode', flags.shard);
    const isLinesPart = shard !== undefined && flags.format === undefined;
    const isFile = out !== undefined && out !== '-' && !isLinesPart;
    const shown = (['pieces', 'offsets', 'count'] as const).find((name) => flags[name]);
    const asked = { shard, isFile, shown };
    refuseFlags(context, asked);
    const loaded = await loadTokenizer(flags.tokenizer);
    const { tokenizer, sha256 } = loaded;
    const inputs = flags.input.length > 0 ? flags.input : ['-'];
    if (shard === undefined) announceStdin(inputs, output);
    const text = await openText(await expandInputs(inputs), context, asked);
    if (isLinesPart) {
      const { bos, eos, pieces, offsets, count } = flags;
      const header = async () => ({
        ...{ tokenizer: sha256, bos, eos, pieces, offsets, count, jsonl: flags.jsonl },
        part: await text.recordOf(shard),
      });
      await writeLinesPart(out!, { header, lines: encodedLines(tokenizer, text, flags) }, context);
    } else if (shown !== undefined || (output.json && !isFile)) {
      await printLines(encodedLines(tokenizer, text, flags), output);
    } else if (isFile) await writeIds(out, { loaded, text, shard }, context);
    else for await (const { data } of idBlocks(tokenizer, text, flags)) output.write(data!);
    warnOfChangedText(text.stats, output);
    if (shard !== undefined && text.files.length === 0) warnOfEmptyShard(shard, context);
  },
});

type EncodeContext = CommandContext<typeof ENCODE_FLAGS>;
type EncodeFlags = EncodeContext['flags'];

/** What is not told apart by flags alone. */
interface Asked {
  readonly shard: ShardOfVersion | undefined;
  /** Files of ids are written. */
  readonly isFile: boolean;
  readonly shown: 'pieces' | 'offsets' | 'count' | undefined;
}

function refuseFlags({ flags, output }: EncodeContext, { shard, isFile, shown }: Asked): void {
  const { out, format } = flags;
  if ((out === undefined && shard !== undefined) || (isFile && format === undefined)) {
    throw new UsageError(
      `encode: ${out === undefined ? '--shard and --out' : '--out and --format or --shard'} belong together`,
      {
        hint: 'Write --input FILE --format FORMAT --out PREFIX, or --shard I/N --out PART; else, redirect the output with > FILE.',
      },
    );
  }
  if (format === undefined) return;
  if (isFile && /[/\\]$/.test(out!)) {
    throw new UsageError(`encode: --out "${out}" is a folder, and PREFIX is how the names of the files begin`, {
      hint: `Write --out ${out}NAME.`,
    });
  }
  if (shown !== undefined) {
    throw new UsageError(`encode: --${shown} is printed, and does not go with --format`, {
      hint: `Leave out --${shown} to write ids.`,
    });
  }
  if (!isFile && format !== 'jsonl' && (format !== 'bin' || output.json)) {
    const raw = format === 'bin' ? ', or raw ids without --json' : '';
    throw new UsageError(`encode: --format ${format} makes files${raw}`, { hint: 'Name them with --out PREFIX.' });
  }
}

/** The text of a run, to be read once. */
interface EncodedText {
  /** The files, or parts of files, that are read. */
  readonly files: readonly CorpusFile[];
  readonly totalBytes: number;
  readonly stats: CorpusStats;
  /** As bytes, where that is asked for and lines are wanted as they are. */
  read(options: { readonly asBytes: boolean }): AsyncGenerator<TextsOrLines>;
  /** What a part of it says of itself. */
  recordOf(shard: ShardOfVersion): Promise<PartRecord>;
}

async function openText(
  all: readonly CorpusFile[],
  { flags, output }: EncodeContext,
  { shard, isFile }: Asked,
): Promise<EncodedText> {
  const isJsonl = flags.jsonl ?? false;
  const { field } = fieldFrom(flags);
  const paths = textPathsOf({ fields: field });
  // What --jsonl reads are lines still, whatever the file is called.
  const options = isJsonl ? ({ format: 'text' } as const) : { field };
  const files = shard === undefined ? all : (await shardFiles([all], shard, options.format)).flat();
  const stats = emptyStats();
  const totalBytes = files.reduce((sum, { size, range }) => sum + (range ? range.end - range.start : size), 0);
  return {
    files,
    stats,
    totalBytes,
    async *read({ asBytes }) {
      let number = 0;
      const batches = readTextBatches(files, { ...options, asBytes: asBytes && !isJsonl }, stats);
      for await (const { texts, bytes } of batches) {
        yield bytes ?? (isJsonl ? texts.flatMap((line) => textOfJson(line, ++number, paths) ?? []) : texts);
        if (isFile) output.progress({ what: 'encoding', done: stats.bytesRead, total: totalBytes, unit: 'bytes' });
      }
    },
    recordOf: (each) => recordShard(all, each, { version: each.version, field }),
  };
}

async function* encodedLines(tokenizer: Tokenizer, text: EncodedText, flags: EncodeFlags): AsyncGenerator<string> {
  const options = { addBos: flags.bos ?? false, addEos: flags.eos ?? false };
  for await (const batch of text.read({ asBytes: false })) {
    for (const each of batch as readonly string[]) {
      if (flags.offsets) yield JSON.stringify(tokenizer.encodeWithOffsets(each, options));
      else if (flags.pieces) yield JSON.stringify(tokenizer.encodePieces(each, options));
      else if (flags.count) yield String(tokenizer.encode(each, options).length);
      else yield JSON.stringify(tokenizer.encode(each, options));
    }
  }
}

async function printLines(encoded: AsyncIterable<string>, output: EncodeContext['output']): Promise<void> {
  const lines = batched(output.write);
  let isFirst = true;
  if (output.json) lines.add('[');
  for await (const line of encoded) {
    lines.add(output.json ? `${isFirst ? '\n' : ',\n'}${line}` : `${line}\n`);
    isFirst = false;
  }
  if (output.json) lines.add('\n]\n');
  lines.flush();
}

/** Ids in the form of the format, on threads. */
function idBlocks(
  tokenizer: Tokenizer,
  text: EncodedText,
  { format = 'jsonl', bos, eos, threads }: EncodeFlags,
): AsyncGenerator<EncodedTexts> {
  const form = formOfFormat(format, tokenizer.vocabSize);
  return encodeStream(tokenizer, text.read({ asBytes: true }), {
    ...{ addBos: bos ?? false, addEos: eos ?? false },
    ...(form !== undefined && { form }),
    ...(threads !== undefined && { threads }),
    totalBytes: text.totalBytes,
  });
}

interface IdsToWrite {
  readonly loaded: LoadedTokenizer;
  readonly text: EncodedText;
  readonly shard: ShardOfVersion | undefined;
}

async function writeIds(out: string, { loaded, text, shard }: IdsToWrite, context: EncodeContext): Promise<void> {
  const { flags, output } = context;
  const { format = 'jsonl', bos, eos } = flags;
  const { tokenizer, name, sha256 } = loaded;
  const rules = { ...outputRulesOf(context), isOwn: (path: string) => isOwnIdFile(out, path, format) };
  // What can be read once only is not looked at before.
  const isStream = (await Promise.all(text.files.map(isReadOnce))).includes(true);
  const part = isStream ? undefined : await text.recordOf(shard ?? { index: 1, of: 1, version: packageVersion() });
  const header = { tokenizer: sha256, format, bos, eos, jsonl: flags.jsonl, part };
  const paths = idFilePaths(out, format);
  const check = { header: async () => header, read: () => readIdPart(out, format) };
  // Files of another format, which may share a name, would be left behind.
  if (!flags.force) await isOwnIdFile(out, paths.at(-1)!, format);
  if (await isMadeAlready(paths[0]!, check, context, out)) return;
  await openFileOutput(paths, context, rules.isOwn);
  const work = { tokenizer: { name, vocabSize: tokenizer.vocabSize, sha256 }, format, header };
  const result = await writeIdFiles(out, idBlocks(tokenizer, text, flags), work, {
    rules,
    readInputs: () => text.stats.inputs,
  });
  output.endProgress();
  const { tokens, documents, dtype, files } = result;
  const as = dtype === undefined ? '' : `, as ${dtype}`;
  output.print(`${counted(tokens, 'token')} of ${counted(documents, 'text')}${as}: written to ${paths.join(', ')}`);
  output.printJson({ out, tokens, documents, dtype: dtype ?? null, files });
}

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
