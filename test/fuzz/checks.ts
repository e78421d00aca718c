// What fuzzing checks, one function for each promise. Each takes a generator, does one round and throws when the promise is
// broken; what is random in a round depends on the generator only, so a seed repeats it. A round also says whether it tried
// the promise at all: an empty text or a model that never joins two pieces proves nothing.
import { expect } from 'vitest';
import type { MersenneTwister } from '../../src/core/mersenne-twister.ts';
import { PIECE_TYPE, type TokenizerModel } from '../../src/core/model.ts';
import { codePointLength } from '../../src/core/unicode/utf8.ts';
import { VocabMergeError } from '../../src/errors.ts';
import { serializeModelProto } from '../../src/formats/sentencepiece/model-file.ts';
import { parseTokenizerModel, protoFromModel } from '../../src/formats/sentencepiece/model-from-proto.ts';
import {
  buildTokenizerJson,
  modelFromTokenizerJson,
  parseTokenizerJson,
  serializeTokenizerJson,
} from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { createTokenizer, type Tokenizer } from '../../src/tokenize/tokenizer.ts';
import { createLlamaCppSpm } from '../oracles/llama-cpp-spm.ts';
import { segmentPlainly } from '../oracles/plain-bpe.ts';
import { normalizePlainly } from '../oracles/plain-normalizer.ts';
import { segmentUnigramPlainly } from '../oracles/plain-unigram.ts';
import { chance, pick, randomModel, randomText } from './random-models.ts';

const ALL_TYPES = ['userDefined', 'unused'] as const;
const SPACE = '\u2581';

/** One round of a check; gives whether the round tried the promise. */
export type FuzzRound = (random: MersenneTwister) => boolean;

/** A promise. */
export interface FuzzCheck {
  readonly round: FuzzRound;
  /** Share of the rounds that must try it. */
  readonly leastTried: number;
}

/** All checks by name. */
export const FUZZ_CHECKS: Readonly<Record<string, FuzzCheck>> = {
  'BPE gives what its definition gives': { round: (random) => checkAgainstPlain(random, 'bpe'), leastTried: 0.6 },
  'Unigram gives what its definition gives': {
    round: (random) => checkAgainstPlain(random, 'unigram'),
    leastTried: 0.6,
  },
  'BPE gives what llama.cpp gives': { round: checkAgainstLlamaCpp, leastTried: 0.6 },
  'all ways to encode agree, from files too': { round: checkFacade, leastTried: 0.6 },
  'decoding gives the text back': { round: checkRoundTrip, leastTried: 0.6 },
  'any ids decode, at once or one by one': { round: checkDecoding, leastTried: 0.6 },
  'a damaged model is refused, or works': { round: checkDamagedModel, leastTried: 0.2 },
  'a damaged tokenizer.json is refused, or works': { round: checkDamagedJson, leastTried: 0.2 },
};

function checkAgainstPlain(random: MersenneTwister, modelType: 'bpe' | 'unigram'): boolean {
  const model = withSpacesKept(
    randomModel(random, { modelType, otherTypes: chance(random, 3) ? ['userDefined'] : [] }),
  );
  const tokenizer = createTokenizer(model);
  const segment = modelType === 'bpe' ? segmentPlainly : segmentUnigramPlainly;
  const idOf = new Map(model.pieces.map((piece, id) => [piece, id]));
  let isTried = false;
  for (let i = 0; i < 6; i++) {
    const text = randomText(random, chance(random, 8) ? 200 : 30);
    const expected: number[] = [];
    let inUnknown = false;
    for (const part of segment(model, normalizePlainly(model, text))) {
      const type = model.pieceTypes[idOf.get(part) ?? 0];
      const id = type === PIECE_TYPE.normal || type === PIECE_TYPE.userDefined ? idOf.get(part)! : -1;
      if (id >= 0) expected.push(id);
      else if (model.byteFallback) {
        for (const byte of new TextEncoder().encode(part)) {
          expected.push(idOf.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)!);
        }
      } else if (!inUnknown) expected.push(0);
      inUnknown = id < 0;
    }
    // Twice: the second time from the cache.
    expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(expected);
    expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(expected);
    isTried ||= joins(model, expected);
  }
  return isTried;
}

/** Whether some id is a piece of several characters. */
function joins({ pieces, pieceTypes }: TokenizerModel, ids: readonly number[]): boolean {
  return ids.some((id) => pieceTypes[id] === PIECE_TYPE.normal && codePointLength(pieces[id]!) > 1);
}

// The plain normalizer knows nothing of user-defined symbols, which matters only where spaces are removed.
function withSpacesKept(model: TokenizerModel): TokenizerModel {
  if (!model.pieceTypes.includes(PIECE_TYPE.userDefined)) return model;
  return { ...model, normalizer: { ...model.normalizer, removeExtraWhitespaces: false } };
}

function checkAgainstLlamaCpp(random: MersenneTwister): boolean {
  const found = randomModel(random, { modelType: 'bpe', otherTypes: [], byteFallback: true });
  const normalizer = { ...found.normalizer, removeExtraWhitespaces: false, escapeWhitespaces: true };
  const model: TokenizerModel = { ...found, normalizer, treatWhitespaceAsSuffix: false };
  const tokenizer = createTokenizer(model);
  const theirs = createLlamaCppSpm(model, { addSpacePrefix: normalizer.addDummyPrefix });
  let isTried = false;
  for (let i = 0; i < 6; i++) {
    const text = randomText(random, 60);
    const ids = theirs(text);
    expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
    isTried ||= joins(model, ids);
  }
  return isTried;
}

function checkFacade(random: MersenneTwister): boolean {
  const model = randomModel(random, { modelType: pick(random, ['bpe', 'unigram']), otherTypes: ALL_TYPES });
  const tokenizer = createTokenizer(model);
  let isTried = false;
  for (let i = 0; i < 4; i++) {
    const text = randomText(random, chance(random, 10) ? 400 : 60);
    const ids = tokenizer.encode(text);
    expect(tokenizer.countTokens(text)).toBe(ids.length);
    const visited: number[] = [];
    tokenizer.forEachId(text, (id) => visited.push(id));
    expect(visited).toEqual(ids);
    const tokens = tokenizer.encodeWithOffsets(text);
    expect(tokens.map(({ id }) => id)).toEqual(ids);
    const places = tokens.flatMap(({ start, end }) => [start, end]);
    expect(places.every((place, k) => place >= (places[k - 1] ?? 0) && place <= text.length)).toBe(true);
    isTried ||= joins(model, ids);
  }
  expectSameFromFiles(random, model, tokenizer);
  return isTried;
}

/**
 * Nothing is lost where every character has bytes, and spaces stay as they are: a space in front is taken away again, and
 * `▁` is a piece that is normal, so that it is not spelled in bytes itself.
 */
function checkRoundTrip(random: MersenneTwister): boolean {
  const modelType = pick(random, ['bpe', 'unigram'] as const);
  const found = randomModel(random, { modelType, otherTypes: ALL_TYPES, byteFallback: true });
  const normalizer = {
    ...found.normalizer,
    addDummyPrefix: true,
    removeExtraWhitespaces: false,
    escapeWhitespaces: true,
  };
  const model = withNormalSpace({ ...found, normalizer, treatWhitespaceAsSuffix: false });
  const tokenizer = createTokenizer(model);
  let isTried = false;
  for (let i = 0; i < 4; i++) {
    const text = randomText(random, chance(random, 10) ? 400 : 60);
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(text.toWellFormed().replaceAll(SPACE, ' '));
    isTried ||= joins(model, ids);
  }
  return isTried;
}

/** The model with `▁` as a normal piece: made one where it is of another type, added where it is missing. */
function withNormalSpace(model: TokenizerModel): TokenizerModel {
  const at = model.pieces.indexOf(SPACE);
  const id = at < 0 ? model.pieces.length : at;
  const pieceTypes = Uint8Array.from({ length: Math.max(model.pieces.length, id + 1) }, (_, i) =>
    i === id ? PIECE_TYPE.normal : model.pieceTypes[i]!,
  );
  if (at >= 0) return { ...model, pieceTypes };
  return {
    ...model,
    pieces: [...model.pieces, SPACE],
    pieceTypes,
    pieceScores: Float32Array.of(...model.pieceScores, 0),
  };
}

function expectSameFromFiles(random: MersenneTwister, model: TokenizerModel, tokenizer: Tokenizer): void {
  const again = createTokenizer(parseTokenizerModel(serializeModelProto(protoFromModel(model))));
  const text = randomText(random, 60);
  expect(again.encode(text)).toEqual(tokenizer.encode(text));
}

function checkDecoding(random: MersenneTwister): boolean {
  const model = randomModel(random, { modelType: 'bpe', otherTypes: ALL_TYPES });
  const tokenizer = createTokenizer(model);
  const ids = Array.from({ length: random.nextBelow(40) }, () => random.nextBelow(tokenizer.vocabSize));
  const text = tokenizer.decode(ids);
  expect(text.isWellFormed()).toBe(true);
  const decoder = tokenizer.createDecoder();
  let streamed = '';
  for (const id of ids) {
    const part = decoder.push(id);
    expect(part.isWellFormed()).toBe(true);
    streamed += part;
  }
  expect(streamed + decoder.end()).toBe(text);
  return ids.length > 0;
}

function checkDamagedModel(random: MersenneTwister): boolean {
  const model = randomModel(random, { modelType: pick(random, ['bpe', 'unigram']), otherTypes: ALL_TYPES });
  const bytes = damage(random, serializeModelProto(protoFromModel(model)));
  return workOrRefuse(() => createTokenizer(parseTokenizerModel(bytes)), random);
}

function checkDamagedJson(random: MersenneTwister): boolean {
  const model = randomModel(random, { modelType: pick(random, ['bpe', 'unigram']), otherTypes: [] });
  let text: string;
  try {
    text = serializeTokenizerJson(buildTokenizerJson(model, { legacy: chance(random, 2) }));
  } catch (error) {
    expect(error).toBeInstanceOf(VocabMergeError);
    return false;
  }
  const damaged = chance(random, 2)
    ? new TextDecoder().decode(damage(random, new TextEncoder().encode(text)))
    : JSON.stringify(damageValue(random, JSON.parse(text)));
  return workOrRefuse(() => createTokenizer(modelFromTokenizerJson(parseTokenizerJson(damaged))), random);
}

/** A model that loads must encode and decode; one that does not must say so in this library's own words. Gives if it loads. */
function workOrRefuse(open: () => Tokenizer, random: MersenneTwister): boolean {
  let tokenizer: Tokenizer;
  try {
    tokenizer = open();
  } catch (error) {
    if (!(error instanceof VocabMergeError)) throw error;
    return false;
  }
  for (let i = 0; i < 2; i++) {
    const ids = tokenizer.encode(randomText(random, 40));
    expect(tokenizer.decode(ids).isWellFormed()).toBe(true);
  }
  return true;
}

/** Some bytes changed, removed, doubled or cut off. */
function damage(random: MersenneTwister, bytes: Uint8Array): Uint8Array {
  let damaged = Array.from(bytes);
  // What is badly damaged is refused at once: two rounds in three damage one place, mostly without moving the rest.
  const count = chance(random, 3) ? 2 + random.nextBelow(5) : 1;
  for (let i = 0; i < count && damaged.length > 0; i++) {
    const at = random.nextBelow(damaged.length);
    const length = 1 + random.nextBelow(8);
    const kind = pick(random, [0, 0, 0, 1, 1, 1, 2, 3, 4, 5]);
    if (kind === 0) damaged[at] = random.nextBelow(256);
    else if (kind === 1) damaged[at]! ^= 1 << random.nextBelow(8);
    else if (kind === 2) damaged.splice(at, length);
    else if (kind === 3) damaged.splice(at, 0, ...damaged.slice(at, at + length));
    else if (kind === 4) damaged.splice(at, 0, ...Array.from({ length }, () => random.nextBelow(256)));
    else if (chance(random, 4)) damaged = damaged.slice(0, at);
  }
  return Uint8Array.from(damaged);
}

const STRANGE: readonly unknown[] = [null, true, -1, 1.5, 1e300, '', 'BPE', 'a b', [], [[]], {}, { type: 'Sequence' }];

/** One value somewhere inside replaced by a strange one, or removed. */
function damageValue(random: MersenneTwister, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || chance(random, 6)) return pick(random, STRANGE);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(random, STRANGE);
  const key = pick(random, keys);
  if (Array.isArray(value)) {
    return value.map((item, i) => (String(i) === key ? damageValue(random, item) : item));
  }
  const record = value as Record<string, unknown>;
  if (chance(random, 8)) return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
  return { ...record, [key]: damageValue(random, record[key]) };
}
