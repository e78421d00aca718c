// Published tokenizers against tokenizers 0.23.2 on whole held-out files and on a million random strings.
import { describe, expect, it } from 'vitest';
import { needsShared } from '../shared.ts';
import {
  encodeByReference,
  openPublished,
  openReference,
  PUBLISHED,
  readGoldenTexts,
  readHeldOutLines,
  surfaceOfReference,
} from './published-tokenizers.ts';

const HELD_OUT = ['en', 'code', 'ja-ko', 'zh-classical', 'zh-hant', 'zh-history', 'zh-law', 'zh-medical', 'zh-news'];

/** Strings of each tokenizer; eight of them make a million. VOCAB_MERGE_RANDOM_STRINGS gives another number. */
const STRINGS = Number(process.env.VOCAB_MERGE_RANDOM_STRINGS ?? 125_000);
const BATCH = 5000;

/** Whole numbers below `limit`, the same ones in every run. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Strings of what is near each other in real text, and of what is not. */
function createStrings(seed: number): () => string {
  const random = createRandom(seed);
  const real = ['en', 'code', 'zh-news', 'ja-ko'].map((name) => readHeldOutLines(name).join('\n'));
  const special = ['<|eot_id|>', '<|im_start|>', '<think>', '<s>', '<bos>', '<|endoftext|>', '\n\n\n', '\t\t'];
  const pick = (): string => {
    switch (random(9)) {
      case 0:
        return String.fromCodePoint(random(0x80));
      case 1:
        return String.fromCodePoint(random(0x3000));
      case 2:
        return String.fromCodePoint(0x4e00 + random(0x5200));
      case 3: {
        const codePoint = random(0x110000);
        return codePoint >= 0xd800 && codePoint < 0xe000 ? '\ufffd' : String.fromCodePoint(codePoint);
      }
      case 4:
        return [' ', '  ', '\n', '\r\n', '\t', '\u00a0', '\u3000', "'s", "'LL", '!', '/', '。', '，'][random(13)]!;
      case 5:
        return special[random(special.length)]!;
      case 6:
        return String.fromCodePoint(
          [0x300, 0x301, 0x5d0, 0x627, 0x904, 0xac00, 0x1100, 0x1161, 0x1f600][random(9)]! + random(60),
        );
      default: {
        const text = real[random(real.length)]!;
        const at = random(text.length);
        return text.slice(at, at + 1 + random(12));
      }
    }
  };
  return () =>
    Array.from({ length: 1 + random(12) }, pick)
      .join('')
      .toWellFormed();
}

describe('published tokenizers, at length', needsShared, () => {
  it.each(PUBLISHED)('%s gives the reference’s ids for held-out files', async (name) => {
    const tokenizer = openPublished(name);
    const reference = openReference(name);
    for (const file of HELD_OUT) {
      const lines = readHeldOutLines(file);
      const encodings = await reference.encodeBatch(lines, { addSpecialTokens: false });
      const ids = encodings.map((encoding) => encoding.getIds());
      const decoded = await reference.decodeBatch(ids, false);
      for (const [i, line] of lines.entries()) {
        expect(tokenizer.encode(line), line).toEqual(ids[i]);
        expect(tokenizer.decode(ids[i]!, { keepSpecial: true })).toBe(decoded[i]);
      }
    }
  });

  it.each(PUBLISHED)('%s gives the reference’s ids for random strings', async (name) => {
    const tokenizer = openPublished(name);
    const reference = openReference(name);
    const next = createStrings(PUBLISHED.indexOf(name) + 1);
    for (let done = 0; done < STRINGS; done += BATCH) {
      const texts = Array.from({ length: Math.min(BATCH, STRINGS - done) }, next);
      const encodings = await reference.encodeBatch(texts, { addSpecialTokens: false });
      const differs = texts.findIndex((text, i) => String(tokenizer.encode(text)) !== String(encodings[i]!.getIds()));
      expect(differs < 0 ? '' : texts[differs]).toBe('');
    }
  });

  it.each(PUBLISHED)(
    '%s gives the reference’s places and pieces for all golden texts and for random strings',
    async (name) => {
      const tokenizer = openPublished(name);
      const reference = openReference(name);
      const isByteLevel = tokenizer.model.units === 'byte';
      const next = createStrings(100 + PUBLISHED.indexOf(name));
      const texts = [...readGoldenTexts().map(({ text }) => text), ...Array.from({ length: 3000 }, next)];
      const expected = await encodeByReference(reference, texts);
      for (const [i, text] of texts.entries()) {
        const readable = expected[i]!.map((token) => ({
          ...token,
          piece: surfaceOfReference(token.piece, isByteLevel),
        }));
        expect(tokenizer.encodeWithOffsets(text), text).toEqual(readable);
      }
    },
  );
});
