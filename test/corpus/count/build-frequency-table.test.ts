import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildFrequencyTable,
  type FrequencyTableOptions,
  streamFrequencyTable,
} from '../../../src/corpus/count/build-frequency-table.ts';
import { createSegmentCutter, type SegmentOptions } from '../../../src/corpus/count/count-segments.ts';
import { packFrequencyTable, packTableChunks } from '../../../src/corpus/count/pack-table.ts';
import { readCorpus } from '../../../src/corpus/lines/read-corpus.ts';
import {
  mergeFrequencyTables,
  serializeFrequencyTable,
  tableSentences,
} from '../../../src/corpus/read/frequency-table.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { runs } from '../../runs.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

function segmentsOf(text: string, options?: SegmentOptions): string[] {
  const segments: string[] = [];
  createSegmentCutter(options)(text, (start, end, characters) => {
    const segment = text.slice(start, end);
    expect(characters).toBe([...segment].length);
    segments.push(segment);
  });
  return segments;
}

describe('createSegmentCutter', () => {
  it('gives runs of one script and runs of punctuation', () => {
    expect(segmentsOf('他说：“GPT-4很强。”\u{20000}人 人')).toEqual([
      '他说',
      '：“',
      '很强',
      '。”',
      '\u{20000}人',
      '人',
    ]);
    expect(segmentsOf('漢字とカナ、abc', { scripts: ['Han', 'hiragana'], punctuation: '' })).toEqual(['漢字', 'と']);
    expect(segmentsOf('')).toEqual([]);
    expect(() => segmentsOf('', { scripts: ['Klingon'] })).toThrow(OptionError);
    expect(() => segmentsOf('', { punctuation: '。\t' })).toThrow(OptionError);
  });

  it('leaves out what no table can hold, though its script is Common', () => {
    expect(segmentsOf('1\t2\ud800\u{1f600}', { scripts: ['Common'] })).toEqual(['1', '2', '\u{1f600}']);
  });
});

describe('createSegmentCutter with what stands in front', () => {
  it('keeps the marks before a run with it, and says where a text begins', () => {
    const fronted = (text: string) => segmentsOf(text, { join: 'front' });
    expect(fronted('▁他说：“很强。”')).toEqual(['▁他说', '：“很强', '。”']);
    expect(fronted('▁“他，GPT很强，')).toEqual(['▁“他', '，', '很强', '，']);
    expect(fronted('他 ，但▁是')).toEqual(['他', '，但', '是']);
    // What begins with something else begins no segment, and a `▁` of the text is none of ours.
    expect(fronted('▁GPT很强')).toEqual(['很强']);
    expect(fronted('▁。 ▁▁是')).toEqual(['。', '是']);
    expect(segmentsOf('▁他▁是')).toEqual(['他', '是']);
  });

  it('loses no character and adds none, whatever the text', () => {
    const [fronted, apart] = [createSegmentCutter({ join: 'front' }), createSegmentCutter()];
    const listOf = (cut: typeof fronted, text: string): string[] => {
      const segments: string[] = [];
      cut(text, (start, end) => segments.push(text.slice(start, end)));
      return segments;
    };
    fc.assert(
      fc.property(fc.stringMatching(/^[甲乙，“a▁\u{20000}]{0,20}$/u), fc.boolean(), (text, begins) => {
        const segments = listOf(fronted, begins ? `▁${text}` : text);
        expect(segments.join('').replaceAll('▁', '')).toBe(listOf(apart, text).join(''));
        // Cut again, an entry stays whole: tables of parts merge to that of the whole.
        for (const segment of segments) expect(listOf(fronted, segment)).toEqual([segment]);
      }),
      runs(200),
    );
  });
});

describe('buildFrequencyTable', () => {
  const root = temporaryFolder();

  async function file(name: string, text: string): Promise<string> {
    await writeFile(join(root, name), text);
    return join(root, name);
  }

  it('of two halves merges to that of the whole, also by counting the tables', async () => {
    const line = fc.stringMatching(/^[甲乙丙，。a]{0,12}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.array(line, { minLength: 1 }), async (a, b) => {
        const first = await file('a.txt', `甲${a.join('\n')}\n`);
        const second = await file('b.txt', `乙${b.join('\n')}\n`);
        const whole = serializeFrequencyTable((await buildFrequencyTable({ inputs: [first, second] })).table);
        const halves = [
          await buildFrequencyTable({ inputs: [first] }),
          await buildFrequencyTable({ inputs: [second] }),
        ];
        expect(serializeFrequencyTable(mergeFrequencyTables(halves.map(({ table }) => table)))).toBe(whole);
        const tables = [];
        for (const [i, { table }] of halves.entries()) {
          tables.push(await file(`${i}.tsv`, serializeFrequencyTable(table)));
        }
        expect(serializeFrequencyTable((await buildFrequencyTable({ inputs: tables })).table)).toBe(whole);
      }),
      runs(12),
    );
  });

  it('weighs large inputs down to the greatest share', async () => {
    const inputs = [
      await file('large.txt', '甲甲\n'.repeat(400)),
      await file('middle.txt', '乙乙\n'.repeat(100)),
      await file('small.txt', '丙丙\n'.repeat(50)),
    ];
    const { table, sources, characters } = await buildFrequencyTable({ inputs, maxSourceShare: 0.5 });
    expect(sources.map(({ weight }) => weight)).toEqual([150 / 400, 1, 1]);
    expect(characters).toBe(600);
    expect([...table.counts]).toEqual([50, 100, 150]);
    expect(table.texts).toEqual(['丙丙', '乙乙', '甲甲']);
    const equal = await buildFrequencyTable({ inputs, maxSourceShare: 1 / 3 });
    expect([...equal.table.counts]).toEqual([50, 50, 50]);
    await expect(buildFrequencyTable({ inputs, maxSourceShare: 0.3 })).rejects.toThrow('3 inputs cannot all have');
    const single = buildFrequencyTable({ inputs: inputs.slice(0, 1), maxSourceShare: 0.5 });
    await expect(single).rejects.toThrow('1 input cannot have at most 0.5');
    await expect(buildFrequencyTable({ inputs, maxSourceShare: 0 })).rejects.toThrow(OptionError);
  });

  it('condenses, drops what is rare, and says so in the header', async () => {
    const inputs = [await file('c.txt', `${'学习人工智能\n人工智能。\n'.repeat(5)}龘\n`)];
    const { table, droppedCharacters, stats } = await buildFrequencyTable({ inputs, maxLength: 4, minCount: 3 });
    expect(Object.fromEntries(table.texts.map((text, i) => [text, table.counts[i]]))).toEqual({
      '。': 5,
      人工智能: 10,
      学习: 5,
    });
    expect([droppedCharacters, stats.lines]).toEqual([1, 11]);
    expect(table.header).toMatchObject({ scripts: 'Han', minCount: 3, maxLength: 4 });
    const rare = await buildFrequencyTable({ inputs, minCount: 2, punctuation: '' });
    expect(rare.table.texts).toEqual(['人工智能', '学习人工智能']);
    expect(rare.droppedCharacters).toBe(1);
  });

  it('of tables, which must be of one kind, each once, and lend it what they have dropped', async () => {
    const table = async (name: string, options: Partial<FrequencyTableOptions> = {}): Promise<string> => {
      const inputs = [await file('zh.txt', '学习人工智能\n人工智能\nabc\n'.repeat(4))];
      return file(name, serializeFrequencyTable((await buildFrequencyTable({ inputs, ...options })).table));
    };
    const short = { maxLength: 4, minCount: 3 };
    const han = await table('han.tsv', short);
    const { header } = (await buildFrequencyTable({ inputs: [han] })).table;
    expect(header).toMatchObject(short);
    const latin = await table('latin.tsv', { scripts: ['Latin'] });
    const count = (inputs: readonly string[], options: Partial<FrequencyTableOptions> = {}) =>
      buildFrequencyTable({ inputs, ...options });
    await expect(count([han, latin])).rejects.toThrow('latin.tsv: scripts is "Latin", in this count it is "Han"');
    await expect(count([han, await table('copy.tsv', short)])).rejects.toThrow('copy.tsv: has the same table, as');
    await expect(count([han, await table('long.tsv')])).rejects.toThrow('long.tsv: maxLength is not set');
    await expect(count([han], { dedupe: true })).rejects.toThrow('the lines of');
    await expect(count([han], { shard: { index: 1, of: 2, version: '1' } })).rejects.toThrow('cannot be divided');
    const part = await table('part.tsv', { shard: { index: 1, of: 2, version: '1' } });
    await expect(count([part])).rejects.toThrow('part.tsv: 1 shard of 2 missing: 2/2');
  });

  it('with what stands in front: read back as beginnings and fragments, merged as the whole, never lost', async () => {
    const text = [await file('j.txt', '但是，但是他\n“但是\n'), await file('k.txt', '但是\n。\n')];
    const options = { join: 'front' } as const;
    const { table } = await buildFrequencyTable({ inputs: text, ...options });
    expect(Object.fromEntries(table.texts.map((entry, i) => [entry, table.counts[i]]))).toEqual({
      '▁但是': 2,
      '▁“但是': 1,
      '，但是他': 1,
      '。': 1,
    });
    expect(table.header).toMatchObject({ join: 'front' });
    const parts = [];
    for (const [i, input] of text.entries()) {
      const part = await buildFrequencyTable({ inputs: [input], ...options });
      parts.push(await file(`part-${i}.tsv`, serializeFrequencyTable(part.table)));
    }
    const merged = await buildFrequencyTable({ inputs: parts, ...options });
    expect(serializeFrequencyTable(merged.table)).toBe(serializeFrequencyTable(table));
    await expect(buildFrequencyTable({ inputs: parts })).rejects.toThrow(
      'part-0.tsv: join is "front", in this count it is "none"',
    );

    const read = [];
    for await (const entry of readCorpus([await file('l.tsv', serializeFrequencyTable(table))])) read.push(entry);
    expect(read).toEqual(tableSentences(table));
    expect(read).toContainEqual({ text: '“但是', count: 1 });
    expect(read).toContainEqual({ text: '，但是他', count: 1, isFragment: true });
    // A run that is cut behind the sign of its beginning leaves no sign alone.
    const short = await buildFrequencyTable({ inputs: parts, ...options, maxLength: 2, minCount: 2 });
    expect(short.table.texts).toEqual(['但是']);
  });

  it('leaves out lines that were seen in any input, with dedupe', async () => {
    const inputs = [await file('d.txt', '甲\n甲\n乙\n'), await file('e.txt', '甲\n丙\n')];
    const { table, stats } = await buildFrequencyTable({ inputs, dedupe: true });
    expect([...table.counts]).toEqual([1, 1, 1]);
    expect(stats.duplicates).toBe(2);
    const many = await file('many.txt', Array.from({ length: 3000 }, (_, i) => `甲${i}`).join('\n'));
    const small = { tableBytes: 1e5, runBytes: 0, blockBytes: 0, workBytes: 0, sortBytes: 0 };
    const refused = buildFrequencyTable({ inputs: [many], dedupe: true }, small);
    await expect(refused).rejects.toThrow('maxMemory: dedupe remembers 2,049 lines in it');
  });

  it('gives the same bytes whatever the memory, in one piece and as a stream', async () => {
    const lines = Array.from(
      { length: 400 },
      (_, i) => `${'学习人工智能技术与应用'.slice(i % 7, 4 + (i % 9))}，${i % 3}。`,
    );
    const inputs = [await file('m1.txt', lines.join('\n')), await file('m2.txt', lines.slice(0, 90).join('\n'))];
    const small = {
      tableBytes: 500,
      runBytes: 100,
      blockBytes: 100,
      workBytes: 1e3,
      sortBytes: 500,
      blockCharacters: 20,
      groupPlaces: 10,
    };
    for (const options of [
      {},
      { minCount: 5, maxSourceShare: 0.6 },
      { maxLength: 4, minCount: 3, maxSourceShare: 0.6, join: 'front' as const },
    ]) {
      const { table, ...summary } = await buildFrequencyTable({ inputs, ...options });
      const packed = packFrequencyTable(table, 'm.tsv.gz');
      const stream = await streamFrequencyTable({ inputs, ...options }, small);
      const chunks = [];
      for await (const chunk of packTableChunks(stream.chunks, 'm.tsv.gz')) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(packed)).toBe(true);
      const { spilledBytes, segments, ...streamed } = stream.summary();
      expect(spilledBytes).toBeGreaterThan(0);
      expect(segments).toBe(table.texts.length);
      expect(streamed).toEqual(summary);
      stream.close();
    }
  });

  it('refuses memory that does not even hold the program', async () => {
    await expect(buildFrequencyTable({ inputs: ['x.txt'], maxMemory: 1e6 })).rejects.toThrow(
      'maxMemory: 1 MB is less than the 300 MB that counting takes',
    );
  });

  it('refuses, as a shard, a file that is written to while it is read', async () => {
    const path = await file('growing.txt', '甲乙\n丙\n');
    const onProgress = (): void => appendFileSync(path, '丁\n');
    const shard = { index: 1, of: 1, version: '1' };
    await expect(buildFrequencyTable({ inputs: [path], shard, onProgress })).rejects.toThrow(
      'growing.txt: had 11 bytes when this shard began, and has 15 now',
    );
    await expect(buildFrequencyTable({ inputs: [path], shard })).resolves.toBeDefined();
  });

  it('packs by the extension, and the corpus reader reads it back', async () => {
    const { table } = await buildFrequencyTable({ inputs: [await file('f.txt', '甲乙\n丙\n甲乙\n')] });
    const plain = Buffer.from(packFrequencyTable(table, 'x.tsv'));
    expect(plain.equals(gunzipSync(packFrequencyTable(table, 'x.tsv.gz')))).toBe(true);
    expect(plain.equals(brotliDecompressSync(packFrequencyTable(table, 'x.tsv.br')))).toBe(true);
    await writeFile(join(root, 'g.tsv.br'), packFrequencyTable(table, 'g.tsv.br'));
    const read = [];
    for await (const entry of readCorpus([join(root, 'g.tsv.br')])) read.push(entry);
    expect(read).toEqual([
      { text: '丙', count: 1, isFragment: true },
      { text: '甲乙', count: 2, isFragment: true },
    ]);
  });

  it('refuses inputs without a segment, and no inputs', async () => {
    await expect(buildFrequencyTable({ inputs: [await file('h.txt', 'only Latin\n')] })).rejects.toThrow(InputError);
    await expect(buildFrequencyTable({ inputs: [] })).rejects.toThrow(InputError);
  });
});
