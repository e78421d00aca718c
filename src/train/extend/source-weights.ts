// How much each source of a corpus counts, so that none has more than its share. Weights are whole multiples of a small
// unit: sums of weighted counts stay exact, and so do not depend on the order of adding.
import { OptionError } from '../../errors.ts';

/** Weights are given in this many parts of one. */
export const WEIGHT_UNITS = 1024;

/**
 * Weights that bring every source down to `share` of the whole, in units of 1 / {@link WEIGHT_UNITS}; the smaller sources
 * keep the weight 1. `[sources]`
 *
 * @param sizes size of each source, such as its characters
 * @throws OptionError when so few sources cannot all be below that share
 * @example
 * ```ts
 * buildSourceWeights([900, 50, 50], 0.5); // [114, 1024, 1024]: 100 of 200
 * ```
 */
export function buildSourceWeights(sizes: readonly number[], share: number): number[] {
  const filled = sizes.filter((size) => size > 0).length;
  if (filled > 0 && share * filled < 1) {
    const what = filled === 1 ? 'the only source has more than' : `${filled} sources cannot all have at most`;
    throw new OptionError(`maxSourceShare: ${what} ${share} of the text`, {
      hint: `Give at least ${Math.ceil(1 / share)} sources, or a share of at least ${(Math.ceil(1000 / filled) / 1000).toFixed(3)}.`,
    });
  }
  const cap = findCap(sizes, share);
  return sizes.map((size) => (size > cap ? Math.max(1, Math.round((WEIGHT_UNITS * cap) / size)) : WEIGHT_UNITS));
}

/** The size to which larger sources are cut so that each of them has just the share. */
function findCap(sizes: readonly number[], share: number): number {
  const ascending = sizes.filter((size) => size > 0).sort((a, b) => a - b);
  let below = 0;
  // A share of exactly one part in as many as there are sources: all are cut down to the smallest.
  if (Math.abs(share * ascending.length - 1) < 1e-9) return ascending[0]!;
  for (const [i, size] of ascending.entries()) {
    // With `above` sources cut down to it: cap = share * (below + above * cap).
    const above = ascending.length - i;
    const cap = share * above < 1 ? (share * below) / (1 - share * above) : Number.POSITIVE_INFINITY;
    if (cap <= size) return cap;
    below += size;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * The weights of all sources: each brought down to its share, then counted as often as it asks for.
 *
 * @throws OptionError for a weight out of range, and as {@link buildSourceWeights} does
 */
export function weighSources(
  sizes: readonly number[],
  sources: readonly { readonly name: string; readonly weight?: number | undefined }[],
  share: number,
): number[] {
  return buildSourceWeights(sizes, share).map((units, i) => {
    const { name, weight = 1 } = sources[i]!;
    if (!(weight > 0 && weight <= 1000))
      throw new OptionError(`${name}: the weight ${weight} is not above 0, at most 1000`);
    return Math.max(1, Math.round(units * weight));
  });
}
