// Made-up lines for tests of what happens to many of them.

/** `count` different lines that begin with `text`. */
export function manyLines(text: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${text}第${i}行。\n`).join('');
}
