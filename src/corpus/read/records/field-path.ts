// Where the text of a record is: a field, a field of a nested object (`a.b`), something of every entry of a list
// (`messages[].content`), or several of these, whose texts then are one text, each in a line of its own. It finds values;
// what a record without text means is the readers' business.
import { isObject } from '../../../core/json-object.ts';

/** One field, ready to be looked up. */
export interface FieldPath {
  /** As it was given; a field of just this name comes first. */
  readonly field: string;
  readonly steps: readonly { readonly name: string; readonly lists: number }[];
}

/** `a.b[].c` in its steps; a list at the outside is `[].c`. */
export function parseFieldPath(field: string): FieldPath {
  const steps = field.split('.').map((part) => {
    const name = part.replace(/(\[\])+$/, '');
    return { name, lists: (part.length - name.length) / 2 };
  });
  return { field, steps };
}

/** Everything at a path, in order. */
function valuesAt(record: unknown, { field, steps }: FieldPath): unknown[] {
  if (isObject(record) && Object.hasOwn(record, field)) return [record[field]];
  let values: unknown[] = [record];
  for (const { name, lists } of steps) {
    if (name !== '' || lists === 0) {
      values = values.flatMap((value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));
    }
    for (let level = 0; level < lists; level++) {
      values = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : []));
    }
  }
  return values;
}

/** The one value at a path. */
export function valueAt(record: unknown, path: FieldPath): unknown {
  return valuesAt(record, path)[0];
}

/**
 * The text of a record: that of all fields which it has, empty ones left out, joined by line feeds. `undefined` where none of
 * them holds a text.
 *
 * @example
 * ```ts
 * const chat = { messages: [{ role: 'user', content: '你好' }, { role: 'assistant', content: '好' }] };
 * textAt(chat, [parseFieldPath('messages[].content')]); // '你好\n好'
 * ```
 */
export function textAt(record: unknown, paths: readonly FieldPath[]): string | undefined {
  const found = paths.flatMap((path) => valuesAt(record, path)).filter((value) => typeof value === 'string');
  if (found.length < 2) return found[0];
  return found.filter((text) => text !== '').join('\n');
}

/** Levels of a record that are looked into for fields to propose. */
const MOST_LEVELS = 4;

/** Fields of a record that hold a text, as one would name them: `output`, `messages[].content`. */
export function textFieldsOf(record: unknown, levels = MOST_LEVELS): string[] {
  if (levels === 0) return [];
  if (Array.isArray(record)) return fieldsOfList('', record, levels);
  if (!isObject(record)) return [];
  return Object.entries(record).flatMap(([name, value]) => {
    if (typeof value === 'string') return [name];
    if (Array.isArray(value)) return fieldsOfList(name, value, levels);
    return textFieldsOf(value, levels - 1).map((field) => `${name}.${field}`);
  });
}

// Of chats, what was said: who said it is no text to learn.
function fieldsOfList(name: string, list: readonly unknown[], levels: number): string[] {
  const fields = typeof list[0] === 'string' ? [''] : textFieldsOf(list[0], levels - 1);
  const spoken = fields.filter((field) => field === 'content' || field === 'value');
  return (spoken.length > 0 ? spoken : fields).map((field) => `${name}[]${field === '' ? '' : `.${field}`}`);
}
