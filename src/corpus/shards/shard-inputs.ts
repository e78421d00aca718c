// Divides the files of a corpus into N shards, so that every line is in exactly one: files of lines are cut at line ends near
// equal bytes, also compressed ones whose members can be told apart; Parquet files between row groups; everything else, such as
// plain gzip and what has quoted line ends (CSV), stays whole and belongs to the shard that its first byte falls into. All shards
// of the same files together are the files. It reads beginnings only, and samples, by which a part later knows what it is of.

import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkWhole } from '../../core/check-whole.ts';
import { InputError } from '../../errors.ts';
import { isDatasetAddress } from '../hub/dataset-files.ts';
import { openByteSource } from '../read/byte-source.ts';
import { findMembers } from '../read/compressed-members.ts';
import { type Compression, type CorpusFormat, formatOfHead, hasUtf16Mark } from '../read/corpus-format.ts';
import { type ByteRange, type CorpusFile, isReadOnce, unreadable } from '../read/expand-inputs.ts';
import type { PartRecord, SampledInput } from './part-record.ts';

/** One of N shards. */
export interface CorpusShard {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/** Stretches of a file that its sample is taken of. */
const SAMPLES = 16;
/** Every part looks at every file: there may be a hundred thousand. */
const SAMPLE_BYTES = 1 << 12;
/** Of more files than this, only the beginning and the end are looked at. */
const MANY_FILES = 256;

/**
 * The files, or parts of files, of one shard, group by group.
 *
 * @throws OptionError for a shard that there is not
 * @throws InputError for standard input and pipes, which cannot be divided
 */
export async function shardFiles(
  groups: readonly (readonly CorpusFile[])[],
  { index, of }: CorpusShard,
  format: CorpusFormat | undefined,
): Promise<CorpusFile[][]> {
  const { from, to } = await boundsOf(groups.flat(), { index, of });
  let before = 0;
  const result: CorpusFile[][] = [];
  for (const files of groups) {
    const own: CorpusFile[] = [];
    for (const file of files) {
      const [start, end] = [Math.max(0, from - before), Math.min(file.size, to - before)];
      if (start < end) {
        const isWhole = start === 0 && end === file.size;
        const kind = isWhole ? undefined : await divisibleFormat(file, format);
        if (kind !== undefined) own.push({ ...file, range: { start, end, size: file.size, ...kind } });
        else if (start === 0) own.push(file);
      }
      before += file.size;
    }
    result.push(own);
  }
  return result;
}

/** Less to read takes less time than starting threads that share it. */
export const LEAST_SHARED_BYTES = 1 << 25;

/**
 * All shards of the files that have anything, in order: what threads share; `undefined` where fewer than two have.
 *
 * @throws as {@link shardFiles}
 */
export async function allShards(
  groups: readonly (readonly CorpusFile[])[],
  of: number,
  format: CorpusFormat | undefined,
): Promise<CorpusFile[][][] | undefined> {
  const shards: CorpusFile[][][] = [];
  for (let index = 1; index <= of; index++) {
    const shard = await shardFiles(groups, { index, of }, format);
    if (shard.some((own) => own.length > 0)) shards.push(shard);
  }
  return shards.length < 2 ? undefined : shards;
}

/** Text files at least this large are compared in sections, which shards have whole: the same for any number of shards. */
const SECTIONED_BYTES = 1 << 28;
const SECTIONS = 512;

/** A file as a text of its own, or the sections of it that are in a shard. */
export interface TextPortion {
  /** Place of the file among all. */
  readonly text: number;
  readonly file: CorpusFile;
  /** Ascending; `undefined` for a text that has no sections. */
  readonly sections?: readonly { readonly index: number; readonly range: ByteRange }[];
}

/**
 * The files of one shard as texts; without a shard, all of them. Where a file is cut does not depend on the number of shards.
 *
 * @param rule of which size files are cut, and into how many sections; smaller ones for tests
 * @throws OptionError, InputError as {@link shardFiles}
 */
export async function shardTexts(
  files: readonly CorpusFile[],
  shard: CorpusShard | undefined,
  rule = { bytes: SECTIONED_BYTES, sections: SECTIONS },
): Promise<TextPortion[]> {
  const bounds = shard && (await boundsOf(files, shard));
  const isOwn = (place: number): boolean =>
    bounds === undefined || (place >= bounds.from && (place < bounds.to || bounds.isLast));
  const portions: TextPortion[] = [];
  let before = 0;
  for (const [text, file] of files.entries()) {
    const { size } = file;
    const found = size < rule.bytes ? undefined : await lookInto(file, undefined);
    if (found?.compression === 'none') {
      const { format } = found;
      const cutAt = (section: number): number => Math.floor((size * section) / rule.sections);
      const sections = [];
      for (let index = 0; index < rule.sections; index++) {
        const range: ByteRange = { start: cutAt(index), end: cutAt(index + 1), size, format };
        if (range.start < range.end && isOwn(before + range.start)) sections.push({ index, range });
      }
      if (sections.length > 0) portions.push({ text, file, sections });
    } else if (isOwn(before)) portions.push({ text, file });
    before += size;
  }
  return portions;
}

// The bytes of a shard, counted through all files.
async function boundsOf(
  files: readonly CorpusFile[],
  { index, of }: CorpusShard,
): Promise<{ from: number; to: number; isLast: boolean }> {
  checkWhole('shard: number of shards', of, 1, 1e6);
  checkWhole('shard', index, 1, of);
  let total = 0;
  for (const file of files) {
    const { path, size } = file;
    total += size;
    if (await isReadOnce(file)) {
      throw new InputError(`${path === '-' ? 'standard input' : path}: cannot be divided into shards`, {
        hint: 'Write it to a file first, or leave out --shard.',
      });
    }
  }
  const cutAt = (shards: number): number => (shards === of ? total : Math.floor((total / of) * shards));
  return { from: cutAt(index - 1), to: cutAt(index), isLast: index === of };
}

/**
 * What a part says of itself that is made of one shard.
 *
 * @param version of the program: parts of different ones are not merged
 * @throws InputError for a file that cannot be read
 */
export async function recordShard(
  files: readonly CorpusFile[],
  { index, of }: CorpusShard,
  { version, field }: { readonly version: string; readonly field: string | readonly string[] | undefined },
): Promise<PartRecord> {
  const inputs = [];
  const samples = files.length > MANY_FILES ? 2 : SAMPLES;
  for (const file of files) inputs.push(await sampleInput(file, samples));
  return {
    tables: [`${index}/${of}`],
    of: { shards: of, version, ...(field !== undefined && { field: [field].flat().join(',') }), inputs },
  };
}

/** What tells a file from another one, or from itself after a change. */
async function sampleInput({ path, size, etag }: CorpusFile, samples: number): Promise<SampledInput> {
  if (etag !== undefined) return { name: basename(path), bytes: size, sample: etag };
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const hash = createHash('sha256');
    const stretch = Buffer.alloc(SAMPLE_BYTES);
    for (let i = 0; i < samples; i++) {
      const place = Math.floor((Math.max(0, size - SAMPLE_BYTES) * i) / (samples - 1));
      const { bytesRead } = await file.read(stretch, 0, SAMPLE_BYTES, place);
      hash.update(stretch.subarray(0, bytesRead));
      if (size <= SAMPLE_BYTES) break;
    }
    return { name: basename(path), bytes: size, sample: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/**
 * Looks at files again that have been read: lines may have come that no other shard knows of.
 *
 * @throws InputError for a file of another size than it had
 */
export async function checkSizes(files: readonly CorpusFile[]): Promise<void> {
  for (const { path, size, etag } of files) {
    if (etag !== undefined) continue;
    const now = await stat(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (now.size === size) continue;
    throw new InputError(`${path}: had ${size} bytes when this shard began, and has ${now.size} now`, {
      hint: 'Nobody may write to it until all shards are done: take a copy, and make every shard of it.',
    });
  }
}

// How a file can be cut; `undefined` for one that cannot.
async function divisibleFormat(
  file: CorpusFile,
  given: CorpusFormat | undefined,
): Promise<Pick<ByteRange, 'format' | 'members'> | undefined> {
  const found = await lookInto(file, given);
  if (found === undefined) return undefined;
  const { format, compression } = found;
  if (compression === 'none') return { format };
  const starts = findMembers(file.path, file.size, compression);
  return starts !== undefined && starts.length > 1 ? { format, members: { compression, starts } } : undefined;
}

interface DivisibleKind {
  readonly format: ByteRange['format'];
  readonly compression: Exclude<Compression, 'brotli'>;
}

// What a file is that may be cut, if it is compressed at members that are still to be found; `undefined` for one that cannot.
async function lookInto(file: CorpusFile, given: CorpusFormat | undefined): Promise<DivisibleKind | undefined> {
  const { head, chunks, compression } = await openByteSource(file);
  await chunks[Symbol.asyncIterator]().return?.();
  if (hasUtf16Mark(head)) return undefined;
  const format = given ?? formatOfHead(file.path, head, { shown: file.path, isEncoded: false, hasFields: true });
  const isOfLines = format === 'text' || format === 'jsonl';
  if (compression === 'none') return isOfLines || format === 'parquet' ? { format, compression } : undefined;
  if (!isOfLines || compression === 'brotli' || isDatasetAddress(file.path)) return undefined;
  return { format, compression };
}
