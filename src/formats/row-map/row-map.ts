// The row map file (row-map.json): where each row of the resized embedding comes from. Types, parse, serialize and a walk
// over all rows. It is built in merge/row-map/build-row-map.ts, checked in validate-row-map.ts and applied in embedding/.
// Layout: one JSON document with one `new` entry a line, so that two maps can be compared line by line.
import { FormatError } from '../../errors.ts';
import { validateRowMap } from './validate-row-map.ts';

export { type RowMapLimits, validateRowMap } from './validate-row-map.ts';

/** `format` of every row map. */
export const ROW_MAP_FORMAT = 'vocab-merge/row-map';

/** `version` that this library reads and writes. */
export const ROW_MAP_VERSION = 1;

/** One side of a row map: a tokenizer and the embedding that goes with it. */
export interface RowMapVocab {
  /** Number of pieces; token ids are below it. */
  readonly vocabSize: number;
  /** Number of rows of the embedding, `vocabSize` or more; the rows past the last piece are padding. */
  readonly rows: number;
  /** SHA-256 of the tokenizer file, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** `count` rows copied: target rows from `targetStart` on are base rows from `sourceStart` on. */
export type CopyRange = readonly [targetStart: number, sourceStart: number, count: number];

/** A row that the base does not have: the weighted mean of base rows. */
export interface NewRow {
  /** Row of the target, which is the token id. */
  readonly id: number;
  readonly piece: string;
  /** Base ids of the tokens that the piece's text splits into, in order; an id may occur more than once. */
  readonly sources: readonly number[];
  /** Weight of each source, `[sources.length]`, none negative, sum 1. */
  readonly weights: readonly number[];
}

/** A row map. Every target row occurs exactly once: in a `copy` range, as a `new` row, or in `padding`. */
export interface RowMap {
  readonly format: typeof ROW_MAP_FORMAT;
  readonly version: typeof ROW_MAP_VERSION;
  readonly base: RowMapVocab;
  readonly target: RowMapVocab;
  /** Ascending by target row. */
  readonly copy: readonly CopyRange[];
  /** Ascending by id. */
  readonly new: readonly NewRow[];
  /** Target rows past the last piece, ascending. They belong to no token and are filled with zeros. */
  readonly padding: readonly number[];
}

/** One target row, as {@link rowMapRows} yields it. */
export interface RowMapRow {
  readonly id: number;
  readonly kind: 'copy' | 'new' | 'padding';
  /** Base rows that it is made of: one for a copied row, none for padding. */
  readonly sources: readonly number[];
  /** Weight of each source, `[sources.length]`. */
  readonly weights: readonly number[];
  /** The piece of a new row; a row map does not hold the pieces of copied rows. */
  readonly piece?: string;
}

/** Options of {@link parseRowMap}. */
export interface ParseRowMapOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
}

/**
 * Parses and validates the text of a row map.
 *
 * @throws FormatError naming the file, the place and the limit, when the text is not JSON, is not a row map of version 1,
 *   or contradicts itself
 * @example
 * ```ts
 * const rowMap = parseRowMap(await readFile('row-map.json', 'utf8'), { source: 'row-map.json' });
 * rowMap.target.rows; // 49953
 * ```
 */
export function parseRowMap(text: string, options: ParseRowMapOptions = {}): RowMap {
  const { source = 'row map' } = options;
  let json: unknown;
  try {
    json = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (cause) {
    const what = text.trim() === '' ? 'is empty' : `is not JSON: ${(cause as Error).message}`;
    throw new FormatError(`${source}: ${what}`, { cause, hint: 'Build the row map again.' });
  }
  validateRowMap(json as RowMap, { source });
  const { base, target, copy, new: newRows, padding } = json as RowMap;
  return { format: ROW_MAP_FORMAT, version: ROW_MAP_VERSION, base, target, copy, new: newRows, padding };
}

/**
 * Text of a row map: the same for equal maps, one `new` entry a line, closed by a line feed.
 *
 * @example
 * ```ts
 * serializeRowMap(parseRowMap(text)) === text; // for every text that serializeRowMap wrote
 * ```
 */
export function serializeRowMap(rowMap: RowMap): string {
  const vocab = ({ vocabSize, rows, sha256 }: RowMapVocab): string => JSON.stringify({ vocabSize, rows, sha256 });
  const newRows = rowMap.new.map(
    ({ id, piece, sources, weights }) =>
      `    {"id":${id},"piece":${JSON.stringify(piece)},"sources":[${sources.join()}],"weights":[${weights.join()}]}`,
  );
  return `{
  "format": ${JSON.stringify(rowMap.format)},
  "version": ${rowMap.version},
  "base": ${vocab(rowMap.base)},
  "target": ${vocab(rowMap.target)},
  "copy": ${JSON.stringify(rowMap.copy)},
  "new": [${newRows.length === 0 ? '' : `\n${newRows.join(',\n')}\n  `}],
  "padding": [${rowMap.padding.join()}]
}
`;
}

/**
 * Every target row once, in order of the id, from 0 to `target.rows` - 1.
 *
 * @param rowMap a map that {@link validateRowMap} accepts
 * @example
 * ```ts
 * for (const row of rowMapRows(rowMap)) console.log(row);
 * ```
 */
export function* rowMapRows(rowMap: RowMap): Generator<RowMapRow, void, undefined> {
  const copies = [...rowMap.copy].sort((a, b) => a[0] - b[0]);
  const news = [...rowMap.new].sort((a, b) => a.id - b.id);
  let nextCopy = 0;
  let nextNew = 0;
  for (let id = 0; id < rowMap.target.rows; ) {
    const copy = copies[nextCopy];
    if (copy?.[0] === id) {
      const [targetStart, sourceStart, count] = copy;
      for (; id < targetStart + count; id++) {
        yield { id, kind: 'copy', sources: [sourceStart + id - targetStart], weights: [1] };
      }
      nextCopy++;
      continue;
    }
    const row = news[nextNew];
    if (row?.id === id) {
      yield { id, kind: 'new', sources: row.sources, weights: row.weights, piece: row.piece };
      nextNew++;
    } else {
      yield { id, kind: 'padding', sources: [], weights: [] };
    }
    id++;
  }
}
