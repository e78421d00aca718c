// What becomes of a text that a pattern cuts: the five behaviors of tokenizers 0.23.2 (NormalizedString::split in
// tokenizers/src/tokenizer/normalizer.rs), oddities included.
import type { SplitBehavior } from '../../core/model.ts';

/** A part of a text, and whether the pattern matched it. Parts lie side by side; a match can be empty. */
export interface TextPart {
  readonly start: number;
  readonly end: number;
  readonly isMatch: boolean;
}

/**
 * The parts of a text with `length` units, given where a pattern matches.
 *
 * @param matches start and end of each match, in order: `[start0, end0, start1, end1, …]`
 * @param invert what matches counts as what does not, and the other way round
 */
export function partsOf(matches: readonly number[], length: number, invert: boolean): TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  for (let i = 0; i < matches.length; i += 2) {
    const start = matches[i]!;
    const end = matches[i + 1]!;
    if (start > done) parts.push({ start: done, end: start, isMatch: invert });
    parts.push({ start, end, isMatch: !invert });
    done = end;
  }
  if (done < length || parts.length === 0) parts.push({ start: done, end: length, isMatch: invert });
  return parts;
}

/** The parts that are left, joined as the behavior says. */
export function applyBehavior(parts: readonly TextPart[], behavior: SplitBehavior): readonly TextPart[] {
  switch (behavior) {
    case 'isolated':
      return parts;
    case 'removed':
      return parts.filter((part) => !part.isMatch);
    case 'contiguous':
      // Neighbours that both match, or both do not.
      return join(parts, (part, before) => part.isMatch === before);
    case 'merged-with-previous':
      // The second of two matches stays alone.
      return join(parts, (part, before) => part.isMatch && !before);
    case 'merged-with-next':
      return join([...parts].reverse(), (part, before) => part.isMatch && !before).reverse();
  }
}

// Joins a part to what stands before it in the list. Before the first part, the engine takes it that nothing matched.
function join(parts: readonly TextPart[], joins: (part: TextPart, isMatchBefore: boolean) => boolean): TextPart[] {
  const joined: TextPart[] = [];
  let before = false;
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && joins(part, before)) {
      joined[joined.length - 1] = {
        ...last,
        start: Math.min(last.start, part.start),
        end: Math.max(last.end, part.end),
      };
    } else joined.push(part);
    before = part.isMatch;
  }
  return joined;
}
