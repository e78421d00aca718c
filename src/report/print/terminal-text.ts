// Running text in lines of a given width, broken at spaces, of which several count as one; a word that is wider than a line is
// broken where it must.
import { displayWidth } from './display-width.ts';

/**
 * Breaks `text` into lines of at most `width` columns.
 *
 * @example
 * ```ts
 * wrapText('fewer tokens 词表', 12); // ['fewer tokens', '词表']
 * ```
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const push = (): void => {
    if (line !== '') lines.push(line);
    line = '';
    used = 0;
  };
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const columns = displayWidth(word);
    if (used > 0 && used + 1 + columns > width) push();
    if (columns <= width) {
      line += used > 0 ? ` ${word}` : word;
      used += used > 0 ? columns + 1 : columns;
      continue;
    }
    for (const character of word) {
      if (used + displayWidth(character) > width) push();
      line += character;
      used += displayWidth(character);
    }
  }
  push();
  return lines;
}
