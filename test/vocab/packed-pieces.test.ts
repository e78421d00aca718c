import { describe, expect, it } from 'vitest';
import { FormatError, InputError } from '../../src/errors.ts';
import { parsePackedPieces, readPackedModule } from '../../src/vocab/packed-pieces.ts';

describe('the pieces that a package carries', () => {
  it('are read from its text, without running it', async () => {
    const source = { name: 'llama2', packageName: 'llama-tokenizer-js' };
    const pieces = parsePackedPieces(await readPackedModule(source), source);
    expect([pieces.length, pieces[260], pieces[31_999]]).toEqual([32_000, '▁t', '给']);
    expect(() => parsePackedPieces('throw new Error("run")', source)).toThrow(FormatError);
    expect(() => parsePackedPieces('', source)).toThrow('llama2: llama-tokenizer-js has no list of pieces');
  });

  it('are missed by name when the package is not installed', async () => {
    const refused = readPackedModule({ name: 'llama9', packageName: 'llama9-tokenizer-js' });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow('llama9: the npm package llama9-tokenizer-js');
  });
});
