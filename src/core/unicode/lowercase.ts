// Lower case of one character as Rust's char::to_lowercase has it, in Unicode 17.0.0 (tokenizers 0.23.2, measured through
// the engine for every code point), whatever version this runtime has. It knows no context: a final Σ becomes σ, not ς.
import { categoryOf, UNASSIGNED } from './categories.ts';

// Case pairs of Unicode 16 and 17, which runtimes of this project's oldest Node lack: first, last, and the lower case of the first.
const NEW_PAIRS: readonly (readonly [first: number, last: number, lower: number])[] = [
  [0x1c89, 0x1c89, 0x1c8a],
  [0xa7cb, 0xa7cb, 0x264],
  [0xa7cc, 0xa7cc, 0xa7cd],
  [0xa7ce, 0xa7ce, 0xa7cf],
  [0xa7d2, 0xa7d2, 0xa7d3],
  [0xa7d4, 0xa7d4, 0xa7d5],
  [0xa7da, 0xa7da, 0xa7db],
  [0xa7dc, 0xa7dc, 0x19b],
  [0x10d50, 0x10d65, 0x10d70],
  [0x16ea0, 0x16eb8, 0x16ebb],
];

/** Lower case of a code point, as text; of what is newer than the table, the character itself. */
export function lowerCaseOf(codePoint: number): string {
  for (const [first, last, lower] of NEW_PAIRS) {
    if (codePoint >= first && codePoint <= last) return String.fromCodePoint(lower + codePoint - first);
  }
  const text = String.fromCodePoint(codePoint);
  return categoryOf(codePoint) === UNASSIGNED ? text : text.toLowerCase();
}
