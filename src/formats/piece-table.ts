// Pieces by text, without a string for each: their bytes lie one after the other, found through a hash table.
// The readers of tokenizer.json, merges.txt and GGUF resolve some 560,000 parts of merges with it in milliseconds; a Map
// of strings takes longer than reading the file. It keeps texts as the file spells them, and lets nothing be removed.
import { doubled } from '../core/grown.ts';
import type { MergeList } from '../core/model.ts';
import { type PieceTexts, unitsToString } from '../core/piece-texts.ts';
import { BYTE_LEVEL_BYTES, unitBytes } from '../core/unicode/byte-level.ts';
import { encodeUtf8, textOfUtf8 } from '../core/unicode/utf8.ts';
import { FormatError } from '../errors.ts';

/** Most ids a vocabulary may have. The largest published ones have 262,144 pieces; tables here grow with the highest id. */
export const MAX_VOCAB_SIZE: number = 2 ** 21;

/** Numbers of an entry: what is looked at together lies together. */
const ENTRY = { hash: 0, start: 1, end: 2, id: 3, size: 4 } as const;

const SPACE = 0x20;

const HASH_START = 0x811c9dc5 | 0;

/** Pieces and their ids by text; see the head of the file. */
export class PieceTable {
  /** Number of pieces. */
  count = 0;
  /** Highest id plus one. */
  idCount = 0;
  /** What the bytes of a piece are: its text in UTF-8, or themselves, one character each in strings. */
  readonly spelling: 'utf8' | 'bytes';
  /** Bytes of all pieces in the order they came in; for {@link MergeListBuilder}, as is what follows. */
  pieceBytes: Uint8Array;
  /** `[count, ENTRY.size]` used: hash, place of the bytes, and id of each piece. */
  entries: Int32Array;
  /** Piece number plus one by hash, 0 where free; a power of two long. */
  #slots: Int32Array;

  constructor({
    spelling = 'utf8',
    expectedPieces = 4096,
  }: {
    readonly spelling?: 'utf8' | 'bytes';
    readonly expectedPieces?: number;
  } = {}) {
    this.spelling = spelling;
    this.pieceBytes = new Uint8Array(expectedPieces * 8);
    this.entries = new Int32Array(expectedPieces * ENTRY.size);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(expectedPieces * 1.5)));
  }

  /**
   * Puts the piece `bytes[from, to)` in, which must be UTF-8 where that is the spelling.
   *
   * @returns false when its text is there already: nothing is put in
   */
  add(bytes: Uint8Array, from: number, to: number, id: number): boolean {
    const hash = hashBytes(HASH_START, bytes, from, to);
    const slot = this.#slotOf(bytes, from, to, hash);
    if (this.#slots[slot] !== 0) return false;
    const n = this.count;
    const at = n * ENTRY.size;
    if (at === this.entries.length) this.entries = doubled(this.entries, at + ENTRY.size);
    const start = this.#byteCount;
    const end = start + to - from;
    if (end > this.pieceBytes.length) this.pieceBytes = doubled(this.pieceBytes, end);
    const own = this.pieceBytes;
    for (let i = from, next = start; i < to; i++) own[next++] = bytes[i]!;
    this.entries[at + ENTRY.hash] = hash;
    this.entries[at + ENTRY.start] = start;
    this.entries[at + ENTRY.end] = end;
    this.entries[at + ENTRY.id] = id;
    this.#slots[slot] = n + 1;
    this.count = n + 1;
    if (id >= this.idCount) this.idCount = id + 1;
    if (this.count * 3 > this.#slots.length * 2) this.#growSlots();
    return true;
  }

  /** Number of the piece with these bytes, in the order they came in; -1 when there is none. */
  find(bytes: Uint8Array, from: number, to: number, hash: number = hashBytes(HASH_START, bytes, from, to)): number {
    return this.#slots[this.#slotOf(bytes, from, to, hash)]! - 1;
  }

  /** Number of the piece that is these two joined; -1 when there is none. */
  findJoined(left: number, right: number): number {
    const { entries, pieceBytes } = this;
    const [leftAt, rightAt] = [left * ENTRY.size, right * ENTRY.size];
    const [leftStart, leftEnd] = [entries[leftAt + ENTRY.start]!, entries[leftAt + ENTRY.end]!];
    const [rightStart, rightEnd] = [entries[rightAt + ENTRY.start]!, entries[rightAt + ENTRY.end]!];
    const joined = new Uint8Array(leftEnd - leftStart + rightEnd - rightStart);
    joined.set(pieceBytes.subarray(leftStart, leftEnd));
    joined.set(pieceBytes.subarray(rightStart, rightEnd), leftEnd - leftStart);
    return this.find(joined, 0, joined.length);
  }

  /** Id of piece `n`. */
  idOf(n: number): number {
    return this.entries[n * ENTRY.size + ENTRY.id]!;
  }

  /** Text of piece `n`. */
  textOf(n: number): string {
    const [start, end] = [this.entries[n * ENTRY.size + ENTRY.start]!, this.entries[n * ENTRY.size + ENTRY.end]!];
    return this.spelling === 'bytes'
      ? unitsToString(this.pieceBytes, start, end)
      : textOfUtf8(this.pieceBytes.subarray(start, end));
  }

  /** Id of the piece with this text, -1 when there is none. */
  findText(text: string): number {
    const isUtf8 = this.spelling === 'utf8';
    // What neither spelling has would become something else: half a surrogate pair U+FFFD, which may be a piece.
    if (isUtf8 ? !text.isWellFormed() : /[^\x00-\xff]/.test(text)) return -1;
    const bytes = isUtf8 ? encodeUtf8(text) : unitBytes(text);
    const n = this.find(bytes, 0, bytes.length);
    return n < 0 ? -1 : this.idOf(n);
  }

  /** Piece number plus one by id, 0 for an id without a piece, `[idCount]`; of two pieces with one id the later one. */
  piecesById(): Int32Array {
    const numbers = new Int32Array(this.idCount);
    for (let n = 0; n < this.count; n++) numbers[this.idOf(n)] = n + 1;
    return numbers;
  }

  /** Numbers of two pieces with the same id, undefined when each id is there once. */
  findRepeatedId(): readonly [number, number] | undefined {
    const numbers = new Int32Array(this.idCount);
    for (let n = 0; n < this.count; n++) {
      const id = this.idOf(n);
      if (numbers[id] !== 0) return [numbers[id]! - 1, n];
      numbers[id] = n + 1;
    }
    return undefined;
  }

  /**
   * Texts by id, empty where an id has no piece.
   *
   * @param options.others texts that stand in the place of a piece or where there is none, in order of ids
   * @param options.foreignIds where it is given, texts in the byte-level alphabet become the bytes that they spell, one unit each;
   * it takes the ids of the other pieces, whose texts stay
   */
  texts(
    options: {
      readonly idCount?: number;
      readonly others?: readonly (readonly [id: number, text: string])[];
      readonly foreignIds?: number[];
    } = {},
  ): PieceTexts {
    const { idCount = this.idCount, others = [], foreignIds } = options;
    const alphabet = foreignIds && BYTE_LEVEL_BYTES;
    const numbers = this.piecesById();
    const starts = new Int32Array(idCount + 1);
    const units = new Uint16Array(others.reduce((sum, [, text]) => sum + text.length, this.#byteCount));
    let to = 0;
    let other = 0;
    let otherId = others[0]?.[0] ?? idCount;
    for (let id = 0; id < idCount; id++) {
      if (id === otherId) {
        const text = others[other++]![1];
        for (let i = 0; i < text.length; i++) units[to++] = text.charCodeAt(i);
        otherId = others[other]?.[0] ?? idCount;
      } else if (id < numbers.length && numbers[id] !== 0) {
        let end = this.#writeUnits(numbers[id]! - 1, units, to, alphabet);
        if (end < 0) {
          foreignIds?.push(id);
          end = this.#writeUnits(numbers[id]! - 1, units, to, undefined);
        }
        to = end;
      }
      starts[id + 1] = to;
    }
    return { units: units.subarray(0, to), starts };
  }

  // Writes the text of piece `n`, each unit as `alphabet` spells it; the place behind it, -1 when a unit is not in the alphabet.
  #writeUnits(n: number, units: Uint16Array, from: number, alphabet: Int16Array | undefined): number {
    const bytes = this.pieceBytes;
    const start = this.entries[n * ENTRY.size + ENTRY.start]!;
    const end = this.entries[n * ENTRY.size + ENTRY.end]!;
    const isBytes = this.spelling === 'bytes';
    let to = from;
    for (let at = start; at < end; ) {
      // The bytes are sound: see add().
      const lead = bytes[at++]!;
      let unit = lead;
      if (lead >= 0x80 && !isBytes) {
        unit = ((lead & (lead < 0xe0 ? 0x1f : 0x0f)) << 6) | (bytes[at++]! & 0x3f);
        if (lead >= 0xe0) unit = (unit << 6) | (bytes[at++]! & 0x3f);
        if (lead >= 0xf0) {
          const codePoint = ((unit & 0x7fff) << 6) | (bytes[at++]! & 0x3f);
          units[to++] = 0xd7c0 + (codePoint >> 10);
          unit = 0xdc00 | (codePoint & 0x3ff);
        }
      }
      if (alphabet !== undefined) {
        unit = alphabet[unit] ?? -1;
        if (unit < 0) return -1;
      }
      units[to++] = unit;
    }
    return to;
  }

  /** Bytes of all pieces. */
  get #byteCount(): number {
    return this.count === 0 ? 0 : this.entries[(this.count - 1) * ENTRY.size + ENTRY.end]!;
  }

  #slotOf(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const slots = this.#slots;
    const entries = this.entries;
    const mask = slots.length - 1;
    let slot = mixed(hash) & mask;
    for (;;) {
      const n = slots[slot]! - 1;
      if (n < 0) return slot;
      const at = n * ENTRY.size;
      if (entries[at] === hash && entries[at + ENTRY.end]! - entries[at + ENTRY.start]! === to - from) {
        if (isSame(this.pieceBytes, entries[at + ENTRY.start]!, bytes, from, to - from)) return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let n = 0; n < this.count; n++) {
      let slot = mixed(this.entries[n * ENTRY.size]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = n + 1;
    }
  }
}

/** Merges as they are read, by ids. */
export class MergeListBuilder {
  count = 0;
  readonly #table: PieceTable;
  readonly #source: string;
  #left: Int32Array;
  #right: Int32Array;
  #result: Int32Array;
  /** Piece number of the last result. Lists are by rank, vocabularies, too, mostly: the next result is near. */
  #lastResult = 0;

  constructor(table: PieceTable, { expectedMerges = 4096, source = 'merges' } = {}) {
    this.#table = table;
    this.#source = source;
    this.#left = new Int32Array(expectedMerges);
    this.#right = new Int32Array(expectedMerges);
    this.#result = new Int32Array(expectedMerges);
  }

  /**
   * Appends the merge that is written as two pieces with a space between them.
   *
   * @returns false when the text is something else, or a part or the whole is no piece of the table: nothing is appended
   */
  addText(bytes: Uint8Array, from: number, to: number): boolean {
    const table = this.#table;
    const { pieceBytes, entries } = table;
    const length = to - from - 1;
    // One pass: hashes of the parts, and in which bits the last result and the piece behind it are unlike the whole.
    const lastAt = this.#lastResult * ENTRY.size;
    const nextAt = this.#lastResult + 1 < table.count ? lastAt + ENTRY.size : lastAt;
    let last = entries[lastAt + ENTRY.start]!;
    let next = entries[nextAt + ENTRY.start]!;
    let unlikeLast = entries[lastAt + ENTRY.end]! - last - length;
    let unlikeNext = entries[nextAt + ENTRY.end]! - next - length;
    // Pieces of another length are not compared: no byte past the end is asked for.
    if (unlikeLast !== 0) last = 0;
    if (unlikeNext !== 0) next = 0;
    if (length > pieceBytes.length) return false;
    let middle = -1;
    let leftHash = 0;
    let hash = HASH_START;
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === SPACE) {
        if (middle >= 0) return false;
        middle = at;
        leftHash = hash;
        hash = HASH_START;
      } else {
        hash = extendHash(hash, byte);
        unlikeLast |= byte ^ pieceBytes[last++]!;
        unlikeNext |= byte ^ pieceBytes[next++]!;
      }
    }
    if (middle <= from || middle + 1 >= to) return false;
    const left = table.find(bytes, from, middle, leftHash);
    const right = table.find(bytes, middle + 1, to, hash);
    if (left < 0 || right < 0) return false;
    if (unlikeLast === 0) return this.#append(left, right, this.#lastResult);
    if (unlikeNext === 0) return this.#append(left, right, this.#lastResult + 1);
    return this.add(left, right);
  }

  /**
   * Appends the merge of two pieces, given by their numbers, -1 for none.
   *
   * @returns false when one of them, or what they make, is no piece of the table: nothing is appended
   */
  add(left: number, right: number): boolean {
    return left >= 0 && right >= 0 && this.#append(left, right, this.#table.findJoined(left, right));
  }

  #append(left: number, right: number, result: number): boolean {
    if (result < 0) return false;
    const table = this.#table;
    this.#lastResult = result;
    const n = this.count++;
    if (n === this.#left.length) {
      this.#left = doubled(this.#left, n + 1);
      this.#right = doubled(this.#right, n + 1);
      this.#result = doubled(this.#result, n + 1);
    }
    this.#left[n] = table.idOf(left);
    this.#right[n] = table.idOf(right);
    this.#result[n] = table.idOf(result);
    return true;
  }

  /** @throws FormatError that says why the merge of these texts was not added */
  refuse(left: string, right: string): never {
    const missing = [left, right].find((part) => this.#table.findText(part) < 0) ?? left + right;
    throw new FormatError(
      `${this.#source}: merge ${this.count} ${JSON.stringify([left, right])} needs ${JSON.stringify(missing)}, which is not in the vocabulary`,
      { hint: 'The vocabulary and the merges are of two tokenizers, or the file is damaged: get it again.' },
    );
  }

  /** The merges, in the order they came in, `[count]` each. */
  build(): MergeList {
    return {
      leftIds: this.#left.slice(0, this.count),
      rightIds: this.#right.slice(0, this.count),
      resultIds: this.#result.slice(0, this.count),
    };
  }
}

function isSame(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

// FNV-1a.
function extendHash(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function hashBytes(hash: number, bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) hash = extendHash(hash, bytes[i]!);
  return hash;
}

// Low bits that depend on all: FNV's do not.
function mixed(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
