// Models of every kind through the packed form, alone and against a base.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT_PIECE, PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { applyPatch } from '../../../src/core/patch.ts';
import { parseVocabulary } from '../../../src/formats/vocabulary/parse-vocabulary.ts';
import { packModel, unpackModel } from '../../../src/report/page/packed-model.ts';
import { vocabularyFiles } from '../../kinds.ts';
import { byteLevelModel } from '../../merge/choice/byte-models.ts';
import { smallBpe } from '../../models.ts';
import { runs } from '../../runs.ts';

const models = [
  ...vocabularyFiles.map((file) => [file.fileName, parseVocabulary(file)] as const),
  [
    'scored',
    smallBpe([
      ['a', -1],
      ['中', -2.5],
      ['a中', -0.1],
    ]),
  ] as const,
];

/** A model with a hole, a piece and a merge more. */
function extended(model: TokenizerModel): TokenizerModel {
  const { length } = model.pieces;
  const id = model.pieces.indexOf('a');
  return applyPatch(model, {
    pieces: [{ id: length + 1, piece: 'aa', score: 0, type: PIECE_TYPE.normal }],
    merges: [{ leftId: id, rightId: id, resultId: length + 1 }],
    addedTokens: [],
  });
}

describe('packModel', () => {
  it.each(models)('gives the same model back: %s', (_, model) => {
    const { bytes, needsBase } = packModel(model)!;
    expect(needsBase).toBe(false);
    expect(unpackModel(bytes)).toEqual(model);
  });

  it.each(models)('packs what extends it in few bytes: %s', (_, model) => {
    const target = extended(model);
    expect(target.pieceTypes[model.pieces.length]).toBe(ABSENT_PIECE);
    const { bytes, needsBase } = packModel(target, model)!;
    expect(needsBase).toBe(true);
    expect(unpackModel(bytes, model)).toEqual(target);
    const alone = packModel(target)!;
    expect(unpackModel(alone.bytes)).toEqual(target);
    expect(packModel(model, target)!.needsBase).toBe(false);
  });

  it('refuses what it cannot hold: merges of pieces whose text is another piece too', () => {
    const model = byteLevelModel({ merges: [['a', 'b']] });
    const twice = { ...model, pieces: [...model.pieces.slice(0, -1), 'x'] };
    expect(packModel(twice)).toBeUndefined();
    expect(packModel({ ...smallBpe([['\ud800', 0]]) })).toBeUndefined();
  });

  it('gives any pieces, types and merges back', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }).map((one) => one.toWellFormed());
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1 }), fc.array(fc.tuple(fc.nat(), fc.nat())), (texts, pairs) => {
        const base = smallBpe(texts.map((piece) => [piece, 0]));
        const merges = pairs.flatMap(([a, b]) => {
          const [leftId, rightId] = [1 + (a % texts.length), 1 + (b % texts.length)];
          const resultId = base.pieces.indexOf(base.pieces[leftId]! + base.pieces[rightId]!);
          return resultId < 0 ? [] : [{ leftId, rightId, resultId }];
        });
        const empty = { leftIds: new Int32Array(0), rightIds: new Int32Array(0), resultIds: new Int32Array(0) };
        const model = applyPatch({ ...base, merges: empty }, { pieces: [], merges, addedTokens: [] });
        expect(unpackModel(packModel(model)!.bytes)).toEqual(model);
      }),
      runs(30),
    );
  });
});
