import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { brotliDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { parseFrequencyTable, serializeFrequencyTable } from '../../src/corpus/read/frequency-table.ts';
import { readZhTable, ZH_TABLE_NAME } from '../../src/vocab/zh-table.ts';

const vocab = new URL('../../vocab/', import.meta.url);

it('the embedded table is the one that vocab/README.md describes', async () => {
  const bytes = await readFile(new URL(ZH_TABLE_NAME, vocab));
  const text = brotliDecompressSync(bytes);
  const readme = await readFile(new URL('README.md', vocab), 'utf8');
  for (const contents of [bytes, text]) {
    expect(readme).toContain(createHash('sha256').update(contents).digest('hex'));
    expect(readme).toContain(contents.length.toLocaleString('en'));
  }
  expect(bytes.length).toBeLessThan(8 * 2 ** 20);
});

it('the embedded table holds short segments of Han characters with the marks before them, and no sentence', async () => {
  const table = parseFrequencyTable(brotliDecompressSync(await readFile(new URL(ZH_TABLE_NAME, vocab))).toString());
  const readme = await readFile(new URL('README.md', vocab), 'utf8');
  expect(readme).toContain(`${table.texts.length.toLocaleString('en')} segments`);
  const segment = /^▁?(?:[，。、：；？！“”‘’（）《》【】〈〉「」『』—…·％～]*\p{Script=Han}*)$/u;
  expect(table.texts.filter((text) => text === '▁' || [...text].length > 7 || !segment.test(text))).toEqual([]);
  let characters = 0;
  table.texts.forEach((text, i) => {
    characters += [...text].length * table.counts[i]!;
  });
  expect(readme).toContain(`${characters.toLocaleString('en')} characters are in the table`);
  expect(characters).toBeGreaterThan(6_000_000);

  const sentences = await readZhTable();
  const counts = new Map<string, number>();
  for (const { text, count } of sentences) counts.set(text, (counts.get(text) ?? 0) + count);
  // Words of each domain that a general vocabulary needs, in both scripts, and what stands in front of them.
  for (const word of ['人工智能', '国务院', '计算机', '皇帝', '患者', '函数', '孩子', '點', '。”', '，但是', '的']) {
    expect([word, counts.get(word) ?? 0]).toEqual([word, expect.toSatisfy((count: number) => count >= 10)]);
  }
  // Beginnings of a text are told from what stands inside.
  const beginnings = sentences.filter(({ isFragment }) => !isFragment);
  expect(beginnings.length).toBeGreaterThan(5000);
  expect(beginnings.filter(({ text }) => text === '' || text.startsWith('▁'))).toEqual([]);
});

it('the embedded table is written as the project writes it', async () => {
  const text = brotliDecompressSync(await readFile(new URL(ZH_TABLE_NAME, vocab))).toString();
  expect(serializeFrequencyTable(parseFrequencyTable(text)) === text).toBe(true);
});
