// Refuses a row map that is malformed, contradicts itself, or does not fit the checkpoint or tokenizers at hand.
// Nothing is repaired. Costs O(n log n) in the entries of the map, whatever number of rows it claims.
import { counted, groupDigits } from '../../core/counted.ts';
import { isCount, isObject } from '../../core/json-object.ts';
import {
  type CopyRange,
  createFreeLookup,
  firstEndingBehind,
  freeRows,
  ROW_MAP_FORMAT,
  type RowMap,
  type RowMapVocab,
  type RowRange,
} from '../../core/row-map.ts';
import { FormatError, InputError } from '../../errors.ts';

/** What a row map must fit, where it is known. */
export interface RowMapLimits {
  /** Rows of the checkpoint that is to be resized. */
  readonly baseRows?: number | undefined;
  /** Rows that the resized checkpoint must have. */
  readonly targetRows?: number | undefined;
  /** SHA-256 of the base tokenizer file at hand. */
  readonly baseSha256?: string | undefined;
  /** SHA-256 of the target tokenizer file at hand. */
  readonly targetSha256?: string | undefined;
  /** Name of the file, for error messages. */
  readonly source?: string | undefined;
}

/** Token ids are int32 in every engine. */
const MAX_ROWS = 2 ** 31 - 1;

/** How far a sum of weights may be from 1: room for weights that were written with seven digits. */
const WEIGHT_SUM_TOLERANCE = 1e-6;

const REBUILD = { hint: 'Build the row map again, for these two tokenizers.' };

/**
 * Checks a row map.
 *
 * @throws FormatError when the map is malformed, names a target row twice or never, points outside the base, or has
 *   weights that are negative, not finite or do not sum to 1; the message says where and what the limit is
 * @throws InputError when it is sound, but does not fit `limits`
 * @example
 * ```ts
 * // Throws unless the map was made for 32,000 rows.
 * validateRowMap(rowMap, { baseRows: 32000 });
 * ```
 */
export function validateRowMap(rowMap: RowMap, limits: RowMapLimits = {}): void {
  const { source = 'row map' } = limits;
  checkShape(rowMap, source);
  checkVocab(rowMap.base, 'base', source);
  checkVocab(rowMap.target, 'target', source);
  const spans = [...copySpans(rowMap, source), ...newSpans(rowMap, source), ...paddingSpans(rowMap, source)];
  checkCoverage(spans, rowMap.target, source);
  checkFreeRows(rowMap, source);
  checkLimits(rowMap, limits, source);
}

/** Target rows [start, end) and the entry that names them. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly list: 'copy' | 'new' | 'padding';
  readonly index: number;
}

function checkShape(rowMap: RowMap, source: string): void {
  const json = rowMap as unknown;
  if (!isObject(json)) throw new FormatError(`${source}: a row map is a JSON object, this is ${showValue(json)}`);
  if (json.format !== ROW_MAP_FORMAT) {
    throw new FormatError(`${source}: format is ${showValue(json.format)}, a row map has "vocab-merge/row-map"`, {
      hint: 'Give the row-map.json that merge or build wrote.',
    });
  }
  if (json.version !== 2) {
    throw new FormatError(`${source}: version is ${showValue(json.version)}, this program reads versions 1 to 3`, {
      hint: 'Use a newer vocab-merge, or build the row map again with this one.',
    });
  }
  for (const list of ['copy', 'new', 'padding'] as const) {
    if (!Array.isArray(json[list])) {
      throw new FormatError(`${source}: "${list}" is ${showValue(json[list])}, it must be an array`, REBUILD);
    }
  }
}

function checkVocab(vocab: RowMapVocab, side: 'base' | 'target', source: string): void {
  const json = vocab as unknown;
  if (!isObject(json))
    throw new FormatError(`${source}: "${side}" is ${showValue(json)}, it must be an object`, REBUILD);
  for (const key of ['idCount', 'rows'] as const) {
    if (!isCount(json[key]) || json[key] > MAX_ROWS) {
      throw new FormatError(
        `${source}: ${side}.${key} is ${showValue(json[key])}, it must be a whole number from 0 to ${MAX_ROWS}`,
        REBUILD,
      );
    }
  }
  if (vocab.rows < vocab.idCount) {
    throw new FormatError(
      `${source}: ${side}.rows is ${groupDigits(vocab.rows)}, fewer than its ${counted(vocab.idCount, 'id')}`,
      REBUILD,
    );
  }
  checkHoles(vocab, `${source}: ${side}.holes`);
  if (typeof json.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(json.sha256)) {
    throw new FormatError(
      `${source}: ${side}.sha256 is ${showValue(json.sha256)}, it must be 64 lower-case hexadecimal digits`,
      REBUILD,
    );
  }
}

function checkHoles({ idCount, holes }: RowMapVocab, where: string): void {
  if (holes === undefined) return;
  if (!Array.isArray(holes)) throw new FormatError(`${where} is ${showValue(holes)}, it must be an array`, REBUILD);
  let next = 0;
  for (const [index, range] of (holes as readonly RowRange[]).entries()) {
    if (!Array.isArray(range) || range.length !== 2 || !range.every(isCount) || range[1] < 1) {
      throw new FormatError(
        `${where}[${index}] is ${showValue(range)}, it must be [start, count] with a count from 1 on`,
        REBUILD,
      );
    }
    const [start, count] = range;
    // Two ranges that touch are one, and the last id always has a piece: one way to say it.
    if (start < next || start + count >= idCount) {
      throw new FormatError(
        `${where}[${index}] is ${showValue(range)}, it must lie between ${next} and ${idCount - 2}: holes ascend, are apart ` +
          `from each other, and the last id, ${idCount - 1}, has a piece`,
        REBUILD,
      );
    }
    next = start + count + 1;
  }
}

function copySpans({ base, target, copy }: RowMap, source: string): Span[] {
  return copy.map((range, index) => {
    const where = `${source}: copy[${index}]`;
    if (!Array.isArray(range) || range.length !== 3 || !range.every(isCount) || range[2] < 1) {
      throw new FormatError(
        `${where} is ${showValue(range)}, it must be [targetStart, sourceStart, count] with a count from 1 on`,
        REBUILD,
      );
    }
    const [targetStart, sourceStart, count] = range;
    if (sourceStart + count > base.rows) {
      throw new FormatError(
        `${where} ends at base row ${sourceStart + count - 1}, the base's last row is ${base.rows - 1}`,
        REBUILD,
      );
    }
    if (targetStart + count > target.rows) {
      throw new FormatError(
        `${where} ends at target row ${targetStart + count - 1}, the target's last row is ${target.rows - 1}`,
        REBUILD,
      );
    }
    return { start: targetStart, end: targetStart + count, list: 'copy', index };
  });
}

// Rows of tokens are copied from rows of tokens, free rows from free rows, and only free rows are filled.
function checkFreeRows({ base, target, copy, new: newRows }: RowMap, source: string): void {
  const mixed = ({ index, row, other }: Mixed, isFreeInBase: boolean): FormatError => {
    const [from, to] = isFreeInBase ? [row, other] : [other, row];
    const [what, of] = isFreeInBase ? ['token', 'belongs to no token'] : ['free row', 'is the row of a token'];
    return new FormatError(`${source}: copy[${index}] makes ${what} ${to} of base row ${from}, which ${of}`, REBUILD);
  };
  const [lost] = mixedRows(
    base,
    target,
    copy.map(([to, from, count]) => [from, to, count]),
  );
  if (lost !== undefined) throw mixed(lost, true);
  const [made] = mixedRows(target, base, copy);
  if (made !== undefined) throw mixed(made, false);
  const baseRunAt = createFreeLookup(base);
  for (const [index, { fills }] of newRows.entries()) {
    if (fills === undefined) continue;
    if (isCount(fills) && baseRunAt(fills) !== undefined) continue;
    throw new FormatError(
      `${source}: new[${index}] fills ${showValue(fills)}, which is no free row of the base's ${base.rows}`,
      REBUILD,
    );
  }
}

/** A free row of one side and the row of a token on the other side that a copy range puts together. */
interface Mixed {
  readonly index: number;
  readonly row: number;
  readonly other: number;
}

function* mixedRows(side: RowMapVocab, otherSide: RowMapVocab, ranges: readonly CopyRange[]): Generator<Mixed> {
  const free = freeRows(side);
  const freeRunAt = createFreeLookup(otherSide);
  for (const [index, [start, otherStart, count]] of ranges.entries()) {
    for (let i = firstEndingBehind(free, start); i < free.length && free[i]![0] < start + count; i++) {
      const from = Math.max(free[i]![0], start) - start + otherStart;
      const to = Math.min(free[i]![0] + free[i]![1], start + count) - start + otherStart;
      // Runs of free rows are apart from each other, so all of these are free when one run has them.
      const run = freeRunAt(from);
      const token = run === undefined ? from : run[0] + run[1];
      if (token < to) yield { index, row: token - otherStart + start, other: token };
    }
  }
}

function newSpans({ base, target, new: newRows }: RowMap, source: string): Span[] {
  const targetRunAt = createFreeLookup(target);
  const baseRunAt = createFreeLookup(base);
  return newRows.map((row, index) => {
    const where = `${source}: new[${index}]`;
    if (!isObject(row) || !isCount(row.id) || typeof row.piece !== 'string') {
      throw new FormatError(`${where} is ${showValue(row)}, it must have an id and a piece`, REBUILD);
    }
    const { id, piece, surface, sources, weights } = row;
    const what = `${where} (id ${id}, ${JSON.stringify(piece)})`;
    if (id >= target.idCount) {
      throw new FormatError(`${what} is out of range, the target's last id is ${target.idCount - 1}`, REBUILD);
    }
    if (targetRunAt(id) !== undefined)
      throw new FormatError(`${what} has an id that is one of the target's holes`, REBUILD);
    if (surface !== undefined && typeof surface !== 'string') {
      throw new FormatError(`${what}: surface is ${showValue(surface)}, it must be a text`, REBUILD);
    }
    if (!Array.isArray(sources) || !Array.isArray(weights)) {
      throw new FormatError(`${what} must have sources and weights`, REBUILD);
    }
    if (sources.length === 0) throw new FormatError(`${what} has no sources, it needs one at least`, REBUILD);
    if (sources.length !== weights.length) {
      throw new FormatError(
        `${what} has ${counted(sources.length, 'source')} but ${counted(weights.length, 'weight')}`,
        REBUILD,
      );
    }
    let sum = 0;
    for (let i = 0; i < sources.length; i++) {
      if (!isCount(sources[i]) || sources[i]! >= base.idCount) {
        throw new FormatError(
          `${what}: source ${showValue(sources[i])} is out of range, the base's last id is ${base.idCount - 1}`,
          REBUILD,
        );
      }
      if (baseRunAt(sources[i]!) !== undefined) {
        throw new FormatError(`${what}: source ${sources[i]} is a hole of the base, it has no piece`, REBUILD);
      }
      const weight: unknown = weights[i];
      if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
        throw new FormatError(`${what}: weight ${showValue(weight)} is not a finite number from 0 on`, REBUILD);
      }
      sum += weight;
    }
    if (!(Math.abs(sum - 1) <= WEIGHT_SUM_TOLERANCE)) {
      throw new FormatError(
        `${what}: weights sum to ${sum}, they must sum to 1 within ${WEIGHT_SUM_TOLERANCE}`,
        REBUILD,
      );
    }
    return { start: id, end: id + 1, list: 'new', index };
  });
}

function paddingSpans({ target, padding }: RowMap, source: string): Span[] {
  const targetRunAt = createFreeLookup(target);
  return padding.map((row, index) => {
    if (!isCount(row) || targetRunAt(row) === undefined) {
      throw new FormatError(
        `${source}: padding[${index}] is ${showValue(row)}, padding rows belong to no token: they are holes, or from ` +
          `${target.idCount} (past the last id) to ${target.rows - 1}`,
        REBUILD,
      );
    }
    return { start: row, end: row + 1, list: 'padding', index };
  });
}

function checkCoverage(spans: Span[], target: RowMapVocab, source: string): void {
  spans.sort((a, b) => a.start - b.start);
  let covered = 0;
  let previous: Span | undefined;
  for (const span of spans) {
    if (span.start > covered) throw missing(covered, span.start, source);
    if (span.start < covered) {
      const both = `${previous!.list}[${previous!.index}] and ${span.list}[${span.index}]`;
      throw new FormatError(`${source}: target row ${span.start} is named twice, by ${both}`, REBUILD);
    }
    covered = span.end;
    previous = span;
  }
  if (covered < target.rows) throw missing(covered, target.rows, source);
}

function missing(start: number, end: number, source: string): FormatError {
  const rows = end - start === 1 ? `target row ${start} is` : `target rows ${start} to ${end - 1} are`;
  return new FormatError(`${source}: ${rows} named nowhere, every row must be named once`, REBUILD);
}

function checkLimits(rowMap: RowMap, limits: RowMapLimits, source: string): void {
  for (const side of ['base', 'target'] as const) {
    const rows = side === 'base' ? limits.baseRows : limits.targetRows;
    const vocab = rowMap[side];
    if (rows !== undefined && rows !== vocab.rows) {
      throw new InputError(
        `${source}: made for ${counted(vocab.rows, `${side} row`)}, the ${side} checkpoint has ${groupDigits(rows)}`,
        {
          hint:
            side === 'base'
              ? 'Build the row map again with the number of rows that this checkpoint has, or give the one it was made for.'
              : 'Build the row map again with the number of rows that this checkpoint has.',
        },
      );
    }
    const sha256 = side === 'base' ? limits.baseSha256 : limits.targetSha256;
    if (sha256 !== undefined && sha256.toLowerCase() !== vocab.sha256) {
      throw new InputError(
        `${source}: made for a ${side} tokenizer with SHA-256 ${vocab.sha256}, this one has ${sha256.toLowerCase()}`,
        { hint: `Give the ${side} tokenizer that the row map was made for, or build the row map again.` },
      );
    }
  }
}

/** A value as a message shows it, cut short. */
function showValue(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
