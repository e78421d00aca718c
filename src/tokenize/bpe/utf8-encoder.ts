// Ids of texts in UTF-8, straight from their bytes: text is cut where the pieces of the model have no two characters side by side, and
// of each stretch the ids are remembered. Cutting and looking up is WebAssembly (text-kernel.wat); a stretch that is not remembered
// goes through the segmenter, which gives the same ids and stays for everything else. It is for models that only turn spaces
// into U+2581, put one in front, and have a piece for every byte.
import { doubled } from '../../core/grown.ts';
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { pieceTextsOf } from '../../core/piece-texts.ts';
import { readUtf8Units, writeUtf8Units } from '../../core/unicode/utf8.ts';
import { openModule } from '../../core/web-assembly.ts';
import { TEXT_KERNEL_WASM } from './text-kernel-wasm.ts';

const SPACE = 0x20;
const SPACE_UNIT = SPACE_SYMBOL.charCodeAt(0);

// Where things are in the memory, as the kernel has it.
const MASKS = 0x100;
const ASCII_JOINS = 0x4000;
const JOINS = 0x10000;
const CHARACTER_IDS = 0x80000;
const ROWS = 0x100000;
/** Longest stretch that is remembered here, in bytes, and most ids of one. */
const ROW_TEXT_BYTES = 16;
const ROW_IDS = 3;
const ROW_BYTES = 32;
const TEXT = ROWS + 0x40000 * ROW_BYTES;
/** Bytes of text that are encoded at once. Blocks of a file are smaller, but for very long lines. */
const TEXT_BYTES = 1 << 20;
/** Vectors are read and written whole. */
const SLACK = 64;
const IDS = TEXT + TEXT_BYTES + SLACK;
/** A space may become three bytes, and a line feed bos and eos. */
const IDS_PER_BYTE = 5;
const ALL_BYTES = IDS + 4 * IDS_PER_BYTE * TEXT_BYTES + SLACK;

interface KernelExports {
  encode(at: number, end: number, out: number): number;
  lineEnd(at: number, end: number): number;
}

/** Encodes texts in UTF-8. */
export interface Utf8Encoder {
  /**
   * Ids of a text, a string or its UTF-16 units. Lone surrogates count as U+FFFD.
   * @returns their number, found in {@link Utf8Encoder.ids} until the next call; -1 for more than 1 MB
   */
  encodeText(text: string | Uint16Array): number;
  readonly ids: Int32Array;
  /**
   * Ids of whole lines, without line ends (CR LF among them); no text behind the last line end.
   *
   * @param bytes valid UTF-8
   * @param bosId put before each line, -1 for nothing; `eosId` behind it
   * @returns the ids until the next call, and where those of each line start, and the end of the last: `[lines + 1]`; undefined
   * where there are more than 1 MB at once
   */
  encodeLines(
    bytes: Uint8Array,
    bosId: number,
    eosId: number,
  ): { readonly ids: Int32Array; readonly idStarts: Uint32Array<ArrayBuffer> } | undefined;
  /** A copy of all that is remembered, for {@link Utf8Encoder.learn} of the same model in another thread. */
  remembered(): Uint8Array<ArrayBuffer>;
  learn(remembered: Uint8Array): void;
}

/**
 * Writes the ids of the stretch `units[0..length)` to `ids` and returns their number. Nobody else remembers a stretch that is not
 * `isRemembered`.
 */
export type EncodeStretch = (
  units: Uint16Array,
  length: number,
  ids: Int32Array,
  at: number,
  isRemembered: boolean,
) => number;

/** Creates the encoder of a model; `undefined` where the runtime cannot do it. */
export function createUtf8Encoder(
  model: Pick<TokenizerModel, 'pieces' | 'pieceTypes'>,
  encodeUnits: EncodeStretch,
): Utf8Encoder | undefined {
  const opened = openModule<KernelExports>(TEXT_KERNEL_WASM, ALL_BYTES);
  if (opened === undefined) return undefined;
  const { encode, lineEnd } = opened.exports;
  const bytes = new Uint8Array(opened.buffer);
  const numbers = new Int32Array(opened.buffer);
  const characterIds = numbers.subarray(CHARACTER_IDS / 4, CHARACTER_IDS / 4 + 0x10000).fill(-1);
  for (let size = 1; size <= ROW_TEXT_BYTES; size++) bytes.fill(0xff, MASKS + 16 * size, MASKS + 17 * size);
  markJoins(bytes, model);
  const ids = numbers.subarray(IDS >> 2);
  let units = new Uint16Array(1024);
  let out = 0;

  function encodeText(start: number, end: number): void {
    bytes[start] = SPACE;
    let at = start;
    for (;;) {
      at = encode(at, end, out);
      out = numbers[1]!;
      if (at === end) return;
      const stretchEnd = numbers[0]!;
      encodeStretch(at, stretchEnd);
      at = stretchEnd;
    }
  }

  function encodeStretch(start: number, end: number): void {
    const row = numbers[2]!;
    const size = end - start;
    const length = readUnits(start, end);
    const count = encodeUnits(units, length, numbers, out >> 2, row > 0);
    if (length === 1 && count === 1) characterIds[size === 1 ? bytes[start]! : units[0]!] = numbers[out >> 2]!;
    else if (row > 0) {
      // What was there moves to the other row. A stretch of more ids has a row without.
      const first = row >> 2;
      for (let i = first; i < first + ROW_BYTES / 4; i++) numbers[i + ROW_BYTES / 4] = numbers[i]!;
      const known = count > ROW_IDS ? 0 : count;
      numbers[first] = 16 * size + known;
      for (let i = 0; i < known; i++) numbers[first + 1 + i] = numbers[(out >> 2) + i]!;
      const text = row + ROW_BYTES - ROW_TEXT_BYTES;
      for (let i = 0; i < ROW_TEXT_BYTES; i++) bytes[text + i] = i < size ? bytes[start + i]! : 0;
    }
    out += 4 * count;
  }

  /** Reads a stretch as units and returns their number. */
  function readUnits(start: number, end: number): number {
    if (units.length < end - start) units = new Uint16Array(2 * (end - start));
    const length = readUtf8Units(bytes, start, end, units, 0);
    for (let i = 0; i < length; i++) if (units[i] === SPACE) units[i] = SPACE_UNIT;
    return length;
  }

  return {
    encodeText(text) {
      if (text.length >= TEXT_BYTES / 3) return -1;
      out = IDS;
      if (text.length > 0) encodeText(TEXT, writeUtf8Units(text, 0, text.length, bytes, TEXT + 1));
      return (out - IDS) >> 2;
    },
    ids,
    remembered: () => bytes.slice(CHARACTER_IDS, TEXT),
    learn(remembered) {
      bytes.set(remembered, CHARACTER_IDS);
    },
    encodeLines(lines, bosId, eosId) {
      if (lines.length >= TEXT_BYTES) return undefined;
      // One byte before each line is a space.
      bytes.set(lines, TEXT + 1);
      const end = TEXT + 1 + lines.length;
      let idStarts = new Uint32Array(1024);
      let count = 0;
      out = IDS;
      for (let at = TEXT; at + 1 < end; ) {
        const next = lineEnd(at + 1, end);
        if (bosId >= 0) numbers[out >> 2] = bosId;
        if (bosId >= 0) out += 4;
        const textEnd = bytes[next - 1] === 0x0d ? next - 1 : next;
        if (textEnd > at + 1) encodeText(at, textEnd);
        if (eosId >= 0) numbers[out >> 2] = eosId;
        if (eosId >= 0) out += 4;
        if (++count === idStarts.length) idStarts = doubled(idStarts);
        idStarts[count] = (out - IDS) >> 2;
        at = next;
      }
      return { ids: ids.subarray(0, (out - IDS) >> 2), idStarts: idStarts.slice(0, count + 1) };
    },
  };
}

/** Marks what stands side by side in pieces: of ASCII exactly, of others in a set of hashes that says yes too often, which costs time only. */
function markJoins(bytes: Uint8Array, model: Pick<TokenizerModel, 'pieces' | 'pieceTypes'>): void {
  const { units, starts } = pieceTextsOf(model);
  for (let id = 0; id + 1 < starts.length; id++) {
    const type = model.pieceTypes[id];
    if (type !== PIECE_TYPE.normal && type !== PIECE_TYPE.userDefined) continue;
    for (let at = starts[id]! + 1; at < starts[id + 1]!; at++) {
      const left = units[at - 1]!;
      const right = units[at]!;
      const key = Math.imul((left << 16) | right, 0x9e3779b1);
      const word = JOINS + (key >>> 18) * 8;
      bytes[word + ((key >>> 15) & 7)]! |= 1 << ((key >>> 12) & 7);
      bytes[word + ((key >>> 9) & 7)]! |= 1 << ((key >>> 6) & 7);
      const leftByte = left === SPACE_UNIT ? SPACE : left;
      const rightByte = right === SPACE_UNIT ? SPACE : right;
      if ((leftByte | rightByte) < 0x80) bytes[ASCII_JOINS + leftByte * 0x80 + rightByte] = 1;
    }
  }
}
