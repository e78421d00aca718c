import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import type { SentencePieceDocument } from '../../src/formats/sentencepiece/document.ts';
import { buildFromPieceTexts, buildLlama2, LLAMA2_SHA256 } from '../../src/vocab/llama2.ts';
import { entriesOf } from '../models.ts';
import { needsShared, sharedFixture } from '../shared.ts';

let llama2: SentencePieceDocument;
let texts: readonly string[];

beforeAll(async () => {
  llama2 = await buildLlama2();
  texts = llama2.model.pieces;
});

describe('buildLlama2', () => {
  it('serializes to the published tokenizer.model', () => {
    const { bytes } = llama2;
    expect(bytes.length).toBe(499_723);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(sha256).toBe('9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347');
    expect(sha256).toBe(LLAMA2_SHA256);
  });

  it('is the fixture, byte for byte', needsShared, () => {
    const fixture = sharedFixture('llama2.model');
    expect(fixture.equals(llama2.bytes)).toBe(true);
  });

  it('gives the landmarks their ids, scores and types', () => {
    const entries = entriesOf(llama2.model);
    expect(entries).toHaveLength(32_000);
    expect(entries[0]).toEqual(['<unk>', 0, 2]);
    expect(entries[2]).toEqual(['</s>', 0, 3]);
    expect(entries[3 + 0x0a]).toEqual(['<0x0A>', 0, 6]);
    expect(entries[259]).toEqual(['▁▁', -1e9]);
    expect(entries[260]).toEqual(['▁t', -1]);
    expect(entries[29_871]).toEqual(['▁', -1e9]);
    expect(entries[31_999]).toEqual(['给', -31_740]);
    expect(entries.filter(([, score]) => score === -1e9)).toHaveLength(16);
  });
});

describe('buildFromPieceTexts', () => {
  const refusal = (pieces: unknown) => {
    try {
      buildFromPieceTexts(pieces as string[]);
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
