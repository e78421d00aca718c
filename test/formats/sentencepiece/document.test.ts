// Documents of .model files: nothing is lost, a patch touches what it says and no more, and the files beside are carried on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE, type PieceType } from '../../../src/core/model.ts';
import { applyPatch, selectPieces, type VocabularyPatch } from '../../../src/core/patch.ts';
import { FormatError } from '../../../src/errors.ts';
import {
  assembleSentencePiece,
  buildSentencePiece,
  parseSentencePiece,
} from '../../../src/formats/sentencepiece/document.ts';
import { MODEL_PROTO_SCHEMA, type ModelProto } from '../../../src/formats/sentencepiece/fields.ts';
import { parseModelProto, serializeModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { parseTokenizerJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { entriesOf, modelOf } from '../../models.ts';
import { runs } from '../../runs.ts';
import { needsShared, sharedFixture } from '../../shared.ts';
import { messageArbitrary } from './message-arbitrary.ts';

const { normal, unknown, control, userDefined, unused } = PIECE_TYPE;
const NO_FLAGS = { singleWord: false, lstrip: false, rstrip: false, normalized: false };

/** Files with any fields, known or not, of a model that loads. */
const files: fc.Arbitrary<ModelProto> = messageArbitrary(MODEL_PROTO_SCHEMA).map((message) => {
  const proto = message as unknown as ModelProto;
  const pieces = proto.pieces.map((entry, id) => {
    const { type, ...rest } = entry;
    const text = { ...rest, piece: `${id}${entry.piece}` };
    return type === undefined || type === PIECE_TYPE.byte ? text : { ...text, type: type === unknown ? control : type };
  });
  const { byteFallback: _, ...trainerSpec } = proto.trainerSpec ?? {};
  return { ...proto, trainerSpec, pieces: [{ piece: '<unk>', type: unknown }, ...pieces] };
});

const additions = fc.uniqueArray(
  fc.tuple(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
    fc.float(),
    fc.constantFrom(normal, control, userDefined, unused),
  ),
  { selector: ([piece]) => piece, minLength: 1, maxLength: 5 },
);

/** A patch of these pieces behind a vocabulary; texts of files begin with a digit, these with a letter. */
function patchOf(size: number, pieces: readonly (readonly [string, number, PieceType])[]): VocabularyPatch {
  return {
    pieces: pieces.map(([piece, score, type], i) => ({ id: size + i, piece: `x${piece}`, score, type })),
    merges: [],
    addedTokens: [],
  };
}

describe('a document', () => {
  it('gives the bytes back that it was read from, with an empty patch too', () => {
    fc.assert(
      fc.property(files, (proto) => {
        const bytes = serializeModelProto(proto);
        const document = parseSentencePiece(bytes);
        const same = document.apply({ pieces: [], merges: [], addedTokens: [] });
        expect(same.bytes).toEqual(bytes);
        expect(document.rescore(document.model.pieceScores).bytes).toEqual(bytes);
        expect(same.files().get('tokenizer.model')).toEqual(bytes);
      }),
      runs(100),
    );
  });

  it('keeps every byte that a patch does not touch', () => {
    fc.assert(
      fc.property(files, additions, (proto, pieces) => {
        const document = parseSentencePiece(serializeModelProto(proto));
        const patch = patchOf(proto.pieces.length, pieces);
        const merged = document.apply(patch);
        // The samples say how the model split text before.
        const { selfTestData: _, ...rest } = proto;
        const appended = patch.pieces.map(({ piece, score, type }) => ({
          piece,
          score,
          ...(type !== normal && { type }),
        }));
        expect(merged.bytes).toEqual(serializeModelProto({ ...rest, pieces: [...proto.pieces, ...appended] }));
        expect(merged.model).toEqual(applyPatch(document.model, patch));
        expect(document.bytes).toEqual(serializeModelProto(proto));
      }),
      runs(100),
    );
  });

  it('keeps the pieces of some ids, and every other byte; the ids of special pieces follow', () => {
    fc.assert(
      fc.property(files, fc.infiniteStream(fc.boolean()), (proto, stays) => {
        const document = parseSentencePiece(serializeModelProto(proto));
        const ids = proto.pieces.map((_, id) => id).filter((id) => id === 0 || stays.next().value);
        const kept = document.keep(ids);
        expect(kept.model).toEqual(selectPieces(document.model, ids));
        const { selfTestData: _, trainerSpec, ...rest } = parseModelProto(document.bytes);
        const { trainerSpec: spec, ...others } = parseModelProto(kept.bytes);
        expect(others).toEqual({ ...rest, pieces: ids.map((id) => rest.pieces[id]) });
        for (const key of ['unkId', 'bosId', 'eosId', 'padId'] as const) {
          const at = ids.indexOf(trainerSpec?.[key] ?? -1);
          expect(spec?.[key]).toBe(at < 0 ? trainerSpec?.[key] : at);
        }
      }),
      runs(50),
    );
  });

  it('lists added tokens under their new ids, and refuses to lose the row of one', () => {
    const model = modelOf([['<unk>', 0, unknown], ['a'], ['b'], ['<x>', 0, userDefined]]);
    const config = { added_tokens_decoder: { 0: { content: '<unk>', special: true }, 3: { content: '<x>' } } };
    const companions = new Map([['tokenizer_config.json', JSON.stringify(config)]]);
    const document = buildSentencePiece(model).withCompanions(companions);
    const listed = JSON.parse(String(document.keep([0, 2, 3]).files().get('tokenizer_config.json')));
    expect(Object.keys(listed.added_tokens_decoder)).toEqual(['0', '2']);
    expect(() => document.keep([0, 1, 2])).toThrow('added token "<x>" has the id 3, which is to leave');
    const behind = buildSentencePiece(model).withCompanions(new Map([['added_tokens.json', '{"[PAD]": 4}']]));
    expect(() => behind.keep([0, 1, 2, 3])).toThrow('has the id 4, behind the 4 pieces: it would lose its row');
  });

  it('puts new pieces in the places of those that leave, all of them', () => {
    const document = buildSentencePiece(
      modelOf([
        ['<unk>', 0, unknown],
        ['a', -1],
        ['b', -2],
        ['c', -3],
      ]),
    );
    const piece = (id: number, text: string) => ({ id, piece: text, score: -9, type: normal });
    const patch: VocabularyPatch = {
      removed: [1, 3],
      pieces: [piece(1, 'x'), piece(3, 'y')],
      merges: [],
      addedTokens: [],
    };
    expect(document.apply(patch).model).toEqual(applyPatch(document.model, patch));
    expect(document.apply(patch).model.pieces).toEqual(['<unk>', 'x', 'b', 'y']);
    expect(() => document.apply({ ...patch, pieces: [piece(1, 'x')] })).toThrow('id 3 has no new piece');
  });

  it('says what the file tells of its training', () => {
    const proto: ModelProto = {
      pieces: [{ piece: '<unk>', type: unknown }],
      trainerSpec: { splitDigits: true, vocabSize: 9 },
      selfTestData: { samples: [{ input: 'a' }, { input: 'b' }] },
    };
    const { training } = parseSentencePiece(serializeModelProto(proto));
    expect(training).toEqual({ splitDigits: true, vocabSize: 9, selfTestSamples: 2 });
    const plain = parseSentencePiece(serializeModelProto({ pieces: proto.pieces, normalizerSpec: {} }));
    expect(plain.training).toEqual({ splitDigits: false, vocabSize: undefined, selfTestSamples: 0 });
  });

  it('changes scores alone, and leaves the samples out that may no longer hold', () => {
    const proto: ModelProto = {
      pieces: [{ piece: '<unk>', type: unknown }, { piece: 'a' }, { piece: 'b', score: -2, type: unused }],
      trainerSpec: {},
      selfTestData: { samples: [{ input: 'a' }] },
    };
    const rescored = parseSentencePiece(serializeModelProto(proto)).rescore(Float32Array.of(0, -1, -2));
    expect(parseModelProto(rescored.bytes)).toEqual({
      pieces: [proto.pieces[0], { piece: 'a', score: -1 }, proto.pieces[2]],
      trainerSpec: {},
    });
    expect(() => rescored.rescore(new Float32Array(2))).toThrow('2 scores for 3 pieces');
    expect(() => rescored.rescore(new Float32Array(1))).toThrow('1 score for 3 pieces');
  });

  it('makes an extension behind its own normalizer', () => {
    const proto: ModelProto = {
      pieces: [{ piece: '<unk>', type: unknown }],
      trainerSpec: { treatWhitespaceAsSuffix: true },
      normalizerSpec: { name: 'mine', normalizationRuleTsv: 'rules' },
    };
    const extension = parseSentencePiece(serializeModelProto(proto)).buildExtension(['中', '国']);
    expect(parseModelProto(extension.bytes)).toEqual({
      pieces: [
        { piece: '<unk>', score: 0, type: unknown },
        { piece: '中', score: -0 },
        { piece: '国', score: -1 },
      ],
      trainerSpec: { modelType: 'bpe', vocabSize: 3, treatWhitespaceAsSuffix: true },
      normalizerSpec: proto.normalizerSpec,
    });
  });

  it('is made from a model, and writes the .vocab text', () => {
    const model = modelOf([
      ['<unk>', 0, unknown],
      ['中', -1.5],
    ]);
    const document = buildSentencePiece(model);
    expect(entriesOf(parseSentencePiece(document.bytes).model)).toEqual(entriesOf(model));
    expect(document.vocabText()).toBe('<unk>\t0\n中\t-1.5\n');
  });

  it.each<[string, (document: ReturnType<typeof small>) => unknown, string]>([
    [
      'listed merges',
      (base) => base.apply({ pieces: [], merges: [{ leftId: 1, rightId: 2, resultId: 1 }], addedTokens: [] }),
      'it lists none',
    ],
    [
      'an id that leaves a hole',
      (base) => base.apply(patchOf(7, [['x', 0, normal]])),
      'has id 7, the ids before it end at 4',
    ],
    [
      'a piece that is there',
      (base) => base.apply({ ...patchOf(5, []), pieces: [{ id: 5, piece: 'a', score: 0, type: normal }] }),
      '"a" occurs twice',
    ],
  ])('refuses a patch with %s', (_, apply, message) => {
    expect(() => apply(small())).toThrow(FormatError);
    expect(() => apply(small())).toThrow(message);
  });

  it('refuses a file that ends between two pieces', () => {
    const bytes = serializeModelProto({ pieces: [{ piece: '<unk>', type: unknown }] });
    expect(() => parseSentencePiece(bytes, { source: 'cut.model' })).toThrow(
      /^cut\.model: ends at byte 11, after 1 piece, without/,
    );
  });
});

function small(parts: object = {}) {
  const { pieces, pieceScores, pieceTypes } = modelOf([
    ['<unk>', 0, unknown],
    ['<s>', 0, control],
    ['</s>', 0, control],
    ['a', -1],
    ['b', -2],
  ]);
  return assembleSentencePiece({ pieces, pieceScores, pieceTypes, trainerSpec: { modelType: 'bpe', ...parts } });
}

describe('the files of a document', () => {
  const CONFIG =
    '{"model_max_length": 10.0,  "chat_template": "x", "added_tokens_decoder": {"9": {"content": "<pad>", "special": true}}}';
  const companions = new Map([
    ['tokenizer_config.json', CONFIG],
    ['special_tokens_map.json', '{"bos_token":"<s>"}'],
    ['added_tokens.json', '{"<pad>":9}'],
    ['chat_template.jinja', '{{ x }}'],
    ['generation_config.json', '{}'],
  ]);
  const patch: VocabularyPatch = {
    pieces: [
      { id: 5, piece: 'ab', score: -3, type: normal },
      { id: 6, piece: '[X]', score: 0, type: control },
    ],
    merges: [],
    addedTokens: [{ id: 6, content: '[X]', special: true, ...NO_FLAGS }],
  };
  const jsonOf = (text: string | Uint8Array | undefined) => JSON.parse(String(text));

  it('are those that were read, and what transformers asks for', () => {
    const document = small().withCompanions(companions);
    const found = document.files();
    expect([...found.keys()]).toEqual([
      'tokenizer.model',
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      'added_tokens.json',
      'chat_template.jinja',
    ]);
    expect(found.get('tokenizer_config.json')).toBe(CONFIG);
    expect(found.get('chat_template.jinja')).toBe('{{ x }}');
    expect(document.skipped).toEqual([]);
    expect(small().files().size).toBe(4);
  });

  it('take up what a patch adds; ids that pieces have taken are given up', () => {
    const found = small().withCompanions(companions).apply(patch).files();
    const config = jsonOf(found.get('tokenizer_config.json'));
    expect(config).toMatchObject({ model_max_length: 10, chat_template: 'x' });
    expect(Object.keys(config.added_tokens_decoder)).toEqual(['0', '1', '2', '6']);
    expect(found.has('added_tokens.json')).toBe(false);
    expect(found.get('chat_template.jinja')).toBe('{{ x }}');
    const { added_tokens } = parseTokenizerJson(String(found.get('tokenizer.json')));
    expect(added_tokens.map(({ id, content }) => [id, content])).toEqual([
      [0, '<unk>'],
      [1, '<s>'],
      [2, '</s>'],
      [6, '[X]'],
    ]);
  });

  it('gather over several patches', () => {
    const again: VocabularyPatch = {
      pieces: [{ id: 7, piece: '[Y]', score: 0, type: control }],
      merges: [],
      addedTokens: [{ id: 7, content: '[Y]', special: true, ...NO_FLAGS }],
    };
    const found = small().apply(patch).apply(again).files();
    expect(Object.keys(jsonOf(found.get('tokenizer_config.json')).added_tokens_decoder)).toEqual([
      '0',
      '1',
      '2',
      '6',
      '7',
    ]);
  });

  it('keep the tokens behind the vocabulary when only scores change', () => {
    const found = small()
      .withCompanions(companions)
      .rescore(Float32Array.of(0, 0, 0, -2, -1))
      .files();
    expect(Object.keys(jsonOf(found.get('tokenizer_config.json')).added_tokens_decoder)).toEqual(['0', '1', '2', '9']);
    expect(found.get('added_tokens.json')).toBe('{"<pad>":9}');
    expect(parseTokenizerJson(String(found.get('tokenizer.json'))).added_tokens.at(-1)).toMatchObject({
      id: 9,
      content: '<pad>',
    });
  });

  it('name the class that runs the model itself where new pieces tie', () => {
    const classAfter = (score: number) => {
      const tied = { pieces: [{ id: 5, piece: 'ab', score, type: normal }], merges: [], addedTokens: [] };
      return jsonOf(small().apply(tied).files().get('tokenizer_config.json')).tokenizer_class;
    };
    expect(classAfter(-3)).toBe('PreTrainedTokenizerFast');
    expect(classAfter(-2)).toBe('LlamaTokenizer');
  });

  it('say which cannot be, and why', () => {
    const suffix = small({ treatWhitespaceAsSuffix: true });
    expect(suffix.files().has('tokenizer.json')).toBe(false);
    expect(suffix.skipped).toEqual([
      { file: 'tokenizer.json', reason: expect.stringContaining('treat_whitespace_as_suffix') },
    ]);
  });

  it.each(['tokenizer_config.json', 'special_tokens_map.json', 'tokenizer.json'])(
    'a damaged %s is named at once',
    (name) => {
      const document = parseSentencePiece(small().bytes, { source: 'dir/tokenizer.model' });
      for (const text of ['{', '[]', '']) {
        expect(() => document.withCompanions(new Map([[name, text]]))).toThrow(FormatError);
        expect(() => document.withCompanions(new Map([[name, text]]))).toThrow(
          `${name} beside dir/tokenizer.model: is `,
        );
      }
    },
  );
});

it('reads and writes the published files byte for byte', needsShared, () => {
  for (const name of ['llama2', 'chinese_sp', 'chinese_llama2']) {
    const bytes = sharedFixture(`${name}.model`);
    // Rescoring to and fro takes the file apart and puts it together.
    const document = parseSentencePiece(bytes);
    const { pieceScores } = document.model;
    const changed = document.rescore(pieceScores.map((score) => score - 1));
    expect(changed.bytes.length).toBe(bytes.length);
    expect(Buffer.compare(changed.rescore(pieceScores).bytes, bytes), name).toBe(0);
  }
});
