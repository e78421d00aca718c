// Blocks of lines as bytes: the same lines as the decoded ones, wherever chunks end.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines, readTextBatches } from '../../../../src/corpus/lines/read-corpus.ts';
import { emptyStats } from '../../../../src/corpus/read/corpus-stats.ts';
import { unpackLines, unpackTexts } from '../../../../src/pipeline/threads/encode-batch-thread.ts';
import { runs } from '../../../runs.ts';
import { temporaryFolder } from '../../../temporary-folder.ts';

const folder = temporaryFolder();

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function linesOf(bytes: Uint8Array, sizes: readonly number[]): Promise<{ lines: string[]; invalid: number }> {
  const stats = emptyStats();
  const options = { stdin: chunked(bytes, sizes), asBytes: true, format: 'text' } as const;
  const reader = readTextBatches([{ path: '-', source: '-', size: 0 }], options, stats);
  const lines: string[] = [];
  for await (const { texts, bytes: block } of reader) {
    lines.push(...(block === undefined ? texts : unpackTexts(unpackLines(block))));
    // As a thread takes it: the reader must not need it any more.
    if (block !== undefined) structuredClone(block, { transfer: [block.buffer] });
  }
  return { lines, invalid: stats.invalidUtf8 };
}

async function decodedLines(bytes: Uint8Array): Promise<{ lines: string[]; invalid: number }> {
  const reader = readLines(['-'], { stdin: chunked(bytes, [bytes.length]), format: 'text' });
  const lines: string[] = [];
  for await (const line of reader) lines.push(line);
  return { lines, invalid: reader.stats.invalidUtf8 };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('blocks of lines', () => {
  it('have the lines of the decoded text: ends with and without CR, marks, empty lines, any characters', async () => {
    const texts = ['', '\n', '\r\n', 'a\r\r\n\rb', '\uFEFF人工\n智能', '𠮷\n\n\u2028x\r', '\uFEFF', '\n\n'];
    for (const text of texts)
      expect(await linesOf(utf8(text), [3]), JSON.stringify(text)).toEqual(await decodedLines(utf8(text)));
    const part = fc.constantFrom('人', '𠮷', 'é', 'a', ' ', '\r', '\n', '\r\n', '\uFEFF', '\u0000');
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (parts, sizes) => {
          const bytes = utf8(parts.join(''));
          expect(await linesOf(bytes, sizes)).toEqual(await decodedLines(bytes));
        },
      ),
      runs(200),
    );
  });

  it('take a mark for text where a part of a file begins with one', async () => {
    const path = join(folder, 'marks.txt');
    writeFileSync(path, '\uFEFF一\n\uFEFF二\n');
    const range = { start: 7, end: 14, size: 14, format: 'text' } as const;
    const lines: string[] = [];
    const file = { path, source: path, size: 7, range };
    for await (const { bytes } of readTextBatches([file], { asBytes: true }, emptyStats())) {
      lines.push(...unpackTexts(bytes!));
    }
    expect(lines).toEqual(['\uFEFF二']);
  });

  it('go on over many blocks and lines longer than one, whose buffers are taken away', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => (i === 100 ? '长'.repeat(700_000) : `第${i}行 人工智能`));
    const bytes = utf8(lines.join('\n'));
    const found = await linesOf(bytes, [100_003]);
    expect(found.lines.length).toBe(lines.length);
    expect(found.lines.every((line, i) => line === lines[i])).toBe(true);
  });

  it('are texts where bytes are not UTF-8, and other encodings are decoded', async () => {
    const damaged = Buffer.concat([utf8('一\n'), Uint8Array.of(0xff, 0xe4), utf8('\n二')]);
    expect(await linesOf(damaged, [2])).toEqual({ lines: ['一', '\uFFFD\uFFFD', '二'], invalid: 2 });
    const utf16 = Buffer.concat([Uint8Array.of(0xff, 0xfe), Buffer.from('一\n二', 'utf16le')]);
    expect(await linesOf(utf16, [5])).toEqual({ lines: ['一', '二'], invalid: 0 });
    const binary = Uint8Array.from({ length: 4000 }, (_, i) => 128 + (i % 100));
    await expect(linesOf(binary, [1000])).rejects.toThrow('is not UTF-8 text');
  });
});
