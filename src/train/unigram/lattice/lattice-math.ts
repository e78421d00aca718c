// exp and log-sum-exp for sums over lattices, as fast as a table look-up and yet the very float32 that Math.exp and
// Math.log lead to: where a table's small error could change the rounding, the slow functions decide.
// Arguments and sums are float32 values; nothing here knows of pieces or paths.

const { fround } = Math;

/** Sums whose terms are further apart are the larger term, as in the reference. */
const MAX_DISTANCE = 50;

/** Where {@link LOG_COEFFICIENTS} end, and how many cubics they are to the unit. */
const LOG_LIMIT = 32;
const LOG_DENSITY = 32;
/**
 * Cubics for log(1 + exp(-d)), d in [0, LOG_LIMIT], in powers of the distance from the nearest 1 / LOG_DENSITY: four coefficients each.
 * lattice-kernels.wat reads them too, and has these numbers.
 */
export const LOG_COEFFICIENTS = buildLogTable();
/** Above the greatest error of these cubics (5e-11), whatever the interval. */
const LOG_ERROR = 1e-10;
/** Beyond LOG_LIMIT nothing is added to sums below this: log(1 + exp(-32)) is under half a unit in their last place. */
const LOG_ABSORBING = -1e-6;

/** exp(-k / EXP_DENSITY), down to exp(-EXP_LIMIT). */
const EXP_LIMIT = 64;
const EXP_DENSITY = 64;
const EXP_NOISE = 0.5 / EXP_DENSITY;
const EXP_POWERS = Float64Array.from({ length: EXP_LIMIT * EXP_DENSITY + 1 }, (_, k) => Math.exp(-k / EXP_DENSITY));

/** Above the relative error of exp (3e-13) and of the two roundings behind it. */
const EXP_ERROR = 1e-12;

/**
 * log(exp(a) + exp(b)), rounded to float32; -Infinity is the empty sum.
 *
 * @param a, b float32 values
 */
export function logSumExp(a: number, b: number): number {
  const max = a > b ? a : b;
  const distance = fround(max - (a > b ? b : a));
  if (distance < LOG_LIMIT) {
    const cell = (distance * LOG_DENSITY + 0.5) | 0;
    const t = distance - cell / LOG_DENSITY;
    const at = cell * 4;
    const near =
      max +
      LOG_COEFFICIENTS[at]! +
      t * (LOG_COEFFICIENTS[at + 1]! + t * (LOG_COEFFICIENTS[at + 2]! + t * LOG_COEFFICIENTS[at + 3]!));
    const low = fround(near - LOG_ERROR);
    if (low === fround(near + LOG_ERROR)) return low;
  } else if (max < LOG_ABSORBING || distance > MAX_DISTANCE) return max;
  return fround(max + Math.log(Math.exp(-distance) + 1));
}

/** exp(x) with a relative error below 1e-12; made for x up to 0 and, from rounding, a little above. */
export function expNear(x: number): number {
  if (x > EXP_NOISE || x < -EXP_LIMIT) return Math.exp(x);
  const cell = (0.5 - x * EXP_DENSITY) | 0;
  const t = x + cell / EXP_DENSITY;
  return EXP_POWERS[cell]! * (1 + t * (1 + t * (1 / 2 + t * (1 / 6 + t * (1 / 24)))));
}

/**
 * `sum + factor * exp(x)`, rounded to float32.
 *
 * @param sum, factor, x float32 values; `sum` and `factor` not negative
 * @param exp exp(x) with a relative error below 3e-13
 */
export function addExp(sum: number, factor: number, x: number, exp: number): number {
  const near = sum + factor * exp;
  const low = fround(near * (1 - EXP_ERROR));
  return low === fround(near * (1 + EXP_ERROR)) ? low : fround(sum + factor * Math.exp(x));
}

/** Cubics through four Chebyshev points around each multiple of 1 / LOG_DENSITY, in powers of the distance from it. */
function buildLogTable(): Float64Array {
  const size = LOG_LIMIT * LOG_DENSITY + 1;
  const coefficients = new Float64Array(size * 4);
  const near = Math.sin(Math.PI / 8) / 2 / LOG_DENSITY;
  const far = Math.cos(Math.PI / 8) / 2 / LOG_DENSITY;
  for (let cell = 0; cell < size; cell++) {
    const valueAt = (t: number): number => Math.log1p(Math.exp(-(cell / LOG_DENSITY + t)));
    // Even part c0 + c2 t^2 and odd part c1 t + c3 t^3, each from two points.
    const evenNear = (valueAt(near) + valueAt(-near)) / 2;
    const evenFar = (valueAt(far) + valueAt(-far)) / 2;
    const oddNear = (valueAt(near) - valueAt(-near)) / (2 * near);
    const oddFar = (valueAt(far) - valueAt(-far)) / (2 * far);
    const width = far * far - near * near;
    const c2 = (evenFar - evenNear) / width;
    const c3 = (oddFar - oddNear) / width;
    coefficients.set([evenNear - c2 * near * near, oddNear - c3 * near * near, c2, c3], cell * 4);
  }
  return coefficients;
}
