// Small files that flags name: texts, lists with one entry a line, row maps.
import { readFile } from 'node:fs/promises';
import type { RowMap } from '../../core/row-map.ts';
import { InputError } from '../../errors.ts';
import { parseRowMap } from '../../formats/row-map/row-map.ts';

/**
 * Text of a file.
 *
 * @throws InputError when it cannot be read
 */
export async function readTextOf(path: string, hint = 'Check the path.'): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = { ENOENT: 'no such file', EISDIR: 'is a folder' };
    throw new InputError(`${path}: ${reasons[code ?? ''] ?? `cannot be read (${code ?? message})`}`, { cause, hint });
  }
}

/** The lines of a file that are not empty. */
export async function readLinesOf(path: string): Promise<string[]> {
  const text = await readTextOf(path);
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

/**
 * Reads a row map.
 *
 * @throws InputError when the file cannot be read
 * @throws FormatError when it is no sound row map
 */
export async function readRowMap(path: string): Promise<RowMap> {
  const text = await readTextOf(path, 'Give the row-map.json that merge or build wrote.');
  return parseRowMap(text, { source: path });
}
