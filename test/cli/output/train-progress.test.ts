import { describe, expect, it } from 'vitest';
import { describeProgress } from '../../../src/cli/output/command-output.ts';
import { memoryInUse, readingProgress } from '../../../src/cli/output/train-progress.ts';
import { emptyStats } from '../../../src/corpus/read/corpus-stats.ts';

const stats = { ...emptyStats(), bytesRead: 500_000, totalBytes: 2_000_000 };

describe('progress of reading', () => {
  it('goes by the bytes on the disk, where these are known', () => {
    expect(readingProgress('reading', 1200, stats)).toEqual({
      ...{ what: 'reading', done: 500_000, total: 2_000_000, unit: 'bytes' },
      details: ['500.0 kB of 2.0 MB', memoryInUse, '1,200 lines'],
    });
    const lines = { what: 'reading', done: 1200, unit: 'lines', details: [memoryInUse] };
    expect(readingProgress('reading', 1200)).toEqual(lines);
    expect(readingProgress('reading', 1200, emptyStats())).toEqual(lines);
    expect(describeProgress(lines, 0)).toMatch(/^reading: 1,200 lines, [\d.]+ [MG]B of memory$/);
  });
});
