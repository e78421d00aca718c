// A vocabulary shrunk as a whole job: files that load and say the same, the row map, what gets longer; and the checkpoint that
// goes with it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { beforeAll, describe, expect, it } from 'vitest';
import { countRows } from '../../../src/core/row-map.ts';
import { parseRowMap } from '../../../src/formats/row-map/row-map.ts';
import { findDeadPieces } from '../../../src/merge/choice/dead-pieces.ts';
import { type PrunedVocabulary, pruneVocabulary } from '../../../src/pipeline/build/prune-vocabulary.ts';
import { checkFolder } from '../../../src/pipeline/checkpoint/check-folder.ts';
import { resizeCheckpoint } from '../../../src/pipeline/checkpoint/resize-checkpoint.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { readTensors, tensor, writeCheckpoint } from '../../checkpoints.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

const KEPT = 9_000;
let base: ExtendableTokenizer;
let texts: { name: string; lines: string[]; open: () => string[] }[];
let pruned: PrunedVocabulary;

beforeAll(async () => {
  base = requireExtendable(await loadTokenizer('llama2'));
  texts = (await sampleTexts()).map(({ name, lines }) => {
    const all = lines.split('\n').filter((line) => line !== '');
    return { name, lines: all, open: () => all };
  });
  pruned = await pruneVocabulary({
    ...{ base, targetSize: KEPT, padToMultipleOf: 64, texts: texts.slice(0, 1) },
    keepText: texts.filter(({ name }) => name === 'en' || name === 'zh-news'),
  });
  for (const [name, content] of pruned.files) writeFileSync(join(root, name), content);
});

describe('a pruned vocabulary', () => {
  it('has the size asked for, specials and bytes first as before, and nothing that is newly dead', () => {
    expect(pruned.model.pieces).toHaveLength(KEPT);
    expect(pruned.model.pieces.slice(0, 259)).toEqual(base.model.pieces.slice(0, 259));
    expect(findDeadPieces(pruned.tokenizer)).toEqual([]);
    expect(pruned.removed.ids).toHaveLength(32_000 - KEPT);
    expect(pruned.manifest.removed).toEqual({ pieces: 32_000 - KEPT, dead: 0, otherScripts: 0, unseen: 32_000 - KEPT });
  });

  it('leaves text to be kept as it was up to the ids, and every text decodes', () => {
    const newIds = new Map([...keptIds()].map((id, newId) => [id, newId]));
    for (const { lines } of texts) {
      for (const line of lines) {
        const ids = base.tokenizer.encode(line);
        const after = pruned.tokenizer.encode(line);
        if (ids.every((id) => newIds.has(id))) expect(after).toEqual(ids.map((id) => newIds.get(id)));
        else expect(after.length).toBeGreaterThan(0);
        expect(pruned.tokenizer.decode(after)).toBe(line);
      }
    }
  });

  it('tells what gets longer, by text', () => {
    const [en, news, code] = pruned.texts;
    expect(en).toMatchObject({ name: 'en', isKept: true, longerLines: [] });
    expect(en!.tokens).toBe(en!.baseTokens);
    expect(news!.tokens).toBe(news!.baseTokens);
    expect(code).toMatchObject({ name: texts[0]!.name, isKept: false });
    expect(code!.tokens).toBeGreaterThan(code!.baseTokens);
    expect(code!.longerLines[0]!.tokens).toBeGreaterThan(code!.longerLines[0]!.baseTokens);
  });

  it('has files that load, in the Rust engine with the same ids', async () => {
    const loaded = await loadTokenizer(root);
    expect(loaded.sha256).toBe(pruned.sha256);
    expect(loaded.model!.pieces).toEqual(pruned.model.pieces);
    const rust = RustTokenizer.fromFile(join(root, 'tokenizer.json'));
    for (const { lines } of texts.slice(0, 4)) {
      for (const line of lines.slice(0, 5)) {
        expect((await rust.encode(line, null, { addSpecialTokens: false })).getIds()).toEqual(
          pruned.tokenizer.encode(line),
        );
      }
    }
  });

  it('has a row map that shrinks a checkpoint: rows bit for bit, ids of the configurations moved; check is content', async () => {
    const rowMap = parseRowMap(readFileSync(join(root, 'row-map.json'), 'utf8'));
    expect(rowMap).toEqual(pruned.rowMap);
    expect(countRows(rowMap)).toMatchObject({ copied: KEPT, appended: 0, padding: 24, dropped: 32_000 - KEPT });
    const [checkpoint, out] = [join(root, 'model'), join(root, 'small')];
    const kept = [...keptIds()];
    const shape = [32_000, 4];
    const tensors = {
      'model.embed_tokens.weight': tensor('F32', shape),
      'lm_head.weight': tensor('BF16', shape, 1),
    };
    writeCheckpoint(checkpoint, {
      shards: [tensors],
      config: { vocab_size: 32_000, bos_token_id: 1, eos_token_id: [2, kept.at(-1)], tie_word_embeddings: false },
    });
    await resizeCheckpoint({ checkpoint, rowMap, out, tokenizer: root });
    const [before, after] = [checkpoint, out].map((folder) => readTensors(join(folder, 'model.safetensors')));
    for (const [name, { shape, bytes }] of after!) {
      expect(shape).toEqual([9_024, 4]);
      const old = before!.get(name)!.bytes;
      const size = old.length / 32_000;
      const rowOf = (all: Buffer, row: number) => all.subarray(row * size, (row + 1) * size);
      expect(kept.every((id, newId) => rowOf(old, id).equals(rowOf(bytes, newId)))).toBe(true);
      expect(bytes.subarray(KEPT * size).every((byte) => byte === 0)).toBe(true);
    }
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ vocab_size: 9_024, bos_token_id: 1, eos_token_id: [2, KEPT - 1] });
    const { checks } = await checkFolder({ checkpoint: out, tokenizer: out, rowMap });
    expect(checks.filter(({ verdict }) => verdict === 'problem')).toEqual([]);
    // Cut twice, other tokens would get the rows of these.
    await expect(resizeCheckpoint({ checkpoint: out, rowMap, out: join(root, 'twice') })).rejects.toThrow(
      'was resized by this row map already',
    );
  });

  it('refuses a size that is none, and one that leaves out what has to stay', async () => {
    const keepText = texts.slice(0, 1);
    await expect(pruneVocabulary({ base, keepText, targetSize: 32_000 })).rejects.toThrow(
      'below the 32,000 that llama2',
    );
    await expect(pruneVocabulary({ base, keepText, targetSize: 200 })).rejects.toThrow(
      /31800 of 32000 pieces are to leave, \d+ can/,
    );
    const empty = [{ name: 'empty', open: () => ['', ''] }];
    await expect(pruneVocabulary({ base, keepText: empty, targetSize: 300 })).rejects.toThrow('no text to keep');
  });
});

/** Base ids of the pieces that stay, in order. */
function keptIds(): Set<number> {
  const ids = new Set(base.model.pieces.keys());
  for (const id of pruned.removed.ids) ids.delete(id);
  return ids;
}
