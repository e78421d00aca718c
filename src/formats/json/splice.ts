// Puts entries behind the last ones of lists and objects in the text of a JSON file, laid out as those are, and leaves every
// other byte alone. It finds the places while it sweeps over the file; no object is made of it.
// Spec: RFC 8259.
import { joinBytes } from '../../core/grown.ts';
import { encodeUtf8, textOfUtf8 } from '../../core/unicode/utf8.ts';
import type { JsonSweep } from './json-sweep.ts';

/** Where a list or an object of a file ends, and how its last entry is laid out. */
export interface Tail {
  /** Behind the last entry, or behind the opening bracket. */
  readonly end: number;
  readonly isEmpty: boolean;
  /** White space in front of the last entry. */
  readonly space: string;
  /** Text of the last entry's value. */
  readonly sample: string;
  /** What stands between the name and the value of a member. */
  readonly colon: string;
}

/** Text to put in at a place, or instead of what stands there up to `end`. */
export interface Insertion {
  readonly at: number;
  readonly end?: number;
  readonly text: string;
}

/** Steps over a list or an object and tells how it ends. */
export function tailOf(sweep: JsonSweep, kind: 'list' | 'object'): Tail {
  const { bytes } = sweep;
  let before = sweep.at + 1;
  let end = before;
  let start = before;
  let count = 0;
  const visit = (): void => {
    before = end;
    start = sweep.at;
    sweep.skipValue();
    end = sweep.at;
    count++;
  };
  if (kind === 'list') sweep.readList(visit);
  else sweep.readObject(visit);
  const head = textOfUtf8(bytes.subarray(before, start));
  return {
    end,
    isEmpty: count === 0,
    space: /^[\s,]*/.exec(head)![0].replace(',', ''),
    sample: textOfUtf8(bytes.subarray(start, end)),
    colon: /\s*:\s*$/.exec(head)?.[0] ?? ': ',
  };
}

/** Entries of a list, or members of an object with their names, behind the last one. */
export function appendTo({ end, isEmpty, space }: Tail, entries: readonly string[]): Insertion {
  const text = entries.map((entry) => `${space}${entry}`).join(',');
  return { at: end, text: isEmpty || text === '' ? text : `,${text}` };
}

/** Ids by name behind the last member of an object. */
export function appendIds(tail: Tail, ids: readonly (readonly [id: number, name: string])[]): Insertion {
  return appendTo(
    tail,
    ids.map(([id, name]) => `${JSON.stringify(name)}${tail.colon}${id}`),
  );
}

/** A value as the last entry of its list is laid out: a text, a list of texts, or an object of plain values. */
export function printLike({ sample, space }: Tail, value: unknown): string {
  if (sample.includes('\n')) {
    return JSON.stringify(value, null, 2).replaceAll('\n', `\n${space.slice(space.lastIndexOf('\n') + 1)}`);
  }
  if (space === '' || typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((part) => JSON.stringify(part)).join(', ')}]`;
  const members = Object.entries(value as object).map(
    ([key, part]) => `${JSON.stringify(key)}: ${JSON.stringify(part)}`,
  );
  return `{${members.join(', ')}}`;
}

/** The bytes with the insertions, whose places must not overlap. */
export function splice(bytes: Uint8Array, insertions: readonly Insertion[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const insertion of [...insertions].sort((a, b) => a.at - b.at)) {
    parts.push(bytes.subarray(at, insertion.at), encodeUtf8(insertion.text));
    at = insertion.end ?? insertion.at;
  }
  parts.push(bytes.subarray(at));
  return joinBytes(parts);
}
