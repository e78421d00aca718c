// Which tokens of a passage differ from those of the base: with offsets, the base has no token of that piece at that place;
// without, the token is not in the longest common run of pieces. Pure.
import { SPACE_SYMBOL } from '../../core/model.ts';
import type { PassageTokens } from '../../report/page/page-data.ts';

/** Longest passages that are aligned without offsets, in tokens; beyond, nothing is marked. */
const MAX_ALIGNED = 2000;

/** True for each token of `own` that `base` has not. */
export function markDifferences(base: PassageTokens, own: PassageTokens): boolean[] {
  if (hasOffsets(base) && hasOffsets(own)) {
    const left = new Map<string, number>();
    for (let i = 0; i < base.ids.length; i++) {
      const key = `${base.starts[i]} ${base.ends[i]} ${base.pieces[i]}`;
      left.set(key, (left.get(key) ?? 0) + 1);
    }
    return own.pieces.map((piece, i) => {
      const key = `${own.starts[i]} ${own.ends[i]} ${piece}`;
      const count = left.get(key) ?? 0;
      if (count > 0) left.set(key, count - 1);
      return count === 0;
    });
  }
  return markByAlignment(spelled(base), spelled(own));
}

interface WithOffsets extends PassageTokens {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

function hasOffsets(tokens: PassageTokens): tokens is WithOffsets {
  return tokens.starts !== undefined && tokens.ends !== undefined;
}

/** Texts that can be compared across kinds of vocabularies: characters where they are known, else pieces. */
function spelled({ pieces, surfaces }: PassageTokens): string[] {
  return pieces.map((piece, i) => surfaces?.[i] ?? piece.replaceAll(SPACE_SYMBOL, ' '));
}

function markByAlignment(base: readonly string[], own: readonly string[]): boolean[] {
  if (base.length > MAX_ALIGNED || own.length > MAX_ALIGNED) return own.map(() => false);
  // Lengths of the longest common subsequence of the ends, [base.length + 1, own.length + 1].
  const width = own.length + 1;
  const lengths = new Uint16Array((base.length + 1) * width);
  for (let i = base.length - 1; i >= 0; i--) {
    for (let j = own.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        base[i] === own[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const differs = own.map(() => true);
  let i = 0;
  let j = 0;
  while (i < base.length && j < own.length) {
    if (base[i] === own[j]) {
      differs[j] = false;
      i++;
      j++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return differs;
}
