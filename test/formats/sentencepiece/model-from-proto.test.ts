import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { FormatError } from '../../../src/errors.ts';
import type { ModelProto, SentencePieceEntry } from '../../../src/formats/sentencepiece/fields.ts';
import { parseModelProto, serializeModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { modelFromProto, protoFromModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { needsShared, sharedFixture } from '../../shared.ts';

const UNK: SentencePieceEntry = { piece: '<unk>', type: 2 };
const BYTES: SentencePieceEntry[] = Array.from({ length: 256 }, (_, i) => ({ piece: byteToPiece(i), type: 6 }));

describe('modelFromProto', () => {
  it('fills in the defaults of the schema', () => {
    const model = modelFromProto({ pieces: [UNK, { piece: 'a', score: -1 }] });
    expect(model.pieces).toEqual(['<unk>', 'a']);
    expect([...model.pieceScores]).toEqual([0, -1]);
    expect([...model.pieceTypes]).toEqual([PIECE_TYPE.unknown, PIECE_TYPE.normal]);
    expect(model).toMatchObject({
      modelType: 'unigram',
      byteFallback: false,
      treatWhitespaceAsSuffix: false,
      unkSurface: ' ⁇ ',
      unkPiece: '<unk>',
      bosPiece: '<s>',
      eosPiece: '</s>',
      padPiece: '<pad>',
      normalizer: { addDummyPrefix: true, removeExtraWhitespaces: true, escapeWhitespaces: true },
    });
    expect(model.denormalizer).toBeUndefined();
  });

  it('takes an empty special name as the default and an empty unk_surface as empty', () => {
    const model = modelFromProto({ pieces: [UNK], trainerSpec: { bosPiece: '', unkSurface: '' } });
    expect(model.bosPiece).toBe('<s>');
    expect(model.unkSurface).toBe('');
  });

  it('lets a control piece and a normal piece have the same text, as sentencepiece does', () => {
    expect(modelFromProto({ pieces: [UNK, { piece: '<s>', type: 3 }, { piece: '<s>' }] }).pieces).toHaveLength(3);
  });

  it.each<[string, ModelProto, string]>([
    ['no pieces', { pieces: [] }, 'm: the model has no pieces'],
    ['an empty piece', { pieces: [UNK, { piece: '' }] }, 'm: piece 1 is empty'],
    [
      'a duplicate',
      { pieces: [UNK, { piece: 'a' }, { piece: 'a', type: 5 }] },
      'm: piece "a" occurs twice, as id 1 and 2',
    ],
    ['no unknown piece', { pieces: [{ piece: 'a' }] }, 'm: no piece has the type "unknown"'],
    ['two unknown pieces', { pieces: [UNK, { piece: 'u', type: 2 }] }, 'm: two unknown pieces, ids 0 and 1'],
    [
      'bytes without fallback',
      { pieces: [UNK, BYTES[10]!] },
      'm: byte piece "<0x0A>" (id 1), although byte_fallback is false',
    ],
    [
      'a missing byte',
      { pieces: [UNK, ...BYTES.filter((_, i) => i !== 171)], trainerSpec: { byteFallback: true } },
      'm: byte_fallback is true, but byte piece <0xAB> is missing',
    ],
    [
      'a misspelled byte',
      { pieces: [UNK, { piece: '<0x0a>', type: 6 }], trainerSpec: { byteFallback: true } },
      'm: byte piece "<0x0a>" (id 1) is not spelled',
    ],
    ['an invalid type', { pieces: [UNK, { piece: 'a', type: 7 as never }] }, 'm: piece 1 "a" has no valid type'],
  ])('refuses %s', (_name, proto, message) => {
    expect(() => modelFromProto(proto, { source: 'm' })).toThrow(FormatError);
    expect(() => modelFromProto(proto, { source: 'm' })).toThrow(message);
  });
});

describe('protoFromModel', () => {
  it('gives a proto that loads as the same model', () => {
    const proto: ModelProto = {
      pieces: [
        { piece: '<pad>', type: 3 },
        { ...UNK, piece: '[UNK]' },
        { piece: '<mask>', type: 3 },
        { piece: '<sep>', type: 4 },
        { piece: '▁a', score: -0.5 },
        { piece: 'b', score: -7, type: 5 },
        ...BYTES,
      ],
      trainerSpec: {
        modelType: 'bpe',
        byteFallback: true,
        unkPiece: '[UNK]',
        unkSurface: '?',
        treatWhitespaceAsSuffix: true,
      },
      normalizerSpec: { name: 'n', addDummyPrefix: false, precompiledCharsmap: Uint8Array.of(4, 0, 0, 0, 1, 2, 3, 4) },
      denormalizerSpec: { name: 'd' },
    };
    const model = modelFromProto(proto);
    const again = protoFromModel(model);
    expect(modelFromProto(parseModelProto(serializeModelProto(again)))).toEqual(model);
    expect(again.trainerSpec).toMatchObject({
      vocabSize: 262,
      unkId: 1,
      bosId: -1,
      eosId: -1,
      padId: 0,
      controlSymbols: ['<mask>'],
      userDefinedSymbols: ['<sep>'],
    });
  });

  it('refuses a model that would not load', () => {
    const model = modelFromProto({ pieces: [UNK, { piece: 'a' }] });
    expect(() => protoFromModel({ ...model, pieces: ['<unk>', '<unk>'], pieceTypes: Uint8Array.of(2, 2) })).toThrow(
      FormatError,
    );
  });
});

describe('published models', needsShared, () => {
  it.each(['llama2', 'chinese_sp', 'chinese_llama2', 'trained/wiki-unigram-8k-symbols'])(
    '%s survives both ways',
    (name) => {
      const model = modelFromProto(parseModelProto(sharedFixture(`${name}.model`)));
      expect(modelFromProto(protoFromModel(model))).toEqual(model);
    },
  );

  it('reads llama2 as it is described', () => {
    const model = modelFromProto(parseModelProto(sharedFixture('llama2.model')));
    expect(model.pieces).toHaveLength(32000);
    expect(model).toMatchObject({ modelType: 'bpe', byteFallback: true });
    expect(model.normalizer).toMatchObject({ name: 'identity', addDummyPrefix: true, removeExtraWhitespaces: false });
    expect(model.pieceScores[259]).toBe(-1e9);
    expect(model.pieceScores[31999]).toBe(-31740);
  });
});
