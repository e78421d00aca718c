import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OpenText, type OpenTextsOptions, openTexts } from '../../../src/cli/output/text-name.ts';
import { expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { TOKEN_KIND, type TokenCounter } from '../../../src/report/counters/token-counter.ts';
import { type Comparison, openComparison } from '../../../src/report/measure/compare-tokenizers.ts';
import { parseSums, serializeSums } from '../../../src/report/measure/comparison-part.ts';
import { drawPassages } from '../../../src/report/measure/passages.ts';
import { joinTextSums, type TextSums } from '../../../src/report/measure/text-sums.ts';
import { runs } from '../../runs.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

/** One token a code point, or for two of the same. */
function counterOf(letters: string, joins: boolean): TokenCounter {
  const pieces = ['<unk>', ...letters];
  return {
    engine: 'letters',
    vocabSize: pieces.length,
    tokenKinds: Uint8Array.from(pieces, (_, id) => (id === 0 ? TOKEN_KIND.unknown : TOKEN_KIND.ordinary)),
    idToPiece: (id) => pieces[id],
    forEachId(text, visit) {
      for (const [run] of text.matchAll(joins ? /(.)\1?/gu : /./gu)) visit(Math.max(0, pieces.indexOf([...run][0]!)));
    },
  };
}

const tokenizers = [
  { name: 'first', counter: counterOf('甲', false) },
  { name: 'more', counter: counterOf('甲乙', true) },
  { name: 'other', counter: counterOf('x', false) },
];

async function linesOf(texts: readonly OpenText[], comparison: Comparison): Promise<string[]> {
  const lines = [];
  for (const text of texts) {
    const drawn = drawPassages(text, text.at);
    const sums = await comparison.count(drawn.text);
    lines.push(serializeSums({ text: text.at, sums, passages: drawn.passages() }));
  }
  return lines;
}

/** As `compare merge` puts them together. */
async function reportOf(lines: readonly string[]): Promise<unknown> {
  const comparison = await openComparison({ tokenizers, bootstrap: { replicates: 50 } });
  const texts = new Map<number, { sums: TextSums; passages: readonly string[] }>();
  for (const line of lines) {
    const { text, sums, passages } = parseSums(line, 'part', comparison.tokenizers);
    const before = texts.get(text);
    texts.set(text, {
      sums: before === undefined ? sums : joinTextSums(before.sums, sums),
      passages: [...(before?.passages ?? []), ...passages],
    });
  }
  for (const { sums } of texts.values()) comparison.add(sums);
  return { report: comparison.finish(), passages: [...texts.values()].map(({ passages }) => passages) };
}

describe('openTexts', () => {
  it('gives the shards of a comparison from which its report is made, intervals and passages included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[甲乙 丙]{0,30}$/), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        async (lines, shards, sections) => {
          const text = `${lines.join('\n')}\n`;
          for (const [name, data] of [
            ['a.txt', text],
            ['b.txt.gz', gzipSync(text)],
            ['c.jsonl', lines.map((line) => JSON.stringify({ text: line })).join('\n')],
            ['d.txt', ''],
          ] as const) {
            await writeFile(join(root, name), data);
          }
          const files = await expandInputs([root]);
          const rule = { bytes: 200, sections };
          const counting = await openComparison({ tokenizers });
          const count = async (options: OpenTextsOptions) => linesOf(await openTexts(files, options), counting);
          const parts = [];
          for (let index = 1; index <= shards; index++) {
            parts.push(...(await count({ rule, isHashed: true, shard: { index, of: shards } })));
          }
          expect(await reportOf(parts)).toEqual(await reportOf(await count({ rule, isHashed: true })));
          // Without sections, the sums are the same.
          const { report } = (await reportOf(parts)) as { report: { total: object } };
          const plain = (await reportOf(await count({}))) as { report: { total: object } };
          expect(withoutIntervals(report.total)).toEqual(withoutIntervals(plain.report.total));
        },
      ),
      runs(8),
    );
  });

  it('keeps the hash of a text that is read in sections', async () => {
    const path = join(root, 'a.txt');
    await writeFile(path, '甲乙\n'.repeat(9));
    const files = await expandInputs([path]);
    const [whole] = await openTexts(files);
    for await (const _ of whole!.lines as AsyncIterable<string>);
    const rule = { bytes: 10, sections: 3 };
    const [first] = await openTexts(files, { rule, isHashed: true, shard: { index: 1, of: 2 } });
    expect(first!.hashes!()).toEqual(whole!.hashes!());
    const [second] = await openTexts(files, { rule, isHashed: true, shard: { index: 2, of: 2 } });
    expect(second!.hashes!()).toEqual([]);
  });
});

function withoutIntervals(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (key, each) => (key.endsWith('Interval') ? undefined : each)));
}
