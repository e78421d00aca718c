// The program on input that is large where none would expect it.
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openProgramFolder } from './program.ts';

const { at, run } = openProgramFolder();

describe('large input', () => {
  it('a line of 50 MB is encoded and trained on', async () => {
    writeFileSync(at('line.txt'), '中国人民银行发布公告，'.repeat(50_000_000 / 33));
    const encoded = await run(['encode', '--tokenizer', 'llama2', '--count', '--input', 'line.txt']);
    expect(encoded.code, encoded.err).toBe(0);
    expect(Number(encoded.out)).toBeGreaterThan(10_000_000);
    const trained = await run([
      ...['train', '--input', 'line.txt', '--model-prefix', 'line', '--vocab-size', '20', '--model-type', 'bpe'],
      ...['--normalization-rule-name', 'identity', '--json'],
    ]);
    expect(trained.code, trained.err).toBe(0);
    expect(JSON.parse(trained.out).corpus).toMatchObject({ lines: 1, split: 1 });
  });
});
