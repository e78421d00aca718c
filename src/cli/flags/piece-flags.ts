// The flags that say which pieces must be there and which must not: by lists, and by the documents they occur in.

import { DOCUMENT_UNITS, type DocumentOptions } from '../../corpus/lines/document-counter.ts';
import type { TrainOptions } from '../../train/options/options.ts';
import { defineGroup, type FlagValues } from '../declare/flag.ts';
import { readLinesOf } from './read-flag-file.ts';

/** Flags of the lists and of the threshold. */
export const PIECE_FLAGS = defineGroup('Wanted and unwanted pieces', {
  'must-include': {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    help: 'Texts, one a line, that are pieces and come out of encoding their own text; ▁ or a space for a space',
  },
  exclude: {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    help: 'Texts, one a line, that are no pieces; longer ones with them inside may be',
  },
  'min-df': {
    option: 'minDocumentFrequency',
    type: 'integer',
    placeholder: 'N',
    help: 'A piece must occur in at least N documents (characters need not); default 1',
  },
  document: {
    type: 'string',
    choices: DOCUMENT_UNITS,
    help: 'What a document is for --min-df: a line, a block of lines up to an empty one, a record of jsonl, csv or parquet (text: the file), a file, a source; default record',
  },
  'document-field': {
    type: 'string',
    placeholder: 'NAME',
    help: 'Records with the same value in this field are one document; of a URL the host',
  },
});

/**
 * Training options of the lists and the threshold.
 *
 * @throws InputError for a list that cannot be read
 */
export async function readPieceOptions({
  'must-include': mustInclude,
  exclude,
  'min-df': minDocumentFrequency,
}: FlagValues<typeof PIECE_FLAGS>): Promise<Pick<TrainOptions, 'mustInclude' | 'exclude' | 'minDocumentFrequency'>> {
  return {
    ...(mustInclude.length > 0 && { mustInclude: await readLists(mustInclude) }),
    ...(exclude.length > 0 && { exclude: await readLists(exclude) }),
    ...(minDocumentFrequency !== undefined && { minDocumentFrequency }),
  };
}

/** Which lines of the corpus are one document; nothing when nobody asks. */
export function documentOptionsFrom(flags: FlagValues<typeof PIECE_FLAGS>): DocumentOptions {
  if ((flags['min-df'] ?? 1) <= 1) return {};
  const documentField = flags['document-field'];
  return { document: flags.document ?? 'record', ...(documentField !== undefined && { documentField }) };
}

async function readLists(paths: readonly string[]): Promise<string[]> {
  return (await Promise.all(paths.map(readLinesOf))).flat();
}
