// Puts the files of a result into the output folder, all or none.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withOutputFolder } from '../pipeline/atomic-write.ts';

/** Writes `files` into `folder`. @throws OutputError when that is not possible; nothing is left behind then */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  await withOutputFolder(folder, async (temporary) => {
    for (const [name, data] of files) await writeFile(join(temporary, name), data);
  });
}
