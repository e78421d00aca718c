// The whole job on LLaMA's vocabulary and the samples of the package: every promise checked piece by piece and line by line.
import { beforeAll, describe, expect, it } from 'vitest';
import { applyPatch } from '../../../src/core/patch.ts';
import { rowMapRows } from '../../../src/core/row-map.ts';
import { toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { parseRowMap } from '../../../src/formats/row-map/row-map.ts';
import { validateRowMap } from '../../../src/formats/row-map/validate-row-map.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { appendTexts } from '../../../src/merge/append-texts.ts';
import {
  appendPieces,
  type ExtendedVocabulary,
  extendVocabulary,
} from '../../../src/pipeline/build/extend-vocabulary.ts';
import { mergeTokenizers } from '../../../src/pipeline/build/merge-tokenizers.ts';
import { createTokenizer } from '../../../src/tokenize/tokenizer.ts';
import { learnExtension } from '../../../src/train/extend/extend.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { llama2 } from '../../llama2.ts';
import { needsLongRun } from '../../skip.ts';

let base: ExtendableTokenizer;
let texts: { name: string; lines: string[] }[];
let extended: ExtendedVocabulary;
const sources = () =>
  texts.filter(({ name }) => name.startsWith('zh')).map(({ name, lines }) => ({ name, sentences: lines }));

beforeAll(async () => {
  base = llama2;
  texts = (await sampleTexts()).map(({ name, lines }) => ({ name, lines: lines.split('\n') }));
  extended = await extendVocabulary({
    base,
    sources: sources(),
    targetSize: 33_200,
    join: 'none',
    curve: { step: 100, upTo: 2000 },
    golden: true,
  });
});

describe('extending LLaMA on the samples', () => {
  it('gives exactly the size asked for', () => {
    expect(extended.merged.model.pieces.length).toBe(33_200);
    expect(parseTokenizerModel(extended.merged.document.vocabularyFile.bytes).pieces.length).toBe(33_200);
    expect(extended.learned.pieces.length).toBe(1200);
  });

  it('reaches every new piece and changes no base piece', () => {
    const after = createTokenizer(extended.merged.model);
    const wrong: string[] = [];
    for (const [id, piece] of extended.merged.model.pieces.entries()) {
      const isReached = String(after.encodePieceText(piece)) === String(id);
      const was = id >= 32_000 || String(base.tokenizer.encodePieceText(piece)) === String(id);
      if (isReached !== was) wrong.push(piece);
    }
    expect(wrong).toEqual([]);
  });

  it('makes no line longer, and leaves lines without Chinese characters alone', () => {
    const after = createTokenizer(extended.merged.model);
    const counts = { shorter: 0, same: 0 };
    for (const line of texts.flatMap(({ lines }) => lines)) {
      const [old, now] = [base.tokenizer.encode(line), after.encode(line)];
      expect(now.length).toBeLessThanOrEqual(old.length);
      counts[now.length < old.length ? 'shorter' : 'same']++;
      if (!/[\p{Script=Han}〈〉％]/u.test(line)) expect(now).toEqual(old);
      expect(after.decode(now)).toBe(line);
    }
    expect(counts.shorter).toBeGreaterThan(200);
    expect(counts.same).toBeGreaterThan(100);
  });

  it('scores new pieces below the base, each by its rank', () => {
    const { pieceScores } = extended.merged.model;
    expect(pieceScores[32_000]).toBe(-31_741);
    for (let id = 32_001; id < 33_200; id++) expect(pieceScores[id]).toBe(pieceScores[id - 1]! - 1);
    expect(extended.merged.merge.warnings).toEqual([]);
  });

  it('maps every row, each new one to the base tokens of its piece', () => {
    const rowMap = parseRowMap(String(extended.files.get('row-map.json')));
    validateRowMap(rowMap);
    expect(rowMap.copy).toEqual([[0, 0, 32_000]]);
    for (const row of rowMapRows(rowMap)) {
      if (row.kind === 'new') expect(row.sources).toEqual(base.tokenizer.encodePieceText(row.piece!));
    }
  });

  it('knows the tokens at every size of the curve', () => {
    const { points, knee, kneeIsReached } = extended.curve!;
    const point = points.find(({ newPieces }) => newPieces === 1200)!;
    const after = createTokenizer(extended.merged.model);
    const tokens = sources().flatMap(({ sentences }) => sentences.map((line) => after.countTokens(line)));
    expect(point.tokens).toBe(tokens.reduce((sum, count) => sum + count, 0));
    // The texts have no more pieces to offer.
    expect(points.at(-1)!.newPieces).toBe(1975);
    expect([knee, kneeIsReached]).toEqual([1975, false]);
  });

  it('takes the same pieces from the front for a smaller target', async () => {
    const smaller = await extendVocabulary({ base, sources: sources(), newPieces: 500, join: 'none' });
    expect(smaller.learned.pieces).toEqual(extended.learned.pieces.slice(0, 500));
    // The same by way of the extension model: pieces are dropped last first.
    const merged = await mergeTokenizers({ base, extension: extended.extension!.model, targetSize: 32_500 });
    expect(merged.sha256).toBe(smaller.merged.sha256);
    expect(merged.rowMap).toEqual(smaller.merged.rowMap);
  });

  it('appends tokens and pads rows', async () => {
    const options = { addTokens: ['[PAD]'], targetSize: 32_501, padToMultipleOf: 64 };
    const { merged, learned } = await extendVocabulary({ base, sources: sources(), ...options });
    expect(learned.pieces.length).toBe(500);
    expect(merged.model.pieces.at(-1)).toBe('[PAD]');
    expect(merged.rowMap.target).toMatchObject({ idCount: 32_501, rows: 32_512 });
  });

  it('writes the same files again', async () => {
    const again = await extendVocabulary({
      base,
      sources: sources(),
      targetSize: 33_200,
      join: 'none',
      curve: { step: 100, upTo: 2000 },
      golden: true,
    });
    expect([...again.files.keys()]).toEqual([
      'tokenizer.model',
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      'row-map.json',
      'row-map.csv',
      'golden.jsonl',
      'extension.model',
      'new-pieces.csv',
      'curve.csv',
      'curve.json',
      'manifest.json',
    ]);
    expect(again.files).toEqual(extended.files);
  });

  it('refuses sizes that cannot be', async () => {
    const run = (options: object) => extendVocabulary({ base, sources: sources(), ...options });
    await expect(run({ targetSize: 32_000 })).rejects.toThrow('leaves no room for a new piece');
    await expect(run({ targetSize: 33_000, newPieces: 5 })).rejects.toThrow('leaves room for 1,000 new pieces');
    await expect(run({ newPieces: 100_000 })).rejects.toThrow(/100000 asked for, the text offers only \d+/);
  });
});

describe('extending Llama 3, a byte-level base', () => {
  let llama3: ExtendableTokenizer;
  const ofSamples = (isWanted: (name: string) => boolean) =>
    texts.filter(({ name }) => isWanted(name)).map(({ name, lines }) => ({ name, sentences: lines }));

  beforeAll(async () => {
    llama3 = requireExtendable(await loadTokenizer('llama3'));
  });

  it(
    'puts pieces behind the special tokens and writes what has them, with nothing that it cannot have',
    needsLongRun,
    async () => {
      const { merged, learned, files, manifest, extension } = await extendVocabulary({
        base: llama3,
        sources: ofSamples((name) => name.startsWith('zh')),
        ...{ newPieces: 300, scripts: ['Han'], addTokens: ['<|note|>'] },
      });
      expect(merged.model.pieces.slice(0, 128_256)).toEqual(llama3.model.pieces);
      expect(merged.merge.added).toBe(301);
      expect(learned.pieces.map((piece) => merged.tokenizer.encodePieceText(piece))).toEqual(
        learned.pieces.map((_, i) => [128_256 + i]),
      );
      expect(merged.tokenizer.encode('<|begin_of_text|><|note|>')).toEqual([128_000, 128_556]);
      expect([...files.keys()].sort()).toEqual(
        [
          'manifest.json',
          'new-pieces.csv',
          'row-map.csv',
          'row-map.json',
          'tokenizer.json',
          'tokenizer_config.json',
        ].sort(),
      );
      expect(extension).toBeUndefined();
      expect(manifest.extension).toMatchObject({ name: 'new-pieces.csv', vocabSize: 300 });
      expect(manifest.files['new-pieces.csv']!.sha256).toBe(manifest.extension.sha256);
      const first = merged.tokenizer.idToSurface(128_256);
      expect(String(files.get('new-pieces.csv')).split('\n')[1]).toBe(`1,128256,${first},${learned.saved[0]}`);
      let shorter = 0;
      for (const line of texts.flatMap(({ lines }) => lines)) {
        const [old, now] = [llama3.tokenizer.encode(line), merged.tokenizer.encode(line)];
        expect(now.length).toBeLessThanOrEqual(old.length);
        if (now.length < old.length) shorter++;
        if (!/[\p{Script=Han}，。、；：！？（）“”‘’《》…—％]/u.test(line)) expect(now).toEqual(old);
        expect(merged.tokenizer.decode(now)).toBe(line);
      }
      expect(shorter).toBeGreaterThan(50);
    },
  );

  it('learns words of Latin letters with the space in front, no digits, and nothing that changes a preserved line', async () => {
    const [english] = ofSamples((name) => name === 'en');
    const preserved = english!.sentences.slice(0, 5);
    const { model } = llama3;
    const { pieces } = await learnExtension(model, [english!], {
      ...{ newPieces: 15, minCount: 1, scripts: ['Latin'], preserve: [{ name: 'kept', sentences: preserved }] },
    });
    const extended = createTokenizer(applyPatch(model, appendTexts({ base: model, texts: pieces }).patch));
    const surfaces = pieces.map((_, i) => extended.idToSurface(128_256 + i));
    expect(surfaces.filter((piece) => !/^ ?[\p{P}\p{S}]*\p{Script=Latin}+$/u.test(piece))).toEqual([]);
    expect(surfaces.some((piece) => piece.startsWith(' '))).toBe(true);
    for (const line of preserved) expect(extended.encode(line)).toEqual(llama3.tokenizer.encode(line));
    for (const line of english!.sentences) {
      expect(extended.countTokens(line)).toBeLessThanOrEqual(llama3.tokenizer.countTokens(line));
    }
    for (const text of ["I don't, we'll: 1234 x 56.78", "THEY'RE 3D"]) {
      expect(extended.encode(text)).toEqual(llama3.tokenizer.encode(text));
    }
  });

  it('refuses a list whose pieces do not lead to each other', async () => {
    await expect(appendPieces(llama3, [toByteUnits('癫痫病人')])).rejects.toThrow(
      /comes to \d+ tokens .*two are needed/,
    );
  });
});
