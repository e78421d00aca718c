// What a part of a divided work says of itself, whatever was made in parts: the options in its header, and in `part` which shard
// of what it is. Parts of other options or another work do not belong together; one that is there twice, or is missing, would
// falsify every figure. Pure: what the parts hold, and how that is added up, is not its business.

import { counted } from '../../core/counted.ts';
import { isObject } from '../../core/json-object.ts';
import { InputError } from '../../errors.ts';

/** A part that is to be merged, or looked at. */
export interface WorkPart {
  /** Its name in messages. */
  readonly path: string;
  /** The options that it was made with, and its {@link PartRecord} as `part`. */
  readonly header: Readonly<Record<string, unknown>>;
  /** Of its bytes without compression. */
  readonly sha256: string;
}

/** The entry `part` of a header: what the part is of. */
export interface PartRecord {
  /** `I/N` for shards, else the hashes of the parts that were merged; ascending. */
  readonly tables: readonly string[];
  /** For shards: what was divided. */
  readonly of?: ShardedWork;
}

/** How files are recognised without reading all of them. */
export interface SampledInput {
  /** Name of the file without its folder. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of some stretches spread over the file, in hexadecimal; of a file on a hub, its hash there. */
  readonly sample: string;
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

/** Parts that belong together. */
export interface GatheredParts {
  /** As {@link PartRecord.tables}, of all of them. */
  readonly tables: readonly string[];
  readonly of?: ShardedWork | undefined;
  /** Shards that are not there. */
  readonly missing: readonly string[];
}

/** The record of a part; one that has none is a part by itself. */
export function recordOf<R extends PartRecord = PartRecord>({ header, sha256 }: WorkPart): R {
  const { part } = header;
  return (isObject(part) && Array.isArray(part.tables) ? part : { tables: [sha256] }) as R;
}

/**
 * Checks that parts have the same options, are of one work, and that none is there twice.
 *
 * @throws InputError naming the part and what is wrong with it
 */
export function gatherParts(parts: readonly WorkPart[]): GatheredParts {
  const first = parts[0]!;
  for (const part of parts) {
    const difference = optionDifference(part, first) ?? workDifference(part, first);
    if (difference !== undefined) throw foreignPart(part, difference);
  }
  const tables = refuseDoubled(parts);
  const { of } = recordOf(first);
  const all = Array.from({ length: of?.shards ?? 0 }, (_, i) => `${i + 1}/${of!.shards}`);
  const there = new Set(tables);
  return {
    tables: tables.sort(compareTables),
    ...(of !== undefined && { of }),
    missing: all.filter((shard) => !there.has(shard)),
  };
}

/**
 * Checks parts that may be of several works: of each work every shard has to be there, once.
 *
 * @throws InputError naming the part, or the shards that are missing
 */
export function checkWholeWorks(parts: readonly WorkPart[]): void {
  const works = new Map<string, WorkPart[]>();
  for (const part of parts) {
    const work = JSON.stringify(recordOf(part).of ?? null);
    works.set(work, [...(works.get(work) ?? []), part]);
  }
  for (const own of works.values()) {
    const { missing, of } = gatherParts(own);
    if (missing.length > 0)
      throw missingShards(own[0]!.path, { missing, of }, 'Make them as well, and merge them first.');
  }
}

/** The error for shards that are not there. */
export function missingShards(
  where: string,
  { missing, of }: Pick<GatheredParts, 'missing' | 'of'>,
  hint: string,
): InputError {
  const list = `${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ', …' : ''}`;
  return new InputError(`${where}: ${counted(missing.length, 'shard')} of ${of!.shards} missing: ${list}`, { hint });
}

/** The error for a part that does not belong to the others. */
export function foreignPart({ path }: WorkPart, difference: string): InputError {
  return new InputError(`${path}: ${difference}`, {
    hint: 'Parts are merged when they have the same options, and shards when they are of one work: make one of them again.',
  });
}

/** In words, why a part is not the very one that `wanted` describes; `undefined` when it is. */
export function differenceOf(found: WorkPart, wanted: WorkPart): string | undefined {
  const [shard, other] = [found, wanted].map((part) => recordOf(part).tables.join(', '));
  return (
    optionDifference(found, wanted) ??
    workDifference(found, wanted) ??
    (shard === other ? undefined : `it is shard ${shard}, and ${wanted.path} is shard ${other}`)
  );
}

/** In words, which option of a part differs; of all of them, or of those that are named. */
export function optionDifference(part: WorkPart, other: WorkPart, only?: readonly string[]): string | undefined {
  const names = new Set(only ?? [...Object.keys(part.header), ...Object.keys(other.header)]);
  names.delete('part');
  for (const name of [...names].sort()) {
    const [a, b] = [part.header[name], other.header[name]].map((value) => JSON.stringify(value) ?? 'not set');
    if (a === b) continue;
    const isLong = a!.length + b!.length > 120;
    return isLong ? `its ${name} are others than in ${other.path}` : `${name} is ${a}, in ${other.path} it is ${b}`;
  }
  return undefined;
}

function workDifference(part: WorkPart, other: WorkPart): string | undefined {
  const [a, b] = [part, other].map((each) => recordOf(each).of);
  if (JSON.stringify(a) === JSON.stringify(b)) return undefined;
  const [what, others] = [a, b].map((of) =>
    of === undefined ? 'no shard' : of.shards === 1 ? 'of the whole input' : `one of ${of.shards} shards`,
  );
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

// The names of all of them, in their order.
function refuseDoubled(parts: readonly WorkPart[]): string[] {
  const holders = new Map<string, WorkPart>();
  for (const part of parts) {
    for (const table of recordOf(part).tables) {
      const other = holders.get(table);
      if (other !== undefined) throw countedTwice(part, other, table);
      holders.set(table, part);
    }
  }
  return [...holders.keys()];
}

function countedTwice(part: WorkPart, other: WorkPart, table: string): InputError {
  const what = table.includes('/') ? `the shard ${table}` : 'the same table';
  return new InputError(
    part === other || part.path === other.path
      ? `${part.path}: is there twice`
      : `${part.path}: has ${what}, as ${other.path} has`,
    { hint: 'Give each part once: its counts would be added twice.' },
  );
}

function compareTables(a: string, b: string): number {
  const [x, y] = [Number.parseInt(a, 10), Number.parseInt(b, 10)];
  return a.includes('/') && x !== y ? x - y : a < b ? -1 : Number(a > b);
}
