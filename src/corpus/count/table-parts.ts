// What the headers of frequency tables claim when the tables are put together: by their merge, and by a count that has them
// among its inputs. Pure; which parts belong together is corpus/shards/part-record.ts' business.

import { InputError, OptionError } from '../../errors.ts';
import type { FrequencyTableHeader } from '../read/frequency-table.ts';
import {
  checkWholeWorks,
  foreignPart,
  gatherParts,
  missingShards,
  optionDifference,
  type PartRecord,
  recordOf,
  type WorkPart,
} from '../shards/part-record.ts';

/** A table that is to be merged. */
export interface TablePart extends WorkPart {
  readonly header: FrequencyTableHeader;
}

/** The entry `part` of a table's header. */
export interface TableRecord extends PartRecord {
  /** Characters that the parts counted, and those of them that their own minimum count has dropped. */
  readonly characters?: number;
  readonly droppedCharacters?: number;
}

/** How parts are merged. */
export interface PartMergeOptions {
  /** Merge although shards are missing, into a part that is merged with the others later. Default `false`. */
  readonly isPartial?: boolean;
  /** Leave out what occurs less often in all parts together. Default 1. */
  readonly minCount?: number;
}

/**
 * The header of the merged table: the same whatever the order, and however parts are merged in between.
 *
 * @throws InputError when the parts were made with different options, one is there twice, or one is missing
 */
export function mergeHeaders(parts: readonly TablePart[], options: PartMergeOptions = {}): FrequencyTableHeader {
  const { isPartial = false, minCount = 1 } = options;
  const [first] = parts;
  if (first === undefined) throw new InputError('count merge: no part is given', { hint: 'Name the tables to merge.' });
  const gathered = gatherParts(parts);
  const { tables, of, missing } = gathered;
  if (missing.length > 0 && !isPartial) {
    throw missingShards(
      'count merge',
      gathered,
      'Count them as well. With --partial the parts there are become one part, to be merged with the others later.',
    );
  }
  if (isPartial && minCount > 1) {
    throw new InputError('count merge: --min-count would drop what the other parts have more of', {
      hint: 'Leave out --partial, or --min-count until the last merge.',
    });
  }
  const { part: _, ...settings } = first.header;
  const own = Number(settings.minCount ?? 1);
  const merged = { ...settings, minCount: Math.max(own, minCount) };
  const record: TableRecord = { tables, ...(of !== undefined && { of }), ...sumOf(parts) };
  // All shards of a count that dropped nothing are what one process counts.
  const isWhole = of !== undefined && missing.length === 0;
  if (isWhole && own === 1 && settings.maxLength === undefined) return merged;
  return { ...merged, part: record };
}

/** What decides of which text the entries of a table are; the same for all that are counted together. */
const ENTRY_OPTIONS = ['join', 'punctuation', 'scripts'];

/**
 * Refuses a table as input of a count that would count it wrong.
 *
 * @param own the header of the count
 * @throws InputError for a table of other entries, OptionError for an option that needs the lines that a table has not
 */
export function checkTableInput(
  table: Pick<TablePart, 'path' | 'header'>,
  own: FrequencyTableHeader,
  { dedupe, isShard }: { readonly dedupe: boolean; readonly isShard: boolean },
): void {
  const { path, header } = table;
  if (dedupe || isShard) {
    const what = dedupe ? 'dedupe: the lines of' : 'shard:';
    throw new OptionError(`${what} ${path}, a frequency table, ${dedupe ? 'are not known' : 'cannot be divided'}`, {
      hint: dedupe
        ? 'Count the text itself with --dedupe, in one process, or leave it out.'
        : 'Count the text in shards; count merge puts them together with tables.',
    });
  }
  const known = ENTRY_OPTIONS.filter((name) => name === 'join' || header[name] !== undefined);
  const difference = optionDifference(
    { path, header: { join: 'none', ...header }, sha256: '' },
    { path: 'this count', header: { join: 'none', ...own }, sha256: '' },
    known,
  );
  if (difference === undefined) return;
  throw new InputError(`${path}: ${difference}`, {
    hint: 'Count with the options of the table, or count its text again.',
  });
}

/**
 * What a count may claim that has tables among its inputs: it drops what they have dropped, and is as short as they are.
 *
 * @throws InputError when one is there twice, a shard is missing, or they were made with different options
 */
export function settingsOfTables(tables: readonly TablePart[], own: FrequencyTableHeader): FrequencyTableHeader {
  checkWholeWorks(tables);
  const [first] = tables;
  if (first === undefined) return own;
  for (const table of tables) {
    const difference = optionDifference(table, first);
    if (difference !== undefined) throw foreignPart(table, difference);
  }
  const { minCount = 1, maxLength } = first.header;
  const lengths = [own.maxLength, maxLength].filter((length) => length !== undefined).map(Number);
  return {
    ...own,
    minCount: Math.max(Number(own.minCount ?? 1), Number(minCount)),
    ...(lengths.length > 0 && { maxLength: Math.min(...lengths) }),
  };
}

// Sums only where all parts know.
function sumOf(parts: readonly TablePart[]): Pick<TableRecord, 'characters' | 'droppedCharacters'> {
  const records = parts.map((part) => recordOf<TableRecord>(part));
  if (records.some(({ characters }) => characters === undefined)) return {};
  return {
    characters: records.reduce((sum, { characters = 0 }) => sum + characters, 0),
    droppedCharacters: records.reduce((sum, { droppedCharacters = 0 }) => sum + droppedCharacters, 0),
  };
}
