// removed-pieces.csv: the pieces that have left a vocabulary, for a person to look through.

/**
 * One line a piece: its id in the base, its text, how often it occurred in the text to be kept.
 *
 * @param pieces of the base by id, as they are to be read
 * @param counts by id
 * @example
 * ```ts
 * await formatRemovedPiecesCsv([1], { pieces: ['a', 'ab'], counts: [9, 0] });
 * // id,piece,occurrences
 * // 1,ab,0
 * ```
 */
export async function formatRemovedPiecesCsv(
  ids: Iterable<number>,
  { pieces, counts }: { readonly pieces: readonly string[]; readonly counts: ArrayLike<number> },
): Promise<string> {
  const { writeToString } = await import('fast-csv');
  const rows = Array.from(ids, (id) => [id, pieces[id]!, counts[id]!]);
  return writeToString(rows, { headers: ['id', 'piece', 'occurrences'], includeEndRowDelimiter: true });
}
