import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDoubleArray } from '../../../src/core/charsmap/double-array.ts';
import { createAutomatonBuilder, END_LABEL } from '../../../src/core/charsmap/double-array-automaton.ts';
import { compareUtf8, encodeUtf8 } from '../../../src/core/unicode/utf8.ts';
import { runs } from '../../runs.ts';

/** Looks a key up as darts-clone does; -1 when it is not there. */
function find(units: Uint32Array, key: Uint8Array): number {
  const offset = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let node = 0;
  for (const byte of key) {
    node ^= offset(units[node]!) ^ byte;
    if (node >= units.length || (units[node]! & 0x800000ff) !== byte) return -1;
  }
  if ((units[node]! & 0x100) === 0) return -1;
  return units[node ^ offset(units[node]!)]! & 0x7fffffff;
}

const keys = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter((text) => !text.includes('\0'));
// Few letters, so that prefixes and equal endings abound.
const denseKeys = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '中', '\u{1f600}'), minLength: 1, maxLength: 8 });
const maps = (key: fc.Arbitrary<string>) =>
  fc
    .uniqueArray(fc.tuple(key, fc.integer({ min: 0, max: 2 ** 31 - 1 })), {
      minLength: 1,
      selector: ([text]) => text,
      maxLength: 300,
    })
    .map((entries) => new Map(entries));

describe('buildDoubleArray', () => {
  it.each([
    ['any keys', maps(keys)],
    ['keys with much in common', maps(denseKeys)],
  ])('finds every key and no other: %s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, fc.array(fc.oneof(keys, denseKeys)), (values, others) => {
        const units = buildDoubleArray(values);
        for (const [key, value] of values) expect(find(units, encodeUtf8(key))).toBe(value);
        for (const key of others) expect(find(units, encodeUtf8(key))).toBe(values.get(key) ?? -1);
        for (const key of values.keys()) {
          const prefix = [...key].slice(0, -1).join('');
          expect(find(units, encodeUtf8(prefix))).toBe(values.get(prefix) ?? -1);
          expect(find(units, encodeUtf8(`${key}x`))).toBe(values.get(`${key}x`) ?? -1);
        }
      }),
      runs(60),
    );
  });

  it('stays right when blocks are closed', () => {
    const values = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) values.set((i * 7919).toString(36), i);
    const units = buildDoubleArray(values);
    expect(units.length).toBeGreaterThan(17 * 256);
    for (const [key, value] of values) expect(find(units, encodeUtf8(key))).toBe(value);
    expect(find(units, encodeUtf8('no such key'))).toBe(-1);
  });

  it('gives whole blocks, whatever the order of the keys', () => {
    fc.assert(
      fc.property(maps(denseKeys), (values) => {
        const units = buildDoubleArray(values);
        expect(units.length % 256).toBe(0);
        expect(buildDoubleArray(new Map([...values].reverse()))).toEqual(units);
      }),
      runs(20),
    );
  });
});

describe('createAutomatonBuilder', () => {
  const build = (values: ReadonlyMap<string, number>) => {
    const builder = createAutomatonBuilder();
    for (const key of [...values.keys()].sort(compareUtf8)) builder.add(encodeUtf8(key), values.get(key)!);
    return builder.finish();
  };

  it('accepts the keys with their values, and is as small as can be', () => {
    fc.assert(
      fc.property(maps(denseKeys), fc.integer({ min: 1, max: 3 }), (random, distinct) => {
        const values = new Map([...random].map(([key, value]) => [key, value % distinct]));
        const { root, edgeStarts, edgeLabels, edgeTargets } = build(values);
        const reached = new Map<string, number>();
        // What follows each state, written out: no two states may have the same.
        const futures = new Map<number, string>();
        const future = (state: number): string => {
          let text = futures.get(state);
          if (text === undefined) {
            text = '';
            for (let edge = edgeStarts[state]!; edge < edgeStarts[state + 1]!; edge++) {
              const label = edgeLabels[edge]!;
              const target = edgeTargets[edge]!;
              text += label === END_LABEL ? `=${target};` : `${label}(${future(target)})`;
            }
            futures.set(state, text);
          }
          return text;
        };
        const walk = (state: number, bytes: number[]): void => {
          for (let edge = edgeStarts[state]!; edge < edgeStarts[state + 1]!; edge++) {
            const label = edgeLabels[edge]!;
            if (label === END_LABEL) reached.set(Buffer.from(bytes).toString(), edgeTargets[edge]!);
            else walk(edgeTargets[edge]!, [...bytes, label]);
          }
        };
        walk(root, []);
        expect(reached).toEqual(values);
        const all = edgeStarts.slice(1).map((_, state) => future(state));
        expect(new Set(all).size).toBe(all.length);
      }),
      runs(60),
    );
  });
});
