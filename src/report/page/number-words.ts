// Numbers as a reader of the page expects them, in English and Chinese: thousands grouped, shares as percentages, bytes in
// SI units, large amounts in the language's own words (million, 亿). The same on every machine: no locale is looked up.
import type { PageLanguage } from './page-data.ts';

/** A whole number with its thousands grouped: `49,953`. */
export function formatAmount(value: number): string {
  const text = Math.abs(Math.round(value)).toFixed(0);
  const grouped = text.replace(/\B(?=(\d{3})+$)/g, ',');
  return value < 0 && grouped !== '0' ? `−${grouped}` : grouped;
}

/** A share as a percentage with `digits` decimals: `50.3 %`, in Chinese `50.3%`. */
export function formatPercent(share: number, language: PageLanguage, digits = 1): string {
  const value = (100 * Math.abs(share)).toFixed(digits);
  const sign = share < 0 && Number(value) !== 0 ? '−' : '';
  // A space that does not break.
  return `${sign}${value}${language === 'zh' ? '%' : '\u00a0%'}`;
}

/** Tokens beside the base's as a change: a ratio of 0.524 is `−47.6 %`. The page says every such ratio in this way. */
export function formatChange(ratio: number, language: PageLanguage, digits = 1): string {
  const change = formatPercent(ratio - 1, language, digits);
  return ratio > 1 && Number.parseFloat(change) !== 0 ? `+${change}` : change;
}

/** A factor with two decimals: `1.96`. */
export function formatTimes(factor: number): string {
  return factor.toFixed(2);
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in powers of 1,000: `294 MB`, `1.25 GB`. */
export function formatBytesSi(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${bytes < 0 ? '−' : ''}${value.toFixed(digits)}\u00a0${BYTE_UNITS[unit]}`;
}

const LARGE: Readonly<Record<PageLanguage, readonly (readonly [number, string])[]>> = {
  en: [
    [1e12, '\u00a0trillion'],
    [1e9, '\u00a0billion'],
    [1e6, '\u00a0million'],
  ],
  zh: [
    [1e12, '\u00a0万亿'],
    [1e8, '\u00a0亿'],
    [1e4, '\u00a0万'],
  ],
};

/** A large amount in three digits and the language's own unit: `3.46 billion`, `34.6 亿`; small ones as they are. */
export function formatLarge(value: number, language: PageLanguage): string {
  const size = Math.abs(value);
  for (const [unit, word] of LARGE[language]) {
    if (size < unit) continue;
    const scaled = size / unit;
    const digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
    const text = scaled >= 1000 ? formatAmount(scaled) : scaled.toFixed(digits);
    return `${value < 0 ? '−' : ''}${text}${word}`;
  }
  return formatAmount(value);
}
