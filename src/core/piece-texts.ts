// The texts of a model's pieces in one array. A string for each of 128,000 pieces takes longer to make than the file takes to
// read, and encoding needs none: it reads this array. Readers that have the texts so give their model its strings late.
import type { TokenizerModel } from './model.ts';

/** Texts of pieces, one after the other. */
export interface PieceTexts {
  /** UTF-16 units of all pieces, in order of ids; bytes where pieces are spelled in bytes. */
  readonly units: Uint16Array;
  /** Where each piece begins, and behind the last where it ends: `[idCount + 1]`. */
  readonly starts: Int32Array;
}

/** Most arguments of one call. A string of so many units is cut up: quicker than a call for each piece. */
const MAX_ARGUMENTS = 4096;

/** By model and not as a field of it: a copy of the model with other pieces must not take these texts along. */
const textsOfModels = new WeakMap<object, PieceTexts>();

/** The model with these texts; its `pieces` are made when they are first asked for. */
export function withPieceTexts(model: Omit<TokenizerModel, 'pieces'>, texts: PieceTexts): TokenizerModel {
  let pieces: readonly string[] | undefined;
  const full = {
    ...model,
    get pieces() {
      pieces ??= pieceStrings(texts);
      return pieces;
    },
  };
  textsOfModels.set(full, texts);
  return full;
}

/** The texts of a model's pieces: those that it was made with, or read from its strings. */
export function pieceTextsOf(model: Pick<TokenizerModel, 'pieces'>): PieceTexts {
  const known = textsOfModels.get(model);
  if (known !== undefined) return known;
  const { pieces } = model;
  const starts = new Int32Array(pieces.length + 1);
  for (let id = 0; id < pieces.length; id++) starts[id + 1] = starts[id]! + pieces[id]!.length;
  const units = new Uint16Array(starts[pieces.length]!);
  let to = 0;
  for (let id = 0; id < pieces.length; id++) {
    const piece = pieces[id]!;
    for (let i = 0; i < piece.length; i++) units[to++] = piece.charCodeAt(i);
  }
  return { units, starts };
}

/** A model as it goes to another thread, where {@link withPieceTexts} puts it together: strings take long to hand over. */
export function partTexts(model: TokenizerModel): { model: Omit<TokenizerModel, 'pieces'>; texts: PieceTexts } {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(model);
  delete descriptors.pieces;
  return { model: Object.defineProperties({} as TokenizerModel, descriptors), texts: pieceTextsOf(model) };
}

/** Text of one piece, without a string for every other. */
export function textOfId(model: Pick<TokenizerModel, 'pieces'>, id: number): string {
  const texts = textsOfModels.get(model);
  return texts === undefined ? model.pieces[id]! : unitsToString(texts.units, texts.starts[id]!, texts.starts[id + 1]!);
}

/** A string for each piece, `[idCount]`. */
export function pieceStrings({ units, starts }: PieceTexts): string[] {
  const idCount = starts.length - 1;
  const strings: string[] = new Array(idCount);
  for (let first = 0, end = 1; first < idCount; first = end) {
    const start = starts[first]!;
    for (end = first + 1; end < idCount && starts[end + 1]! - start <= MAX_ARGUMENTS; ) end++;
    const joined = unitsToString(units, start, starts[end]!);
    for (let id = first; id < end; id++) strings[id] = joined.slice(starts[id]! - start, starts[id + 1]! - start);
  }
  return strings;
}

/** `units[start..end)` as a string, half surrogate pairs and all. */
export function unitsToString(units: Uint16Array | Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += MAX_ARGUMENTS) {
    const part = units.subarray(at, Math.min(end, at + MAX_ARGUMENTS));
    text += String.fromCharCode.apply(null, part as unknown as number[]);
  }
  return text;
}
