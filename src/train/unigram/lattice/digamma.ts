// The digamma function, the derivative of ln Γ, for positive arguments, as the M step of Unigram training needs it.
// Asymptotic series around x - 1/2 after shifting x to 7 or more: DLMF 5.11.2 with argument x + 1/2 (Bernoulli polynomials).

/**
 * ψ(x) for x > 0, to about 1e-9.
 *
 * @example
 * ```ts
 * digamma(1); // -0.5772156649…: minus Euler's constant
 * ```
 */
export function digamma(x: number): number {
  let shift = 0;
  for (; x < 7; x++) shift -= 1 / x;
  const inverseSquare = 1 / ((x - 0.5) * (x - 0.5));
  const series = 1 / 24 - inverseSquare * (7 / 960 - inverseSquare * (31 / 8064 - inverseSquare * (127 / 30720)));
  return shift + Math.log(x - 0.5) + inverseSquare * series;
}
