// Parts of a work that is divided into shards: the flag that asks for one, and whether an earlier run has made it already, which
// is what makes it safe to start the same command again. What a part says of itself is corpus/shards/part-record.ts' business;
// a part that has no room for it, because it is nothing but lines, has it in PART.json beside it.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { counted } from '../../core/counted.ts';
import { isObject } from '../../core/json-object.ts';
import { packTableChunks } from '../../corpus/count/pack-table.ts';
import { differenceOf, type WorkPart } from '../../corpus/shards/part-record.ts';
import type { CorpusShard } from '../../corpus/shards/shard-inputs.ts';
import { FormatError, messageOf, UsageError } from '../../errors.ts';
import type { FileData } from '../../pipeline/io/atomic-write.ts';
import { isThere } from '../../pipeline/io/output-rules.ts';
import { packageVersion } from '../../pipeline/io/package-version.ts';
import { sha256OfChunks } from '../../pipeline/io/sha256.ts';
import { defineFlags } from '../declare/flag.ts';
import { openFileOutput, type WritingContext } from './write-files.ts';

/** For every command that may do a part of its work. */
export const SHARD_FLAGS = defineFlags({
  shard: {
    type: 'string',
    placeholder: 'I/N',
    help: 'Only this one of N shards, to --out; every line is in exactly one. A part that is there and fits is left alone',
  },
});

/** One shard, and the version of the program that its part will name. */
export type ShardOfVersion = CorpusShard & { readonly version: string };

/** `2/8` as the second of eight shards. */
export function shardFrom(command: string, text: string | undefined): ShardOfVersion | undefined {
  if (text === undefined) return undefined;
  const [, index, of] = /^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? [];
  if (index === undefined || of === undefined || Number(index) < 1 || Number(index) > Number(of)) {
    throw new UsageError(
      `${command}: --shard: ${JSON.stringify(text)} is no shard: the first of eight is 1/8, the last 8/8`,
      { hint: 'Write --shard I/N with I from 1 to N.' },
    );
  }
  return { index: Number(index), of: Number(of), version: packageVersion() };
}

/**
 * Says what can be cut, where a shard has nothing because all there is was not.
 *
 * @param cut what this command cuts
 */
export function warnOfEmptyShard(
  { index, of }: CorpusShard,
  { output }: WritingContext,
  cut = 'plain text, JSON Lines and Parquet are cut, and text or JSON Lines compressed in members, as bgzip and pzstd do',
): void {
  output.warn(`shard ${index}/${of} has no text: ${cut}; every other file is whole in one shard`);
}

/** How a command knows its own earlier result, which says what it is of. */
export interface PartCheck {
  /** What the result of this run will say of itself. */
  readonly header: () => Promise<WorkPart['header']>;
  /** Reads the one that is there to its end. */
  readonly read: (path: string) => Promise<WorkPart>;
}

/**
 * Whether an earlier run has made the very result of this one: of the same inputs, options, shard and version, and whole. It
 * is told, and the command has nothing more to do. Where neither says what it is of, a run makes it again.
 *
 * @param shown as the result is named to the user, if not by its path
 * @throws OutputError for another result, or half of one
 */
export async function isMadeAlready(
  path: string,
  { header, read }: PartCheck,
  { flags, output }: WritingContext,
  shown = path,
): Promise<boolean> {
  const place = await stat(path).catch(() => undefined);
  if (path === '-' || !place?.isFile() || flags.force === true) return false;
  const found = await read(path).catch((cause: unknown) => {
    const reason = messageOf(cause);
    throw isThere(path, `no whole result of this command (${reason})`, cause);
  });
  const own = await header();
  if (found.header.part === undefined && own.part === undefined) return false;
  const difference = differenceOf(found, { path: 'this run', header: own, sha256: '' });
  if (difference !== undefined) throw isThere(path, `another result: ${difference}`);
  output.print(`${path}: is there already`);
  output.printJson({ out: shown, skipped: true });
  return true;
}

/** A part that is lines and nothing else. */
export interface LinesPart {
  readonly header: () => Promise<WorkPart['header']>;
  readonly lines: AsyncIterable<string>;
}

const PART_FORMAT = 'vocab-merge/part';

/**
 * Writes lines and what they are of, both or neither; leaves them alone where they are there already.
 *
 * @throws OutputError as {@link isMadeAlready}, and when they cannot be written
 */
export async function writeLinesPart(
  path: string,
  { header, lines }: LinesPart,
  context: WritingContext,
): Promise<void> {
  const { output } = context;
  const beside = `${path}.json`;
  const place = await stat(path).catch(() => undefined);
  // Beside a stream there is nothing.
  const isStream = path === '-' || place?.isFile() === false;
  const isOwn = async (): Promise<boolean> => (await readBeside(path).catch(() => undefined)) !== undefined;
  if (await isMadeAlready(path, { header, read: readLinesPart }, context)) return;
  const file = await openFileOutput(isStream ? [path] : [path, beside], context, isOwn);
  const own = await header();
  const hash = createHash('sha256');
  let [bytes, number] = [0, 0];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const line of lines) {
      number++;
      yield Buffer.from(`${line}\n`);
    }
  }
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of packTableChunks(chunks(), basename(path))) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  // Written behind the lines, so that the hash is known.
  async function* record(): AsyncGenerator<string> {
    const content = { format: PART_FORMAT, version: 1, header: own, bytes, sha256: hash.digest('hex') };
    yield `${JSON.stringify(content, null, 2)}\n`;
  }
  const files = new Map<string, FileData>([[path, hashed()]]);
  if (!isStream) files.set(beside, record());
  await file.write(files);
  file.print(`${path}: ${counted(number, 'line')}`);
  output.printJson({ out: path, lines: number, bytes });
}

async function readLinesPart(path: string): Promise<WorkPart> {
  const { header, sha256 } = await readBeside(path);
  if ((await sha256OfChunks(createReadStream(path))) === sha256) return { path, header, sha256 };
  throw new FormatError(`${path}: has another hash than ${basename(path)}.json says`);
}

async function readBeside(path: string): Promise<Pick<WorkPart, 'header' | 'sha256'>> {
  const json: unknown = JSON.parse(await readFile(`${path}.json`, 'utf8'));
  if (isObject(json) && json.format === PART_FORMAT && isObject(json.header)) {
    return { header: json.header, sha256: String(json.sha256) };
  }
  throw new FormatError(`${path}.json: does not say what the part is of`);
}
