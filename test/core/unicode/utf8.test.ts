// Units to UTF-8 and back, beside the runtime's own coders.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUtf8Units, writeUtf8Units } from '../../../src/core/unicode/utf8.ts';
import { runs } from '../../runs.ts';

const unit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfeff, 0xffff),
);

describe('UTF-16 units', () => {
  it('become UTF-8 as a string does, lone halves U+FFFD, and come back', () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (codes) => {
        const units = Uint16Array.from(codes);
        const text = String.fromCharCode(...codes);
        const bytes = new Uint8Array(3 * codes.length + 1);
        for (const form of [units, text]) {
          const end = writeUtf8Units(form, 0, codes.length, bytes.fill(0), 1);
          expect(bytes.subarray(1, end)).toEqual(new TextEncoder().encode(text));
          const back = new Uint16Array(codes.length);
          expect(readUtf8Units(bytes, 1, end, back, 0)).toBe(codes.length);
          expect(String.fromCharCode(...back)).toBe(text.toWellFormed());
        }
      }),
      runs(300),
    );
  });

  it('are those between two places', () => {
    const bytes = new Uint8Array(8);
    // The half of a pair that is cut off has no other half.
    expect(writeUtf8Units('a😀b', 1, 2, bytes, 2)).toBe(5);
    expect([...bytes]).toEqual([0, 0, 0xef, 0xbf, 0xbd, 0, 0, 0]);
  });
});
