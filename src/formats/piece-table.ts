// Pieces by text, without a string for each: their UTF-16 units lie one after the other, found through a hash table.
// The readers of tokenizer.json, merges.txt and GGUF resolve some 800,000 parts of merges with it in milliseconds; a Map
// of strings takes longer than reading the file. It keeps texts as the file spells them, and lets nothing be removed.
import { doubled } from '../core/grown.ts';
import type { MergeList } from '../core/model.ts';
import { FormatError } from '../errors.ts';

/** Most ids a vocabulary may have. The largest published ones have 262,144 pieces; tables here grow with the highest id. */
export const MAX_VOCAB_SIZE: number = 2 ** 21;

/** Text units looked at together when strings are made of them. */
const CHUNK_UNITS = 4096;

/** Numbers of an entry: what is looked at together lies together. */
const ENTRY = { hash: 0, start: 1, end: 2, id: 3, size: 4 } as const;

/** Pieces and their ids by text; see the head of the file. */
export class PieceTable {
  /** Number of pieces. */
  count = 0;
  /** Highest id plus one. */
  idCount = 0;
  /** Units of all pieces in the order they came in. */
  #units: Uint16Array;
  /** `[count, ENTRY.size]` used: hash, place of the units, and id of each piece. */
  #entries: Int32Array;
  /** Piece number plus one by hash, 0 where free; a power of two long. */
  #slots: Int32Array;

  constructor({ expectedPieces = 4096 } = {}) {
    this.#units = new Uint16Array(expectedPieces * 8);
    this.#entries = new Int32Array(expectedPieces * ENTRY.size);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(expectedPieces * 2)));
  }

  /**
   * Puts a piece in.
   *
   * @returns false when its text is there already: nothing is put in
   */
  add(units: Uint16Array, from: number, to: number, id: number): boolean {
    const hash = hashUnits(units, from, to);
    const slot = this.#slotOf(units, from, to, hash);
    if (this.#slots[slot] !== 0) return false;
    const n = this.count;
    const at = n * ENTRY.size;
    if (at === this.#entries.length) this.#entries = doubled(this.#entries, at + ENTRY.size);
    const start = n === 0 ? 0 : this.#entries[at - ENTRY.size + ENTRY.end]!;
    const end = start + to - from;
    if (end > this.#units.length) this.#units = doubled(this.#units, end);
    for (let i = from, unit = start; i < to; i++) this.#units[unit++] = units[i]!;
    this.#entries[at + ENTRY.hash] = hash;
    this.#entries[at + ENTRY.start] = start;
    this.#entries[at + ENTRY.end] = end;
    this.#entries[at + ENTRY.id] = id;
    this.#slots[slot] = n + 1;
    this.count = n + 1;
    if (id >= this.idCount) this.idCount = id + 1;
    if (this.count * 2 > this.#slots.length) this.#growSlots();
    return true;
  }

  /** Number of the piece with these units, in the order they came in; -1 when there is none. */
  find(units: Uint16Array, from: number, to: number): number {
    return this.#slots[this.#slotOf(units, from, to, hashUnits(units, from, to))]! - 1;
  }

  /** Whether piece `n` has these units; false when there is no piece `n`. */
  isPiece(n: number, units: Uint16Array, from: number, to: number): boolean {
    if (n < 0 || n >= this.count) return false;
    let at = this.#entries[n * ENTRY.size + ENTRY.start]!;
    if (this.#entries[n * ENTRY.size + ENTRY.end]! - at !== to - from) return false;
    for (let i = from; i < to; i++) if (this.#units[at++] !== units[i]) return false;
    return true;
  }

  /** Id of piece `n`. */
  idOf(n: number): number {
    return this.#entries[n * ENTRY.size + ENTRY.id]!;
  }

  /** Text of piece `n`. */
  textOf(n: number): string {
    return unitsToString(
      this.#units,
      this.#entries[n * ENTRY.size + ENTRY.start]!,
      this.#entries[n * ENTRY.size + ENTRY.end]!,
    );
  }

  /** Id of the piece with this text, -1 when there is none. */
  findText(text: string): number {
    const units = new Uint16Array(text.length);
    for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
    const n = this.find(units, 0, units.length);
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
   * Texts by id, `[idCount]`, `''` where an id has no piece.
   *
   * @param respell is called once for each piece and may change its units, which are a copy, before strings are made
   */
  texts(respell?: (units: Uint16Array, from: number, to: number, id: number) => void): string[] {
    const texts: string[] = new Array(this.idCount).fill('');
    const startOf = (n: number) => this.#entries[n * ENTRY.size + ENTRY.start]!;
    const endOf = (n: number) => this.#entries[n * ENTRY.size + ENTRY.end]!;
    let units = this.#units;
    if (respell !== undefined) {
      units = units.slice(0, this.count === 0 ? 0 : endOf(this.count - 1));
      for (let n = 0; n < this.count; n++) respell(units, startOf(n), endOf(n), this.idOf(n));
    }
    for (let n = 0; n < this.count; ) {
      // One string of many pieces, cut up: quicker than a string of units for each.
      const first = n;
      const chunkStart = startOf(n);
      do n++;
      while (n < this.count && endOf(n) - chunkStart <= CHUNK_UNITS);
      const chunk = unitsToString(units, chunkStart, endOf(n - 1));
      for (let i = first; i < n; i++) texts[this.idOf(i)] = chunk.slice(startOf(i) - chunkStart, endOf(i) - chunkStart);
    }
    return texts;
  }

  #slotOf(units: Uint16Array, from: number, to: number, hash: number): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const mask = slots.length - 1;
    let slot = mixed(hash) & mask;
    for (;;) {
      const n = slots[slot]! - 1;
      if (n < 0) return slot;
      if (entries[n * ENTRY.size] === hash && this.isPiece(n, units, from, to)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let n = 0; n < this.count; n++) {
      let slot = mixed(this.#entries[n * ENTRY.size]!) & mask;
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
   * Appends the merge of `units[from, middle)` and `units[middleEnd, to)`, where the parts lie side by side or with a
   * separator between them, which is overwritten.
   *
   * @throws FormatError when a part or the whole is no piece of the table
   */
  add(units: Uint16Array, from: number, middle: number, middleEnd: number, to: number): void {
    const table = this.#table;
    const left = table.find(units, from, middle);
    const right = table.find(units, middleEnd, to);
    const gap = middleEnd - middle;
    const end = to - gap;
    if (gap > 0) for (let i = middle; i < end; i++) units[i] = units[i + gap]!;
    let result = this.#lastResult;
    if (!table.isPiece(result, units, from, end) && !table.isPiece(++result, units, from, end)) {
      result = table.find(units, from, end);
    }
    if (left < 0 || right < 0 || result < 0) {
      const parts = [unitsToString(units, from, middle), unitsToString(units, middle, end)];
      const missing = left < 0 ? parts[0] : right < 0 ? parts[1] : parts.join('');
      throw new FormatError(
        `${this.#source}: merge ${this.count} ${JSON.stringify(parts)} needs ${JSON.stringify(missing)}, which is not in the vocabulary`,
        { hint: 'The vocabulary and the merges are of two tokenizers, or the file is damaged: get it again.' },
      );
    }
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

/** The string of `units[from, to)`, however long. */
export function unitsToString(units: Uint16Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += CHUNK_UNITS) {
    const chunk = units.subarray(at, Math.min(to, at + CHUNK_UNITS));
    text += String.fromCharCode.apply(null, chunk as unknown as number[]);
  }
  return text;
}

// FNV-1a over units.
function hashUnits(units: Uint16Array, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ units[i]!, 0x01000193);
  return hash;
}

// Low bits that depend on all: FNV's do not.
function mixed(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
