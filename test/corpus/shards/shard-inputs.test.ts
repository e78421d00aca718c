import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWholeTexts } from '../../../src/corpus/lines/read-corpus.ts';
import { emptyStats } from '../../../src/corpus/read/corpus-stats.ts';
import { type CorpusFile, expandInputs } from '../../../src/corpus/read/expand-inputs.ts';
import { recordShard, shardFiles, shardTexts } from '../../../src/corpus/shards/shard-inputs.ts';
import { InputError, OptionError } from '../../../src/errors.ts';
import { runs } from '../../runs.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'shard-inputs-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function file(name: string, data: string | Uint8Array): Promise<string> {
  await writeFile(join(root, name), data);
  return join(root, name);
}

async function linesOf(files: readonly CorpusFile[]): Promise<string[]> {
  const lines = [];
  for await (const line of readWholeTexts(files, {}, emptyStats())) lines.push(line);
  return lines;
}

const parquet = fileURLToPath(new URL('../../fixtures/corpus/snappy.parquet', import.meta.url));
const line = fc.stringMatching(/^[甲é a]{0,9}$/);

describe('shards of files', () => {
  it('together are the lines of the files in their order, for any number of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(line, { maxLength: 20 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (texts, end, endsLine, of, sections) => {
          const inputs = [];
          for (const [i, lines] of texts.entries()) {
            const text = lines.join(end) + (endsLine ? end : '');
            const records = lines.map((each, n) => JSON.stringify(n % 3 === 1 ? { id: n } : { text: each })).join(end);
            inputs.push(await file(`${i}.txt`, text), await file(`${i}.gz`, gzipSync(text)));
            inputs.push(await file(`${i}.csv`, `text\n${lines.map((each) => `"${each}\n"`).join('\n')}`));
            inputs.push(await file(`${i}.jsonl`, records));
          }
          const files = await expandInputs([...inputs, parquet]);
          const whole = await linesOf(files);
          const [cut, sectioned]: [string[], string[]] = [[], []];
          const owners: number[] = [];
          for (let index = 1; index <= of; index++) {
            cut.push(...(await linesOf((await shardFiles([files], { index, of }, undefined)).flat())));
            for (const { text, file, sections: own } of await shardTexts(
              files,
              { index, of },
              { bytes: 1, sections },
            )) {
              if (own === undefined || own[0]!.range.start === 0) owners.push(text);
              sectioned.push(
                ...(await linesOf((own ?? [{ range: undefined }]).map(({ range }) => ({ ...file, range })))),
              );
            }
          }
          expect(cut).toEqual(whole);
          expect(sectioned).toEqual(whole);
          // Also texts without a line are in one shard.
          expect(owners).toEqual(files.map((_, i) => i));
        },
      ),
      runs(12),
    );
  });

  it('cut a file in sections at the same places for any number of them', async () => {
    const files = await expandInputs([await file('big.txt', '甲乙丙\n'.repeat(100)), await file('small.txt', '丁\n')]);
    const rule = { bytes: 100, sections: 7 };
    const whole = await shardTexts(files, undefined, rule);
    expect(whole.map(({ sections }) => sections?.length)).toEqual([7, undefined]);
    for (const of of [2, 3, 50]) {
      const ranges = [];
      for (let index = 1; index <= of; index++) ranges.push(...(await shardTexts(files, { index, of }, rule)));
      expect(ranges.flatMap(({ sections = [] }) => sections)).toEqual(whole[0]!.sections);
    }
  });

  it('are none of a stream, and none that there is not', async () => {
    const files = await expandInputs([await file('one.txt', '甲\n')]);
    for (const index of [0, 5]) await expect(shardTexts(files, { index, of: 4 })).rejects.toThrow(OptionError);
    await expect(shardTexts(await expandInputs(['-']), { index: 1, of: 1 })).rejects.toThrow(InputError);
  });

  it('are refused of a file that has grown since it was divided', async () => {
    const path = await file('grows.txt', '甲乙丙\n'.repeat(10));
    const files = await expandInputs([path]);
    const [own] = await shardFiles([files], { index: 1, of: 2 }, undefined);
    const before = await recordShard(files, { index: 1, of: 2 }, { version: '1', field: undefined });
    await appendFile(path, '丁\n');
    await expect(linesOf(own!)).rejects.toThrow('had 100 bytes and has 104: somebody is writing it');
    const after = await recordShard(
      await expandInputs([path]),
      { index: 1, of: 2 },
      { version: '1', field: undefined },
    );
    expect([before, after].map(({ of }) => of!.inputs[0]!.bytes)).toEqual([100, 104]);
  });
});
