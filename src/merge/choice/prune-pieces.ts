// Chooses the pieces that a vocabulary can best do without: leaves only, one after the other, the least useful first.
// It chooses and changes nothing: taking out is core/patch.ts (models) and formats/ (files).
//
// A leaf is a piece that no other piece that stays is merged from; in a Unigram model every piece is one. Usefulness is the
// number of tokens that the text to be kept would gain: the occurrences of the piece, times the tokens that its text takes
// more without it. When a piece goes, its occurrences become occurrences of its parts. Anchors: the leaf pruning of
// Purason et al. 2025 (arXiv 2512.03989), which counts so too but takes all listed merges for needed; Ushio et al. 2023
// (arXiv 2305.15020), who trim Unigram vocabularies by frequency.
//
// Why this is harmless, with R for the pieces that leave:
// 1. A text whose tokens have no piece of R keeps its tokens. BPE: what is merged on the way to a token of the text is a
//    part of its merges, so were a piece of R merged on the way, R would have that token too. So no merge that is made has
//    to do with R; each was the best of all, so it is the best of those that are left. A whole pre-token is found as before.
//    Unigram: the best path stays, and every other path ends no better than before. This takes the same scores: the worst
//    and the best score of the model, which unknown characters and user-defined symbols are scored by, stay with a piece.
// 2. No piece that stays dies: by 1, its own text still becomes that one piece.
// 3. What decoded to itself still does: characters keep their pieces where there are no bytes to fall back on; so do `▁`,
//    which its bytes would not turn back into a space, and the ASCII characters, which some models have instead of bytes.
//    Trainers make a piece of every character. Where one is missing and bytes too, the pieces that have the character stay,
//    but another text may lose it: the parts of a piece that leaves may merge with their neighbours.
import { createHeap } from '../../core/heap.ts';
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { byteSurface } from '../../core/unicode/byte-level.ts';
import { SCRIPT, scriptOf } from '../../core/unicode/scripts.ts';
import { InputError } from '../../errors.ts';
import { isSpelledInBytes } from '../../tokenize/vocabulary.ts';
import { findPieceOrigins } from './piece-origins.ts';
import { chosenScripts } from './script-filter.ts';

/** Input of {@link choosePrunedPieces}. */
export interface PrunePiecesOptions {
  readonly model: TokenizerModel;
  /** How many pieces leave. */
  readonly count: number;
  /** How often each token occurs in the text to be kept, `[idCount]`. Default: there is no such text. */
  readonly counts?: ArrayLike<number> | undefined;
  /** Pieces with a character of any other script leave first. Characters that scripts share go with all. Default: all are wanted. */
  readonly scripts?: readonly string[] | undefined;
  /** Ids that stay besides those that have to, such as tokens that only files beside the vocabulary list. */
  readonly keep?: ReadonlySet<number> | undefined;
}

/** Result of {@link choosePrunedPieces}. */
export interface PrunedPieces {
  /** Ids of the pieces that leave, ascending. */
  readonly ids: Int32Array;
  /** How many of them no text yields, were of other scripts, or did not occur in the text; the first that holds counts. */
  readonly dead: number;
  readonly otherScripts: number;
  readonly unseen: number;
}

/** A piece that does not occur counts as this many occurrences, so that characters, which become several bytes, stay longest. */
const UNSEEN_COUNT = 0.5;

/** Above every number of tokens; what it is added to is exact to a half. */
const FIRST = 2 ** 50;

/**
 * Chooses `count` pieces: dead ones first, then those of other scripts, then the least useful; of equals the last id first.
 *
 * @throws InputError when fewer pieces can leave
 * @throws OptionError for an unknown script
 * @example
 * ```ts
 * const counts = new Float64Array(model.pieces.length);
 * for (const line of lines) tokenizer.forEachId(line, (id) => counts[id]!++);
 * const { ids } = choosePrunedPieces({ model, counts, count: 10_000 });
 * ```
 */
export function choosePrunedPieces(options: PrunePiecesOptions): PrunedPieces {
  const { model, count } = options;
  const { length: idCount } = model.pieces;
  const { isDead, isMerged, tokensWithout, partStarts, parts } = findPieceOrigins(model);
  const stays = findFixed(model, options.keep);
  const isOther = options.scripts === undefined ? () => false : otherScriptTest(model, options.scripts);
  const isOtherPiece = Uint8Array.from({ length: idCount }, (_, id) => (stays[id] === 0 && isOther(id) ? 1 : 0));
  // Pieces that stay and are merged from this one.
  const needs = new Int32Array(idCount);
  const forEachPart = (id: number, visit: (part: number) => void): void => {
    for (let i = partStarts[id]!; i < partStarts[id + 1]!; i++) visit(parts[i]!);
  };
  for (let id = 0; id < idCount; id++) if (isMerged[id] === 1) forEachPart(id, (part) => needs[part]!++);

  const counts = Float64Array.from({ length: idCount }, (_, id) => options.counts?.[id] ?? 0);
  const priorityOf = (id: number): number => {
    if (isDead[id] === 1) return 2 * FIRST;
    const cost = (counts[id]! + UNSEEN_COUNT) * Math.max(1, tokensWithout[id]! - 1);
    return (isOtherPiece[id] === 1 ? FIRST : 0) - cost;
  };
  const leaves = createHeap((a, b) => b - a);
  const offer = (id: number): void => {
    if (stays[id] === 0 && needs[id] === 0) leaves.push(id, priorityOf(id));
  };
  for (let id = 0; id < idCount; id++) offer(id);
  const isGone = new Uint8Array(idCount);
  const passOn = (id: number, occurrences: number): void => {
    forEachPart(id, (part) => {
      if (isGone[part] === 1) passOn(part, occurrences);
      else counts[part]! += occurrences;
    });
  };
  const reasons = { dead: 0, otherScripts: 0, unseen: 0 };
  for (let left = count; left > 0; ) {
    if (leaves.size === 0) throw tooFewToPrune(model, count, count - left);
    const id = leaves.top;
    const isCurrent = leaves.topPriority === priorityOf(id);
    leaves.pop();
    if (!isCurrent) {
      // It has become more useful since.
      offer(id);
      continue;
    }
    isGone[id] = 1;
    left--;
    if (isDead[id] === 1) reasons.dead++;
    else if (isOtherPiece[id] === 1) reasons.otherScripts++;
    else if (counts[id] === 0) reasons.unseen++;
    if (counts[id]! > 0) passOn(id, counts[id]!);
    if (isMerged[id] === 0) continue;
    // Two equal parts are two needs.
    forEachPart(id, (part) => {
      needs[part]!--;
    });
    new Set(parts.subarray(partStarts[id], partStarts[id + 1])).forEach(offer);
  }
  const ids = new Int32Array(count);
  for (let id = 0, at = 0; id < idCount; id++) if (isGone[id] === 1) ids[at++] = id;
  return { ids, ...reasons };
}

/** 1 for every piece that has to stay, `[idCount]`. */
function findFixed(model: TokenizerModel, keep: ReadonlySet<number> | undefined): Uint8Array {
  const { pieces, pieceTypes, pieceScores, units, byteFallback, addedTokens } = model;
  const fixed = new Uint8Array(pieces.length);
  const isText = (id: number): boolean =>
    pieceTypes[id] === PIECE_TYPE.normal || pieceTypes[id] === PIECE_TYPE.userDefined;
  const characters = new Set(pieces.filter((piece, id) => isText(id) && piece.length <= 2 && isCharacter(piece)));
  let worst = -1;
  let best = -1;
  for (let id = 0; id < pieces.length; id++) {
    const piece = pieces[id]!;
    if (pieceTypes[id] !== PIECE_TYPE.normal || keep?.has(id) || isNeededCharacter(piece)) fixed[id] = 1;
    if (pieceTypes[id] !== PIECE_TYPE.normal) continue;
    if (worst < 0 || pieceScores[id]! < pieceScores[worst]!) worst = id;
    if (best < 0 || pieceScores[id]! > pieceScores[best]!) best = id;
  }
  for (const { id } of addedTokens) fixed[id] = 1;
  if (model.modelType === 'unigram') for (const id of [worst, best]) if (id >= 0) fixed[id] = 1;
  return fixed;

  function isNeededCharacter(piece: string): boolean {
    if (units !== 'byte' && byteFallback) return characters.has(piece) && (piece === SPACE_SYMBOL || piece < '\x80');
    // A longer piece may be the only one with a character.
    return characters.has(piece) || Array.from(piece).some((character) => !characters.has(character));
  }
}

// In pieces that are spelled in bytes, every unit is below U+0100.
function isCharacter(piece: string): boolean {
  return piece.length === (piece.codePointAt(0)! > 0xffff ? 2 : 1);
}

/** True for a piece with a letter of a script that is not wanted; a part of a character is of no script. */
function otherScriptTest(model: TokenizerModel, names: readonly string[]): (id: number) => boolean {
  const wanted = chosenScripts(names);
  wanted[SCRIPT.common] = 1;
  wanted[SCRIPT.inherited] = 1;
  return (id) => {
    const piece = model.pieces[id]!;
    // A byte of a part of a character is shown as <0xE4>, whose letters must not count.
    const text = isSpelledInBytes(model, id) ? byteSurface(piece).replaceAll(/<0x[0-9A-F]{2}>/g, '') : piece;
    for (let i = 0; i < text.length; i++) {
      const codePoint = text.codePointAt(i)!;
      if (codePoint > 0xffff) i++;
      if (wanted[scriptOf(codePoint)] === 0) return true;
    }
    return false;
  };
}

function tooFewToPrune({ pieces }: TokenizerModel, count: number, possible: number): InputError {
  const least = pieces.length - possible;
  return new InputError(`${count} of ${pieces.length} pieces are to leave, ${possible} can`, {
    hint: `Special and added tokens, bytes and characters without bytes stay: give a target size of ${least} or more.`,
  });
}
