// Fills a join filter from pieces that are spelled in bytes: reads the characters that each piece spells, and where a piece
// begins or ends inside a character, the byte that is next to its neighbour. A boundary between two characters that no
// piece crosses is then known from the characters alone, before any of them is turned into bytes.
import type { PieceTexts } from '../../core/piece-texts.ts';
import { isContinuation } from '../../core/unicode/utf8.ts';
import {
  addJoin,
  addJoinAfterPart,
  addJoinBeforePart,
  addJoinOfParts,
  createJoinFilter,
  type JoinFilter,
  keepSurrogates,
} from './join-filter.ts';

/** What stands before a character inside a piece. */
const NOTHING = -1;

/** The filter of the pieces with these ids. */
export function buildByteJoins({ units, starts }: PieceTexts, ids: Int32Array): JoinFilter {
  const filter = createJoinFilter(ids.length);
  keepSurrogates(filter);
  for (let i = 0; i < ids.length; i++) addPiece(filter, units, starts[ids[i]!]!, starts[ids[i]! + 1]!);
  return filter;
}

function addPiece(filter: JoinFilter, bytes: Uint16Array, start: number, end: number): void {
  let at = start;
  while (at < end && isContinuation(bytes[at]!)) at++;
  // The last byte of a part, or the unit of a whole character, that stands before `at`.
  let partByte = at > start ? bytes[at - 1]! : NOTHING;
  let unit = NOTHING;
  while (at < end) {
    const first = bytes[at]!;
    const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let next = at + 1;
    while (next < end && next < at + size && isContinuation(bytes[next]!)) next++;
    if (next - at < size) {
      if (unit !== NOTHING) addJoinBeforePart(filter, unit, first);
      else if (partByte !== NOTHING) addJoinOfParts(filter, partByte, first);
      // Behind a part in the middle, bytes that spell nothing, no text goes on.
      unit = NOTHING;
    } else {
      // Characters past the BMP are kept whatever stands beside them: any value does that is no unit of another.
      const following = size === 4 ? NOTHING : unitAt(bytes, at, size);
      if (following !== NOTHING) {
        if (unit !== NOTHING) addJoin(filter, unit, following);
        else if (partByte !== NOTHING) addJoinAfterPart(filter, partByte, following);
      }
      unit = following;
    }
    partByte = NOTHING;
    at = next;
  }
}

function unitAt(bytes: Uint16Array, at: number, size: number): number {
  const first = bytes[at]!;
  if (size === 1) return first;
  const second = bytes[at + 1]! & 0x3f;
  if (size === 2) return ((first & 0x1f) << 6) | second;
  return ((first & 0x0f) << 12) | (second << 6) | (bytes[at + 2]! & 0x3f);
}
