// The merges of a model that scores its pieces: two symbols merge when their texts joined are a piece, and the piece is
// the merge. No list of merges is made: a text needs few of them, and opening a model is to be quick.

/** Odd, so that no hash loses its early units. */
const HASH_BASE = 0x01000193;

/** Polynomial hash over UTF-16 units modulo 2^32: the hash of two texts joined follows from their hashes. */
export function extendHash(hash: number, unit: number): number {
  return (Math.imul(hash, HASH_BASE) + unit + 1) | 0;
}

/** Pieces by text: open addressing. */
export interface TextTable {
  /** Hash of each added piece, `[idCount]`. */
  readonly hashes: Int32Array;
  /** Adds piece `id`; `hash` is that of its text. */
  add(id: number, hash: number): void;
  /** Id of the piece whose text is the two joined, -1 if there is none; `hash` is that of the joined text. */
  findJoined(hash: number, left: string, right: string): number;
  /** Id of the piece that is spelled `units[start..end)`, -1 if there is none. */
  findSpelled(units: Uint16Array | Uint8Array, start: number, end: number): number;
}

/** An empty table with room for the pieces of a model. */
export function createTextTable(pieces: readonly string[]): TextTable {
  let slots = 16;
  while (slots < pieces.length * 2) slots *= 2;
  const mask = slots - 1;
  const ids = new Int32Array(slots).fill(-1);
  const hashes = new Int32Array(pieces.length);
  const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & mask;
  return {
    hashes,
    add(id, hash) {
      hashes[id] = hash;
      let slot = slotOf(hash);
      while (ids[slot]! >= 0) slot = (slot + 1) & mask;
      ids[slot] = id;
    },
    findJoined(hash, left, right) {
      const length = left.length + right.length;
      for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
        const id = ids[slot]!;
        if (id < 0) return -1;
        if (hashes[id] !== hash) continue;
        const piece = pieces[id]!;
        if (piece.length === length && piece.startsWith(left) && piece.endsWith(right)) return id;
      }
    },
    findSpelled(units, start, end) {
      let hash = 0;
      for (let i = start; i < end; i++) hash = extendHash(hash, units[i]!);
      for (let slot = slotOf(hash); ; slot = (slot + 1) & mask) {
        const id = ids[slot]!;
        if (id < 0) return -1;
        if (hashes[id] === hash && isSpelled(pieces[id]!, units, start, end)) return id;
      }
    },
  };
}

function isSpelled(piece: string, units: Uint16Array | Uint8Array, start: number, end: number): boolean {
  if (piece.length !== end - start) return false;
  for (let i = start; i < end; i++) if (piece.charCodeAt(i - start) !== units[i]) return false;
  return true;
}

/** What {@link createTextFinder} looks at. */
interface TextFinderParts {
  readonly pieces: readonly string[];
  readonly texts: TextTable;
  /** Code points of the symbols behind the pieces. */
  readonly extraCodePoints: readonly number[];
}

/** Creates the function from two symbols to the piece they make, -1 for none. No joined string is ever made. */
export function createTextFinder(parts: TextFinderParts): (left: number, right: number) => number {
  const { pieces, texts, extraCodePoints } = parts;
  const idCount = pieces.length;
  let longest = 2;
  for (let id = 0; id < idCount; id++) longest = Math.max(longest, pieces[id]!.length);
  const powers = new Int32Array(longest + 1).fill(1);
  for (let i = 1; i <= longest; i++) powers[i] = Math.imul(powers[i - 1]!, HASH_BASE);

  const textOf = (symbol: number): string =>
    symbol < idCount ? pieces[symbol]! : String.fromCodePoint(extraCodePoints[symbol - idCount]!);
  const hashOf = (symbol: number, text: string): number => {
    if (symbol < idCount) return texts.hashes[symbol]!;
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = extendHash(hash, text.charCodeAt(i));
    return hash;
  };
  return (left, right) => {
    const leftText = textOf(left);
    const rightText = textOf(right);
    const hash = Math.imul(hashOf(left, leftText), powers[rightText.length]!) + hashOf(right, rightText);
    return texts.findJoined(hash | 0, leftText, rightText);
  };
}
