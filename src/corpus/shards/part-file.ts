// The file of a part whose contents are lines of JSON: a first line that says what it is of, the lines, and a last one that says
// that nothing is missing. What the lines hold is the business of who writes and reads them.

import { isObject } from '../../core/json-object.ts';
import { FormatError } from '../../errors.ts';
import { openByteSource } from '../read/byte-source.ts';
import { decodeText } from '../read/decode-text.ts';
import { cutOffPart, TABLE_END, TABLE_MAGIC } from '../read/frequency-table.ts';
import { textLines } from '../read/records/text-lines.ts';
import type { WorkPart } from './part-record.ts';

const PART_MAGIC = '#vocab-merge/comparison-part ';
const VERSION = 1;

/** A part that is being read. */
export interface OpenPart extends WorkPart {
  /** The lines behind the header, to be read once. */
  readonly lines: AsyncIterable<string>;
}

/** The file of a part, compressed by nobody. */
export async function* partChunks(
  header: WorkPart['header'],
  lines: AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${PART_MAGIC}${VERSION} ${JSON.stringify(header)}\n`);
  for await (const line of lines) yield Buffer.from(`${line}\n`);
  yield Buffer.from(`${TABLE_END}\n`);
}

/**
 * Opens the file of a part.
 *
 * @throws FormatError, from here or while the lines are read, when it is no part, damaged, or cut off
 * @throws InputError when it cannot be read
 */
export async function openPart(path: string): Promise<OpenPart> {
  const { chunks } = await openByteSource({ path });
  const text = decodeText(chunks, path, { encoding: 'utf-8', invalidUtf8: 'error' }, () => {});
  const lines = linesOf(textLines(text, { shown: path, fragments: false }), path);
  const first = await lines.next();
  return { path, header: parseHead(first.done ? '' : first.value, path), sha256: '', lines };
}

async function* linesOf(batches: AsyncIterable<{ readonly lines: readonly string[] }>, path: string) {
  let isFirst = true;
  for await (const { lines } of batches) {
    for (const line of lines) {
      if (!isFirst && line === TABLE_END) return;
      isFirst = false;
      yield line;
    }
  }
  if (isFirst) return;
  throw cutOffPart(path);
}

function parseHead(line: string, path: string): WorkPart['header'] {
  const [version, ...rest] = line.startsWith(PART_MAGIC) ? line.slice(PART_MAGIC.length).split(' ') : [];
  if (version === undefined) {
    throw new FormatError(`${path}: is no part of a comparison`, {
      hint: line.startsWith(TABLE_MAGIC)
        ? 'It is a frequency table: `count merge` merges it.'
        : 'Give the files that `compare --shard` has written.',
    });
  }
  if (version !== String(VERSION)) {
    throw new FormatError(`${path}: part of version ${version}, this program reads version ${VERSION}`, {
      hint: 'Update the program, or count this part again.',
    });
  }
  let header: unknown;
  try {
    header = JSON.parse(rest.join(' '));
  } catch {
    header = undefined;
  }
  if (isObject(header) && isObject(header.part) && Array.isArray(header.part.tables)) return header;
  throw new FormatError(`${path}: its first line does not say what it is a part of`, {
    hint: 'The file is damaged: count this part again.',
  });
}

/** Reads a part to its end. @throws FormatError when it is no whole part */
export async function readWholePart(path: string): Promise<WorkPart> {
  const { lines, ...part } = await openPart(path);
  for await (const _ of lines);
  return part;
}
