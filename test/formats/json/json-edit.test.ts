import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { editJson } from '../../../src/formats/json/json-edit.ts';

describe('editJson', () => {
  it('changes values and nothing else', () => {
    const text =
      '{\n  "theta": 10000.0,\n  "big": 12345678901234567890,\n  "vocab_size" : 32000 ,\n  "u": "\\u4e00 }"\n}\n';
    expect(editJson(text, [{ path: ['vocab_size'], value: 49953 }])).toBe(text.replace('32000', '49953'));
  });

  it('adds keys behind the last one, indented as the first', () => {
    const edits = [
      { path: ['b'], value: [1, 2] },
      { path: ['c'], value: null },
      { path: ['in', 'x'], value: 1 },
    ];
    expect(editJson('{\n    "a": 1,\n    "in": {}\n}', edits)).toBe(
      '{\n    "a": 1,\n    "in": {"x": 1},\n    "b": [1,2],\n    "c": null\n}',
    );
    expect(editJson('{}', [{ path: ['a'], value: 1 }])).toBe('{"a": 1}');
    expect(
      editJson('{}', [
        { path: ['a'], value: 1 },
        { path: ['b'], value: 2 },
      ]),
    ).toBe('{"a": 1, "b": 2}');
  });

  it('means what setting the value in the parsed document means, for any document', () => {
    const keys = fc.constantFrom('a', 'b', '"', '\\', '中', '{');
    const leaf = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.string({ maxLength: 3 })),
    );
    const document = fc.dictionary(keys, fc.oneof(leaf, fc.dictionary(keys, leaf)));
    fc.assert(
      fc.property(document, keys, leaf, fc.constantFrom(undefined, 2, '\t'), (json, key, value, space) => {
        const plain = JSON.parse(JSON.stringify(json)) as Record<string, unknown>;
        const edited = JSON.parse(editJson(JSON.stringify(plain, null, space), [{ path: [key], value }]));
        expect(edited).toEqual({ ...plain, [key]: value });
      }),
    );
  });

  it('refuses what is no JSON, and paths through what is no object', () => {
    expect(() => editJson('{', [])).toThrow(FormatError);
    expect(() => editJson('{"a": 1}', [{ path: ['a', 'b'], value: 1 }])).toThrow('has no object a');
  });
});
