// Row maps given on the command line.
import { readFile } from 'node:fs/promises';
import type { RowMap } from '../../core/row-map.ts';
import { InputError } from '../../errors.ts';
import { parseRowMap } from '../../formats/row-map/row-map.ts';

/**
 * Reads a row map.
 *
 * @throws InputError when the file cannot be read
 * @throws FormatError when it is no sound row map
 */
export async function readRowMap(path: string): Promise<RowMap> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'ENOENT'
        ? 'no such file'
        : cause.code === 'EISDIR'
          ? 'is a folder'
          : `cannot be read: ${cause.code ?? cause.message}`;
    throw new InputError(`${path}: ${reason}`, { cause, hint: 'Give the row-map.json that merge or build wrote.' });
  });
  return parseRowMap(text, { source: path });
}
