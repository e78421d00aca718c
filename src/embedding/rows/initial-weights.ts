// How much of each old row goes into a new one: a method's weights over the base tokens that a piece splits into, and the
// weights that tell apart two pieces which would otherwise get the same row. It holds no matrices and draws no numbers.

import type { NewRow } from '../../core/row-map.ts';
import { pieceToByte } from '../../core/unicode/utf8.ts';

/** Ways to make the new rows. */
export const INIT_METHODS = [
  'subword-mean',
  'weighted-mean',
  'mean',
  'mean-normal',
  'zero',
  'random-normal',
  'first',
  'last',
  'auto',
] as const;

/** A way to make the new rows; `docs` of each in {@link INIT_METHOD_HELP}. */
export type InitMethod = (typeof INIT_METHODS)[number];

/** One line about each method. */
export const INIT_METHOD_HELP: Readonly<Record<InitMethod, string>> = {
  'subword-mean': "the row map's weighted mean of the base tokens that the piece splits into",
  'weighted-mean': 'the same, weighted by the characters each token covers',
  mean: 'the mean of all old rows, the same for every new row',
  'mean-normal': 'draws from the normal distribution with mean and covariance of the old rows',
  zero: 'zeros',
  'random-normal': "draws from N(0, std²), std the model's initializer_range",
  first: 'the row of the first base token',
  last: 'the row of the last base token',
  auto: 'input: subword-mean; output: falling weights from the first token on; both with the norm of rows of their script',
};

/** What a matrix is for: tokens in, logits out, or both. */
export type MatrixRole = 'input' | 'output' | 'tied';

/** Each further token of an output row weighs this much of the one before it under `auto`. */
const OUTPUT_DECAY = 0.5;

/** Share of {@link orderWeights} in a row that would be the same as an earlier one. */
const TIE_BREAK_SHARE = 1 / 8;

/** Methods whose new rows are made of the rows of their sources. */
export function isSourceMethod(method: InitMethod): boolean {
  return method !== 'mean' && method !== 'mean-normal' && method !== 'zero' && method !== 'random-normal';
}

/**
 * Weights of the sources of a new row, `[sources.length]`, sum 1.
 *
 * `auto` follows what published comparisons agree on. Input rows: the plain mean of the subword tokens, which no other
 * method without training beats reliably (Gee et al. 2022, Yamaguchi et al. 2024). Output rows: the model has to predict
 * the new piece where it used to predict its first token, so that one counts most (Kim et al. 2024 take it alone; here the
 * next ones count half as much each, so that pieces with the same beginning differ). A tied matrix is treated as input.
 *
 * @param pieceOf text of a base id, needed by `weighted-mean`
 */
export function sourceWeights(
  row: Pick<NewRow, 'sources' | 'weights'>,
  method: InitMethod,
  role: MatrixRole,
  pieceOf: (id: number) => string | undefined,
): readonly number[] {
  const { sources, weights } = row;
  const last = sources.length - 1;
  if (method === 'first') return sources.map((_, i) => (i === 0 ? 1 : 0));
  if (method === 'last') return sources.map((_, i) => (i === last ? 1 : 0));
  if (method === 'weighted-mean') return normalize(coveredCharacters(sources, pieceOf));
  if (method === 'auto' && role === 'output') return normalize(sources.map((_, i) => OUTPUT_DECAY ** i));
  return weights;
}

/**
 * Weights for a row that would have the bits of an earlier new row: an eighth of every weight goes to weights that fall
 * with the position. Two characters in another order (their six bytes permuted) then differ.
 */
export function tieBreakWeights(weights: readonly number[]): readonly number[] {
  const order = orderWeights(weights.length);
  return weights.map((weight, i) => (1 - TIE_BREAK_SHARE) * weight + TIE_BREAK_SHARE * order[i]!);
}

/** True when more than one source counts and all of them are one old row: the new row would be that row again. */
export function repeatsOneSource(sources: readonly number[], weights: readonly number[]): boolean {
  const counted = sources.filter((_, i) => weights[i] !== 0);
  return counted.length > 1 && counted.every((source) => source === counted[0]);
}

/**
 * Equal for rows that would be made of the same old rows in the same shares. Their sums may still differ in the last bit,
 * depending on the order of adding: bits alone would not tell that they are the same.
 */
export function mixtureKey(sources: readonly number[], weights: readonly number[]): string {
  const shares = new Map<number, number>();
  for (const [i, source] of sources.entries()) {
    if (weights[i] !== 0) shares.set(source, (shares.get(source) ?? 0) + weights[i]!);
  }
  return [...shares]
    .sort(([a], [b]) => a - b)
    .map(([source, share]) => `${source}:${share.toFixed(9)}`)
    .join();
}

// e to the power of v for v falling from 1 to 1/n. Powers of e with different rational exponents have no integer relation
// (Lindemann and Weierstrass), so that no two orders of the same tokens give the same shares; with a polynomial, there are
// such orders from some length on (positions 1, 5, 6 and 2, 3, 7 have the same sum and the same sum of squares).
function orderWeights(length: number): readonly number[] {
  return normalize(Array.from({ length }, (_, i) => Math.exp((length - i) / length)));
}

/**
 * Characters that each token covers: the characters of a piece (`▁` is one), or the n-th part of the character that n bytes
 * spell, whether they are byte pieces or parts of the surface of a byte-level piece (`<0xE4><0xB8>`).
 */
export function coveredCharacters(sources: readonly number[], pieceOf: (id: number) => string | undefined): number[] {
  let share = 1;
  return sources.map((source) => {
    let covered = 0;
    for (const [part] of (pieceOf(source) ?? '').matchAll(/<0x[0-9A-F]{2}>|./gsu)) {
      const byte = pieceToByte(part);
      // A continuation byte (10xxxxxx) goes with the lead byte before it.
      if (byte < 0x80) share = 1;
      else if (byte >= 0xc0) share = byte < 0xe0 ? 1 / 2 : byte < 0xf0 ? 1 / 3 : 1 / 4;
      covered += byte < 0 ? 1 : share;
    }
    return covered === 0 ? 1 : covered;
  });
}

function normalize(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}
