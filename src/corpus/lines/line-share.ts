// Chooses lines by a hash of their text: the same lines in every run, on every machine, in whatever order they come, and
// whatever else is in the corpus. Nothing is random, and nothing is kept.

import { OptionError } from '../../errors.ts';
import type { CorpusFile } from '../read/expand-inputs.ts';

/**
 * Where a line falls in [0, 1): evenly for many different texts, the same for the same text and purpose.
 *
 * @param text a string, or its UTF-16 units
 * @param purpose a number that keeps choices apart, so that half of a half is a quarter
 */
export function placeOfLine(text: string | Uint16Array, purpose: number, length = text.length): number {
  const isString = typeof text === 'string';
  let hash = Math.imul(purpose ^ 0x9e3779b9, 0x85ebca6b);
  for (let i = 0; i < length; i++) {
    hash = Math.imul(hash ^ (isString ? text.charCodeAt(i) : text[i]!), 0xcc9e2d51);
    hash = (hash << 15) | (hash >>> 17);
  }
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

const MIX_PURPOSE = 1;
const SAMPLE_PURPOSE = 2;
const HOLD_OUT_PURPOSE = 3;

/** True for `share` of all lines. */
export function isInSample(text: string, share: number): boolean {
  return share >= 1 || placeOfLine(text, SAMPLE_PURPOSE) < share;
}

/**
 * What an entry of a table counts in a sample with a threshold: its count, where that is as great; else the threshold, for as many
 * of the entries as the count is of it, and 0 for the others. So sums of counts stay what they are, but for chance.
 *
 * @param text a string, or its UTF-16 units
 * @example
 * ```ts
 * countInSample('a segment', 5, 4); // 5
 * countInSample('a segment', 1, 4); // 4, and 0 for three entries in four
 * ```
 */
export function countInSample(
  text: string | Uint16Array,
  count: number,
  threshold: number,
  length = text.length,
): number {
  if (count >= threshold) return count;
  return placeOfLine(text, SAMPLE_PURPOSE, length) < count / threshold ? threshold : 0;
}

/** Where a line falls when lines are held out: those below a share of [0, 1) are. */
export function placeToHoldOut(text: string): number {
  return placeOfLine(text, HOLD_OUT_PURPOSE);
}

/**
 * How often a line counts that has come `count` times from a source of this weight: the whole part of their product, and
 * once more for as many of the lines as its fraction says. 0 leaves the line out.
 *
 * @example
 * ```ts
 * copiesOf('a line', 1, 3); // 3
 * copiesOf('a line', 1, 0.6); // 1, and 0 for four lines in ten
 * copiesOf('a line', 1, 2.5); // 3, and 2 for every other line
 * ```
 */
export function copiesOf(text: string, count: number, weight: number): number {
  const wanted = count * weight;
  const whole = Math.floor(wanted);
  if (wanted === whole) return whole;
  return whole + (placeOfLine(text, MIX_PURPOSE) < wanted - whole ? 1 : 0);
}

/**
 * Checks the weights of sources against the files there are.
 *
 * @throws OptionError for a weight that is no number of at least 0, and for a name that no source has
 */
export function checkMix(mix: Readonly<Record<string, number>>, files: readonly CorpusFile[]): void {
  const sources = new Set(files.map(({ source }) => source));
  for (const [name, weight] of Object.entries(mix)) {
    if (!Number.isFinite(weight) || weight < 0) {
      throw new OptionError(`mix: the weight ${weight} of ${JSON.stringify(name)} is no number of at least 0`);
    }
    if (sources.has(name)) continue;
    const known = [...sources].slice(0, 12).map((source) => JSON.stringify(source));
    throw new OptionError(`mix: there is no source ${JSON.stringify(name)}`, {
      hint: `The sources are ${known.join(', ')}${known.length < sources.size ? ', ...' : ''}; name others as name=path.`,
    });
  }
}
