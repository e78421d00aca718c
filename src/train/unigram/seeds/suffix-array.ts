// Suffix arrays by induced sorting (SA-IS) and permuted longest common prefixes, both in linear time over integer
// alphabets. It knows nothing of characters or pieces. The work is cut into steps, so that callers can breathe between.
// Nong, Zhang, Chan: Two Efficient Algorithms for Linear Time Suffix Array Construction (2011).
// Kärkkäinen, Manzini, Puglisi: Permuted Longest-Common-Prefix Array (CPM 2009).

/** Elements handled between two steps: a few tens of milliseconds. */
const STEP = 1 << 20;

/**
 * Sorts the suffixes of `text`; the end of the text sorts before every symbol.
 *
 * @param text symbols 0..alphabetSize-1
 * @returns start of each suffix in lexicographic order. `[text.length]`
 * @example
 * ```ts
 * buildSuffixArray(Int32Array.of(1, 0, 2, 0, 2, 0), 3); // [5, 3, 1, 0, 4, 2]: banana
 * ```
 */
export function buildSuffixArray(text: Int32Array, alphabetSize: number): Int32Array {
  return drain(suffixArraySteps(text, alphabetSize));
}

/**
 * {@link buildSuffixArray} in steps: a generator that yields between them and returns the suffix array. Each yield says
 * how much was done since the last one; at a sum of 1, a few tens of milliseconds, it is time to let others run.
 */
export function* suffixArraySteps(text: Int32Array, alphabetSize: number): Generator<number, Int32Array> {
  const suffixes = new Int32Array(text.length);
  yield* sortSuffixes(text, suffixes, alphabetSize);
  return suffixes;
}

/**
 * Longest common prefix of each suffix with the one sorted before it, in text order:
 * `plcp[suffixes[i]]` is the length of the common prefix of suffixes `i - 1` and `i`; 0 for the first suffix.
 *
 * @returns `[text.length]`
 */
export function buildPermutedLcp(text: Int32Array, suffixes: Int32Array): Int32Array {
  return drain(permutedLcpSteps(text, suffixes));
}

/** {@link buildPermutedLcp} in steps. */
export function* permutedLcpSteps(text: Int32Array, suffixes: Int32Array): Generator<number, Int32Array> {
  const size = text.length;
  // First the suffix sorted before each one, then, in place, the length they share.
  const plcp = new Int32Array(size);
  for (let from = 0; from < size; from += STEP) {
    const to = Math.min(size, from + STEP);
    for (let i = from; i < to; i++) plcp[suffixes[i]!] = i === 0 ? -1 : suffixes[i - 1]!;
    yield (to - from) / STEP;
  }
  let shared = 0;
  for (let from = 0; from < size; from += STEP) {
    const to = Math.min(size, from + STEP);
    shared = shareFrom(text, plcp, from, to, shared);
    yield (to - from) / STEP;
  }
  return plcp;
}

function drain<T>(steps: Generator<number, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function shareFrom(text: Int32Array, plcp: Int32Array, from: number, to: number, shared: number): number {
  const size = text.length;
  for (let i = from; i < to; i++) {
    const j = plcp[i]!;
    if (j < 0) {
      plcp[i] = 0;
      shared = 0;
      continue;
    }
    const limit = size - Math.max(i, j);
    while (shared < limit && text[i + shared] === text[j + shared]) shared++;
    plcp[i] = shared;
    // Dropping the first symbol of a pair loses at most one: this makes the whole linear.
    if (shared > 0) shared--;
  }
  return shared;
}

/**
 * Fills `suffixes` with the sorted suffixes of `text`. A suffix is S-type when it is smaller than the next one, L-type
 * otherwise, and leftmost-S (LMS) when it is S-type after an L-type. 0 marks free slots: suffix 0 induces nothing.
 */
function* sortSuffixes(text: Int32Array, suffixes: Int32Array, alphabetSize: number): Generator<number> {
  const size = text.length;
  if (size < 2) return; // 0 suffixes, or the one that starts at 0.
  const counts = new Int32Array(alphabetSize);
  for (let i = 0; i < size; i++) counts[text[i]!]!++;
  const bounds = new Int32Array(alphabetSize);

  suffixes.fill(0);
  const leftmostCount = placeLeftmost(text, suffixes, bucketEnds(counts, bounds));
  yield size / STEP;
  if (leftmostCount > 1) {
    yield* induce(text, suffixes, counts, bounds);
    // Now the LMS substrings are in order. Name them; equal ones share a name.
    collectLeftmost(text, suffixes, bounds);
    yield size / STEP;
    const nameCount = nameLeftmost(text, suffixes, leftmostCount);
    yield size / STEP;
    const ranks = suffixes.subarray(0, leftmostCount);
    const names = suffixes.subarray(size - leftmostCount);
    if (nameCount < leftmostCount) yield* sortSuffixes(names, ranks, nameCount);
    else for (let i = 0; i < leftmostCount; i++) ranks[names[i]!] = i;
    // Ranks are ordinals of LMS suffixes; the names give way to the positions.
    listLeftmost(text, names);
    for (let i = 0; i < leftmostCount; i++) ranks[i] = names[ranks[i]!]!;
    suffixes.fill(0, leftmostCount);
    bucketEnds(counts, bounds);
    for (let i = leftmostCount - 1; i >= 0; i--) {
      const suffix = suffixes[i]!;
      suffixes[i] = 0;
      suffixes[--bounds[text[suffix]!]!] = suffix;
    }
    yield size / STEP;
  }
  yield* induce(text, suffixes, counts, bounds);
}

function bucketStarts(counts: Int32Array, bounds: Int32Array): Int32Array {
  let sum = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    bounds[symbol] = sum;
    sum += counts[symbol]!;
  }
  return bounds;
}

function bucketEnds(counts: Int32Array, bounds: Int32Array): Int32Array {
  let sum = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    sum += counts[symbol]!;
    bounds[symbol] = sum;
  }
  return bounds;
}

/** Puts each LMS suffix at the end of the bucket of its first symbol, in no order yet; returns how many there are. */
function placeLeftmost(text: Int32Array, suffixes: Int32Array, ends: Int32Array): number {
  let count = 0;
  let next = text[text.length - 1]!;
  let nextIsSmall = false;
  for (let i = text.length - 2; i >= 0; i--) {
    const symbol = text[i]!;
    const isSmall: boolean = symbol < next || (symbol === next && nextIsSmall);
    if (nextIsSmall && !isSmall) {
      suffixes[--ends[next]!] = i + 1;
      count++;
    }
    next = symbol;
    nextIsSmall = isSmall;
  }
  return count;
}

/** Writes the LMS suffixes in text order; `list` has exactly their number of slots. */
function listLeftmost(text: Int32Array, list: Int32Array): void {
  let at = list.length;
  let next = text[text.length - 1]!;
  let nextIsSmall = false;
  for (let i = text.length - 2; i >= 0; i--) {
    const symbol = text[i]!;
    const isSmall: boolean = symbol < next || (symbol === next && nextIsSmall);
    if (nextIsSmall && !isSmall) list[--at] = i + 1;
    next = symbol;
    nextIsSmall = isSmall;
  }
}

/** From sorted LMS suffixes at their buckets' ends, the order of all: L-types left to right, S-types right to left. */
function* induce(text: Int32Array, suffixes: Int32Array, counts: Int32Array, bounds: Int32Array): Generator<number> {
  const size = text.length;
  bucketStarts(counts, bounds);
  suffixes[bounds[text[size - 1]!]!++] = size - 1;
  for (let from = 0; from < size; from += STEP) {
    const to = Math.min(size, from + STEP);
    induceLarge(text, suffixes, bounds, from, to);
    yield (to - from) / STEP;
  }
  bucketEnds(counts, bounds);
  for (let to = size; to > 0; to -= STEP) {
    const from = Math.max(0, to - STEP);
    induceSmall(text, suffixes, bounds, from, to);
    yield (to - from) / STEP;
  }
}

function induceLarge(text: Int32Array, suffixes: Int32Array, heads: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const suffix = suffixes[i]!;
    if (suffix === 0) continue;
    const symbol = text[suffix - 1]!;
    // Only L-types and LMS suffixes are here, and both make an equal or greater predecessor L-type.
    if (symbol >= text[suffix]!) suffixes[heads[symbol]!++] = suffix - 1;
  }
}

function induceSmall(text: Int32Array, suffixes: Int32Array, tails: Int32Array, from: number, to: number): void {
  for (let i = to - 1; i >= from; i--) {
    const suffix = suffixes[i]!;
    if (suffix === 0) continue;
    const symbol = text[suffix - 1]!;
    const next = text[suffix]!;
    // In its bucket, a suffix is S-type exactly from the tail on.
    if (symbol < next || (symbol === next && i >= tails[symbol]!)) suffixes[--tails[symbol]!] = suffix - 1;
  }
}

/** Moves the LMS suffixes, in their sorted order, to the front. `tails` is as {@link induceSmall} left it. */
function collectLeftmost(text: Int32Array, suffixes: Int32Array, tails: Int32Array): void {
  let count = 0;
  for (let i = 0; i < suffixes.length; i++) {
    const suffix = suffixes[i]!;
    if (suffix === 0) continue;
    const symbol = text[suffix]!;
    if (i >= tails[symbol]! && text[suffix - 1]! > symbol) suffixes[count++] = suffix;
  }
}

/**
 * Gives each LMS substring (from one LMS position to the next, both included) the rank of its content, and leaves the
 * ranks in text order in the last `count` slots. LMS positions are at least two apart, so half of the slots hold them.
 */
function nameLeftmost(text: Int32Array, suffixes: Int32Array, count: number): number {
  const size = text.length;
  const half = suffixes.subarray(count);
  half.fill(0);
  // Lengths by half position; the last LMS substring runs into the end of the text and equals no other.
  let end = size;
  let next = text[size - 1]!;
  let nextIsSmall = false;
  for (let i = size - 2; i >= 0; i--) {
    const symbol = text[i]!;
    const isSmall: boolean = symbol < next || (symbol === next && nextIsSmall);
    if (nextIsSmall && !isSmall) {
      half[(i + 1) >> 1] = end === size ? size : end - i;
      end = i + 1;
    }
    next = symbol;
    nextIsSmall = isSmall;
  }
  let names = 0;
  let previous = -1;
  let previousLength = 0;
  for (let i = 0; i < count; i++) {
    const suffix = suffixes[i]!;
    const length = half[suffix >> 1]!;
    let same = length === previousLength && length < size;
    for (let k = 0; same && k < length; k++) same = text[suffix + k] === text[previous + k];
    if (!same) names++;
    half[suffix >> 1] = names; // 1-based: 0 marks the slots of other positions.
    previous = suffix;
    previousLength = length;
  }
  let at = size;
  for (let i = (size - 1) >> 1; i >= 0; i--) {
    const name = half[i]!;
    if (name !== 0) suffixes[--at] = name - 1;
  }
  return names;
}
