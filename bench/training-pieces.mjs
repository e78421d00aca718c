// How far two vocabularies agree: pieces in common, and how far the scores of these are apart.
import { readFile } from 'node:fs/promises';

/** Compares two .vocab files (piece, tab, score). */
export async function compareVocabularies(ours, theirs) {
  const [left, right] = [await readVocabulary(ours), await readVocabulary(theirs)];
  let common = 0;
  let greatestDifference = 0;
  for (const [piece, score] of left) {
    if (!right.has(piece)) continue;
    common++;
    greatestDifference = Math.max(greatestDifference, Math.abs(score - right.get(piece)));
  }
  return { common: common / Math.max(left.size, right.size), greatestDifference };
}

async function readVocabulary(path) {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const tab = line.lastIndexOf('\t');
      return [line.slice(0, tab), Number(line.slice(tab + 1))];
    }),
  );
}
