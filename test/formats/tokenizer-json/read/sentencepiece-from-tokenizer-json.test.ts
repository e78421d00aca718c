import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../../src/core/model.ts';
import { FormatError } from '../../../../src/errors.ts';
import {
  type BpeModelJson,
  buildTokenizerJson,
  parseTokenizerJson,
  sentencePieceFromTokenizerJson,
  type TokenizerJson,
} from '../../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { bpeModel, SMALL } from '../bpe-models.ts';

describe('sentencePieceFromTokenizerJson', () => {
  it('takes the special names from tokenizer_config.json, then from the template', () => {
    const model = bpeModel([
      { piece: '[B]', type: 3 },
      { piece: '[P]', type: 3 },
    ]);
    const json = buildTokenizerJson({ ...model, bosPiece: '[B]' }, { addEos: true });
    expect(sentencePieceFromTokenizerJson(json)).toMatchObject({
      bosPiece: '[B]',
      eosPiece: '</s>',
      padPiece: '<pad>',
    });
    const config = { bos_token: '<s>', eos_token: null, pad_token: { content: '[P]' } };
    expect(sentencePieceFromTokenizerJson(json, { config })).toMatchObject({
      bosPiece: '<s>',
      eosPiece: '</s>',
      padPiece: '[P]',
    });
  });

  it('takes added tokens behind the vocabulary as pieces: special as control, others as user-defined', () => {
    const json = buildTokenizerJson(SMALL, { addedTokens: [{ content: '<c>', special: true }, { content: '<u>' }] });
    const model = sentencePieceFromTokenizerJson(json);
    expect(model.pieces.slice(264)).toEqual(['<c>', '<u>']);
    expect([...model.pieceTypes.slice(263)]).toEqual([
      PIECE_TYPE.userDefined,
      PIECE_TYPE.control,
      PIECE_TYPE.userDefined,
    ]);
  });

  it('reads Unigram files as SpmConverter writes them, old Metaspace included', () => {
    const json = parseTokenizerJson(
      JSON.stringify({
        added_tokens: [
          { id: 0, content: '<pad>', special: true },
          { id: 4, content: '<extra_id_0>', special: true },
        ],
        normalizer: { type: 'Precompiled', precompiled_charsmap: 'AQID' },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', add_prefix_space: true }],
        },
        model: {
          unk_id: 2,
          vocab: [
            ['<pad>', 0],
            ['</s>', 0],
            ['<unk>', 0],
            ['▁a', -1.25],
          ],
        },
      }),
    );
    const model = sentencePieceFromTokenizerJson(json);
    expect(model.modelType).toBe('unigram');
    expect(model.normalizer).toEqual({
      name: 'user_defined',
      precompiledCharsmap: Uint8Array.of(1, 2, 3),
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
    });
    expect([...model.pieceScores]).toEqual([0, 0, 0, -1.25, 0]);
    expect([...model.pieceTypes]).toEqual([3, 1, 2, 1, 3]);
  });

  const edit = (change: (json: TokenizerJson & { model: BpeModelJson }) => void): TokenizerJson => {
    const json = structuredClone(buildTokenizerJson(SMALL));
    change(json as TokenizerJson & { model: BpeModelJson });
    return json;
  };
  it.each<[string, TokenizerJson, string]>([
    [
      'byte-level BPE',
      edit((j) => {
        j.pre_tokenizer = { type: 'ByteLevel' };
      }),
      'a BPE tokenizer with byte-level pieces',
    ],
    [
      'WordPiece',
      edit((j) => {
        j.model = { type: 'WordPiece', vocab: {} } as never;
      }),
      'is a WordPiece tokenizer',
    ],
    [
      'another normalizer',
      edit((j) => {
        j.normalizer = { type: 'NFKC' };
      }),
      'with normalizer NFKC cannot be read',
    ],
    [
      'another pre-tokenizer',
      edit((j) => {
        j.pre_tokenizer = { type: 'Digits' };
      }),
      'with pre-tokenizer Digits',
    ],
    [
      'a word suffix',
      edit((j) => {
        j.model.end_of_word_suffix = '</w>';
      }),
      'with the suffix "</w>"',
    ],
    [
      'ignore_merges',
      edit((j) => {
        j.model.ignore_merges = true;
      }),
      'with ignore_merges',
    ],
    [
      'a partial merge list',
      edit((j) => {
        j.model.merges = [];
      }),
      'a merge list that lacks 1 of the pairs',
    ],
    [
      'a hole in the ids',
      edit((j) => {
        j.model.vocab['▁a'] = 999;
      }),
      't: "model.vocab" gives "▁a" the id 999',
    ],
    [
      'a repeated id',
      edit((j) => {
        j.model.vocab['▁a'] = 3;
      }),
      't: "model.vocab" gives "▁a" the id 3',
    ],
    [
      'no unknown piece',
      edit((j) => {
        j.model.unk_token = null;
      }),
      't: "model.unk_token" is null',
    ],
    [
      'a missing byte',
      edit((j) => {
        delete j.model.vocab['<0xFF>'];
        for (const p in j.model.vocab) if (j.model.vocab[p]! > 258) j.model.vocab[p]!--;
        j.added_tokens.pop();
      }),
      'byte piece <0xFF> is missing',
    ],
    [
      'an added token elsewhere',
      edit((j) => {
        j.added_tokens[3]!.id = 4;
      }),
      'added token "<sep>" has id 4',
    ],
    [
      'an added token after a gap',
      edit((j) => void j.added_tokens.push({ ...j.added_tokens[3]!, content: 'q', id: 400 })),
      'added token "q" has id 400',
    ],
    [
      'an added token that strips',
      edit((j) => {
        j.added_tokens[3]!.lstrip = true;
      }),
      'the added token "<sep>", which minds',
    ],
    [
      'a bad charsmap',
      edit((j) => {
        j.normalizer = { type: 'Precompiled', precompiled_charsmap: '?' };
      }),
      'not Base64',
    ],
    [
      'a bad merge',
      edit((j) => {
        j.model.merges = ['▁ a', 'a 7'];
      }),
      't: merge 1 ["a","7"] needs "a7", which is not in the vocabulary',
    ],
    [
      'no merges',
      edit((j) => {
        j.model.merges = 'a b' as never;
      }),
      't: "model.merges" is not a list',
    ],
    [
      'a sequence without a list',
      edit((j) => {
        j.normalizer = { type: 'Sequence' };
      }),
      'a Sequence that has no list "normalizers"',
    ],
    [
      'a sequence with something else in its list',
      edit((j) => {
        j.pre_tokenizer = { type: 'Sequence', pretokenizers: [null] };
      }),
      'null in its "pretokenizers"',
    ],
  ])('refuses %s', (_name, json, message) => {
    expect(() => sentencePieceFromTokenizerJson(json, { source: 't' })).toThrow(FormatError);
    expect(() => sentencePieceFromTokenizerJson(json, { source: 't' })).toThrow(message);
  });
});
