// The promises of continued BPE on published tokenizers: 3,000 Chinese pieces for each, with the files that come of it in
// every engine that is installed. Prints the table of figures that the guide shows.

import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type ExtendedVocabulary, extendVocabulary } from '../../../src/pipeline/build/extend-vocabulary.ts';
import { verifyTokenizer } from '../../../src/pipeline/verify/verify.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { needsShared, sharedFixture, sharedPath } from '../../shared.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { PUBLISHED, readHeldOutLines } from '../../tokenize/published-tokenizers.ts';

const NEW_PIECES = 3000;
const TRAINING = ['zh-news', 'zh-tech', 'zh-medical'];
const TRAINING_LINES = 12_000;
const CHINESE = ['zh-news', 'zh-wiki', 'zh-novel', 'zh-tech'];
/** Lines that engines are asked about. */
const VERIFIED_LINES = 400;
/** Characters that new pieces are made of: Han and the punctuation of Chinese. */
const CHOSEN =
  /[\p{Script=Han}、。，；：？！…—·ˉ¨‘’“”々～‖∶＂＇｀｜〃〔〕〈〉《》「」『』．〖〗【】（）［］｛｝\uFF01-\uFF5E￥]/u;

const folder = temporaryFolder();

const unpack = (path: string): Buffer => sharedFixture(`byte-level/${path}.gz`);

/** A fixture as people have it: a folder with its files. */
async function openFixture(name: string, file = 'tokenizer.json'): Promise<ExtendableTokenizer> {
  const path = await mkdtemp(join(folder, 'base-'));
  await writeFile(join(path, file), unpack(`${name}/${file}`));
  if (file === 'tokenizer.json') {
    const config = sharedFixture(`byte-level/${name}/tokenizer_config.json`);
    await writeFile(join(path, 'tokenizer_config.json'), config);
  }
  return requireExtendable(await loadTokenizer(path));
}

const sources = () =>
  TRAINING.map((name) => ({
    name,
    sentences: gunzipSync(readFileSync(sharedPath(`corpus/train/${name}.txt.gz`)))
      .toString()
      .split('\n')
      .slice(0, TRAINING_LINES),
  }));

const extend = (base: ExtendableTokenizer): Promise<ExtendedVocabulary> =>
  extendVocabulary({ base, sources: sources(), newPieces: NEW_PIECES, scripts: ['Han'] });

async function writeFiles({ files }: ExtendedVocabulary): Promise<string> {
  const path = await mkdtemp(join(folder, 'extended-'));
  for (const [name, content] of files) await writeFile(join(path, name), content);
  return path;
}

describe('3,000 Chinese pieces for published tokenizers', needsShared, () => {
  const rows: string[] = [];
  afterAll(() => {
    const head = '| base | tokens before | after | saved | dead | parts | English lines changed | engines that agree |';
    process.stdout.write(
      `\n${[head, '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |', ...rows].join('\n')}\n`,
    );
  });

  it.each(PUBLISHED)(
    '%s: shorter Chinese, the same English, no dead piece, the same ids in every engine',
    async (name) => {
      const base = await openFixture(name);
      const extended = await extend(base);
      const { merged, learned } = extended;
      const { model, tokenizer } = merged;
      const baseSize = base.model.pieces.length;
      expect(merged.merge.added).toBe(NEW_PIECES);
      expect(model.pieces.slice(0, baseSize)).toEqual(base.model.pieces);
      expect(model.addedTokens).toEqual(base.model.addedTokens);

      const byMerges = createTokenizer({ ...model, wholePieceFirst: false });
      const dead = learned.pieces.filter(
        (piece, i) => String(byMerges.encodePieceText(piece)) !== String(baseSize + i),
      );
      expect(dead).toEqual([]);

      let [before, after] = [0, 0];
      for (const line of CHINESE.flatMap(readHeldOutLines)) {
        const count = base.tokenizer.countTokens(line);
        const now = tokenizer.countTokens(line);
        expect(now).toBeLessThanOrEqual(count);
        before += count;
        after += now;
      }
      expect(after).toBeLessThan(before);

      const english = ['en', 'code'].flatMap(readHeldOutLines).filter((line) => !CHOSEN.test(line));
      expect(english.length).toBeGreaterThan(10_000);
      const changed = english.filter((line) => String(tokenizer.encode(line)) !== String(base.tokenizer.encode(line)));
      expect(changed).toEqual([]);

      const lines = [...CHINESE, 'en', 'ja-ko'].flatMap((each) => readHeldOutLines(each).slice(0, VERIFIED_LINES / 6));
      const report = await verifyTokenizer({
        source: await writeFiles(extended),
        lines,
        randomTexts: 0,
        examples: 10_000,
      });
      const compared = report.engines.filter(({ status }) => status === 'compared' || status === 'reference');
      // The lines are held-out text; what built-in probes find in an engine is `verify`'s business.
      const differing = compared.flatMap(({ engine, unexplained }) =>
        unexplained.examples.filter(({ line }) => line !== null).map((example) => ({ engine, example })),
      );
      expect(differing).toEqual([]);

      const parts = learned.pieces.filter((piece) => model.units === 'byte' && !isWhole(piece)).length;
      const saved = (100 * (1 - after / before)).toFixed(1);
      const engines = compared.map(({ engine, version }) => `${engine}${version ? ` ${version}` : ''}`).join(', ');
      rows.push(`| ${name} | ${before} | ${after} | ${saved} % | 0 | ${parts} | 0 of ${english.length} | ${engines} |`);
    },
  );

  it.each([
    ['llama3.1', 'llama3-tiktoken', 'tokenizer.model'],
    ['mistral-nemo', 'mistral-nemo-tekken', 'tekken.json'],
  ])('%s: the same pieces and ids whether merges are listed or ranked (%s)', async (listed, ranked, file) => {
    const [a, b] = [await extend(await openFixture(listed)), await extend(await openFixture(ranked, file))];
    expect(b.learned.pieces).toEqual(a.learned.pieces);
    expect(b.merged.merge.patch.pieces.map(({ id }) => id)).toEqual(a.merged.merge.patch.pieces.map(({ id }) => id));
    let lines = 0;
    for (const line of [...CHINESE, 'zh-classical', 'ja-ko', 'en'].flatMap((each) => readHeldOutLines(each))) {
      if (line.includes('<')) continue;
      lines++;
      expect(b.merged.tokenizer.encode(line)).toEqual(a.merged.tokenizer.encode(line));
    }
    expect(lines).toBeGreaterThan(10_000);
  });
});

function isWhole(piece: string): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(piece, (byte) => byte.charCodeAt(0)));
    return true;
  } catch {
    return false;
  }
}
