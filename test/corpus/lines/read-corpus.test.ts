import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { utf8Length } from '../../../src/core/unicode/utf8.ts';
import {
  type ReadCorpusOptions,
  type ReadOptions,
  readCorpus,
  readLines,
} from '../../../src/corpus/lines/read-corpus.ts';
import type { CorpusStats } from '../../../src/corpus/read/corpus-stats.ts';
import { frequencyTable, serializeFrequencyTable } from '../../../src/corpus/read/frequency-table.ts';
import { InputError, OptionError, type VocabMergeError } from '../../../src/errors.ts';
import { skipUnless } from '../../skip.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { errorOf } from '../../thrown.ts';

const root = temporaryFolder();
const hasMkfifo = spawnSync('mkfifo', ['--version']).status === 0;

const sha256Of = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

let files = 0;
/** Writes a file of its own and returns its path. */
async function file(name: string, data: string | Uint8Array): Promise<string> {
  const folder = join(root, String(files++));
  await mkdir(folder);
  await writeFile(join(folder, name), data);
  return join(folder, name);
}

async function read(
  inputs: string[],
  options?: ReadCorpusOptions,
): Promise<{ texts: string[]; counts: number[]; stats: CorpusStats }> {
  const corpus = readCorpus(inputs, options);
  const texts: string[] = [];
  const counts: number[] = [];
  for await (const { text, count } of corpus) {
    texts.push(text);
    counts.push(count);
  }
  return { texts, counts, stats: corpus.stats };
}

async function lines(inputs: string[], options?: ReadOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const line of readLines(inputs, options)) found.push(line);
  return found;
}

async function refused(inputs: string[], options?: ReadCorpusOptions): Promise<VocabMergeError> {
  const error = await errorOf(read(inputs, options), InputError);
  expect(error.hint).toBeDefined();
  return error;
}

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/corpus/${name}`, import.meta.url));

describe('text files', () => {
  it('give their lines, counted as kept, empty or invalid', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\uFEFF一\r\n\n  \n二\0\uFFFD\n三'),
      Buffer.from([0xff, 0xe4, 0xb8]),
      Buffer.from('\r\nend'),
    ]);
    const { texts, stats } = await read([await file('a.txt', bytes)]);
    expect(texts).toEqual(['一', '二\uFFFD', '三\uFFFD\uFFFD', 'end']);
    expect(stats).toEqual({
      files: 1,
      totalBytes: bytes.length,
      bytesRead: bytes.length,
      lines: 6,
      kept: 4,
      keptBytes: 3 + 6 + 9 + 3,
      empty: 2,
      split: 0,
      duplicates: 0,
      duplicateBytes: 0,
      outOfMix: 0,
      outOfMixBytes: 0,
      outOfSample: 0,
      outOfSampleBytes: 0,
      documents: 0,
      withoutText: 0,
      invalidUtf8: 2,
      nulCharacters: 1,
      inputs: [{ name: 'a.txt', bytes: bytes.length, sha256: sha256Of(bytes) }],
    });
  });

  it('are the same however the bytes arrive', async () => {
    const text = Buffer.concat([
      Buffer.from('\uFEFFa\u{1F600}丂\r\n\r\n\uFFFD'),
      Buffer.from([0xf0, 0x9f, 0x41, 0x0a, 0xc3]),
    ]);
    for (const size of [1, 2, 3, 5, 100]) {
      async function* stdin() {
        for (let i = 0; i < text.length; i += size) yield text.subarray(i, i + size);
      }
      const { texts, stats } = await read(['-'], { stdin: stdin() });
      expect(texts).toEqual(['a\u{1F600}丂', '\uFFFD\uFFFDA', '\uFFFD']);
      expect(stats.invalidUtf8).toBe(2);
      expect(stats.empty).toBe(1);
    }
  });

  it('come through a pipe, compressed or not', skipUnless(hasMkfifo, 'there is no mkfifo'), async () => {
    for (const bytes of [Buffer.from('a\nb\n'), gzipSync('a\nb\n')]) {
      const pipe = await file('pipe', '');
      await rm(pipe);
      expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
      const [{ texts }] = await Promise.all([read([pipe]), writeFile(pipe, bytes)]);
      expect(texts).toEqual(['a', 'b']);
    }
  });

  it('can be in other encodings, by a byte order mark or by name', async () => {
    const utf16 = Buffer.from('\uFEFF你好\n世界', 'utf16le');
    expect((await read([await file('a.txt', utf16)])).texts).toEqual(['你好', '世界']);
    const gbk = Buffer.from([0xc4, 0xe3, 0xba, 0xc3]);
    expect((await read([await file('b.txt', gbk)], { encoding: 'gb18030' })).texts).toEqual(['你好']);
    const many = Buffer.concat(Array.from({ length: 100 }, () => gbk));
    expect((await refused([await file('c.txt', many)])).hint).toContain('iconv');
    expect((await refused([await file('c.txt', many)])).message).toContain('is not UTF-8 text');
    await expect(read([await file('d.txt', gbk)], { encoding: 'klingon' })).rejects.toThrow(OptionError);
    const chinese = Buffer.from('天地玄黄，宇宙洪荒。\n'.repeat(60), 'utf16le');
    const english = Buffer.from('The quick brown fox.\n'.repeat(9), 'utf16le');
    for (const [text, name] of [[chinese, 'zh.txt'] as const, [english, 'en.txt'] as const]) {
      const little = await file(name, text);
      expect((await refused([little])).message).toBe(`${little}: is UTF-16 text without a byte order mark, not UTF-8`);
      expect((await refused([little])).hint).toContain('iconv -f UTF-16LE -t UTF-8');
      expect((await refused([await file(name, Buffer.from(text).swap16())])).hint).toContain('iconv -f UTF-16BE');
      expect((await read([little], { encoding: 'utf-16le' })).stats.lines).toBe(text === chinese ? 60 : 9);
    }
  });

  it('can insist on valid UTF-8, naming the byte', async () => {
    const path = await file(
      'a.txt',
      Buffer.concat([Buffer.from(`\uFEFF${'好'.repeat(50)}\n`), Buffer.from([0x61, 0xe4, 0x62])]),
    );
    const error = await refused([path], { invalidUtf8: 'error' });
    expect(error.message).toBe(`${path}: invalid UTF-8 at byte 155 (0xe4)`);
  });

  it('hand out very long lines in parts, or whole', async () => {
    const sentence = '天地玄黄，宇宙洪荒。';
    // More than one fragment, and a second line to show that the first one is closed.
    const long = sentence.repeat(130_000);
    const path = await file('a.txt', `${long}\n短\n`);
    const { texts, stats } = await read([path]);
    expect(texts.slice(0, -1).join('')).toBe(long);
    expect(texts.at(-1)).toBe('短');
    expect(Math.max(...texts.map(utf8Length))).toBeLessThanOrEqual(4192);
    expect(texts.every((text) => text === '短' || text.endsWith('。'))).toBe(true);
    expect([stats.lines, stats.split, stats.kept]).toEqual([2, 1, texts.length]);
    const whole = await read([path], { splitLongLines: false });
    expect(whole.texts).toEqual([long, '短']);
    expect(whole.stats.split).toBe(0);
    expect(await lines([path])).toEqual([long, '短']);
  });

  it('come many at a time as well', async () => {
    const inputs = [await file('a.txt', '一\n二\n'), await file('b.txt', '\n三\n')];
    const corpus = readCorpus(inputs);
    const texts: string[] = [];
    for await (const batch of corpus.batches()) texts.push(...batch.map(({ text }) => text));
    expect({ texts, stats: corpus.stats }).toMatchObject(await read(inputs).then(({ counts: _, ...found }) => found));
  });

  it('can leave out duplicates', async () => {
    const { texts, stats } = await read([await file('a.txt', '一\n二\n一\n'), await file('b.txt', '二\n三\n')], {
      dedupe: true,
    });
    expect(texts).toEqual(['一', '二', '三']);
    expect(stats.duplicates).toBe(2);
  });
});

describe('other formats', () => {
  it('JSON Lines: strings and objects, by field', async () => {
    const path = await file('a.jsonl', '"甲"\n{"text":"乙\\n丙","a":{"b":"丁"}}\n\n{"text":1}\n');
    const { texts, stats } = await read([path]);
    expect(texts).toEqual(['甲', '乙', '丙']);
    expect([stats.lines, stats.withoutText]).toEqual([3, 1]);
    expect(await lines([path])).toEqual(['甲', '乙\n丙']);
    const nested = await file('b.ndjson', '{"a":{"b":"丁"},"c.d":"戊"}\n');
    expect((await read([nested], { field: 'a.b' })).texts).toEqual(['丁']);
    expect((await read([nested], { field: 'c.d' })).texts).toEqual(['戊']);
    expect((await refused([nested])).message).toBe(
      `${nested}: line 1 has no text in the field "text"; it has "a", "c.d"`,
    );
    expect((await refused([await file('c.jsonl', '{"text":"a"}\n{"te')])).message).toContain('line 2 is not JSON');
    const array = await file('d.json', '[{"text":"a"}]');
    expect((await refused([array])).hint).toContain(`jq -c '.[]' ${array} | vocab-merge … --input - --field text`);
    expect((await read([await file('e.json', '{"text":"a"}\n')])).texts).toEqual(['a']);
  });

  it('text in lists and in several fields is one text, a line for each', async () => {
    const said = [
      { role: 'user', content: '你好' },
      { role: 'bot', content: '您好\n请问？' },
    ];
    const chat = await file('chat.jsonl', `${JSON.stringify({ messages: said })}\n{"messages":[]}\n`);
    const asked = await read([chat], { field: 'messages[].content' });
    expect(asked.texts).toEqual(['你好', '您好', '请问？']);
    expect(asked.stats.withoutText).toBe(1);
    expect(await lines([chat], { field: ['messages[].content'] })).toEqual(['你好\n您好\n请问？']);
    expect(await lines([fixture('chat.parquet')], { field: 'messages[].content' })).toEqual([
      '你好\n您好\n请问？',
      '再见',
    ]);
    const list = await file('list.jsonl', `${JSON.stringify(said)}\n["a"]\n`);
    expect(await lines([list], { field: ['[].content', '[]'] })).toEqual(['你好\n您好\n请问？', 'a']);
    const alpaca = '{"instruction":"译","input":"","output":"完"}\n{"instruction":"问","input":"甲","output":"乙"}\n';
    const field = ['instruction', 'input', 'output'];
    for (const name of ['alpaca.jsonl', 'without-a-name']) {
      expect(await lines([await file(name, alpaca)], { field })).toEqual(['译\n完', '问\n甲\n乙']);
    }
    expect(await lines([await file('a.txt', alpaca)], { field })).toHaveLength(2);
    const csv = await file('a.csv', 'q,n,a\n一,1,二\n,2,三\n');
    expect(await lines([csv], { field: ['q', 'a'] })).toEqual(['一\n二', '三']);
    expect((await refused([chat], { field: 'messages' })).message).toContain('has a list in the field "messages"');
    expect((await refused([chat], { field: 'messages' })).hint).toContain("--field 'messages[].content'");
    expect((await refused([chat])).hint).toContain("such as --field 'messages[].content'");
    expect((await refused([await file('b.jsonl', alpaca)])).hint).toContain('--field instruction,input,output');
    expect((await refused([fixture('chat.parquet')], { field: 'messages' })).hint).toContain("'messages[].content'");
    expect((await refused([csv], { field: ['x', 'y'] })).message).toContain('no text in the columns "x", "y"; it has');
  });

  it('CSV and TSV: a column by its name', async () => {
    const csv = await file('a.csv', 'id,text\n1,"他说，""好""\n走"\n2,完\n3\n');
    expect(await lines([csv])).toEqual(['他说，"好"\n走', '完', '']);
    expect((await read([csv], { field: 'id' })).texts).toEqual(['1', '2', '3']);
    expect((await refused([csv], { field: 'x' })).message).toContain('it has "id", "text"');
    expect((await refused([await file('d.csv', 'id;text\n1;走\n')])).hint).toContain('separated by ";"');
    expect(await lines([await file('a.tsv', 'text\tn\n"引\t1\n号"\t2\n')])).toEqual(['"引', '号"']);
    const many = await file('b.csv', `text\n${'行\n'.repeat(1300)}`);
    expect((await read([many])).stats.kept).toBe(1300);
    expect((await refused([await file('c.csv', 'text\n"open\n')])).message).toContain('cannot be read as CSV');
  });

  it('Parquet: a column, through every codec, plain, compressed and from standard input', async () => {
    for (const codec of ['snappy', 'gzip', 'zstd', 'brotli', 'lz4']) {
      const { texts, stats } = await read([fixture(`${codec}.parquet`)]);
      expect(texts).toEqual(['第一行', '第二行', '第三行', '第四行']);
      expect(stats.withoutText).toBe(1);
      expect(stats.bytesRead).toBe(stats.totalBytes);
    }
    const path = fixture('snappy.parquet');
    expect(await lines([path], { field: 'meta.title' })).toEqual(['标题0', '标题1', '标题2', '标题3']);
    expect((await refused([path], { field: 'content' })).message).toContain('it has "id", "text", "meta"');
    expect((await refused([path], { field: 'id' })).message).toContain('no text in the column "id"');
    const bytes = await readFile(path);
    expect((await read([await file('a.parquet.gz', gzipSync(bytes))])).stats.kept).toBe(4);
    async function* stdin() {
      yield bytes;
    }
    expect((await read(['-'], { stdin: stdin() })).stats.kept).toBe(4);
    expect((await refused([await file('b.parquet', bytes.subarray(0, 300))])).message).toContain(
      'cannot be read as Parquet',
    );
    expect((await refused([await file('c.parquet', 'text')])).message).toContain('not a Parquet file');
    // The codec of a column chunk stands in front of its number of values, in Thrift's compact protocol: 1 becomes 3, LZO.
    const lzo = Buffer.from(bytes);
    for (let at = lzo.indexOf('150216', 'hex'); at >= 0; at = lzo.indexOf('150216', at, 'hex')) lzo[at + 1] = 0x06;
    expect(await refused([await file('d.parquet', lzo)])).toMatchObject({
      message: expect.stringContaining('its pages are compressed with LZO, which cannot be read here'),
      hint: 'Write it again with snappy, gzip, zstd, brotli or lz4.',
    });
  });

  it('counts: text, tab, count, also with the header of a frequency table', async () => {
    const table = await file('a.tsv', '#vocab-merge/frequency-table 1 {}\n一\t3\n二\t5000000000\n');
    const { texts, counts } = await read([table]);
    expect([texts, counts]).toEqual([
      ['一', '二'],
      [3, 5_000_000_000],
    ]);
    const plain = await file('b.txt', 'a\tb\t2\n');
    expect((await read([plain], { format: 'counts' })).texts).toEqual(['a\tb']);
    expect((await refused([await file('c.txt', 'a\t0\n')], { format: 'counts' })).message).toContain('line 1');
  });

  it('counts of shards, when all of them are there', async () => {
    const of = { shards: 2, version: '1', inputs: [{ name: 'zh.txt', bytes: 9, sample: 'ab' }] };
    const shard = (i: number, minCount = 1) => {
      const header = JSON.stringify({ minCount, part: { tables: [`${i}/2`], of } });
      return file(`shard-${i}-${minCount}.tsv`, `#vocab-merge/frequency-table 1 ${header}\n一\t${i}\n#end\n`);
    };
    const other = await file('other.tsv', '#vocab-merge/frequency-table 1 {"minCount":7}\n二\t9\n');
    const [first, second, rare] = [await shard(1), await shard(2), await shard(2, 3)];
    expect((await read([second, other, first])).counts).toEqual([2, 9, 1]);
    expect((await refused([second, other])).message).toBe(`${second}: 1 shard of 2 missing: 1/2`);
    expect((await refused([first, second, first])).message).toContain('twice');
    expect((await refused([first, rare])).message).toContain('minCount is 3');
  });

  it('gzip, Zstandard and brotli around any of them, and their damage', async () => {
    const members = Buffer.concat([gzipSync('一\n'), gzipSync('二\n')]);
    expect((await read([await file('a.txt.gz', members)])).texts).toEqual(['一', '二']);
    // A magic number is believed without an extension, and an extension only with the magic number.
    expect((await read([await file('corpus', members)])).texts).toEqual(['一', '二']);
    expect((await read([await file('b.txt.gz', '一\n')])).texts).toEqual(['一']);
    expect((await read([await file('c.jsonl.br', brotliCompressSync('"一"'))])).texts).toEqual(['一']);
    const zstd = await read([fixture('two-frames.txt.zst')]);
    expect([zstd.texts.length, zstd.texts[1999], zstd.texts[2000]]).toEqual([2001, '二', '三']);
    const cut = (await readFile(fixture('two-frames.txt.zst'))).subarray(0, 20);
    expect((await refused([await file('d.txt.zst', cut)])).message).toContain('damaged zstd data');
    expect((await refused([await file('e.txt.gz', members.subarray(0, 12))])).message).toContain('damaged gzip data');
  });
});

describe('inputs', () => {
  it('are files, folders and patterns, in a stable order', async () => {
    const folder = join(root, 'tree');
    await mkdir(join(folder, 'b'), { recursive: true });
    for (const name of ['z.txt', 'b/a.jsonl', 'b/notes.md', '.hidden.txt', 'c.txt.gz']) {
      await writeFile(join(folder, name), name.endsWith('jsonl') ? `"${name}"` : name);
    }
    await symlink(folder, join(folder, 'b/loop'));
    expect((await read([folder])).texts).toEqual(['b/a.jsonl', 'c.txt.gz', 'z.txt']);
    expect((await read([`${folder}/**/*.{md,jsonl}`])).texts).toEqual(['b/a.jsonl', 'b/notes.md']);
    expect((await read([`${folder}/?.txt`, `${folder}/b/a.jsonl`])).texts).toEqual(['z.txt', 'b/a.jsonl']);
    expect((await refused([`${folder}/*.csv`])).message).toContain('no file matches');
    expect((await refused([join(root, 'tree/b/loop/nothing')])).message).toContain('no such file');
    await mkdir(join(root, 'pictures'));
    await writeFile(join(root, 'pictures/a.png'), 'x');
    expect((await refused([join(root, 'pictures')])).message).toContain('has no file that can be read');
    expect((await refused([])).message).toContain('no input');
  });

  it('are refused when a file is given twice, by whatever way', async () => {
    const texts = join(root, 'texts');
    await mkdir(texts);
    for (const name of ['a.txt', 'b.txt']) await writeFile(join(texts, name), name);
    await symlink(texts, join(root, 'same-texts'));
    await symlink(join(texts, 'a.txt'), join(root, 'link.txt'));
    const a = join(texts, 'a.txt');
    for (const inputs of [
      [a, a],
      [texts, a],
      [a, `${texts}/*.txt`],
      [`news=${a}`, `wiki=${a}`],
      [texts, join(root, 'same-texts')],
      [a, join(root, 'link.txt')],
      ['-', '-'],
    ]) {
      const { message, hint } = await refused(inputs);
      expect(message, inputs.join()).toMatch(/(a\.txt|link\.txt|standard input): is given twice/);
      expect(hint).toContain('count twice');
      await expect(async () => {
        for await (const _ of readLines(inputs));
      }).rejects.toThrow('is given twice');
    }
    expect((await read([a, join(texts, 'b.txt')])).texts).toEqual(['a.txt', 'b.txt']);
  });

  it('that are frequency tables have no lines', async () => {
    const table = await file('table.tsv', serializeFrequencyTable(frequencyTable([['学', 3]])));
    expect((await read([table])).texts).toEqual(['学']);
    await expect(async () => {
      for await (const _ of readLines([table]));
    }).rejects.toThrow(`${table}: is a frequency table, and has no lines of text`);
  });

  it('that are no text are refused, saying what they are', async () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
    expect((await refused([await file('a.txt', png)])).message).toContain('is a PNG image');
    expect((await refused([await file('b', Buffer.alloc(100, 1))])).message).toContain('binary data');
    expect((await refused([await file('one', Buffer.of(1))])).message).toContain('(1 control byte in the first 1)');
    expect((await refused([await file('c.docx', 'x')])).message).toContain('.docx files cannot be read');
    const docx = await refused([await file('d.docx', Buffer.from('PK\x03\x04'))]);
    expect([docx.message, docx.hint]).toEqual([
      expect.stringContaining('is a ZIP'),
      expect.stringContaining('Save it'),
    ]);
    const xz = await file('e.jsonl.xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]));
    expect((await refused([xz])).hint).toBe(
      `Unpack it on the way: xz -dc ${xz} | vocab-merge … --input - --field text`,
    );
    const tar = Buffer.alloc(600, 0x61);
    tar.write('ustar', 257);
    const packed = await file('e.tar.gz', gzipSync(tar));
    expect((await refused([packed])).message).toContain('is a tar archive');
    expect((await refused([packed])).hint).toContain(`tar -xOf ${packed} | vocab-merge`);
    expect((await refused([await file('e.csv.bz2', 'x')])).hint).toBe('Unpack it first.');
    expect((await read([await file('e.txt', 'BZhang is a name')])).texts).toEqual(['BZhang is a name']);
    async function* stdin() {
      yield Buffer.from('BZh91AY&SY');
    }
    expect((await refused(['-'], { stdin: stdin() })).hint).toContain('in front of this command');
    expect((await refused([await file('d.txt', '')])).message).toContain('no text in 0 lines');
    expect((await refused([await file('e.txt', '\n \n')])).message).toContain('no text in 2 lines');
    expect(await lines([await file('f.txt', '')])).toEqual([]);
  });

  it('that are cut while they are read are refused', async () => {
    const path = await file('a.txt', '一\n'.repeat(300_000));
    const reader = readLines([path]);
    const all = (async () => {
      for await (const _ of reader) if (reader.stats.lines === 1) await truncate(path, 400_000);
    })();
    await expect(all).rejects.toThrow(/a\.txt: had 1,200,000 bytes when it was opened, and ended after \d{3},\d{3}/);
  });

  it('stop at a signal, and options are checked', async () => {
    const path = await file('a.txt', '一\n');
    await expect(read([path], { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
    await expect(read([path], { maxLineBytes: 3 })).rejects.toThrow(OptionError);
  });
});

describe('hashes of inputs', () => {
  it('are of the text without compression, and only of what was read to its end', async () => {
    const text = '一二三\nabc\n';
    const input = { bytes: Buffer.byteLength(text), sha256: sha256Of(text) };
    const { stats } = await read([await file('a.txt', text), await file('b.txt.gz', gzipSync(text))]);
    expect(stats.inputs).toEqual([
      { name: 'a.txt', ...input },
      { name: 'b.txt.gz', ...input },
    ]);
    const stopped = readLines([await file('c.txt', text)]);
    for await (const _ of stopped) break;
    expect(stopped.stats.inputs).toEqual([]);
    const whole = readLines(['-'], {
      stdin: (async function* () {
        yield text;
      })(),
    });
    for await (const _ of whole);
    expect(whole.stats.inputs).toEqual([{ name: '-', ...input }]);
  });

  it('are of the file for Parquet, read in place or collected', async () => {
    const bytes = await readFile(fixture('snappy.parquet'));
    const input = { bytes: bytes.length, sha256: sha256Of(bytes) };
    expect((await read([fixture('snappy.parquet')])).stats.inputs).toEqual([{ name: 'snappy.parquet', ...input }]);
    const packed = await read([await file('a.parquet.gz', gzipSync(bytes))]);
    expect(packed.stats.inputs).toEqual([{ name: 'a.parquet.gz', ...input }]);
  });
});
