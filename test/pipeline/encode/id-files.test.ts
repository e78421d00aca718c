// The files that trainers read, read back; and what is left when writing fails.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import {
  formOfFormat,
  ID_FORMATS,
  type IdFormat,
  type IdWork,
  idFilePaths,
  isOwnIdFile,
  readIdPart,
  writeIdFiles,
} from '../../../src/pipeline/encode/id-files.ts';
import { type EncodedTexts, encodeTexts } from '../../../src/pipeline/threads/encode-batch-thread.ts';
import { llama2, sampleLines } from '../../llama2.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();

const { tokenizer } = llama2;
const texts = ['', ...sampleLines, '人工智能'];
const wanted = texts.map((text) => tokenizer.encode(text, { addEos: true }));

function workOf(format: IdFormat, vocabSize = tokenizer.vocabSize): IdWork {
  return {
    format,
    tokenizer: { name: 'llama2', vocabSize, sha256: 'abc' },
    header: { format, eos: true, part: { tables: ['1/1'] } },
  };
}

async function* blocksOf(work: IdWork): AsyncGenerator<EncodedTexts> {
  const form = formOfFormat(work.format, work.tokenizer.vocabSize);
  for (const part of [texts.slice(0, 3), [], texts.slice(3)]) {
    yield encodeTexts(tokenizer, part, { addEos: true, ...(form !== undefined && { form }) });
  }
}

const write = (prefix: string, work: IdWork, blocks = blocksOf(work)) =>
  writeIdFiles(prefix, blocks, work, { rules: {}, readInputs: () => [] });

/** Ids as they are in the file, and where texts start. */
async function readBack(prefix: string, format: IdFormat, isWide: boolean): Promise<number[][]> {
  const [first, second] = idFilePaths(prefix, format);
  if (format === 'parquet') {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(first!) });
    return rows.map(({ input_ids }) => Array.from(input_ids as number[]));
  }
  const bytes = readFileSync(first!);
  if (format === 'jsonl') {
    return bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as number[]);
  }
  const start = format === 'npy' ? 128 : 0;
  const width = isWide ? 4 : 2;
  const ids = Array.from({ length: (bytes.length - start) / width }, (_, i) =>
    bytes.readUIntLE(start + i * width, width),
  );
  if (format === 'bin') {
    const ends = ids.flatMap((id, i) => (id === tokenizer.eosId ? [i + 1] : []));
    return ends.map((end, i) => ids.slice(ends[i - 1] ?? 0, end));
  }
  const beside = readFileSync(second!);
  if (format === 'npy') {
    const starts = Array.from({ length: (beside.length - 128) / 8 }, (_, i) =>
      Number(beside.readBigInt64LE(128 + 8 * i)),
    );
    return starts.slice(1).map((end, i) => ids.slice(starts[i]!, end));
  }
  const count = Number(beside.readBigUInt64LE(18));
  return Array.from({ length: count }, (_, i) => {
    const from = Number(beside.readBigInt64LE(34 + 4 * count + 8 * i)) / width;
    return ids.slice(from, from + beside.readInt32LE(34 + 4 * i));
  });
}

describe('files of ids', () => {
  it.each(ID_FORMATS)('hold the ids of every text: %s', async (format) => {
    for (const vocabSize of [tokenizer.vocabSize, 128_256]) {
      const prefix = join(folder, `${format}-${vocabSize}`);
      const work = workOf(format, vocabSize);
      const result = await write(prefix, work);
      expect(await readBack(prefix, format, vocabSize > 65_536)).toEqual(wanted);
      expect([result.documents, result.tokens]).toEqual([texts.length, wanted.flat().length]);
      const manifest = JSON.parse(readFileSync(`${prefix}.manifest.json`, 'utf8'));
      const paths = idFilePaths(prefix, format).slice(0, -1);
      expect(Object.keys(manifest.files)).toEqual(paths.map((path) => basename(path)));
      for (const path of paths) {
        const bytes = readFileSync(path);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        expect(manifest.files[basename(path)]).toEqual({ bytes: bytes.length, sha256 });
      }
      const { tokens, documents, dtype, header, command } = manifest;
      expect({ tokens, documents, dtype, header, command }).toEqual({
        tokens: result.tokens,
        documents: texts.length,
        dtype: result.dtype,
        header: work.header,
        command: 'encode',
      });
    }
  });

  it('are known again when they are whole', async () => {
    const prefix = join(folder, 'again');
    const work = workOf('megatron');
    await expect(readIdPart(prefix, 'megatron')).rejects.toThrow('no such file');
    await write(prefix, work);
    expect(await readIdPart(prefix, 'megatron')).toMatchObject({ path: `${prefix}.bin`, header: work.header });
    expect(await isOwnIdFile(prefix, `${prefix}.bin`, 'megatron')).toBe(true);
    writeFileSync(`${prefix}.bin`, 'cut off');
    await expect(readIdPart(prefix, 'megatron')).rejects.toThrow(
      'again.bin: has another hash than again.manifest.json says',
    );
    expect(await isOwnIdFile(prefix, `${prefix}.bin`, 'megatron')).toBe(false);
    const rules = { isOwn: (path: string) => isOwnIdFile(prefix, path, 'megatron') };
    await expect(writeIdFiles(prefix, blocksOf(work), work, { rules, readInputs: () => [] })).rejects.toThrow(
      'again.bin: is there already, and no earlier result',
    );
  });

  it('are never left without their manifest, nor an index without its ids, by another format', async () => {
    const prefix = join(folder, 'formats');
    await write(prefix, workOf('megatron'));
    for (const format of ['bin', 'npy', 'jsonl', 'parquet'] as const) {
      await expect(isOwnIdFile(prefix, `${prefix}.manifest.json`, format)).rejects.toThrow(
        /formats\.(bin|idx): is there already, of a run with another --format/,
      );
    }
    // What somebody has removed is in nobody's way.
    rmSync(`${prefix}.idx`);
    expect(await isOwnIdFile(prefix, `${prefix}.manifest.json`, 'bin')).toBe(true);
    // An index that comes to its ids replaces all that is there.
    const lone = join(folder, 'lone');
    await write(lone, workOf('bin'));
    expect(await isOwnIdFile(lone, `${lone}.manifest.json`, 'megatron')).toBe(true);
  });

  it('are not there when encoding fails', async () => {
    const prefix = join(folder, 'failed');
    const work = workOf('npy');
    async function* failing(): AsyncGenerator<EncodedTexts> {
      yield* blocksOf(work);
      throw new Error('the input is damaged');
    }
    await expect(write(prefix, work, failing())).rejects.toThrow('the input is damaged');
    expect(readdirSync(folder).filter((name) => name.includes('failed'))).toEqual([]);
  });
});
