// The row map file (row-map.json): parse and serialize. The types are in core/row-map.ts, the checks in validate-row-map.ts.
// Layout: one JSON document with one `new` entry a line, so that two maps can be compared line by line. Version 2 is written,
// and version 3 where tokens of the base are dropped: it names their rows, and programs that know only maps that grow refuse
// it. Version 1 (whose `vocabSize` is the number of ids, without holes) is read too.
import { isObject } from '../../core/json-object.ts';
import {
  droppedRows,
  type NewRow,
  ROW_MAP_FORMAT,
  ROW_MAP_VERSION,
  type RowMap,
  type RowMapVocab,
} from '../../core/row-map.ts';
import { FormatError } from '../../errors.ts';
import { validateRowMap } from './validate-row-map.ts';

/**
 * Parses and validates the text of a row map.
 *
 * @param options.source name of the file, for messages
 * @throws FormatError naming the file, the place and the limit, when the text is not JSON, is not a row map of version 1, 2
 *   or 3, or contradicts itself
 * @example
 * ```ts
 * const rowMap = parseRowMap(await readFile('row-map.json', 'utf8'), { source: 'row-map.json' });
 * rowMap.target.rows; // 49953
 * ```
 */
export function parseRowMap(text: string, { source = 'row map' } = {}): RowMap {
  let json: unknown;
  try {
    json = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (cause) {
    const what = text.trim() === '' ? 'is empty' : `is not JSON: ${(cause as Error).message}`;
    throw new FormatError(`${source}: ${what}`, { cause, hint: 'Build the row map again.' });
  }
  const rowMap = asVersion2(json) as RowMap;
  validateRowMap(rowMap, { source });
  if (isObject(json) && json.version === DROPPING_VERSION) checkDropped(json.dropped, rowMap, source);
  const { base, target, copy, new: newRows, padding } = rowMap;
  return { format: ROW_MAP_FORMAT, version: ROW_MAP_VERSION, base, target, copy, new: newRows, padding };
}

/** `version` of the file of a map that drops tokens. */
const DROPPING_VERSION = 3;

// Rows that go are named, so that a row that was left out by mistake is seen.
function checkDropped(listed: unknown, rowMap: RowMap, source: string): void {
  const dropped = droppedRows(rowMap);
  if (JSON.stringify(listed) === JSON.stringify(dropped)) return;
  const at = dropped.findIndex((range, i) => JSON.stringify(range) !== JSON.stringify((listed as unknown[])?.[i]));
  const [start, count] = dropped[at] ?? [0, 0];
  const what = at < 0 ? 'names more rows than these' : `does not name base rows ${start} to ${start + count - 1}`;
  throw new FormatError(`${source}: "dropped" ${what}, which are copied nowhere`, { hint: 'Build the row map again.' });
}

function asVersion2(json: unknown): unknown {
  if (!isObject(json) || json.format !== ROW_MAP_FORMAT) return json;
  if (json.version === DROPPING_VERSION) return { ...json, version: ROW_MAP_VERSION };
  if (json.version !== 1) return json;
  const side = (vocab: unknown): unknown => {
    if (!isObject(vocab)) return vocab;
    const { vocabSize, ...rest } = vocab;
    return { idCount: vocabSize, ...rest };
  };
  return { ...json, version: ROW_MAP_VERSION, base: side(json.base), target: side(json.target) };
}

/**
 * Text of a row map: the same for equal maps, one `new` entry a line, closed by a line feed.
 *
 * @example
 * ```ts
 * const text = serializeRowMap(rowMap);
 * serializeRowMap(parseRowMap(text)) === text; // true
 * ```
 */
export function serializeRowMap(rowMap: RowMap): string {
  const { format, version, base, target, copy, new: newRows, padding } = rowMap;
  const dropped = droppedRows(rowMap);
  return `{
  "format": ${JSON.stringify(format)},
  "version": ${dropped.length > 0 ? DROPPING_VERSION : version},
  "base": ${vocabText(base)},
  "target": ${vocabText(target)},
  "copy": ${JSON.stringify(copy)},${dropped.length > 0 ? `\n  "dropped": ${JSON.stringify(dropped)},` : ''}
  "new": [${newRows.length === 0 ? '' : `\n${newRows.map(newRowText).join(',\n')}\n  `}],
  "padding": [${padding.join()}]
}
`;
}

function vocabText({ idCount, rows, holes, sha256 }: RowMapVocab): string {
  return JSON.stringify({ idCount, rows, holes, sha256 });
}

function newRowText({ id, piece, surface, sources, weights, fills }: NewRow): string {
  return `    ${JSON.stringify({ id, piece, surface, sources, weights, fills })}`;
}
