// The flags that say which pieces must be there and which must not: by lists, and by the documents they occur in.

import { readFile } from 'node:fs/promises';
import { DOCUMENT_UNITS, type DocumentOptions, type DocumentUnit } from '../../corpus/lines/document-counter.ts';
import { InputError } from '../../errors.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import type { CommandOption, ParsedOptions } from '../declare/command.ts';

const group = 'Wanted and unwanted pieces';

/** Flags of the lists and of the threshold. */
export const PIECE_FLAGS: readonly CommandOption[] = [
  {
    name: 'must-include',
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    group,
    help: 'Texts, one a line, that are pieces and come out of encoding their own text; ▁ or a space for a space',
  },
  {
    name: 'exclude',
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    group,
    help: 'Texts, one a line, that are no pieces; longer ones with them inside may be',
  },
  {
    name: 'min-df',
    type: 'integer',
    placeholder: 'N',
    group,
    help: 'A piece must occur in at least N documents (characters need not); default 1',
  },
  {
    name: 'document',
    type: 'string',
    choices: [...DOCUMENT_UNITS],
    group,
    help: 'What a document is for --min-df: a line, a block of lines up to an empty one, a record of jsonl, csv or parquet (text: the file), a file, a source; default record',
  },
  {
    name: 'document-field',
    type: 'string',
    placeholder: 'NAME',
    group,
    help: 'Records with the same value in this field are one document; of a URL the host',
  },
];

/**
 * Training options of the lists and the threshold.
 *
 * @throws InputError for a list that cannot be read
 */
export async function readPieceOptions(
  options: ParsedOptions,
): Promise<Pick<TrainOptions, 'mustInclude' | 'exclude' | 'minDocumentFrequency'>> {
  return {
    ...(options.has('must-include') && { mustInclude: await readLists(options.strings('must-include')) }),
    ...(options.has('exclude') && { exclude: await readLists(options.strings('exclude')) }),
    ...(options.has('min-df') && { minDocumentFrequency: options.number('min-df') }),
  };
}

/** Which lines of the corpus are one document; nothing when nobody asks. */
export function documentOptionsFrom(options: ParsedOptions): DocumentOptions {
  if ((options.number('min-df') ?? 1) <= 1) return {};
  const documentField = options.string('document-field');
  return {
    document: (options.string('document') as DocumentUnit | undefined) ?? 'record',
    ...(documentField !== undefined && { documentField }),
  };
}

async function readLists(paths: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(paths.map(readList));
  return lists.flat();
}

async function readList(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new InputError(`${path}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`, {
      cause,
      hint: 'Check the path.',
    });
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}
