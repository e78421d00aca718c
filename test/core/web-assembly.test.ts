import { describe, expect, it } from 'vitest';
import { openModule } from '../../src/core/web-assembly.ts';

/** A module that imports a memory and exports the function `five`. */
const FIVE = 'AGFzbQEAAAABBQFgAAF/Ag8BA2VudgZtZW1vcnkCAAEDAgEABwgBBGZpdmUAAAoGAQQAQQUL';

describe('openModule', () => {
  it('gives the functions and a memory of whole pages', () => {
    const { buffer, exports } = openModule<{ five(): number }>(FIVE, 65_537)!;
    expect(exports.five()).toBe(5);
    expect(buffer.byteLength).toBe(2 * 65_536);
    expect(openModule(FIVE, 1)!.buffer).not.toBe(openModule(FIVE, 1)!.buffer);
  });

  it('gives nothing for more memory than there can be, a module that is none, and where there is no WebAssembly', () => {
    expect(openModule(FIVE, 2 ** 31 + 1)).toBeUndefined();
    expect(openModule('AAAA', 1)).toBeUndefined();
    const { WebAssembly: runtime } = globalThis as { WebAssembly?: unknown };
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    try {
      expect(openModule(FIVE, 1)).toBeUndefined();
    } finally {
      Object.assign(globalThis, { WebAssembly: runtime });
    }
  });
});
