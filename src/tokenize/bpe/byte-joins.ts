// Fills a join filter from pieces that are spelled in bytes: reads the characters that each piece spells, and where a piece
// begins or ends inside a character, the byte that is next to its neighbour. A boundary between two characters that no
// piece crosses is then known from the characters alone, before any of them is turned into bytes.
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
export function buildByteJoins(pieces: readonly string[], ids: Int32Array): JoinFilter {
  const filter = createJoinFilter();
  keepSurrogates(filter);
  for (let i = 0; i < ids.length; i++) addPiece(filter, pieces[ids[i]!]!);
  return filter;
}

function addPiece(filter: JoinFilter, piece: string): void {
  const { length } = piece;
  let at = 0;
  while (at < length && isContinuation(piece.charCodeAt(at))) at++;
  // The last byte of a part, or the unit of a whole character, that stands before `at`.
  let partByte = at > 0 ? piece.charCodeAt(at - 1) : NOTHING;
  let unit = NOTHING;
  while (at < length) {
    const first = piece.charCodeAt(at);
    const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let end = at + 1;
    while (end < length && end < at + size && isContinuation(piece.charCodeAt(end))) end++;
    if (end - at < size) {
      if (unit !== NOTHING) addJoinBeforePart(filter, unit, first);
      else if (partByte !== NOTHING) addJoinOfParts(filter, partByte, first);
      // Behind a part in the middle, bytes that spell nothing, no text goes on.
      unit = NOTHING;
      partByte = NOTHING;
    } else {
      // Characters past the BMP are kept whatever stands beside them: any value does that is no unit of another.
      const next = size === 4 ? NOTHING : unitAt(piece, at, size);
      if (next !== NOTHING) {
        if (unit !== NOTHING) addJoin(filter, unit, next);
        else if (partByte !== NOTHING) addJoinAfterPart(filter, partByte, next);
      }
      unit = next;
      partByte = NOTHING;
    }
    at = end;
  }
}

function unitAt(piece: string, at: number, size: number): number {
  const first = piece.charCodeAt(at);
  if (size === 1) return first;
  const second = piece.charCodeAt(at + 1) & 0x3f;
  if (size === 2) return ((first & 0x1f) << 6) | second;
  return ((first & 0x0f) << 12) | (second << 6) | (piece.charCodeAt(at + 2) & 0x3f);
}
