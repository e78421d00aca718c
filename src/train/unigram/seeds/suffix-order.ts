// Sorts suffixes by the first symbols of each, as many as the caller needs, bucket by bucket: what starts with another symbol
// is sorted on its own, by any thread. It knows nothing of characters or pieces. Suffixes that are equal as far as that, and many
// that are equal for long, come in no particular order. The next three symbols of a suffix and its place are one 64-bit number, sorted natively.

/** A text as symbols; the end of the text sorts before every symbol. */
export type Symbols = Uint16Array | Uint32Array;

/** Fewer suffixes than this are sorted by comparing them. */
export const MANY = 24;

/** Suffixes that are numbered in 16 bits. More are distributed by their next symbol first. */
const NUMBERED = 1 << 16;

/**
 * Two suffixes that are equal for more symbols than this are of a repeated stretch. How far that goes is remembered by the distance
 * between the two: its other suffixes need not be compared to its end again, which would take time quadratic in its length.
 */
const LONG = 64;
const MOST_REPEATS = 1 << 16;

/** A 64-bit number is four lanes of 16 bits: from the lowest on, a number and the symbols from the last to the first. */
const LANES = 4;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const NUMBER_LANE = IS_LITTLE_ENDIAN ? 0 : 3;
const TOWARDS_FIRST = IS_LITTLE_ENDIAN ? 1 : -1;

/**
 * First symbols that are looked at of many suffixes which are all equal so far: enough for what people write, and in a short text for
 * anything. Without an end, the time of `abab…` would be quadratic in its length.
 */
export function depthOfMany(size: number): number {
  return Math.max(256, Math.floor(2 ** 28 / size));
}

/**
 * Lists the suffixes by their first symbol, in the order of the text.
 *
 * @param suffixes receives where each starts. `[text.length]`
 * @returns first suffix of each symbol. `[alphabetSize + 1]`
 */
export function listByFirstSymbol(text: Symbols, alphabetSize: number, suffixes: Int32Array): Uint32Array {
  const starts = new Uint32Array(alphabetSize + 1);
  for (let i = 0; i < text.length; i++) starts[text[i]! + 1]!++;
  for (let symbol = 0; symbol < alphabetSize; symbol++) starts[symbol + 1]! += starts[symbol]!;
  const next = starts.slice();
  for (let i = 0; i < text.length; i++) suffixes[next[text[i]!]!++] = i;
  return starts;
}

/** Sorts parts of a list of suffixes: see {@link createSuffixSorter}. */
export interface SuffixSorter {
  /** Sorts `suffixes[first, end)`, which all start with the same symbol. */
  sort(suffixes: Int32Array, first: number, end: number): void;
  /** Length of the common prefix of two suffixes, `depth` at most. */
  shared(one: number, other: number): number;
}

/**
 * A sorter for the suffixes of `text`, with memory that it uses again and again.
 *
 * @param depth symbols that are looked at
 */
export function createSuffixSorter(text: Symbols, alphabetSize: number, depth: number): SuffixSorter {
  const size = text.length;
  const limitOfMany = depthOfMany(size);
  // 0 is the end of the text. Symbols that do not fit beside it take two lanes.
  const symbolsPerKey = alphabetSize < 0x10000 ? LANES - 1 : 1;
  const keys = new BigUint64Array(NUMBERED);
  const lanes = new Uint16Array(keys.buffer);
  const places = new Int32Array(NUMBERED);
  // Parts that are still to be sorted, three numbers each: first, end, and how many symbols are equal.
  const waiting: number[] = [];
  // By distance, the last stretch that was found to be repeated there: `text[i] === text[i + distance]` in `[from, to)`.
  const repeats = new Map<number, { readonly from: number; readonly to: number }>();

  function symbolAt(position: number): number {
    return position < size ? text[position]! + 1 : 0;
  }

  function fillKeys(suffixes: Int32Array, first: number, count: number, equal: number): void {
    for (let i = 0; i < count; i++) {
      const suffix = suffixes[first + i]!;
      places[i] = suffix;
      const position = suffix + equal;
      const lane = i * LANES + NUMBER_LANE;
      const symbol = symbolAt(position);
      const isNarrow = symbolsPerKey > 1;
      lanes[lane] = i;
      lanes[lane + TOWARDS_FIRST] = isNarrow ? symbolAt(position + 2) : 0;
      lanes[lane + 2 * TOWARDS_FIRST] = isNarrow ? symbolAt(position + 1) : symbol & 0xffff;
      lanes[lane + 3 * TOWARDS_FIRST] = isNarrow ? symbol : symbol >>> 16;
    }
  }

  /** Whether two keys are of the same symbols. */
  function areAlike(one: number, other: number): boolean {
    for (let lane = 0; lane < LANES; lane++) {
      if (lane !== NUMBER_LANE && lanes[one * LANES + lane] !== lanes[other * LANES + lane]) return false;
    }
    return true;
  }

  function sortByKeys(suffixes: Int32Array, first: number, count: number, equal: number): void {
    fillKeys(suffixes, first, count, equal);
    keys.subarray(0, count).sort();
    for (let i = 0; i < count; i++) suffixes[first + i] = places[lanes[i * LANES + NUMBER_LANE]!]!;
    for (let from = 0; from < count; ) {
      let to = from + 1;
      while (to < count && areAlike(from, to)) to++;
      if (to > from + 1) push(suffixes, first + from, first + to, equal + symbolsPerKey);
      from = to;
    }
  }

  /** Distributes suffixes by the symbol behind the `equal` first. */
  function distribute(suffixes: Int32Array, first: number, end: number, equal: number): void {
    const starts = new Uint32Array(alphabetSize + 2);
    const rankOf = (suffix: number): number => symbolAt(suffix + equal);
    for (let i = first; i < end; i++) starts[rankOf(suffixes[i]!) + 1]!++;
    for (let rank = 0; rank <= alphabetSize; rank++) starts[rank + 1]! += starts[rank]!;
    const next = starts.slice();
    for (const suffix of suffixes.slice(first, end)) suffixes[first + next[rankOf(suffix)]!++] = suffix;
    for (let rank = 1; rank <= alphabetSize; rank++) {
      push(suffixes, first + starts[rank]!, first + starts[rank + 1]!, equal + 1);
    }
  }

  function sortByComparing(suffixes: Int32Array, first: number, end: number, equal: number): void {
    for (let i = first + 1; i < end; i++) {
      const suffix = suffixes[i]!;
      let to = i;
      for (; to > first && isBefore(suffix, suffixes[to - 1]!, equal); to--) suffixes[to] = suffixes[to - 1]!;
      suffixes[to] = suffix;
    }
  }

  function isBefore(one: number, other: number, equal: number): boolean {
    const limit = Math.min(depth, size - one, size - other);
    const at = sharedFrom(one, other, equal, limit);
    if (at < limit) return text[one + at]! < text[other + at]!;
    return limit < depth && one > other;
  }

  /** Length of the common prefix of two suffixes, `limit` at most, of which `equal` symbols are known. */
  function sharedFrom(one: number, other: number, equal: number, limit: number): number {
    let at = equal;
    const near = Math.min(limit, Math.max(equal, LONG));
    while (at < near && text[one + at] === text[other + at]) at++;
    return at < near || at === limit ? at : sharedFar(one, other, at, limit);
  }

  function sharedFar(one: number, other: number, equal: number, limit: number): number {
    const from = Math.min(one, other);
    const distance = Math.max(one, other) - from;
    const known = repeats.get(distance);
    let at = equal;
    const isInside = known !== undefined && known.from <= from + at && from + at <= known.to;
    if (isInside) at = Math.min(limit, known.to - from);
    while (at < limit && text[one + at] === text[other + at]) at++;
    const to = from + at;
    if (repeats.size === MOST_REPEATS) repeats.clear();
    if (isInside) repeats.set(distance, { from: Math.min(known.from, from), to: Math.max(known.to, to) });
    else repeats.set(distance, { from, to });
    return at;
  }

  function push(suffixes: Int32Array, first: number, end: number, equal: number): void {
    if (end - first < 2 || equal >= depth) return;
    if (end - first < MANY) sortByComparing(suffixes, first, end, equal);
    else if (equal < limitOfMany) waiting.push(first, end, equal);
  }

  return {
    sort(suffixes, first, end) {
      push(suffixes, first, end, 1);
      while (waiting.length > 0) {
        const equal = waiting.pop()!;
        const to = waiting.pop()!;
        const from = waiting.pop()!;
        if (to - from > NUMBERED) distribute(suffixes, from, to, equal);
        else sortByKeys(suffixes, from, to - from, equal);
      }
    },
    shared(one, other) {
      const limit = Math.min(depth, size - one, size - other);
      return sharedFrom(one, other, 0, limit);
    },
  };
}
