import { describe, expect, it } from 'vitest';
import { doubled, grown } from '../../src/core/grown.ts';

describe('arrays that grow', () => {
  it('keep their kind and their values', () => {
    expect(grown(Float64Array.of(1.5, 2), 3)).toEqual(Float64Array.of(1.5, 2, 0));
    expect(grown(Uint8Array.of(7), 2)).toEqual(Uint8Array.of(7, 0));
  });

  it('double, or reach what is needed', () => {
    expect(doubled(Int32Array.of(1, 2)).length).toBe(4);
    expect(doubled(Int32Array.of(1, 2), 3).length).toBe(4);
    expect(doubled(Int32Array.of(1, 2), 9)).toEqual(Int32Array.of(1, 2, 0, 0, 0, 0, 0, 0, 0));
  });
});
