// new-pieces.csv: the new pieces in the order of their rank, for a person to look through.

/**
 * One line a piece: rank from 1, id, text, tokens saved on the training text, where it is known.
 *
 * @param options.ids of the first pieces, where they do not follow each other from `firstId` on
 * @example
 * ```ts
 * await formatNewPiecesCsv({ pieces: ['中国'], saved: Float64Array.of(7) }, { firstId: 32_000 });
 * // rank,id,piece,saved
 * // 1,32000,中国,7
 * ```
 */
export async function formatNewPiecesCsv(
  ranked: { readonly pieces: readonly string[]; readonly saved?: Float64Array | undefined },
  { firstId, ids = [] }: { readonly firstId: number; readonly ids?: ArrayLike<number> | undefined },
): Promise<string> {
  const { writeToString } = await import('fast-csv');
  const idOf = (i: number): number => ids[i] ?? firstId + i - ids.length;
  const rows = ranked.pieces.map((piece, i) => [i + 1, idOf(i), piece, ranked.saved?.[i] ?? '']);
  return writeToString(rows, { headers: ['rank', 'id', 'piece', 'saved'], includeEndRowDelimiter: true });
}
