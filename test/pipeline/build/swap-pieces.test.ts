// Constant size: new pieces in the rows of old ones, for a SentencePiece base and a byte-level one that lists its merges.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { countRows } from '../../../src/core/row-map.ts';
import { isHan } from '../../../src/core/unicode/scripts.ts';
import { parseRowMap } from '../../../src/formats/row-map/row-map.ts';
import { findDeadPieces } from '../../../src/merge/choice/dead-pieces.ts';
import { extendVocabulary } from '../../../src/pipeline/build/extend-vocabulary.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { llama2 } from '../../llama2.ts';
import { needsShared, sharedFixture } from '../../shared.ts';
import { needsLongRun } from '../../skip.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

const SWAPPED = 300;

async function expectSwapped(base: ExtendableTokenizer, folder: string): Promise<void> {
  const texts = (await sampleTexts()).map(({ name, lines }) => ({
    name,
    lines: lines.split('\n').filter((line) => line !== ''),
  }));
  const chinese = texts.filter(({ name }) => name.startsWith('zh'));
  const keepText = texts.filter(({ name }) => name === 'en').map(({ name, lines }) => ({ name, open: () => lines }));
  const { merged, swapped, files, manifest } = await extendVocabulary({
    base,
    sources: chinese.map(({ name, lines }) => ({ name, sentences: lines })),
    scripts: ['Han'],
    swap: { count: SWAPPED, keepText },
  });
  const { model } = merged;
  const removed = [...swapped!.removed.ids];
  const isGone = new Set(removed);
  expect(removed).toHaveLength(SWAPPED);
  expect(model.pieces).toHaveLength(base.model.pieces.length);
  const changed = model.pieces.flatMap((piece, id) => (piece === base.model.pieces[id] ? [] : [id]));
  expect(changed.filter((id) => !isGone.has(id))).toEqual([]);
  // Pieces that no text reaches any more would be new ones, or some that stayed.
  const dead = new Set(findDeadPieces(base.tokenizer).map(({ id }) => id));
  expect(findDeadPieces(merged.tokenizer).filter(({ id }) => !dead.has(id))).toEqual([]);
  let shorter = 0;
  for (const { lines } of texts) {
    for (const line of lines) {
      const [before, after] = [base.tokenizer.encode(line), merged.tokenizer.encode(line)];
      const isTouched =
        before.some((id) => isGone.has(id)) || [...line].some((letter) => isHan(letter.codePointAt(0)!));
      if (!isTouched && !/[，。！？；：、“”（）《》]/u.test(line)) expect(after).toEqual(before);
      if (after.length < before.length) shorter++;
      expect(merged.tokenizer.decode(after)).toBe(base.tokenizer.decode(before));
    }
  }
  expect(shorter).toBeGreaterThan(50);

  const rowMap = parseRowMap(String(files.get('row-map.json')));
  expect(rowMap).toEqual(merged.rowMap);
  expect(countRows(rowMap)).toEqual({
    ...{ copied: base.model.pieces.length - SWAPPED, filled: 0, replaced: SWAPPED, appended: 0 },
    ...{ kept: 0, padding: 0, dropped: 0 },
  });
  expect(rowMap.new.map(({ id }) => id)).toEqual(removed);
  expect(manifest.options).toMatchObject({ newPieces: SWAPPED, swap: { count: SWAPPED, keepText: ['en'] } });
  const listed = String(files.get('new-pieces.csv')).trimEnd().split('\n').slice(1);
  expect(listed.map((line) => Number(line.split(',')[1]))).toEqual(removed);

  for (const [name, content] of files) writeFileSync(join(folder, name), content);
  const rust = RustTokenizer.fromFile(join(folder, 'tokenizer.json'));
  for (const { lines } of texts.slice(0, 8)) {
    const ids = (await rust.encode(lines[0]!, null, { addSpecialTokens: false })).getIds();
    expect(ids).toEqual(merged.tokenizer.encode(lines[0]!));
  }
}

describe('swapped pieces', () => {
  it('leave everything else as it was, in a SentencePiece base', async () => {
    await expectSwapped(llama2, mkdtempSync(join(root, 'llama2-')));
  });

  describe('of byte-level bases', needsLongRun, () => {
    it('leave everything else as it was, in a base that lists its merges', needsShared, async () => {
      const gpt2 = mkdtempSync(join(root, 'gpt2-'));
      const bytes = sharedFixture('byte-level/gpt2/tokenizer.json.gz');
      writeFileSync(join(gpt2, 'tokenizer.json'), bytes);
      await expectSwapped(requireExtendable(await loadTokenizer(gpt2)), mkdtempSync(join(root, 'swapped-')));
    });

    it('leave everything else as it was, in a base of ranks', async () => {
      await expectSwapped(requireExtendable(await loadTokenizer('llama3')), mkdtempSync(join(root, 'llama3-')));
    });
  });

  it('are as many as asked for, and no other size is given', async () => {
    const sources = [{ name: 'zh', sentences: ['中文'] }];
    const swap = { count: 1, keepText: [{ name: 'a', open: () => ['a'] }] };
    await expect(extendVocabulary({ base: llama2, sources, swap, newPieces: 3 })).rejects.toThrow(
      'newPieces: swap says',
    );
    await expect(extendVocabulary({ base: llama2, sources, swap: { ...swap, count: 0 } })).rejects.toThrow(
      'swap: 0 is not',
    );
  });
});
