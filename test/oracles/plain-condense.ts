// condense.ts as it is defined: counts every n-gram in a map and cuts each run by trying all segments. No blocks, no groups, no ids.

/** Cuts texts with their counts into frequent segments; returns these with their counts, rare ones included. */
export function plainCondense(
  source: readonly (readonly [text: string, count: number])[],
  maxLength: number,
  minCount: number,
): Map<string, number> {
  const ngrams = new Map<string, number>();
  let total = 0;
  for (const [text, count] of source) {
    const characters = [...text];
    total += characters.length * count;
    for (let start = 0; start < characters.length; start++) {
      for (let end = start + 1; end <= Math.min(characters.length, start + maxLength); end++) {
        const ngram = characters.slice(start, end).join('');
        ngrams.set(ngram, (ngrams.get(ngram) ?? 0) + count);
      }
    }
  }
  const costOf = (count: number): number => 40 * 256 + Math.round(256 * Math.log2(total / count));
  const isSingle = (ngram: string): boolean => [...ngram].length === 1;
  let costs = new Map<string, number>();
  for (const [ngram, count] of ngrams) if (isSingle(ngram) || count >= minCount) costs.set(ngram, costOf(count));
  for (let round = 1; ; round++) {
    const used = new Map<string, number>();
    for (const [text, count] of source) {
      for (const segment of bestCut([...text], costs, maxLength)) used.set(segment, (used.get(segment) ?? 0) + count);
    }
    if (round === 4) return used;
    const threshold = (minCount * round) / 3;
    const before = costs;
    costs = new Map([...before].filter(([ngram]) => isSingle(ngram)));
    for (const [ngram, count] of used) if (!isSingle(ngram) && count >= threshold) costs.set(ngram, costOf(count));
  }
}

function bestCut(characters: readonly string[], costs: ReadonlyMap<string, number>, maxLength: number): string[] {
  const best: { readonly cost: number; readonly segments: readonly string[] }[] = [{ cost: 0, segments: [] }];
  for (let end = 1; end <= characters.length; end++) {
    let least = { cost: Infinity, segments: [] as readonly string[] };
    // At equal cost the longer segment.
    for (let length = 1; length <= Math.min(end, maxLength); length++) {
      const segment = characters.slice(end - length, end).join('');
      const cost = best[end - length]!.cost + (costs.get(segment) ?? Infinity);
      if (cost <= least.cost) least = { cost, segments: [...best[end - length]!.segments, segment] };
    }
    best.push(least);
  }
  return [...best.at(-1)!.segments];
}
