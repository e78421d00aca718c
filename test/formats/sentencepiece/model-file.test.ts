import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { MODEL_PROTO_SCHEMA, type ModelProto } from '../../../src/formats/sentencepiece/fields.ts';
import { parseModelProto, serializeModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { runs } from '../../runs.ts';
import { hasShared, needsShared, sharedFixture, sharedPath } from '../../shared.ts';
import { messageArbitrary } from './message-arbitrary.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const utf8 = (text: string) => new TextEncoder().encode(text);

// Written by Google's protobuf library from sentencepiece_model.proto, with the fields SAMPLE names.
const SAMPLE_HEX =
  '0a0e0a053c756e6b3e150000000018020a110a0ae29681e4b8adf0a0808015286b6ece0a060a04efbbbf6112380a05612e7478741802553b' +
  'df7f3f58808080808020f201033c633ef201033c643ed802ffffffffffffffffff01e2020520e2818720a003071a0a0a0178120300ff8028' +
  '0022080a060a01691201652a03320172';
const SAMPLE: ModelProto = {
  pieces: [{ piece: '<unk>', score: 0, type: 2 }, { piece: '▁中\u{20000}', score: -1e9 }, { piece: '\ufeffa' }],
  trainerSpec: {
    input: ['a.txt'],
    modelType: 'bpe',
    characterCoverage: Math.fround(0.9995),
    inputSentenceSize: 2 ** 40,
    controlSymbols: ['<c>', '<d>'],
    padId: -1,
    unkSurface: ' ⁇ ',
    differentialPrivacyClippingThreshold: 7,
  },
  normalizerSpec: { name: 'x', precompiledCharsmap: Uint8Array.of(0, 255, 128), escapeWhitespaces: false },
  selfTestData: { samples: [{ input: 'i', expected: 'e' }] },
  denormalizerSpec: { normalizationRuleTsv: 'r' },
};

function parseError(bytes: Uint8Array): FormatError {
  try {
    parseModelProto(bytes, { source: 'x.model' });
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('parsed without an error');
}

describe('the wire format', () => {
  it('reads what the protobuf library wrote', () => {
    expect(parseModelProto(hex(SAMPLE_HEX))).toEqual(SAMPLE);
  });

  it('writes the same bytes as the protobuf library', () => {
    expect(toHex(serializeModelProto(SAMPLE))).toBe(SAMPLE_HEX);
  });

  it('copies byte fields, also out of a Node Buffer', () => {
    const bytes = Buffer.from(SAMPLE_HEX, 'hex');
    const proto = parseModelProto(bytes);
    bytes.fill(0);
    expect(proto).toEqual(SAMPLE);
  });

  it('reads a view into a larger buffer', () => {
    const padded = new Uint8Array(Buffer.from(`ffff${SAMPLE_HEX}ffff`, 'hex'));
    expect(parseModelProto(padded.subarray(2, -2))).toEqual(SAMPLE);
  });

  it('keeps unknown fields, extensions and values it cannot hold, at every level', () => {
    const model = hex(
      // piece "a" with unknown type 9 and extension 200; trainer spec with model_type 77 and a uint64 above 2^53
      ['0a0b', '0a0161', '1809', 'c20c0378797a'].join('') +
        ['120f', '184d', '58ffffffffffffffff7f', 'c80c01'].join('') +
        'c20c0378797a',
    );
    const proto = parseModelProto(model);
    expect(proto.pieces).toEqual([{ piece: 'a', unknownFields: hex('1809c20c0378797a') }]);
    expect(proto.trainerSpec).toEqual({ unknownFields: hex('184d58ffffffffffffffff7fc80c01') });
    expect(proto.unknownFields).toEqual(hex('c20c0378797a'));
    expect(toHex(serializeModelProto(proto))).toBe(toHex(model));
  });

  it('lets the last copy of a field win and merges split messages, as proto2 says', () => {
    const proto = parseModelProto(hex('0a060a01610a01621202200112022802'));
    expect(proto.pieces).toEqual([{ piece: 'b' }]);
    expect(proto.trainerSpec?.vocabSize).toBe(1);
    expect(proto.trainerSpec?.unknownFields).toEqual(hex('2802')); // accept_language with the wrong wire type
  });
});

describe('published models', needsShared, () => {
  const names = hasShared
    ? ['', 'trained/'].flatMap((folder) =>
        readdirSync(sharedPath(`fixtures/${folder}`))
          .filter((name) => name.endsWith('.model'))
          .map((name) => folder + name),
      )
    : [];

  it('finds them', () => expect(names.length).toBeGreaterThanOrEqual(13));

  it.each(names)('%s: parse then serialize is byte-identical', (name) => {
    const bytes = sharedFixture(`${name}`);
    const proto = parseModelProto(bytes, { source: name });
    expect(Buffer.compare(serializeModelProto(proto), bytes)).toBe(0);
    expect(proto.unknownFields).toBeUndefined();
  });

  it('any cut of a real model is a FormatError with the file name and an offset, or ends between two fields', () => {
    const bytes = sharedFixture('llama2.model');
    const whole = parseModelProto(bytes).pieces.length;
    fc.assert(
      fc.property(fc.integer({ min: 2, max: bytes.length - 1 }), (length) => {
        try {
          const cut = parseModelProto(bytes.subarray(0, length), { source: 'cut.model' });
          expect(cut.pieces.length).toBeLessThanOrEqual(whole);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          expect((error as FormatError).message).toMatch(/^cut\.model: at byte \d+: /);
        }
      }),
      runs(6),
    );
  });
});

describe('broken files', () => {
  it('names file and offset of a cut-off file', () => {
    expect(parseError(hex(SAMPLE_HEX).subarray(0, 20)).message).toBe(
      'x.model: at byte 17: length 17 reaches to byte 35, the file has 20',
    );
  });

  it('refuses a negative length', () => {
    expect(parseError(hex('0affffffffffffffffff01')).message).toBe(
      'x.model: at byte 1: negative length -1, lengths are 0 or more',
    );
  });

  it('refuses a 10 GB length without allocating it', () => {
    // 10,000,000,000 as a varint
    expect(parseError(hex('0a80c8afa0250a0161')).message).toBe(
      'x.model: at byte 1: length 10000000000 reaches to byte 10000000006, the file has 9',
    );
  });

  it('refuses a nested length that leaves its message', () => {
    expect(parseError(hex('0a030a056100000000')).message).toBe(
      'x.model: at byte 3: length 5 reaches to byte 9, its message ends at 5',
    );
  });

  it.each([
    ['0a0315000000', 'at byte 3: float is cut off at byte 5: its message ends at 5'],
    ['0a80', 'at byte 1: varint is cut off at byte 2: the file has 2 bytes'],
    ['0a040a0280ff', 'at byte 3: SentencePiece.piece is not valid UTF-8'],
    ['0a020a', 'at byte 1: length 2 reaches to byte 4, the file has 3'],
    ['0080', 'at byte 0: field number 0, allowed are 1 to 536870911'],
    ['0b00', 'at byte 0: wire type 3, a group, which SentencePiece models never use'],
    ['0f00', 'at byte 0: wire type 7, the last one is 5'],
    ['0affffffffffffffffffff01', 'at byte 1: varint is longer than 10 bytes'],
  ])('%s: %s', (bytes, message) => {
    expect(parseError(hex(bytes)).message).toBe(`x.model: ${message}`);
  });

  it('says what another kind of file looks like', () => {
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(0), /^x\.model: is empty \(0 bytes\), so it is not a SentencePiece model$/],
      [hex('89504e470d0a1a0a0000000d49484452'), /starts with a PNG signature/],
      [utf8('<!DOCTYPE html>\n<html lang="en">'), /is an HTML page/],
      [utf8('{"version": "1.0", "truncation": null}'), /is JSON text/],
      [utf8('version https://git-lfs.github.com/spec/v1\noid sha256:9e55\nsize 499723\n'), /is a Git LFS pointer/],
      [utf8('<unk>\t0\n<s>\t0\n'), /is text, starting with "<unk>/],
      [hex('504b030414000808'), /ZIP signature/],
    ];
    for (const [bytes, message] of cases) expect(parseError(bytes).message).toMatch(message);
    expect(parseError(cases[4]![0]).hint).toMatch(/git lfs pull/);
  });

  it('never fails with anything but a FormatError, whatever byte is changed', () => {
    const sample = hex(SAMPLE_HEX);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(sample.length),
        (changes, length) => {
          const bytes = sample.slice();
          for (const [at, value] of changes) bytes[at] = value;
          parseOrFormatError(bytes);
          parseOrFormatError(bytes.subarray(0, length));
        },
      ),
      runs(800),
    );
  });

  it('survives random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), parseOrFormatError), runs(1000));
  });
});

// What was parsed can always be written, and reads back the same.
function parseOrFormatError(bytes: Uint8Array): void {
  let proto: ModelProto;
  try {
    proto = parseModelProto(bytes, { source: 'x.model' });
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(/^x\.model: (at byte \d+: |.*so it is not a SentencePiece model$)/s);
    return;
  }
  const written = serializeModelProto(proto);
  if (written.length > 0 && proto.pieces.length > 0) expect(parseModelProto(written)).toEqual(proto);
}

describe('round trips', () => {
  it('any model with any subset of all fields comes back equal', () => {
    fc.assert(
      fc.property(messageArbitrary(MODEL_PROTO_SCHEMA), (message) => {
        const proto = message as unknown as ModelProto;
        expect(parseModelProto(serializeModelProto(proto))).toEqual(proto);
      }),
      runs(300),
    );
  });
});

describe('what cannot be written', () => {
  it.each<[string, ModelProto, string]>([
    ['a lone surrogate', { pieces: [{ piece: '\ud800' }] }, 'pieces[0].piece is "\\ud800", expected text without'],
    ['a fraction', { pieces: [], trainerSpec: { vocabSize: 1.5 } }, 'trainerSpec.vocabSize is 1.5, expected a 32-bit'],
    [
      'too large',
      { pieces: [], trainerSpec: { bosId: 2 ** 31 } },
      'trainerSpec.bosId is 2147483648, expected a 32-bit',
    ],
    ['below zero', { pieces: [], trainerSpec: { inputSentenceSize: -1 } }, 'inputSentenceSize is -1, expected 0 to'],
    ['a wrong type', { pieces: [{ piece: 'a', type: 9 as never }] }, 'pieces[0].type is 9, expected 1 to 6'],
    ['a wrong model', { pieces: [], trainerSpec: { modelType: 'x' as never } }, 'expected unigram, bpe, word, char'],
  ])('%s is a FormatError that names the field', (_name, proto, message) => {
    expect(() => serializeModelProto(proto)).toThrow(FormatError);
    expect(() => serializeModelProto(proto)).toThrow(message);
  });
});
