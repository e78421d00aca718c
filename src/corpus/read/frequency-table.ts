// How often each segment of a text occurs: a sorted list of texts with counts that can be added up. Counting two halves
// of a corpus and merging gives the same bytes as counting the whole. Pure: files are read by read-records.ts, and by
// count/merge-tables.ts.
// Format: UTF-8 lines. The first is `#vocab-merge/frequency-table 1 {JSON}`; then `text<tab>count`, by UTF-8 bytes. Of a table
// that is a part, with `part` in its first line, the last line is `#end`: a part cut off at a line end would be counted short.

import { isObject } from '../../core/json-object.ts';
import { SPACE_SYMBOL } from '../../core/model.ts';
import { compareUtf8 } from '../../core/unicode/utf8.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { FormatError, OptionError } from '../../errors.ts';

/** How a table was made, and in `part` what it is a part of; tables can be merged when they agree in everything else. */
export type FrequencyTableHeader = Readonly<Record<string, string | number | boolean | object>>;

/** Texts with their counts; `texts` and `counts` are parallel, sorted by UTF-8 bytes, every text once. */
export interface FrequencyTable {
  readonly header: FrequencyTableHeader;
  readonly texts: readonly string[];
  /** Whole numbers of at least 1. `[texts]` */
  readonly counts: Float64Array;
}

/** What the first line of every version starts with. */
export const TABLE_MAGIC = '#vocab-merge/frequency-table ';

const VERSION = 1;

/** The last line of a part, which a table may be. */
export const TABLE_END = '#end';

/**
 * A table of texts with their counts; the counts of equal texts are added up.
 *
 * @throws OptionError when a text is empty or has a tab, a line end or half a surrogate pair, or a count is not a whole
 * number from 1 on, or a sum is no longer exact
 * @example
 * ```ts
 * frequencyTable([['学', 2], ['人', 1], ['学', 1]]).texts; // ['人', '学']
 * ```
 */
export function frequencyTable(
  entries: Iterable<readonly [text: string, count: number]>,
  header: FrequencyTableHeader = {},
): FrequencyTable {
  const sums = new Map<string, number>();
  for (const [text, count] of entries) {
    const sum = (sums.get(text) ?? 0) + count;
    if (text === '' || /[\t\n\r]|\p{Cs}/u.test(text)) {
      throw new OptionError(`frequency table: ${JSON.stringify(text)} cannot be an entry`, {
        hint: 'Entries are not empty and have no tab, no line end and no half of a surrogate pair.',
      });
    }
    if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(sum)) {
      throw new OptionError(`frequency table: ${JSON.stringify(text)} cannot have the count ${sum}`, {
        hint: `Counts are whole numbers from 1 to ${Number.MAX_SAFE_INTEGER}.`,
      });
    }
    sums.set(text, sum);
  }
  const texts = [...sums.keys()].sort(compareUtf8);
  return { header, texts, counts: Float64Array.from(texts, (text) => sums.get(text)!) };
}

/**
 * The table of all corpora that the given ones were counted from.
 *
 * @throws OptionError when there is none, or they were made with different options
 * @example
 * ```ts
 * const whole = mergeFrequencyTables([frequencyTable([['学', 2]]), frequencyTable([['学', 1], ['人', 1]])]);
 * [whole.texts, whole.counts]; // [['人', '学'], [1, 3]]
 * ```
 */
export function mergeFrequencyTables(tables: readonly FrequencyTable[]): FrequencyTable {
  const [first] = tables;
  if (first === undefined) throw new OptionError('frequency tables: none to merge');
  const header = serializeHeader(first.header);
  for (const table of tables) {
    const other = serializeHeader(table.header);
    if (other !== header) {
      throw new OptionError(`frequency tables: made with different options, ${header} and ${other}`, {
        hint: 'Count all parts with the same options.',
      });
    }
  }
  return frequencyTable(tables.flatMap(entriesOf), first.header);
}

function entriesOf({ texts, counts }: FrequencyTable): [string, number][] {
  return texts.map((text, i) => [text, counts[i]!]);
}

/**
 * The text of a table file; the same table gives the same bytes.
 *
 * @example
 * ```ts
 * const text = serializeFrequencyTable(frequencyTable([['学', 3], ['人', 1]]));
 * serializeFrequencyTable(parseFrequencyTable(text)) === text; // true
 * ```
 */
export function serializeFrequencyTable(table: FrequencyTable): string {
  const lines = [tableHead(table.header)];
  table.texts.forEach((text, i) => {
    lines.push(`${text}\t${table.counts[i]}`);
  });
  return `${lines.join('\n')}\n${tableTail(table.header)}`;
}

/** What stands behind the entries. */
export function tableTail(header: FrequencyTableHeader): string {
  return header.part === undefined ? '' : `${TABLE_END}\n`;
}

/** The error for a part without its last line. */
export function cutOffPart(source: string): FormatError {
  return new FormatError(`${source}: ends before its last line, ${TABLE_END}`, {
    hint: 'The file is cut off: get it again, or count this part again.',
  });
}

/** The first line of a table file, without its line end. */
export function tableHead(header: FrequencyTableHeader): string {
  return `${TABLE_MAGIC}${VERSION} ${serializeHeader(header)}`;
}

function serializeHeader(header: FrequencyTableHeader): string {
  return JSON.stringify(Object.fromEntries(Object.entries(header).sort(([a], [b]) => compareUtf8(a, b))));
}

/**
 * Reads the text of a table file.
 *
 * @param options.source file name for messages
 * @throws FormatError naming the line that is wrong
 * @example
 * ```ts
 * const { texts, counts } = parseFrequencyTable(await readFile('table.tsv', 'utf8'), { source: 'table.tsv' });
 * ```
 */
export function parseFrequencyTable(file: string, options: { readonly source?: string } = {}): FrequencyTable {
  const { source = 'frequency table' } = options;
  const lines = file.split('\n');
  const header = parseTableHeader(lines[0]!, source);
  if (lines.pop() !== '' || lines.length === 0) {
    throw new FormatError(`${source}: line ${lines.length + 1} has no line end`, {
      hint: 'The file is cut off: get it again.',
    });
  }
  if (header.part !== undefined && lines.pop() !== TABLE_END) throw cutOffPart(source);
  const texts: string[] = [];
  const counts = new Float64Array(lines.length - 1);
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    const entry = parseTableEntry(line);
    if (entry === undefined) {
      throw new FormatError(`${source}: line ${i + 1} is not text, a tab and a count: ${JSON.stringify(line)}`);
    }
    const { text, count } = entry;
    if (i > 1 && compareUtf8(texts.at(-1)!, text) >= 0) {
      throw new FormatError(`${source}: line ${i + 1} (${JSON.stringify(text)}) is not in UTF-8 order`);
    }
    texts.push(text);
    counts[i - 1] = count;
  }
  return { header, texts, counts };
}

/** A line below the first; `undefined` when it is not text, a tab and a count. */
export function parseTableEntry(line: string): { text: string; count: number } | undefined {
  const tab = line.indexOf('\t');
  const digits = line.slice(tab + 1);
  const count = Number(digits);
  if (tab < 1 || !/^[1-9]\d*$/.test(digits) || !Number.isSafeInteger(count)) return undefined;
  return { text: line.slice(0, tab), count };
}

/** The entries as text to train on. Those that begin a text have lost the `▁` that says so; the others are fragments. */
export function tableSentences({ header, texts, counts }: FrequencyTable): WeightedSentence[] {
  const fronted = hasFronts(header);
  return texts.map((text, i) =>
    fronted && text.startsWith(SPACE_SYMBOL)
      ? { text: text.slice(SPACE_SYMBOL.length), count: counts[i]! }
      : { text, count: counts[i]!, isFragment: true },
  );
}

/** Entries have what stands in front of them; one that begins with `▁` is the beginning of a text, and the `▁` is no part of it. */
export function hasFronts(header: FrequencyTableHeader): boolean {
  return header.join === 'front';
}

/**
 * The options in the first line of a table.
 *
 * @throws FormatError when it is no such line, or of another version
 */
export function parseTableHeader(line: string, source: string): FrequencyTableHeader {
  const [version, ...rest] = line.startsWith(TABLE_MAGIC) ? line.slice(TABLE_MAGIC.length).split(' ') : [];
  if (version === undefined) {
    throw new FormatError(
      `${source}: is not a frequency table (the first line does not start with ${TABLE_MAGIC.trim()})`,
      { hint: 'Make one of the text with `vocab-merge count`.' },
    );
  }
  if (version !== String(VERSION)) {
    throw new FormatError(`${source}: frequency table of version ${version}, this program reads version ${VERSION}`, {
      hint: 'Update the program, or count again.',
    });
  }
  let header: unknown;
  try {
    header = JSON.parse(rest.join(' '));
  } catch (cause) {
    throw new FormatError(`${source}: line 1 has no JSON object with the options`, { cause });
  }
  if (!isObject(header)) {
    throw new FormatError(`${source}: line 1 has no JSON object with the options`);
  }
  return header as FrequencyTableHeader;
}
