// Finds pieces of a vocabulary by text, id, script, length and what is known of them. Pure; the form is in
// vocabulary-search-form.ts.
import { ABSENT_PIECE, PIECE_TYPE, SPACE_SYMBOL } from '../../core/model.ts';
import { SCRIPT, scriptName, scriptOf } from '../../core/unicode/scripts.ts';
import { surfaceOf, TOKEN_KIND } from '../../report/counters/token-counter.ts';
import type { PieceMarks } from '../../report/page/page-data.ts';
import { isSpelledInBytes } from '../../tokenize/vocabulary.ts';
import type { OpenTokenizer } from '../view/embedded-tokenizers.ts';
import { showBytes } from '../view/piece-text.ts';

/** What a piece is, beside its text. */
export type PieceKind = 'fresh' | 'dead' | 'broken' | 'byte' | 'special';

/** One piece as the search shows it. */
export interface FoundPiece {
  readonly id: number;
  readonly piece: string;
  /** Script of its first letter, `Common` when it has none. */
  readonly script: string;
  /** Code points, the space in front not counted. */
  readonly length: number;
  readonly score: number | undefined;
  readonly kinds: readonly PieceKind[];
  /** What a dead or broken piece is encoded as. */
  readonly encodesTo: readonly string[] | undefined;
}

/** What is looked for; what is left out matches everything. */
export interface PieceQuery {
  /** A part of the piece's text, `▁` as it is or as a space; or, when it is a number, an id too. */
  readonly text?: string;
  readonly script?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly kind?: PieceKind;
}

/** All pieces of a vocabulary, in order of their ids. */
export function listPieces(open: OpenTokenizer, firstNewId: number, marks: PieceMarks | undefined): FoundPiece[] {
  const { counter, tokenizer } = open;
  const dead = new Map(marks?.dead.map((one) => [one.id, one.encodesTo]));
  const broken = new Map(marks?.broken.map((one) => [one.id, one.encodesTo]));
  const pieces: FoundPiece[] = [];
  for (let id = 0; id < counter.vocabSize; id++) {
    const spelled = counter.idToPiece(id);
    if (spelled === undefined || tokenizer?.model.pieceTypes[id] === ABSENT_PIECE) continue;
    const surface = surfaceOf(counter, id);
    const kind = counter.tokenKinds[id];
    const type = tokenizer?.model.pieceTypes[id];
    const kinds: PieceKind[] = [];
    if (kind === TOKEN_KIND.byte) kinds.push('byte');
    else if (kind === TOKEN_KIND.unknown || type === PIECE_TYPE.control || surface === undefined) kinds.push('special');
    if (id >= firstNewId) kinds.push('fresh');
    if (dead.has(id)) kinds.push('dead');
    if (broken.has(id)) kinds.push('broken');
    // Byte-level vocabularies are shown as the text that they stand for, with spaces as SentencePiece shows them.
    const byteText =
      kind === TOKEN_KIND.byte
        ? showBytes(spelled)
            .map((byte) => `<0x${byte}>`)
            .join('')
        : '';
    const isSpelled = tokenizer !== undefined && !isSpelledInBytes(tokenizer.model, id);
    const piece = isSpelled ? spelled : (surface?.replaceAll(' ', SPACE_SYMBOL) ?? (byteText || spelled));
    const isText = !kinds.includes('byte') && !kinds.includes('special');
    pieces.push({
      id,
      piece,
      script: isText ? scriptOfText(piece) : 'Common',
      length: isText ? lengthOf(piece) : 0,
      // Where merges are listed or follow from ids, the scores say nothing.
      score:
        tokenizer?.model.units === 'utf16' && tokenizer.model.merges === undefined
          ? tokenizer.model.pieceScores[id]
          : undefined,
      kinds,
      encodesTo: dead.get(id) ?? broken.get(id),
    });
  }
  return pieces;
}

/** Pieces that match, exact texts and ids first, then by id. */
export function searchPieces(pieces: readonly FoundPiece[], query: PieceQuery): FoundPiece[] {
  const { text = '', script, minLength = 0, maxLength = Number.POSITIVE_INFINITY, kind } = query;
  const needle = text.replaceAll(' ', SPACE_SYMBOL).toLowerCase();
  const id = /^#?\d+$/.test(text.trim()) ? Number(text.trim().replace('#', '')) : -1;
  const exact: FoundPiece[] = [];
  const others: FoundPiece[] = [];
  for (const piece of pieces) {
    if (script !== undefined && piece.script !== script) continue;
    if (piece.length < minLength || piece.length > maxLength) continue;
    if (kind !== undefined && !piece.kinds.includes(kind)) continue;
    const lower = piece.piece.toLowerCase();
    if (needle === '') others.push(piece);
    else if (piece.id === id || lower === needle || lower === SPACE_SYMBOL + needle) exact.push(piece);
    else if (lower.includes(needle)) others.push(piece);
  }
  return [...exact, ...others];
}

/** Scripts of a vocabulary, the most frequent first. */
export function listScripts(pieces: readonly FoundPiece[]): string[] {
  const counts = new Map<string, number>();
  for (const { script } of pieces) counts.set(script, (counts.get(script) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([script]) => script);
}

function scriptOfText(text: string): string {
  for (const character of text) {
    const script = scriptOf(character.codePointAt(0)!);
    if (script !== SCRIPT.common && script !== SCRIPT.inherited) return scriptName(script);
  }
  return 'Common';
}

function lengthOf(piece: string): number {
  let length = 0;
  for (const character of piece) if (character !== SPACE_SYMBOL) length++;
  return length;
}
