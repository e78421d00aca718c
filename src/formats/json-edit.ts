// Changes single values in the text of a JSON file and leaves every other byte alone. Written for config.json: parsing and
// printing would turn 10000.0 into 10000, which readers that tell floats from integers take for another type.
// Spec: RFC 8259. The text must be sound JSON; what is not is refused.
import { FormatError } from '../errors.ts';

/** A value to set: the keys that lead to it, and its new value (anything that JSON can hold). */
export interface JsonEdit {
  readonly path: readonly string[];
  readonly value: unknown;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

interface ObjectSpan extends Span {
  /** End of the last member's value; `undefined` in an empty object. */
  readonly lastValueEnd: number | undefined;
  /** Whitespace in front of the first key. */
  readonly indent: string;
}

/**
 * The text with the edits applied. A key that does not exist yet is added behind the last one of its object; the objects
 * around it must exist.
 *
 * @throws FormatError when the text is not JSON, or an object on the path is missing
 * @example
 * ```ts
 * editJson('{"a": 1.0, "b": 2}', [{ path: ['b'], value: 3 }]); // '{"a": 1.0, "b": 3}'
 * ```
 */
export function editJson(text: string, edits: readonly JsonEdit[], { source = 'JSON' } = {}): string {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${source}: is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { values, objects } = locate(text);
  const changes: (Span & { text: string; order: number })[] = [];
  for (const [order, { path, value }] of edits.entries()) {
    const json = JSON.stringify(value);
    const span = values.get(keyOf(path));
    if (span !== undefined) {
      changes.push({ ...span, text: json, order });
      continue;
    }
    const parent = objects.get(keyOf(path.slice(0, -1)));
    if (parent === undefined)
      throw new FormatError(`${source}: has no object ${path.slice(0, -1).join('.') || 'at its top'}`);
    const member = `${JSON.stringify(path.at(-1))}: ${json}`;
    const { lastValueEnd, indent, start } = parent;
    changes.push(
      lastValueEnd === undefined
        ? { start: start + 1, end: start + 1, text: member, order }
        : { start: lastValueEnd, end: lastValueEnd, text: `,${indent === '' ? ' ' : indent}${member}`, order },
    );
  }
  let edited = text;
  for (const { start, end, text: replacement } of changes.sort((a, b) => b.start - a.start || b.order - a.order)) {
    edited = edited.slice(0, start) + replacement + edited.slice(end);
  }
  return edited;
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

// Where every value that only objects lead to stands. Arrays are skipped as a whole.
function locate(text: string): { values: Map<string, Span>; objects: Map<string, ObjectSpan> } {
  const values = new Map<string, Span>();
  const objects = new Map<string, ObjectSpan>();
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const skipSpace = (): void => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  const skipString = (): void => {
    at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at++;
  };
  const skipArray = (): void => {
    let depth = 0;
    do {
      const character = text[at];
      if (character === '"') {
        skipString();
        continue;
      }
      if (character === '[' || character === '{') depth++;
      if (character === ']' || character === '}') depth--;
      at++;
    } while (depth > 0);
  };
  const scanObject = (path: readonly string[]): void => {
    const start = at++;
    const indentStart = at;
    skipSpace();
    const indent = text.slice(indentStart, at);
    let lastValueEnd: number | undefined;
    while (text[at] !== '}') {
      const keyStart = at;
      skipString();
      const key = JSON.parse(text.slice(keyStart, at)) as string;
      skipSpace();
      at++; // the colon
      skipSpace();
      scanValue([...path, key]);
      lastValueEnd = at;
      skipSpace();
      if (text[at] === ',') {
        at++;
        skipSpace();
      }
    }
    at++;
    objects.set(keyOf(path), { start, end: at, lastValueEnd, indent });
  };
  const scanValue = (path: readonly string[]): void => {
    const start = at;
    if (text[at] === '{') scanObject(path);
    else if (text[at] === '"') skipString();
    else if (text[at] === '[') skipArray();
    else while (!/[\s,}\]]/.test(text[at] ?? ',')) at++;
    values.set(keyOf(path), { start, end: at });
  };
  skipSpace();
  scanValue([]);
  return { values, objects };
}
