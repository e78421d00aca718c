import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import type { ModelProto } from '../../src/formats/sentencepiece/fields.ts';
import { serializeModelProto } from '../../src/formats/sentencepiece/model-file.ts';
import { buildLlama2Proto, LLAMA2_SHA256, protoFromPieceTexts } from '../../src/vocab/llama2.ts';
import { needsShared, sharedPath } from '../shared.ts';

let proto: ModelProto;
let texts: string[];

beforeAll(async () => {
  proto = await buildLlama2Proto();
  texts = proto.pieces.map((entry) => entry.piece);
});

describe('buildLlama2Proto', () => {
  it('serializes to the published tokenizer.model', () => {
    const bytes = serializeModelProto(proto);
    expect(bytes.length).toBe(499_723);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(sha256).toBe('9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347');
    expect(sha256).toBe(LLAMA2_SHA256);
  });

  it('is the fixture, byte for byte', needsShared, () => {
    const fixture = readFileSync(sharedPath('fixtures/llama2.model'));
    expect(fixture.equals(serializeModelProto(proto))).toBe(true);
  });

  it('gives the landmarks their ids, scores and types', () => {
    expect(proto.pieces).toHaveLength(32_000);
    expect(proto.pieces[0]).toEqual({ piece: '<unk>', score: 0, type: 2 });
    expect(proto.pieces[2]).toEqual({ piece: '</s>', score: 0, type: 3 });
    expect(proto.pieces[3 + 0x0a]).toEqual({ piece: '<0x0A>', score: 0, type: 6 });
    expect(proto.pieces[259]).toEqual({ piece: '▁▁', score: -1e9 });
    expect(proto.pieces[260]).toEqual({ piece: '▁t', score: -1 });
    expect(proto.pieces[29_871]).toEqual({ piece: '▁', score: -1e9 });
    expect(proto.pieces[31_999]).toEqual({ piece: '给', score: -31_740 });
    expect(proto.pieces.filter((entry) => entry.score === -1e9)).toHaveLength(16);
  });

  it('gives a fresh proto each time', async () => {
    proto.trainerSpec!.vocabSize = 1;
    proto.pieces[5]!.piece = 'changed';
    const again = await buildLlama2Proto();
    expect(again.trainerSpec!.vocabSize).toBe(32_000);
    expect(again.pieces[5]!.piece).toBe('<0x02>');
  });
});

describe('protoFromPieceTexts', () => {
  const refusal = (pieces: unknown) => {
    try {
      protoFromPieceTexts(pieces as string[]);
    } catch (error) {
      return error as FormatError;
    }
    throw new Error('accepted');
  };

  it.each<[string, () => unknown, RegExp]>([
    ['a shorter list', () => texts.slice(0, 31_999), /31999 pieces, expected 32000/],
    ['no list', () => undefined, /no list of pieces/],
    ['another special piece', () => texts.with(1, '[BOS]'), /piece 1 is "\[BOS\]", expected "<s>"/],
    ['another byte piece', () => texts.with(13, '<0x0a>'), /piece 13 is "<0x0a>", expected "<0x0A>"/],
    ['one changed text', () => texts.with(20_000, 'changed'), /SHA-256 .*, expected 0f97b4/],
    ['two texts in each other’s place', () => texts.with(300, texts[301]!).with(301, texts[300]!), /SHA-256/],
  ])('refuses %s', (_, build, message) => {
    const error = refusal(build());
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
    expect(error.hint).toContain('llama-tokenizer-js');
  });
});
