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

it('the embedded table holds frequent short segments of Han characters and punctuation, and no sentence', async () => {
  const sentences = await readZhTable();
  const readme = await readFile(new URL('README.md', vocab), 'utf8');
  expect(readme).toContain(`${sentences.length.toLocaleString('en')} segments`);
  let characters = 0;
  let longest = 0;
  for (const { text, count } of sentences) {
    if (!/^(?:\p{Script=Han}+|[，。、：；？！“”‘’（）《》【】〈〉「」『』—…·％～]+)$/u.test(text))
      expect.unreachable(text);
    if (!(count >= 3)) expect.unreachable(`${text} ${count}`);
    longest = Math.max(longest, [...text].length);
    characters += [...text].length * count;
  }
  expect(longest).toBe(6);
  expect(characters).toBeGreaterThan(9_000_000);
  const counts = new Map(sentences.map(({ text, count }) => [text, count]));
  // Words of each domain that a general vocabulary needs.
  for (const word of ['人工智能', '国务院', '计算机', '皇帝', '患者', '函数', '孩子', '。”']) {
    expect([word, counts.get(word) ?? 0]).toEqual([word, expect.toSatisfy((count: number) => count >= 10)]);
  }
});

it('the embedded table is written as the project writes it', async () => {
  const text = brotliDecompressSync(await readFile(new URL(ZH_TABLE_NAME, vocab))).toString();
  expect(serializeFrequencyTable(parseFrequencyTable(text)) === text).toBe(true);
});
