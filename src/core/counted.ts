// Numbers in sentences: thousands grouped, and the noun in its number. The same on every machine: no locale is looked up.

/** A whole number with its thousands grouped: `12,345`. */
export function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * How many of what: `1 piece`, `12,345 pieces`, `0 pieces`.
 *
 * @param plural of a noun that does not take `s`; a phrase is its own noun: `counted(2, 'line is', 'lines are')`
 */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${groupDigits(value)} ${value === 1 ? noun : plural}`;
}

/** A share as `45.7 %`. */
export function asPercent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}
