// What frequency tables are parts of, as their headers say, and what their merge may claim. Tables with other options do not
// belong together; one part counted twice, or left out, would falsify every count. Pure.

import { counted } from '../../core/counted.ts';
import { isObject } from '../../core/json-object.ts';
import { InputError } from '../../errors.ts';
import type { FrequencyTableHeader } from '../read/frequency-table.ts';
import type { SampledInput } from '../read/shard-inputs.ts';

/** A table that is to be merged. */
export interface TablePart {
  /** Its name in messages. */
  readonly path: string;
  readonly header: FrequencyTableHeader;
  /** Of its text without compression. */
  readonly sha256: string;
}

/** The entry `part` of a header: what the table is of. */
export interface PartRecord {
  /** `I/N` for shards, else the hashes of the tables that were merged; ascending. */
  readonly tables: readonly string[];
  /** For shards: what was divided. */
  readonly of?: ShardedWork;
  /** Characters that the parts counted, and those of them that their own minimum count has dropped. */
  readonly characters?: number;
  readonly droppedCharacters?: number;
}

/** What was divided into shards. */
export interface ShardedWork {
  readonly shards: number;
  /** Version of the program. */
  readonly version: string;
  /** The fields that were read, where they were named. */
  readonly field?: string;
  readonly inputs: readonly SampledInput[];
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
  for (const part of parts) checkOptions(first, part);
  const holders = new Map<string, TablePart>();
  for (const part of parts) {
    for (const table of recordOf(part).tables) {
      const other = holders.get(table);
      if (other !== undefined) throw countedTwice(part, other, table);
      holders.set(table, part);
    }
  }
  const { of } = recordOf(first);
  const missing = of === undefined ? [] : shardsOf(of).filter((shard) => !holders.has(shard));
  if (missing.length > 0 && !isPartial) {
    throw new InputError(
      `count merge: ${counted(missing.length, 'shard')} of ${of!.shards} missing: ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ', …' : ''}`,
      {
        hint: 'Count them as well. With --partial the parts there are become one part, to be merged with the others later.',
      },
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
  const record: PartRecord = {
    tables: [...holders.keys()].sort(compareTables),
    ...(of !== undefined && { of }),
    ...sumOf(parts),
  };
  // All shards of a count that dropped nothing are what one process counts.
  const isWhole = of !== undefined && missing.length === 0;
  if (isWhole && own === 1 && settings.maxLength === undefined) return merged;
  return { ...merged, part: record };
}

/** The record of a table; one that has none is a part by itself. */
export function recordOf({ header, sha256 }: TablePart): PartRecord {
  const { part } = header;
  if (!isObject(part) || !Array.isArray(part.tables)) return { tables: [sha256] };
  return part as unknown as PartRecord;
}

/** The names of all shards. */
export function shardsOf({ shards }: ShardedWork): string[] {
  return Array.from({ length: shards }, (_, i) => `${i + 1}/${shards}`);
}

function checkOptions(first: TablePart, part: TablePart): void {
  const difference = optionDifference(part, first) ?? workDifference(part, first);
  if (difference === undefined) return;
  throw new InputError(`${part.path}: ${difference}`, {
    hint: 'Tables are merged when they have the same options, and shards when they are of one count: count one of them again.',
  });
}

/** In words, why a table is not the very part that `wanted` describes; `undefined` when it is. */
export function differenceOf(found: TablePart, wanted: TablePart): string | undefined {
  const [shard, other] = [found, wanted].map((part) => recordOf(part).tables.join(', '));
  return (
    optionDifference(found, wanted) ??
    workDifference(found, wanted) ??
    (shard === other ? undefined : `it is shard ${shard}, and ${wanted.path} counts ${other}`)
  );
}

function optionDifference(part: TablePart, other: TablePart): string | undefined {
  const names = new Set([...Object.keys(part.header), ...Object.keys(other.header)]);
  names.delete('part');
  for (const name of [...names].sort()) {
    const [a, b] = [part.header[name], other.header[name]].map((value) => JSON.stringify(value) ?? 'not set');
    if (a !== b) return `${name} is ${a}, in ${other.path} it is ${b}`;
  }
  return undefined;
}

function workDifference(part: TablePart, other: TablePart): string | undefined {
  const [a, b] = [part, other].map((each) => recordOf(each).of);
  if (JSON.stringify(a) === JSON.stringify(b)) return undefined;
  const [what, others] = [a, b].map((of) => (of === undefined ? 'no shard' : `a shard of ${of.shards}`));
  if (what !== others) return `it is ${what}, ${other.path} is ${others}`;
  if (a!.version !== b!.version) return `it was counted by version ${a!.version}, ${other.path} by ${b!.version}`;
  if (a!.field !== b!.field) return `its field is ${a!.field ?? 'text'}, that of ${other.path} ${b!.field ?? 'text'}`;
  for (let i = 0; i < Math.max(a!.inputs.length, b!.inputs.length); i++) {
    const [x, y] = [a!.inputs[i], b!.inputs[i]];
    if (x?.name !== y?.name) return `its inputs are others than those of ${other.path} (${x?.name ?? y?.name})`;
    if (x!.bytes !== y!.bytes) return `its input ${x!.name} had ${x!.bytes} bytes, and ${y!.bytes} for ${other.path}`;
    if (x!.sample !== y!.sample) return `its input ${x!.name} had other contents than for ${other.path}`;
  }
  return `it is not of the same count as ${other.path}`;
}

function countedTwice(part: TablePart, other: TablePart, table: string): InputError {
  const what = table.includes('/') ? `the shard ${table}` : 'the same table';
  return new InputError(
    part === other || part.path === other.path
      ? `${part.path}: is there twice`
      : `${part.path}: has ${what}, as ${other.path} has`,
    { hint: 'Give each part once: its counts would be added twice.' },
  );
}

// Sums only where all parts know.
function sumOf(parts: readonly TablePart[]): Pick<PartRecord, 'characters' | 'droppedCharacters'> {
  const records = parts.map(recordOf);
  if (records.some(({ characters }) => characters === undefined)) return {};
  return {
    characters: records.reduce((sum, { characters = 0 }) => sum + characters, 0),
    droppedCharacters: records.reduce((sum, { droppedCharacters = 0 }) => sum + droppedCharacters, 0),
  };
}

function compareTables(a: string, b: string): number {
  const [x, y] = [Number.parseInt(a, 10), Number.parseInt(b, 10)];
  return a.includes('/') && x !== y ? x - y : a < b ? -1 : Number(a > b);
}
