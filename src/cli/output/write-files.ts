// Puts the files of a result into the output folder, all or none.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withOutputFolder } from '../../pipeline/io/atomic-write.ts';

/** What a command makes for its output folder. */
export interface FolderResult<T> {
  /** Contents by file name. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly result: T;
}

/**
 * Lets `make` work and writes its files into `folder`. That the folder can be written is checked before `make` starts,
 * so that nobody waits for a result that has no place.
 *
 * @throws OutputError when the folder cannot be written; nothing is left behind then
 */
export async function writeFolder<T>(folder: string, make: () => Promise<FolderResult<T>>): Promise<T> {
  return withOutputFolder(folder, async (temporary) => {
    const { files, result } = await make();
    for (const [name, data] of files) await writeFile(join(temporary, name), data);
    return result;
  });
}
