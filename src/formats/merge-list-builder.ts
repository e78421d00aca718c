// Merges as they are read, by ids: their parts are looked up many at a time in a table of pieces. It reads no format.
import { doubled } from '../core/grown.ts';
import type { MergeList } from '../core/model.ts';
import { textOfUtf8 } from '../core/unicode/utf8.ts';
import { FormatError } from '../errors.ts';
import type { PieceTable } from './piece-table.ts';
import { copyText, NO_SEPARATOR, textKey } from './text-key.ts';

/** Parts of merges that are looked up together: they and what is noted of them fit into a processor's first cache. */
const BATCH_PARTS = 1024;

const SPACE = 0x20;

/**
 * A list of merges that grows. Parts are looked up many at a time, because what each asks of memory then comes together; one after
 * the other, each would wait.
 */
export class MergeListBuilder {
  readonly #table: PieceTable;
  readonly #source: string;
  #left: Int32Array;
  #right: Int32Array;
  #result: Int32Array;
  #count = 0;
  /** The parts that wait, left and right of each merge. */
  readonly #parts = {
    bytes: new Uint8Array(BATCH_PARTS * 64),
    ends: new Int32Array(BATCH_PARTS + 1),
    hashes: new Int32Array(BATCH_PARTS),
    lows: new Int32Array(BATCH_PARTS),
    highs: new Int32Array(BATCH_PARTS),
  };
  readonly #numbers = new Int32Array(BATCH_PARTS);
  #partCount = 0;
  /** Piece number of the last result. Lists are by rank, vocabularies, too, mostly: the next result is near. */
  #lastResult = 0;

  constructor(table: PieceTable, { expectedMerges = 4096, source = 'merges' } = {}) {
    this.#table = table;
    this.#source = source;
    this.#left = new Int32Array(expectedMerges);
    this.#right = new Int32Array(expectedMerges);
    this.#result = new Int32Array(expectedMerges);
  }

  /** Merges so far. */
  get count(): number {
    return this.#count + (this.#partCount >> 1);
  }

  /**
   * Appends the merge that is written as two pieces with a space between them.
   *
   * @returns false when the text is something else: nothing is appended
   * @throws FormatError as {@link MergeListBuilder.addPart}
   */
  addText(bytes: Uint8Array, from: number, to: number): boolean {
    const middle = this.#addUntil(bytes, from, to, SPACE);
    if (middle === from || middle === to) return false;
    this.#partCount++;
    const end = this.#addUntil(bytes, middle + 1, to, SPACE);
    this.#partCount--;
    if (end === middle + 1 || end < to) return false;
    this.#take(2);
    return true;
  }

  /**
   * Appends the left part of a merge, or its right part; neither is empty.
   *
   * @throws FormatError when a part of a merge so far, or the whole, is no piece of the table
   */
  addPart(bytes: Uint8Array, from: number, to: number): void {
    this.#addUntil(bytes, from, to, NO_SEPARATOR);
    this.#take(1);
  }

  // Puts a part behind those that wait; where it ends.
  #addUntil(bytes: Uint8Array, from: number, to: number, separator: number): number {
    const parts = this.#parts;
    const n = this.#partCount;
    const start = parts.ends[n]!;
    if (start + to - from > parts.bytes.length) parts.bytes = doubled(parts.bytes, start + to - from);
    const end = copyText(bytes, from, to, separator, parts.bytes, start);
    parts.hashes[n] = textKey.hash;
    parts.lows[n] = textKey.low;
    parts.highs[n] = textKey.high;
    parts.ends[n + 1] = start + end - from;
    return end;
  }

  #take(count: number): void {
    this.#partCount += count;
    if (this.#partCount === BATCH_PARTS) this.#resolve();
  }

  #resolve(): void {
    const table = this.#table;
    const numbers = this.#numbers;
    const { bytes, ends } = this.#parts;
    const mergeCount = this.#partCount >> 1;
    table.findAll(this.#parts, numbers.subarray(0, this.#partCount));
    const total = this.#count + mergeCount;
    if (total > this.#left.length) {
      this.#left = doubled(this.#left, total);
      this.#right = doubled(this.#right, total);
      this.#result = doubled(this.#result, total);
    }
    for (let i = 0; i < mergeCount; i++) {
      const start = ends[2 * i]!;
      const end = ends[2 * i + 2]!;
      const left = numbers[2 * i]!;
      const right = numbers[2 * i + 1]!;
      let result = this.#lastResult;
      if (!table.is(result, bytes, start, end) && !table.is(++result, bytes, start, end)) {
        result = table.find(bytes, start, end);
      }
      if (left < 0 || right < 0 || result < 0) this.#refuse(i);
      this.#lastResult = result;
      this.#left[this.#count] = table.idOf(left);
      this.#right[this.#count] = table.idOf(right);
      this.#result[this.#count] = table.idOf(result);
      this.#count++;
    }
    this.#partCount = 0;
  }

  #refuse(i: number): never {
    const [start, middle, end] = this.#parts.ends.subarray(2 * i);
    const textOf = (from: number, to: number) => textOfUtf8(this.#parts.bytes.subarray(from, to));
    const [left, right] = [textOf(start!, middle!), textOf(middle!, end!)];
    const missing = [left, right].find((part) => this.#table.findText(part) < 0) ?? left + right;
    throw new FormatError(
      `${this.#source}: merge ${this.#count} ${JSON.stringify([left, right])} needs ${JSON.stringify(missing)}, which is not in the vocabulary`,
      { hint: 'The vocabulary and the merges are of two tokenizers, or the file is damaged: get it again.' },
    );
  }

  /**
   * The merges, in the order they came in, `[count]` each.
   *
   * @throws FormatError as {@link MergeListBuilder.addPart}
   */
  build(): MergeList {
    this.#resolve();
    return {
      leftIds: this.#left.subarray(0, this.#count),
      rightIds: this.#right.subarray(0, this.#count),
      resultIds: this.#result.subarray(0, this.#count),
    };
  }
}
