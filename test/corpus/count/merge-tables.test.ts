import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FrequencyTableOptions,
  shardHeader,
  streamFrequencyTable,
} from '../../../src/corpus/count/build-frequency-table.ts';
import { checkTableFile, type MergeTablesOptions, mergeTableFiles } from '../../../src/corpus/count/merge-tables.ts';
import { parseFrequencyTable, serializeFrequencyTable } from '../../../src/corpus/read/frequency-table.ts';
import { differenceOf } from '../../../src/corpus/shards/part-record.ts';
import { FormatError, InputError, OptionError } from '../../../src/errors.ts';
import { runs } from '../../runs.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

async function file(name: string, data: string | Uint8Array): Promise<string> {
  await writeFile(join(root, name), data);
  return join(root, name);
}

async function count(name: string, options: FrequencyTableOptions): Promise<string> {
  const stream = await streamFrequencyTable(options);
  const path = await file(name, Buffer.concat([...stream.chunks]));
  stream.close();
  return path;
}

async function merge(options: MergeTablesOptions): Promise<string> {
  const merged = await mergeTableFiles(options);
  const text = Buffer.concat([...merged.chunks]).toString();
  merged.close();
  return text;
}

const shardOf = (index: number, of: number) => ({ index, of, version: '1' });

describe('mergeTableFiles', () => {
  it('gives the bytes of one process for any number of shards, in any order and any tree', async () => {
    const line = fc.stringMatching(/^[甲乙丙，。a]{0,12}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 40 }),
        fc.array(line, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (a, b, shards, endsLine) => {
          const inputs = [
            await file('a.txt', `甲${a.join('\n')}${endsLine ? '\n' : ''}`),
            await file('b.txt.gz', gzipSync(b.join('\r\n'))),
            await file('c.jsonl', b.map((text) => JSON.stringify({ text })).join('\n')),
            // Two row groups.
            new URL('../../fixtures/corpus/snappy.parquet', import.meta.url).pathname,
          ];
          const whole = (await streamFrequencyTable({ inputs })).chunks;
          const parts = [];
          for (let i = 1; i <= shards; i++) parts.push(await count(`p${i}.tsv`, { inputs, shard: shardOf(i, shards) }));
          parts.reverse();
          const expected = Buffer.concat([...whole]).toString();
          expect(await merge({ inputs: parts })).toBe(expected);
          if (shards < 2) return;
          const first = await file('first.tsv', await merge({ inputs: parts.slice(0, 1), isPartial: true }));
          const rest = await file('rest.tsv', await merge({ inputs: parts.slice(1), isPartial: true }));
          expect(await merge({ inputs: [first, rest] })).toBe(expected);
          expect(await merge({ inputs: [rest, ...parts.slice(0, 1)] })).toBe(expected);
        },
      ),
      runs(4),
    );
  });

  it('leaves out what is rare in all parts together, as one process does', async () => {
    const inputs = [await file('rare.txt', '甲\n乙\n甲\n丙\n丙\n')];
    const parts = [];
    for (const i of [1, 2]) parts.push(await count(`rare-${i}.tsv`, { inputs, shard: shardOf(i, 2) }));
    const expected = [...(await streamFrequencyTable({ inputs, minCount: 2 })).chunks];
    expect(await merge({ inputs: parts, minCount: 2 })).toBe(Buffer.concat(expected).toString());
    await expect(merge({ inputs: parts, minCount: 2, isPartial: true })).rejects.toThrow(InputError);
  });

  it('says what parts have dropped, and claims their minimum', async () => {
    const inputs = [await file('d.txt', '学习人工智能\n人工智能。\n龘\n'.repeat(6))];
    const options = { inputs, maxLength: 4, minCount: 4 };
    const parts = [];
    for (const i of [1, 2]) parts.push(await count(`d-${i}.tsv`, { ...options, shard: shardOf(i, 2) }));
    const { header } = parseFrequencyTable(await merge({ inputs: parts }));
    expect(header).toMatchObject({
      minCount: 4,
      maxLength: 4,
      part: { tables: ['1/2', '2/2'], of: { shards: 2 }, characters: 72, droppedCharacters: 24 },
    });
  });

  it('merges tables that are no shards, each once', async () => {
    const parts = [
      await count('x.tsv', { inputs: [await file('x.txt', '甲\n乙\n')] }),
      await count('y.tsv', { inputs: [await file('y.txt', '甲\n')] }),
    ];
    const both = await merge({ inputs: parts });
    expect(parseFrequencyTable(both)).toMatchObject({ texts: ['乙', '甲'], counts: Float64Array.of(1, 2) });
    expect(await merge({ inputs: parts.toReversed() })).toBe(both);
    const merged = await file('xy.tsv', both);
    await expect(merge({ inputs: [merged, ...parts.slice(1)] })).rejects.toThrow('has the same table, as');
    await expect(merge({ inputs: [parts[0]!, parts[0]!] })).rejects.toThrow('x.tsv: is given twice');
  });

  it('refuses what does not belong together, is missing or damaged', async () => {
    const input = await file('r.txt', '甲乙\n丙\n甲\n丁丁\n');
    const inputs = [input];
    const first = await count('r1.tsv', { inputs, shard: shardOf(1, 2) });
    const second = await count('r2.tsv', { inputs, shard: shardOf(2, 2) });
    await expect(merge({ inputs: [second] })).rejects.toThrow('1 shard of 2 missing: 1/2');
    const latin = await count('latin.tsv', { inputs: [await file('l.txt', 'abc\n')], scripts: ['Latin'] });
    await expect(merge({ inputs: [first, latin] })).rejects.toThrow('latin.tsv: scripts is "Latin", in');
    const other = await count('r3.tsv', { inputs, shard: { ...shardOf(2, 2), version: '2' } });
    await expect(merge({ inputs: [first, other] })).rejects.toThrow('it was counted by version 2');
    const third = await count('r4.tsv', { inputs, shard: shardOf(2, 3) });
    await expect(merge({ inputs: [first, third] })).rejects.toThrow('it is one of 3 shards');
    const alone = await count('r5.tsv', { inputs });
    await expect(merge({ inputs: [first, alone] })).rejects.toThrow('it is no shard');
    const text = `#vocab-merge/frequency-table 1 {}\n乙\t1\n`;
    for (const [bad, message] of [
      ['', 'is empty'],
      [text.slice(0, -1), 'has no line end'],
      [`${text}乙\t2\n`, 'is not in UTF-8 order'],
      [`${text}甲\n`, 'is not text, a tab and a count'],
      ['甲\t1\n', 'is not a frequency table'],
    ] as const) {
      await expect(merge({ inputs: [await file('bad.tsv', bad)] })).rejects.toThrow(message);
    }
    const part = await readFile(first, 'utf8');
    expect(part.endsWith('\n#end\n')).toBe(true);
    // At the end of a line, and in the middle of one; read by whatever reads tables.
    for (const cut of [part.slice(0, -5), part.slice(0, -2)]) {
      const path = await file('cut.tsv', cut);
      await expect(merge({ inputs: [path, second] })).rejects.toThrow('cut.tsv: ');
      await expect(streamFrequencyTable({ inputs: [path] })).rejects.toThrow('cut.tsv: ');
      expect(() => parseFrequencyTable(cut, { source: 'cut.tsv' })).toThrow('cut.tsv: ');
    }
    expect(serializeFrequencyTable(parseFrequencyTable(part))).toBe(part);
    await expect(merge({ inputs: [await file('bad.tsv', text), '-'] })).rejects.toThrow(InputError);
    await expect(checkTableFile(await file('bad.tsv', 'x'))).rejects.toThrow(FormatError);
    await appendFile(input, '甲');
    const grown = await count('r6.tsv', { inputs, shard: shardOf(2, 2) });
    await expect(merge({ inputs: [first, grown] })).rejects.toThrow('its input r.txt had 25 bytes, and 22 for');
  });
});

describe('a shard of a count', () => {
  it('is recognised by its header', async () => {
    const options = { inputs: [await file('s.txt', '甲\n乙\n')], shard: shardOf(1, 2) };
    const found = await checkTableFile(await count('s.tsv', options));
    const wanted = { path: 'this run', header: await shardHeader(options), sha256: '' };
    expect(differenceOf(found, wanted)).toBeUndefined();
    const others = { ...wanted, header: await shardHeader({ ...options, shard: shardOf(2, 2) }) };
    expect(differenceOf(found, others)).toBe('it is shard 1/2, and this run is shard 2/2');
    const field = { ...wanted, header: await shardHeader({ ...options, field: 'body' }) };
    expect(differenceOf(found, field)).toBe('its field is text, that of this run body');
  });

  it('may hold nothing', async () => {
    const inputs = [await file('n.txt', 'no Han here\n甲\n')];
    const path = await count('n.tsv', { inputs, shard: shardOf(1, 3) });
    expect((await checkTableFile(path)).header).toMatchObject({ part: { tables: ['1/3'] } });
  });

  it('is not made with what needs all of the text', async () => {
    const inputs = [await file('o.txt', '甲\n')];
    const shard = shardOf(1, 2);
    await expect(streamFrequencyTable({ inputs, shard, dedupe: true })).rejects.toThrow('lines that are in two shards');
    const shared = streamFrequencyTable({
      inputs: [...inputs, await file('p.txt', '甲\n')],
      shard,
      maxSourceShare: 0.5,
    });
    await expect(shared).rejects.toThrow(OptionError);
    await expect(streamFrequencyTable({ inputs, shard: shardOf(3, 2) })).rejects.toThrow(OptionError);
    await expect(streamFrequencyTable({ inputs: ['-'], shard })).rejects.toThrow('standard input: cannot be divided');
  });
});
