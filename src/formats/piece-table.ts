// Pieces by text, without a string for each: their bytes lie one after the other, found through a hash table.
// The readers of tokenizer.json, merges.txt and GGUF resolve some 560,000 parts of merges with it (merge-list-builder.ts) in
// milliseconds; a Map of strings takes longer than reading the file. It keeps texts as the file spells them, and lets nothing be removed.
import { doubled } from '../core/grown.ts';
import { type PieceTexts, unitsToString } from '../core/piece-texts.ts';
import { BYTE_LEVEL_BYTES, unitBytes } from '../core/unicode/byte-level.ts';
import { encodeUtf8, textOfUtf8 } from '../core/unicode/utf8.ts';
import { copyText, type HashedTexts, mixed, NO_SEPARATOR, textKey } from './text-key.ts';

/** Most ids a vocabulary may have. The largest published ones have 262,144 pieces; tables here grow with the highest id. */
export const MAX_VOCAB_SIZE: number = 2 ** 21;

/**
 * Numbers of an entry: the last eight bytes of a piece as two words, where all its bytes end, and its id. Most pieces have no
 * more bytes, and two that have the same words and the same length are the same.
 */
const ENTRY = { low: 0, high: 1, end: 2, id: 3, size: 4 } as const;
const WORD_BYTES = 8;

/** Pieces and their ids by text; see the head of the file. */
export class PieceTable {
  /** Number of pieces. */
  count = 0;
  /** Highest id plus one. */
  idCount = 0;
  /** What the bytes of a piece are: its text in UTF-8, or themselves, one character each in strings. */
  readonly spelling: 'utf8' | 'bytes';
  /** Bytes of all pieces in the order they came in. */
  #pieceBytes: Uint8Array;
  /** `[count + 1, ENTRY.size]` used: an empty entry, and one for each piece, which begins where the entry before it ends. */
  #entries: Int32Array;
  /** Piece number plus one by hash, 0 where free; a power of two long. */
  #slots: Int32Array;
  #numbersById: Int32Array | undefined;

  constructor({
    spelling = 'utf8',
    expectedPieces = 4096,
  }: {
    readonly spelling?: 'utf8' | 'bytes';
    readonly expectedPieces?: number;
  } = {}) {
    this.spelling = spelling;
    this.#pieceBytes = new Uint8Array(expectedPieces * 8);
    this.#entries = new Int32Array((expectedPieces + 1) * ENTRY.size);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(expectedPieces * 1.5)));
  }

  /**
   * Puts the piece `bytes[from, to)` in, which must be UTF-8 where that is the spelling.
   *
   * @returns false when its text is there already: nothing is put in
   */
  add(bytes: Uint8Array, from: number, to: number, id: number): boolean {
    const slot = this.#slotOfText(bytes, from, to);
    if (this.#slots[slot] !== 0) return false;
    const n = ++this.count;
    const at = n * ENTRY.size;
    if (at === this.#entries.length) this.#entries = doubled(this.#entries, at + ENTRY.size);
    this.#entries[at + ENTRY.low] = textKey.low;
    this.#entries[at + ENTRY.high] = textKey.high;
    this.#entries[at + ENTRY.end] = this.#startOf(n - 1) + to - from;
    this.#entries[at + ENTRY.id] = id;
    this.#slots[slot] = n;
    if (id >= this.idCount) this.idCount = id + 1;
    this.#numbersById = undefined;
    if (n * 3 > this.#slots.length * 2) this.#growSlots();
    return true;
  }

  /** Number of the piece with these bytes, in the order they came in; -1 when there is none. */
  find(bytes: Uint8Array, from: number, to: number): number {
    return this.#slots[this.#slotOfText(bytes, from, to)]! - 1;
  }

  /**
   * Numbers of the pieces with these texts, as {@link PieceTable.find} gives each.
   *
   * @param numbers takes them, `[count]`
   */
  findAll({ bytes, ends, hashes, lows, highs }: HashedTexts, numbers: Int32Array): void {
    const slots = this.#slots;
    const entries = this.#entries;
    const mask = slots.length - 1;
    // Two loops, so that what one text asks of memory does not wait for another's.
    for (let i = 0; i < numbers.length; i++) numbers[i] = slots[mixed(hashes[i]!) & mask]!;
    for (let i = 0; i < numbers.length; i++) {
      const entry = numbers[i]! * ENTRY.size;
      const low = lows[i]!;
      const high = highs[i]!;
      const size = ends[i + 1]! - ends[i]!;
      const isFound =
        size <= WORD_BYTES &&
        entry > 0 &&
        entries[entry + ENTRY.low] === low &&
        entries[entry + ENTRY.high] === high &&
        entries[entry + ENTRY.end]! - entries[entry - ENTRY.size + ENTRY.end]! === size;
      if (!isFound) numbers[i] = slots[this.#slotOf(bytes, ends[i]!, ends[i + 1]!, hashes[i]!, low, high)]!;
      numbers[i]!--;
    }
  }

  /** True when piece `n` is there and has these bytes. */
  is(n: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (n >= this.count) return false;
    const start = this.#startOf(n);
    return this.#startOf(n + 1) - start === to - from && isSame(this.#pieceBytes, start, bytes, from, to - from);
  }

  /** Where piece `n` begins, and the one before it ends. */
  #startOf(n: number): number {
    return this.#entries[n * ENTRY.size + ENTRY.end]!;
  }

  /** Id of piece `n`. */
  idOf(n: number): number {
    return this.#entries[(n + 1) * ENTRY.size + ENTRY.id]!;
  }

  /** Text of piece `n`. */
  textOf(n: number): string {
    const [start, end] = [this.#startOf(n), this.#startOf(n + 1)];
    return this.spelling === 'bytes'
      ? unitsToString(this.#pieceBytes, start, end)
      : textOfUtf8(this.#pieceBytes.subarray(start, end));
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
    if (this.#numbersById === undefined) {
      const numbers = new Int32Array(this.idCount);
      for (let n = 0; n < this.count; n++) numbers[this.idOf(n)] = n + 1;
      this.#numbersById = numbers;
    }
    return this.#numbersById;
  }

  /** Numbers of two pieces with the same id, undefined when each id is there once. */
  findRepeatedId(): readonly [number, number] | undefined {
    const numbers = this.piecesById();
    for (let n = 0; n < this.count; n++) {
      const last = numbers[this.idOf(n)]! - 1;
      if (last !== n) return [n, last];
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
    const units = new Uint16Array(others.reduce((sum, [, text]) => sum + text.length, this.#startOf(this.count)));
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
    const bytes = this.#pieceBytes;
    const end = this.#startOf(n + 1);
    const isBytes = this.spelling === 'bytes';
    let to = from;
    for (let at = this.#startOf(n); at < end; ) {
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

  // The slot of a text, which is put behind the pieces; its key is in `textKey`.
  #slotOfText(bytes: Uint8Array, from: number, to: number): number {
    const start = this.#startOf(this.count);
    const end = start + to - from;
    if (end > this.#pieceBytes.length) this.#pieceBytes = doubled(this.#pieceBytes, end);
    copyText(bytes, from, to, NO_SEPARATOR, this.#pieceBytes, start);
    return this.#slotOf(this.#pieceBytes, start, end, textKey.hash, textKey.low, textKey.high);
  }

  #slotOf(bytes: Uint8Array, from: number, to: number, hash: number, low: number, high: number): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const mask = slots.length - 1;
    const size = to - from;
    const isShort = size <= WORD_BYTES;
    for (let slot = mixed(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]! * ENTRY.size;
      if (entry === 0) return slot;
      const start = entries[entry - ENTRY.size + ENTRY.end]!;
      const unlike =
        (entries[entry + ENTRY.end]! - start - size) |
        (entries[entry + ENTRY.low]! ^ low) |
        (entries[entry + ENTRY.high]! ^ high);
      if (unlike !== 0) continue;
      if (isShort || isSame(this.#pieceBytes, start, bytes, from, size - WORD_BYTES)) return slot;
    }
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let n = 0; n < this.count; n++) {
      const own = this.#pieceBytes;
      copyText(own, this.#startOf(n), this.#startOf(n + 1), NO_SEPARATOR, own, this.#startOf(n));
      let slot = mixed(textKey.hash) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = n + 1;
    }
  }
}

function isSame(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
