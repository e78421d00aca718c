// Several works at a time, of which the first failure counts: the others are told to stop and waited for, so that nothing is
// closed or removed under them.

/** A work; it calls `check` now and then, which throws once another work has failed. */
export type SideWork<T> = (check: () => void) => Promise<T>;

/**
 * Runs works side by side.
 *
 * @returns their results, in the order of `works`
 * @throws what the first of them threw, when all have ended
 */
export async function sideBySide<T>(works: readonly SideWork<T>[]): Promise<T[]> {
  let failure: { readonly error: unknown } | undefined;
  const check = (): void => {
    if (failure !== undefined) throw new Error('stopped, since another work failed');
  };
  const run = async (work: SideWork<T>): Promise<T | undefined> => {
    try {
      return await work(check);
    } catch (error) {
      failure ??= { error };
      return undefined;
    }
  };
  const results = await Promise.all(works.map(run));
  if (failure !== undefined) throw failure.error;
  return results as T[];
}
