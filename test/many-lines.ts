// Made-up lines for tests of what happens to many of them.

/** `count` different lines that begin with `text`. */
export function manyLines(text: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${text}第${i}行。\n`).join('');
}

/** Lines of words drawn from a vocabulary with falling frequencies; the same on every machine. */
export function wordLines(count: number, seed: number): string[] {
  let state = seed;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) ** 3 * limit);
  };
  const words = Array.from({ length: 3000 }, () =>
    Array.from({ length: 1 + next(6) }, () => String.fromCodePoint(0x4e00 + next(900))).join(''),
  );
  return Array.from({ length: count }, () => Array.from({ length: 12 }, () => words[next(words.length)]!).join(''));
}
