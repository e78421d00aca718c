// Reading pieces in one sweep gives what reading them field by field gives, for any bytes; a field in front of the pieces,
// which the sweep does not know, makes the other way do it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelProto, SentencePieceEntry } from '../../../src/formats/sentencepiece/fields.ts';
import { parseModelProto, serializeModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { modelFromProto, parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { readPieceRun } from '../../../src/formats/sentencepiece/piece-run.ts';
import { runs } from '../../runs.ts';

const UNKNOWN_FIELD = Uint8Array.of(0xc2, 0x0c, 0x01, 0x78);

const entry = fc.record(
  {
    piece: fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      fc.constantFrom('▁the', '中文', '\ufeffa', '\0', 'a\0b', '😀', 'x'.repeat(130), '中'.repeat(41)),
    ),
    score: fc.oneof(fc.float(), fc.constantFrom(0, -0, Number.NEGATIVE_INFINITY)),
    type: fc.constantFrom(1, 2, 3, 4, 5, 6),
  },
  { requiredKeys: ['piece'] },
) as fc.Arbitrary<SentencePieceEntry>;

/** What parsing gives, or that it throws. */
function outcome(bytes: Uint8Array): unknown {
  try {
    const { unknownFields: _, ...proto } = parseModelProto(bytes);
    return proto;
  } catch (error) {
    return (error as Error).name;
  }
}

const fieldByField = (bytes: Uint8Array) => outcome(Uint8Array.from([...UNKNOWN_FIELD, ...bytes]));

describe('pieces in one sweep', () => {
  it('are the pieces that were written', () => {
    const bytes = serializeModelProto({
      pieces: [{ piece: '<unk>', score: 0, type: 2 }, { piece: '▁中😀', score: -1.5 }, { piece: '\ufeffa' }],
      trainerSpec: { modelType: 'bpe' },
    });
    const { pieces, scores, hasScores, types, end } = readPieceRun(bytes);
    expect(pieces).toEqual(['<unk>', '▁中😀', '\ufeffa']);
    expect(Array.from(scores)).toEqual([0, -1.5, 0]);
    expect(Array.from(hasScores)).toEqual([1, 1, 0]);
    expect(Array.from(types)).toEqual([2, 0, 0]);
    expect(bytes[end]).toBe(0x12);
  });

  it.each([
    ['a text of 128 bytes or more', { piece: 'x'.repeat(128) }, 1],
    ['a text that holds a NUL', { piece: 'a\0b' }, 0],
  ])('leave %s to the other reader', (_, odd, read) => {
    const bytes = serializeModelProto({ pieces: [{ piece: 'a' }, odd, { piece: 'b', score: 1 }] });
    expect(readPieceRun(bytes).pieces.length).toBe(read);
    expect(parseModelProto(bytes).pieces).toEqual([{ piece: 'a' }, odd, { piece: 'b', score: 1 }]);
  });

  it('are no pieces when a text is cut inside a character, though the next would complete it', () => {
    // "中" is e4 b8 ad, split over two pieces.
    const bytes = Uint8Array.from(Buffer.from('0a040a02e4b8' + '0a030a01ad', 'hex'));
    expect(readPieceRun(bytes).pieces).toEqual([]);
    expect(() => parseModelProto(bytes)).toThrow('SentencePiece.piece is not valid UTF-8');
  });

  it('give what reading field by field gives, whole or damaged', () => {
    const damages = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), damages, fc.nat(), (pieces, changes, cut) => {
        const proto: ModelProto = { pieces, normalizerSpec: { name: 'identity' } };
        const bytes = serializeModelProto(proto);
        expect(outcome(bytes)).toEqual(fieldByField(bytes));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const damaged = changes.length === 2 ? bytes.subarray(0, cut % bytes.length) : bytes;
        if (damaged.length > 0) expect(outcome(damaged)).toEqual(fieldByField(damaged));
      }),
      runs(300),
    );
  });

  it('make the model that the message makes', () => {
    const unique = fc.uniqueArray(entry, { selector: ({ piece }) => piece, maxLength: 12 });
    fc.assert(
      fc.property(unique, (entries) => {
        const others = entries.filter(({ type, piece }) => type !== 2 && type !== 6 && piece !== '<unk>');
        const bytes = serializeModelProto({ pieces: [{ piece: '<unk>', type: 2 }, ...others] });
        expect(parseTokenizerModel(bytes)).toEqual(modelFromProto(parseModelProto(bytes)));
      }),
    );
  });
});
