import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCommandOutput } from '../../../src/cli/output/command-output.ts';
import { type PlanOptions, planTraining } from '../../../src/cli/output/train-plan.ts';
import { frequencyTable, serializeFrequencyTable } from '../../../src/corpus/read/frequency-table.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();
beforeAll(async () => {
  const entries = Array.from({ length: 40_000 }, (_, i) => [`天${i}`, 1 + (i % 4)] as const);
  await writeFile(join(root, 'table.tsv'), serializeFrequencyTable(frequencyTable(entries)));
  await writeFile(join(root, 'text.txt'), entries.map(([text]) => text).join('\n'));
});

async function plan(names: readonly string[], options: Partial<PlanOptions> = {}) {
  let err = '';
  const output = createCommandOutput(
    { stdout: { write: () => true }, stderr: { write: (text) => (err += text) }, now: () => 0, env: {} },
    { json: false, quiet: false, verbose: false },
  );
  const inputs = names.map((name) => (name === '-' ? name : join(root, name)));
  const planned = await planTraining(output, inputs, {
    reading: {},
    modelType: 'extend',
    maxBytes: undefined,
    ...options,
  });
  return { ...planned, err };
}

describe('planTraining', () => {
  it('says what it will take, and takes all of it where it fits', async () => {
    const { part, forecast, maxMemory, err } = await plan(['text.txt', 'table.tsv']);
    expect(part).toEqual({ sampleShare: 1 });
    expect(forecast!.peakBytes).toBeLessThan(maxMemory);
    expect(err).toMatch(/^forecast: about .* MB of memory and .* of text \(an estimate\)\n$/);
  });

  it('leaves out lines by their hashes, and rare entries by their hashes and counts', async () => {
    const { peakBytes } = (await plan(['table.tsv'])).forecast!;
    const maxBytes = 260e6 + (peakBytes - 260e6) / 2;
    const table = await plan(['table.tsv'], { maxBytes });
    expect(table.part.sampleShare).toBeCloseTo(0.5, 2);
    expect(table.part.sampleThreshold).toBeCloseTo(5, 0);
    expect(table.err).toContain('of the table: the entries with a count of ');
    const text = await plan(['text.txt'], { maxBytes });
    expect(text.part.sampleThreshold).toBeUndefined();
    expect(text.err).toContain(' of the lines, chosen by a hash of each');
  });

  it('leaves what has no size to the one who reads it', async () => {
    expect(await plan(['-'], { maxBytes: 5e8 })).toMatchObject({ part: { sampleShare: 1 }, maxMemory: 5e8, err: '' });
    await expect(plan(['-'], { maxBytes: 5e8, modelType: 'bpe' })).rejects.toThrow('is not known beforehand');
  });
});
