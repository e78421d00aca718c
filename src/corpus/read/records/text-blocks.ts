// The lines of a UTF-8 text file as bytes, many whole lines at a time, for threads that decode them where they encode them.
// What is not valid becomes text here, as decode-text.ts has it. Lines end as in text-lines.ts.
import { isUtf8 } from 'node:buffer';
import { doubled } from '../../../core/grown.ts';
import { InputError } from '../../../errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { hasUtf16Mark } from '../corpus-format.ts';
import { createUtf8Decoder } from '../decode-text.ts';
import type { RecordBatch, RecordOptions } from './corpus-record.ts';

/** Bytes handed out at once: some milliseconds of encoding. */
const BLOCK_BYTES = 1 << 19;

/** Longest line: a thread holds its units, and a string of it must be possible. */
const MAX_LINE_BYTES = 500_000_000;

const LINE_FEED = 0x0a;

/** False for text in another encoding, by its name or its byte order mark. */
export function isUtf8Text({ head }: Pick<ByteSource, 'head'>, { encoding }: Pick<RecordOptions, 'encoding'>): boolean {
  return encoding === 'utf-8' && !hasUtf16Mark(head);
}

/**
 * Hands out blocks of lines.
 *
 * @throws InputError for a line of more than 500 MB, and as decodeText
 */
export async function* textBlocks(
  chunks: AsyncIterable<Uint8Array>,
  shown: string,
  options: RecordOptions & { readonly isInside: boolean },
): AsyncGenerator<RecordBatch> {
  const decode = createUtf8Decoder(shown, options, (sequences) => {
    options.stats.invalidUtf8 += sequences;
  });
  let offset = 0;
  const batchOf = (block: Uint8Array<ArrayBuffer>): RecordBatch => {
    const hasMark = offset === 0 && !options.isInside && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf;
    const bytes = hasMark ? block.subarray(3) : block;
    const at = offset + (hasMark ? 3 : 0);
    offset += block.length;
    if (isUtf8(bytes)) return { texts: [], bytes };
    const lines = decode(bytes, at).split('\n');
    if (bytes.at(-1) === LINE_FEED) lines.pop();
    return { texts: lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)) };
  };
  let block = new Uint8Array(2 * BLOCK_BYTES);
  let length = 0;
  // Where the last whole line ends.
  let end = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > block.length) block = doubled(block, length + chunk.length);
    block.set(chunk, length);
    const lineEnd = chunk.lastIndexOf(LINE_FEED);
    if (lineEnd >= 0) end = length + lineEnd + 1;
    length += chunk.length;
    if (end < BLOCK_BYTES) {
      if (length - end <= MAX_LINE_BYTES) continue;
      throw new InputError(`${shown}: a line is longer than ${MAX_LINE_BYTES} bytes`, {
        hint: 'Break its lines first, for instance after each 。 with sed.',
      });
    }
    // Before the block is handed out, and may be gone.
    const lines = block.subarray(0, end);
    const rest = block.slice(end, length);
    block = new Uint8Array(Math.max(2 * BLOCK_BYTES, rest.length));
    block.set(rest);
    length = rest.length;
    end = 0;
    yield batchOf(lines);
  }
  if (length > 0) yield batchOf(block.subarray(0, length));
}
