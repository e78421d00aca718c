// Turns sentences into distinct weighted words, cut at spaces the way the reference cuts them, and handles the
// pretokenization delimiter. Spec: SplitIntoWords of model_interface.cc, SplitSentencesByWhitespace.

import { doubled } from '../../core/grown.ts';
import { SPACE_SYMBOL } from '../../core/model.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import { createWordDocuments, type WordDocuments } from './document-frequency.ts';
import { sentenceCountOf, type TrainingData } from './training-data.ts';

const SPACE_CODE_POINT = SPACE_SYMBOL.codePointAt(0)!;

/** No character has this id: the alphabet lacks the space. */
const NO_ID = -1;

type WhitespaceOptions = Pick<ResolvedTrainOptions, 'treatWhitespaceAsSuffix' | 'allowWhitespaceOnlyPieces'>;

/**
 * Distinct words with their counts, by count descending, then text in UTF-8 order. Alphabet and characters stay: a word is where
 * it was first seen. Time and memory are linear in the corpus, but for the sort of the distinct words.
 */
export function splitByWhitespace(data: TrainingData, options: WhitespaceOptions): TrainingData {
  const { chars, sentenceStarts, sentenceCounts } = data;
  const words = createWordTable(chars);
  const documents = createWordDocuments(data);
  const wordEnd = createWordCutter(data, options);
  for (let sentence = 0; sentence < sentenceCountOf(data); sentence++) {
    const end = sentenceStarts[sentence + 1]!;
    for (let start = sentenceStarts[sentence]!; start < end; ) {
      const next = wordEnd(start, end);
      documents.add(words.add(start, next - start, sentenceCounts[sentence]!), sentence);
      start = next;
    }
  }
  return words.finish(data, documents);
}

/** Where the word that begins at `start` ends, in a sentence that ends at `end`. */
export type WordCutter = (start: number, end: number) => number;

/** Cuts runs of `chars` at spaces, word by word; `chars` are indexes into `alphabet`. */
export function createWordCutter(
  { chars, alphabet }: { readonly chars: Chars; readonly alphabet: Uint32Array },
  options: WhitespaceOptions,
): WordCutter {
  const spaceId = alphabet.indexOf(SPACE_CODE_POINT);
  const cut = options.treatWhitespaceAsSuffix ? nextSuffixWord : nextPrefixWord;
  return (start, end) => cut(chars, start, end, spaceId, options.allowWhitespaceOnlyPieces);
}

type Chars = Uint16Array | Uint32Array | Int32Array;

/** End of the word at `start` when spaces open words; kept runs of spaces belong to the word behind them. */
function nextPrefixWord(chars: Chars, start: number, end: number, spaceId: number, keepsRuns: boolean): number {
  let position = start + 1;
  if (keepsRuns) while (position < end && chars[position - 1] === spaceId && chars[position] === spaceId) position++;
  while (position < end && chars[position] !== spaceId) position++;
  return position;
}

/** End of the word at `start` when spaces close words; kept runs of spaces belong to the word before them. */
function nextSuffixWord(chars: Chars, start: number, end: number, spaceId: number, keepsRuns: boolean): number {
  let position = start;
  while (position < end && chars[position] !== spaceId) position++;
  if (position < end) position++;
  if (keepsRuns) while (position < end && chars[position] === spaceId) position++;
  return position;
}

/** Counts distinct runs of `chars` in a hash table with open addressing; a word is where it was first seen. */
function createWordTable(chars: TrainingData['chars']) {
  let slots = new Int32Array(1 << 12);
  let hashes = new Int32Array(1 << 11);
  // Flat: there may be more words than a list of JavaScript holds.
  let starts = new Float64Array(hashes.length);
  let lengths = new Uint32Array(hashes.length);
  let counts = new Float64Array(hashes.length);
  let size = 0;

  function isAt(word: number, start: number, length: number): boolean {
    if (lengths[word] !== length) return false;
    const other = starts[word]!;
    for (let i = 0; i < length; i++) if (chars[other + i] !== chars[start + i]) return false;
    return true;
  }

  function grow(): void {
    slots = new Int32Array(slots.length * 2);
    const mask = slots.length - 1;
    for (let word = 0; word < size; word++) {
      let slot = hashes[word]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = word + 1;
    }
    hashes = doubled(hashes);
    starts = doubled(starts);
    lengths = doubled(lengths);
    counts = doubled(counts);
  }

  return {
    /** Returns the number of the word. */
    add(start: number, length: number, count: number): number {
      let hash = length;
      for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ chars[i]!, 0x01000193) + (hash >>> 15);
      hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
      hash ^= hash >>> 15;
      const mask = slots.length - 1;
      let slot = hash & mask;
      for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
        const word = entry - 1;
        if (hashes[word] === hash && isAt(word, start, length)) {
          counts[word]! += count;
          return word;
        }
        slot = (slot + 1) & mask;
      }
      hashes[size] = hash;
      starts[size] = start;
      lengths[size] = length;
      counts[size] = count;
      slots[slot] = ++size;
      if (size === hashes.length) grow();
      return size - 1;
    },

    finish({ alphabet, alphabetCounts }: TrainingData, documents: WordDocuments): TrainingData {
      const order = sortWords({ chars, alphabet, starts: starts.subarray(0, size), lengths, counts });
      const sentenceStarts = new Float64Array(order.length);
      const sentenceEnds = new Float64Array(order.length);
      const sentenceCounts = new Float64Array(order.length);
      for (let i = 0; i < order.length; i++) {
        const word = order[i]!;
        sentenceStarts[i] = starts[word]!;
        sentenceEnds[i] = starts[word]! + lengths[word]!;
        sentenceCounts[i] = counts[word]!;
      }
      const found = documents.finish(order);
      const words = { alphabet, alphabetCounts, chars, sentenceStarts, sentenceEnds, sentenceCounts };
      return found === undefined ? words : { ...words, documents: found };
    },
  };
}

interface WordList {
  readonly chars: Chars;
  readonly alphabet: Uint32Array;
  readonly starts: Float64Array;
  readonly lengths: Uint32Array;
  readonly counts: Float64Array;
}

/** Words by count descending, then text in UTF-8 order. */
function sortWords({ chars, alphabet, starts, lengths, counts }: WordList): Uint32Array {
  // Rank 0 is the end of a word, so that a word comes before those it begins.
  const ranks = new Uint32Array(alphabet.length);
  const byCodePoint = Uint32Array.from(alphabet.keys()).sort((a, b) => alphabet[a]! - alphabet[b]!);
  for (let rank = 0; rank < byCodePoint.length; rank++) ranks[byCodePoint[rank]!] = rank + 1;

  // As many characters as fit into one exact number decide nearly always, without a look at the text.
  const base = alphabet.length + 1;
  const keyLength = Math.floor(53 / Math.log2(base));
  const keys = starts.map((start, word) => {
    let key = 0;
    for (let i = 0; i < keyLength; i++) key = key * base + (i < lengths[word]! ? ranks[chars[start + i]!]! : 0);
    return key;
  });
  const compareRest = (a: number, b: number): number => {
    const length = Math.min(lengths[a]!, lengths[b]!);
    for (let i = keyLength; i < length; i++) {
      const difference = ranks[chars[starts[a]! + i]!]! - ranks[chars[starts[b]! + i]!]!;
      if (difference !== 0) return difference;
    }
    return lengths[a]! - lengths[b]!;
  };
  const order = new Uint32Array(starts.length);
  for (let word = 0; word < order.length; word++) order[word] = word;
  return order.sort((a, b) => counts[b]! - counts[a]! || keys[a]! - keys[b]! || compareRest(a, b));
}

/**
 * Replaces every occurrence of the pretokenization delimiter, leftmost first, by one character id, or by nothing when
 * `replacement` is `undefined`. Where the delimiter holds a character outside the alphabet there is none to replace.
 * Sentences stay apart and in order; they may become empty.
 */
export function replaceDelimiter(data: TrainingData, delimiter: string, replacement: number | undefined): TrainingData {
  const wanted = Array.from(delimiter, (character) => data.alphabet.indexOf(character.codePointAt(0)!));
  if (wanted.length === 0 || wanted.includes(NO_ID)) return data;
  const { chars, sentenceStarts, sentenceEnds = sentenceStarts.subarray(1) } = data;
  const replaced = chars.slice();
  const starts = new Float64Array(sentenceCountOf(data) + 1);
  let length = 0;
  for (let sentence = 0; sentence < sentenceCountOf(data); sentence++) {
    starts[sentence] = length;
    const end = sentenceEnds[sentence]!;
    for (let position = sentenceStarts[sentence]!; position < end; ) {
      let matched = 0;
      while (matched < wanted.length && position + matched < end && chars[position + matched] === wanted[matched]) {
        matched++;
      }
      if (matched < wanted.length) replaced[length++] = chars[position++]!;
      else {
        position += matched;
        if (replacement !== undefined) replaced[length++] = replacement;
      }
    }
  }
  starts[sentenceCountOf(data)] = length;
  return { ...data, chars: replaced.subarray(0, length), sentenceStarts: starts, sentenceEnds: undefined };
}
