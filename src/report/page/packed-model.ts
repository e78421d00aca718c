// A neutral model in few bytes, for embedding a tokenizer of any kind in the page: rules as JSON, pieces and types as bytes, each
// merge as the piece that it makes and where that is cut. A model that extends another holds only what is behind it. Compressed
// with gzip, 128,000 byte-level pieces take about 0.7 MB. Not a format to exchange: page and data are of one version. Pure.
import { joinBytes } from '../../core/grown.ts';
import { type MergeList, PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { unitBytes } from '../../core/unicode/byte-level.ts';
import { encodeUtf8, textOfUtf8 } from '../../core/unicode/utf8.ts';
import { decodeBase64, encodeBase64 } from '../../formats/base64.ts';
import { isSpelledInBytes } from '../../tokenize/vocabulary.ts';

/** What is not a list: written as it is, with the charsmap in Base64. */
type Rules = Omit<TokenizerModel, 'pieces' | 'pieceTypes' | 'pieceScores' | 'merges'>;

interface Header {
  readonly rules: Rules & { readonly normalizer: { readonly charsmapBase64: string } };
  /** Ids and merges that are those of the model that this one extends. */
  readonly sharedIds: number;
  readonly sharedMerges: number;
  readonly idCount: number;
  /** -1 where merges follow from scores. */
  readonly mergeCount: number;
  /** `zero`: all are 0; `id`: normal pieces have their id with a minus, others 0; `listed`: float32, little-endian. */
  readonly scores: 'zero' | 'id' | 'listed';
  /** Bytes of the sections behind the header. */
  readonly sections: readonly number[];
}

/**
 * Packs a model.
 *
 * @param base a model that it may extend: where it has all ids and merges of that one, only what follows is written
 * @returns the bytes, and whether they need the base; undefined for a model that the form cannot hold exactly
 */
export function packModel(
  model: TokenizerModel,
  base?: TokenizerModel,
): { readonly bytes: Uint8Array; readonly needsBase: boolean } | undefined {
  const { pieces, pieceTypes, pieceScores, merges, ...rules } = model;
  const needsBase = base !== undefined && isPrefix(base, model);
  const sharedIds = needsBase ? base.pieces.length : 0;
  const sharedMerges = needsBase ? (base.merges?.leftIds.length ?? 0) : 0;
  const texts: Uint8Array[] = [];
  const lengths = new NumberWriter();
  const types = new NumberWriter();
  for (let id = sharedIds; id < pieces.length; id++) {
    const piece = pieces[id]!;
    if (!isSpelledInBytes(model, id) && !piece.isWellFormed()) return undefined;
    const bytes = isSpelledInBytes(model, id) ? unitBytes(piece) : encodeUtf8(piece);
    texts.push(bytes);
    lengths.write(bytes.length);
  }
  for (let id = sharedIds; id < pieces.length; ) {
    let end = id + 1;
    while (end < pieces.length && pieceTypes[end] === pieceTypes[id]) end++;
    types.write(pieceTypes[id]!);
    types.write(end - id);
    id = end;
  }
  const packed = merges === undefined ? [] : packMerges(model, merges, sharedMerges);
  if (packed === undefined) return undefined;
  const scores = scoreRule(model);
  const listed = scores === 'listed' ? [floatBytes(pieceScores.subarray(sharedIds))] : [];
  const sections = [joinBytes(texts), lengths.bytes(), types.bytes(), ...packed, ...listed];
  const { precompiledCharsmap, ...normalizer } = model.normalizer;
  const header = {
    rules: { ...rules, normalizer: { ...normalizer, charsmapBase64: encodeBase64(precompiledCharsmap) } },
    sharedIds,
    sharedMerges,
    idCount: pieces.length,
    mergeCount: merges?.leftIds.length ?? -1,
    scores,
    sections: sections.map(({ length }) => length),
  };
  const head = encodeUtf8(JSON.stringify(header));
  const size = new NumberWriter();
  size.write(head.length);
  return { bytes: joinBytes([size.bytes(), head, ...sections]), needsBase };
}

/**
 * The model that was packed.
 *
 * @param base the model that it was packed against
 */
export function unpackModel(bytes: Uint8Array, base?: TokenizerModel): TokenizerModel {
  const size = new NumberReader(bytes);
  const headLength = size.read();
  let at = size.position + headLength;
  const header = JSON.parse(textOfUtf8(bytes.subarray(size.position, at))) as Header;
  const { rules, sharedIds, sharedMerges, idCount, mergeCount, scores } = header;
  const sections = header.sections.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
  const [texts, lengths, types] = [sections[0]!, new NumberReader(sections[1]!), new NumberReader(sections[2]!)];
  const pieceTypes = new Uint8Array(idCount);
  if (base !== undefined) pieceTypes.set(base.pieceTypes.subarray(0, sharedIds));
  for (let id = sharedIds; id < idCount; ) {
    const type = types.read();
    const end = id + types.read();
    pieceTypes.fill(type, id, end);
    id = end;
  }
  const pieces = base === undefined ? [] : base.pieces.slice(0, sharedIds);
  let place = 0;
  for (let id = sharedIds; id < idCount; id++) {
    const length = lengths.read();
    const text = texts.subarray(place, place + length);
    place += length;
    const inBytes = isSpelledInBytes({ units: rules.units, pieceTypes }, id);
    pieces.push(inBytes ? textOfLatin1(text) : textOfUtf8(text));
  }
  const pieceScores = new Float32Array(idCount);
  if (scores === 'id') {
    for (let id = 0; id < idCount; id++) pieceScores[id] = pieceTypes[id] === PIECE_TYPE.normal ? 0 - id : 0;
  } else if (scores === 'listed') {
    if (base !== undefined) pieceScores.set(base.pieceScores.subarray(0, sharedIds));
    const view = new DataView(sections.at(-1)!.slice().buffer);
    for (let id = sharedIds; id < idCount; id++) pieceScores[id] = view.getFloat32(4 * (id - sharedIds), true);
  }
  const { charsmapBase64, ...normalizer } = rules.normalizer;
  const plain = { pieces, pieceTypes, pieceScores };
  return {
    ...rules,
    normalizer: { ...normalizer, precompiledCharsmap: decodeBase64(charsmapBase64) ?? new Uint8Array(0) },
    ...plain,
    ...(mergeCount >= 0 && {
      merges: unpackMerges({ ...plain, base: base?.merges, mergeCount, sharedMerges }, sections[3]!, sections[4]!),
    }),
  };
}

/** Whether all ids and merges of `base` are those of `model`. */
function isPrefix(base: TokenizerModel, model: TokenizerModel): boolean {
  const startsWith = (longer: ArrayLike<unknown>, shorter: ArrayLike<unknown>): boolean => {
    if (shorter.length > longer.length) return false;
    for (let i = 0; i < shorter.length; i++) if (longer[i] !== shorter[i]) return false;
    return true;
  };
  const none = new Int32Array(0);
  const lists = ({ merges = { leftIds: none, rightIds: none, resultIds: none } }: TokenizerModel) => merges;
  return (
    base.units === model.units &&
    (base.merges === undefined) === (model.merges === undefined) &&
    startsWith(model.pieces, base.pieces) &&
    startsWith(model.pieceTypes, base.pieceTypes) &&
    startsWith(model.pieceScores, base.pieceScores) &&
    (['leftIds', 'rightIds', 'resultIds'] as const).every((key) => startsWith(lists(model)[key], lists(base)[key]))
  );
}

function scoreRule({ pieceScores, pieceTypes }: TokenizerModel): Header['scores'] {
  if (pieceScores.every((score) => score === 0)) return 'zero';
  return pieceScores.every((score, id) => score === (pieceTypes[id] === PIECE_TYPE.normal ? 0 - id : 0))
    ? 'id'
    : 'listed';
}

/** Ids by text; of several pieces with one text the last that text can become. */
function idsByText({ pieces, pieceTypes }: Pick<TokenizerModel, 'pieces' | 'pieceTypes'>): Map<string, number> {
  const ids = new Map<string, number>();
  for (const wanted of [false, true]) {
    for (let id = 0; id < pieces.length; id++)
      if ((pieceTypes[id] === PIECE_TYPE.normal) === wanted) ids.set(pieces[id]!, id);
  }
  return ids;
}

/** The piece that each merge makes, as the step from the one before, and the UTF-16 units of its left part. */
function packMerges(model: TokenizerModel, merges: MergeList, from: number): [Uint8Array, Uint8Array] | undefined {
  const { pieces } = model;
  const { leftIds, rightIds, resultIds } = merges;
  const ids = idsByText(model);
  const steps = new NumberWriter();
  const cuts = new NumberWriter();
  let before = resultIds[from - 1] ?? 0;
  for (let merge = from; merge < resultIds.length; merge++) {
    const [left, right] = [pieces[leftIds[merge]!]!, pieces[rightIds[merge]!]!];
    const isSame = pieces[resultIds[merge]!] === left + right;
    if (!isSame || ids.get(left) !== leftIds[merge] || ids.get(right) !== rightIds[merge]) return undefined;
    const step = resultIds[merge]! - before;
    steps.write(step < 0 ? -2 * step - 1 : 2 * step);
    cuts.write(left.length);
    before = resultIds[merge]!;
  }
  return [steps.bytes(), cuts.bytes()];
}

interface MergeSource extends Pick<TokenizerModel, 'pieces' | 'pieceTypes'> {
  readonly base: MergeList | undefined;
  readonly mergeCount: number;
  readonly sharedMerges: number;
}

function unpackMerges(source: MergeSource, stepBytes: Uint8Array, cutBytes: Uint8Array): MergeList {
  const { pieces, base, mergeCount, sharedMerges } = source;
  const [leftIds, rightIds, resultIds] = [0, 1, 2].map(() => new Int32Array(mergeCount)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  if (base !== undefined) {
    leftIds.set(base.leftIds.subarray(0, sharedMerges));
    rightIds.set(base.rightIds.subarray(0, sharedMerges));
    resultIds.set(base.resultIds.subarray(0, sharedMerges));
  }
  const ids = idsByText(source);
  const [steps, cuts] = [new NumberReader(stepBytes), new NumberReader(cutBytes)];
  let id = resultIds[sharedMerges - 1] ?? 0;
  for (let merge = sharedMerges; merge < mergeCount; merge++) {
    const step = steps.read();
    id += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    const cut = cuts.read();
    resultIds[merge] = id;
    leftIds[merge] = ids.get(pieces[id]!.slice(0, cut))!;
    rightIds[merge] = ids.get(pieces[id]!.slice(cut))!;
  }
  return { leftIds, rightIds, resultIds };
}

function textOfLatin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function floatBytes(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** Numbers from 0 on, seven bits a byte, the lowest first. */
class NumberWriter {
  readonly #bytes: number[] = [];

  write(value: number): void {
    let left = value;
    for (; left > 127; left = Math.floor(left / 128)) this.#bytes.push((left % 128) + 128);
    this.#bytes.push(left);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

class NumberReader {
  position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) throw new Error('the packed model is cut off');
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }
}
