import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/formats/base64.ts';

describe('base64', () => {
  it('agrees with Node for any bytes, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes));
      }),
    );
  });

  it.each(['a', 'ab', 'abc', 'ab=c', 'ab c', 'é===', 'a===', '====', 'YWJj\n'])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
