// Changes single values in the text of a JSON file and leaves every other byte alone. Written for config.json: parsing and
// printing would turn 10000.0 into 10000, which readers that tell floats from integers take for another type.
// Spec: RFC 8259. The text must be sound JSON; what is not is refused.
import { encodeUtf8, textOfUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { JsonSweep } from './json-sweep.ts';
import { type Insertion, splice } from './splice.ts';

const OPEN_BRACE = 0x7b;

/** A value to set: the keys that lead to it, and its new value (anything that JSON can hold). */
export interface JsonEdit {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Where an object ends to be added to. */
interface ObjectTail {
  /** Behind the last member, or behind the opening brace. */
  readonly end: number;
  isEmpty: boolean;
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
  const bytes = encodeUtf8(text);
  const { values, objects } = locate(new JsonSweep(bytes, source));
  const insertions = edits.map(({ path, value }): Insertion => {
    const json = JSON.stringify(value);
    const insertion = values.get(keyOf(path));
    if (insertion !== undefined) return { ...insertion, text: json };
    const parent = objects.get(keyOf(path.slice(0, -1)));
    if (parent === undefined)
      throw new FormatError(`${source}: has no object ${path.slice(0, -1).join('.') || 'at its top'}`);
    const member = `${JSON.stringify(path.at(-1))}: ${json}`;
    const { end, isEmpty, indent } = parent;
    // The next new member stands behind this one.
    parent.isEmpty = false;
    return { at: end, text: isEmpty ? member : `,${indent === '' ? ' ' : indent}${member}` };
  });
  return textOfUtf8(splice(bytes, insertions));
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

// Where every value that only objects lead to stands. Lists are skipped as a whole.
function locate(sweep: JsonSweep): { values: Map<string, Omit<Insertion, 'text'>>; objects: Map<string, ObjectTail> } {
  const values = new Map<string, Omit<Insertion, 'text'>>();
  const objects = new Map<string, ObjectTail>();
  const visit = (path: readonly string[]): void => {
    const isObject = sweep.peek() === OPEN_BRACE;
    const at = sweep.at;
    if (isObject) {
      let end = at + 1;
      let isEmpty = true;
      sweep.readObject(() => {
        visit([...path, sweep.text()]);
        isEmpty = false;
        end = sweep.at;
      });
      const inside = textOfUtf8(sweep.bytes.subarray(at + 1, end));
      objects.set(keyOf(path), { end, isEmpty, indent: /^\s*/.exec(inside)![0] });
    } else sweep.skipValue();
    values.set(keyOf(path), { at, end: sweep.at });
  };
  visit([]);
  return { values, objects };
}
