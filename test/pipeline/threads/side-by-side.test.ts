import { describe, expect, it } from 'vitest';
import { sideBySide } from '../../../src/pipeline/threads/side-by-side.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('sideBySide', () => {
  it('gives results in order, whichever ends first', async () => {
    const slow = async (): Promise<number> => {
      await turn();
      await turn();
      return 1;
    };
    expect(await sideBySide([slow, async () => 2])).toEqual([1, 2]);
    expect(await sideBySide([])).toEqual([]);
  });

  it('tells the others to stop, waits for them, and throws what went wrong first', async () => {
    let steps = 0;
    let hasEnded = false;
    const long = async (check: () => void): Promise<void> => {
      try {
        for (; steps < 1000; steps++) {
          check();
          await turn();
        }
      } finally {
        await turn();
        hasEnded = true;
      }
    };
    const failing = async (): Promise<void> => {
      await turn();
      throw new Error('the disk is full');
    };
    await expect(sideBySide([long, failing])).rejects.toThrow('the disk is full');
    expect(hasEnded).toBe(true);
    expect(steps).toBeLessThan(10);
  });
});
