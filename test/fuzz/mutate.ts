// Changes bytes as files get changed: bits, places, lengths, numbers, and parts of one file in another. The same for the same
// generator.
import type { MersenneTwister } from '../../src/core/mersenne-twister.ts';
import { pick } from './random-models.ts';

/** Largest file that is made: what is slow is found in small files, too. */
const MAX_BYTES = 1 << 16;

const BYTES = [0, 1, 9, 10, 13, 34, 44, 58, 91, 92, 93, 123, 125, 127, 128, 192, 224, 240, 254, 255];
const NUMBERS = [
  '0',
  '-1',
  '1.5',
  '1e309',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '1000000000',
  '2097151',
  'null',
];
const WORDS = [
  'null',
  'true',
  '{}',
  '[]',
  '[[]]',
  '""',
  '"\\ud800"',
  '"Sequence"',
  '"type"',
  '\ufeff',
  '\r\n',
  '<s>',
  '{1,9}',
  '(?:',
];

/** Between one and a few changes of `bytes`; `others` are files to take parts of. */
export function mutate(random: MersenneTwister, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let changed: Uint8Array = bytes;
  for (let left = 1 + random.nextBelow(4); left > 0; left--) changed = change(random, changed, others);
  return changed.length > MAX_BYTES ? changed.slice(0, MAX_BYTES) : changed;
}

function change(random: MersenneTwister, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = random.nextBelow(bytes.length + 1);
  const length = Math.min(bytes.length - at, 1 + random.nextBelow(pick(random, [1, 4, 32, 400])));
  const end = at + length;
  switch (random.nextBelow(9)) {
    case 0:
      return replaced(bytes, at, Math.min(at + 1, bytes.length), [(bytes[at] ?? 0) ^ (1 << random.nextBelow(8))]);
    case 1:
      return replaced(bytes, at, Math.min(at + 1, bytes.length), [pick(random, BYTES)]);
    case 2:
      return replaced(bytes, at, end, []);
    case 3:
      return replaced(bytes, at, at, bytes.subarray(at, end));
    case 4:
      return replaced(
        bytes,
        at,
        at,
        Array.from({ length: 1 + random.nextBelow(8) }, () => random.nextBelow(256)),
      );
    case 5:
      return replaceNumber(random, bytes, at);
    case 6:
      return replaced(bytes, at, pick(random, [at, end]), Buffer.from(pick(random, WORDS)));
    case 7: {
      const other = pick(random, others);
      const from = random.nextBelow(other.length + 1);
      return replaced(bytes, at, pick(random, [at, end]), other.subarray(from, from + 1 + random.nextBelow(200)));
    }
    default:
      // A length or an offset, little-endian.
      return replaced(
        bytes,
        at,
        Math.min(at + 4, bytes.length),
        pick(random, [
          [255, 255, 255, 127],
          [0, 0, 0, 0],
          [255, 255, 255, 255],
        ]),
      );
  }
}

/** The number in decimal digits that follows a place. */
function replaceNumber(random: MersenneTwister, bytes: Uint8Array, at: number): Uint8Array {
  const isDigit = (i: number): boolean => bytes[i]! >= 0x30 && bytes[i]! <= 0x39;
  let start = at;
  while (start < bytes.length && !isDigit(start)) start++;
  let end = start;
  while (end < bytes.length && isDigit(end)) end++;
  return start === end ? bytes : replaced(bytes, start, end, Buffer.from(pick(random, NUMBERS)));
}

function replaced(bytes: Uint8Array, start: number, end: number, by: ArrayLike<number>): Uint8Array {
  const result = new Uint8Array(bytes.length - (end - start) + by.length);
  result.set(bytes.subarray(0, start));
  result.set(by, start);
  result.set(bytes.subarray(end), start + by.length);
  return result;
}
