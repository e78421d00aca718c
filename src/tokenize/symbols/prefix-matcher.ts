// Finds user-defined symbols in text: the longest one that starts at a position wins.
// SentencePiece matches them before anything else, both while normalizing and while segmenting.

/** Longest-match lookup of a fixed set of strings. */
export interface PrefixMatcher {
  /** 1 where a symbol starts with that UTF-16 unit, `[65536]`. */
  readonly startUnits: Uint8Array;
  /** The longest symbol at `position`, or `''`. */
  match(text: string, position: number): string;
  /** The same for text as UTF-16 units that ends at `length`. */
  matchUnits(units: Uint16Array, position: number, length: number): string;
}

/** Builds a matcher, or returns `undefined` when there is nothing to match. */
export function createPrefixMatcher(symbols: readonly string[]): PrefixMatcher | undefined {
  if (symbols.length === 0) return undefined;
  const startUnits = new Uint8Array(0x10000);
  const byUnit = new Map<number, string[]>();
  for (const symbol of [...symbols].sort((a, b) => b.length - a.length)) {
    const unit = symbol.charCodeAt(0);
    startUnits[unit] = 1;
    const list = byUnit.get(unit);
    if (list) list.push(symbol);
    else byUnit.set(unit, [symbol]);
  }
  return {
    startUnits,
    match(text, position) {
      const list = byUnit.get(text.charCodeAt(position));
      return list?.find((symbol) => text.startsWith(symbol, position)) ?? '';
    },
    matchUnits(units, position, length) {
      const list = byUnit.get(units[position]!);
      return list?.find((symbol) => position + symbol.length <= length && isAt(units, position, symbol)) ?? '';
    },
  };
}

function isAt(units: Uint16Array, position: number, symbol: string): boolean {
  for (let i = 1; i < symbol.length; i++) if (units[position + i] !== symbol.charCodeAt(i)) return false;
  return true;
}
