// Writes a frequency table that comes in chunks, packed as its name says. What the table holds is the business of corpus/count.

import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { packTableChunks } from '../../corpus/count/pack-table.ts';
import type { CommandOutput } from '../output/command-output.ts';
import { memoryInUse } from '../output/train-progress.ts';
import type { FileOutput } from './write-files.ts';

/** `--out` of what writes a table. */
export const TABLE_OUT = {
  type: 'string',
  required: true,
  placeholder: 'FILE',
  help: 'The table; .gz or .br in the name compresses it, - is standard output',
} as const;

/** Writes a table to `path` of an open output and closes it, in any case; returns the bytes written. */
export async function writeTable(
  file: FileOutput,
  path: string,
  table: { readonly chunks: Iterable<Uint8Array>; close(): void },
  output: Pick<CommandOutput, 'progress' | 'endProgress'>,
): Promise<number> {
  let bytes = 0;
  async function* packed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of packTableChunks(table.chunks, basename(path))) {
      bytes += chunk.length;
      output.progress({ what: 'writing the table', done: bytes, unit: 'bytes', details: [memoryInUse] });
      yield chunk;
    }
  }
  try {
    await file.write(new Map([[path, packed()]]));
  } finally {
    output.endProgress();
    table.close();
  }
  return bytes;
}

/** The share of the characters that is in entries left out as too rare, in percent: `0.52 %`. */
export function shareLeftOut(droppedCharacters: number, characters: number): string {
  return `${((100 * droppedCharacters) / Math.max(1, characters)).toFixed(2)} %`;
}

/** In words, what a least count has left out of a table; nothing where it has left out nothing. */
export function describeLeftOut(droppedCharacters: number, characters: number): string {
  if (droppedCharacters === 0) return '';
  return `; ${shareLeftOut(droppedCharacters, characters)} of the characters were in rarer ones, which are left out`;
}

// What goes to disk goes beside the result: the system's folder may be in memory. A stream has no place of its own.
/** The folder for temporary files of an output; `undefined` for a stream. */
export async function folderBeside(path: string): Promise<string | undefined> {
  const folder = dirname(resolve(path));
  const place = await stat(path).catch(() => undefined);
  if (path === '-' || (place !== undefined && !place.isFile())) return undefined;
  return (await stat(folder).catch(() => undefined))?.isDirectory() === true ? folder : undefined;
}
