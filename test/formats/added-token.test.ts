import fc from 'fast-check';
import { expect, it } from 'vitest';
import { namedToken, readAddedToken, writeAddedToken } from '../../src/formats/added-token.ts';
import { runs } from '../runs.ts';

it('an added token comes back from what is written', () => {
  const token = fc.record({
    id: fc.nat(),
    content: fc.string(),
    special: fc.boolean(),
    singleWord: fc.boolean(),
    lstrip: fc.boolean(),
    rstrip: fc.boolean(),
    normalized: fc.boolean(),
  });
  fc.assert(
    fc.property(token, (token) => {
      expect(readAddedToken(JSON.parse(JSON.stringify(writeAddedToken(token))), token.id)).toEqual(token);
    }),
    runs(100),
  );
});

it('what is no token, or has no id, is none', () => {
  for (const value of [null, 'x', [], {}, { content: 5 }]) expect(readAddedToken(value, 1)).toBe(undefined);
  for (const id of [-1, 1.5, Number.NaN, '1', undefined]) expect(readAddedToken({ content: 'x' }, id)).toBe(undefined);
});

it('a named token is a string or has a content', () => {
  expect([
    namedToken('<s>'),
    namedToken({ content: '<s>' }),
    namedToken(null),
    namedToken([]),
    namedToken(true),
  ]).toEqual(['<s>', '<s>', undefined, undefined, undefined]);
});
