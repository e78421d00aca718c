// The text that all trainers read, as one plain file: given files one after the other, or lines from the embedded table.

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { readZhTable } from '../dist/index.js';
import { mulberry32 } from './texts.mjs';

/** Characters of a made line: about those of a sentence. */
const LINE_CHARACTERS = 40;
const SEED = 20_240_601;

/** Writes the corpus to `output` and ends it. */
export async function prepareCorpus(files, output, log) {
  if (files.length === 0) {
    log('no --text: making lines from the embedded table');
    await writeTableText(output);
  }
  for (const file of files) {
    const stored = createReadStream(file);
    await pipeline(stored, ...(file.endsWith('.gz') ? [createGunzip()] : []), async (chunks) => {
      for await (const chunk of chunks) if (!output.write(chunk)) await once(output, 'drain');
    });
  }
  output.end();
  await once(output, 'close');
}

/** Every segment as often as it was counted, in a fixed random order, joined to lines. */
async function writeTableText(output) {
  const table = await readZhTable();
  let total = 0;
  for (const { count } of table) total += count;
  const order = new Uint32Array(total);
  let used = 0;
  for (const [i, { count }] of table.entries()) {
    order.fill(i, used, used + count);
    used += count;
  }
  const random = mulberry32(SEED);
  for (let i = total - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  let line = '';
  let lines = [];
  for (const segment of order) {
    line += table[segment].text;
    if (line.length < LINE_CHARACTERS) continue;
    lines.push(line);
    line = '';
    if (lines.length < 20_000) continue;
    if (!output.write(`${lines.join('\n')}\n`)) await once(output, 'drain');
    lines = [];
  }
  output.write(`${lines.join('\n')}\n`);
}

/** Copies the beginning of a file, `bytes` at most, up to the end of a line. */
export async function cutCorpus(from, to, bytes) {
  const file = await open(from);
  try {
    const tail = Buffer.alloc(1 << 16);
    const { bytesRead } = await file.read(tail, 0, tail.length, bytes - tail.length);
    const end = bytes - bytesRead + tail.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    await pipeline(createReadStream(from, { end: end - 1 }), createWriteStream(to));
    return { bytes: end };
  } finally {
    await file.close();
  }
}
