// The short texts that come with the package, one domain a file, for reports when there is nothing else to measure on.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** One sample text. */
export interface SampleText {
  /** Name of its file without `.txt`. */
  readonly name: string;
  /** The whole text. */
  readonly lines: string;
}

/** Folder of the samples: corpus-samples/ of the package. */
export const SAMPLES_FOLDER: string = fileURLToPath(new URL('../../corpus-samples/', import.meta.url));

/** All sample texts, in order of their names. */
export async function sampleTexts(): Promise<SampleText[]> {
  const names = (await readdir(SAMPLES_FOLDER)).filter((name) => name.endsWith('.txt')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name: name.slice(0, -'.txt'.length),
      lines: await readFile(`${SAMPLES_FOLDER}/${name}`, 'utf8'),
    })),
  );
}
