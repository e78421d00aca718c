// `gguf` as people run it. Needs dist/, as the other tests of the program.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseGgufMetadata } from '../../../src/formats/gguf/gguf-metadata.ts';
import { openProgramFolder } from '../program.ts';

const { folder, run } = openProgramFolder();

describe('gguf', () => {
  it('writes a vocabulary that is read back, and says the name of the pre-tokenizer', async () => {
    const { code, out } = await run(['gguf', 'llama3', '--out', 'l.gguf', '--json']);
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { out: 'l.gguf', bytes: 7817824, tokens: 128256, preTokenizer: 'llama-bpe', differences: [] },
    ]);
    const metadata = parseGgufMetadata(readFileSync(join(folder, 'l.gguf')));
    if (!('entries' in metadata)) throw new Error('cut off');
    expect(metadata.entries.get('general.name')).toBe('llama3');
    expect(metadata.entries.get('tokenizer.ggml.add_bos_token')).toBe(true);
    const encoded = await run(['encode', '--tokenizer', 'l.gguf'], '人工智能\n');
    expect(encoded.out).toBe('[17792,49792,118034]\n');
    const again = await run(['gguf', 'l.gguf', '--out', 'l.gguf']);
    expect(again.code).toBe(1);
  });
});
