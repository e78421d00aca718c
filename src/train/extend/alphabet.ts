// Which characters and which tokens of a base vocabulary continued BPE may build on.
// Scripts are those of core/unicode/scripts.ts. Decimal digits, spaces and `▁` never join, whatever the scripts.
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { scriptId, scriptOf } from '../../core/unicode/scripts.ts';
import { OptionError } from '../../errors.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';

/** Kinds of characters. */
export const CHARACTER_KIND = {
  /** May be in no new piece. */
  foreign: 0,
  /** May be a new piece of its own. */
  single: 1,
  /** May be in new pieces of any length. */
  joining: 2,
} as const;

const NEVER = /[\p{Nd}\p{White_Space}\p{Cc}\p{Cs}]/u;

/**
 * Tells the kind of each character.
 *
 * @throws OptionError when no script is named or a name is unknown
 * @example
 * ```ts
 * const kindOf = createCharacterKinds({ scripts: ['Han'], punctuation: '，' });
 * kindOf(0x4e2d); // CHARACTER_KIND.joining: 中
 * kindOf(0xff0c); // CHARACTER_KIND.single: ，
 * kindOf(0x61); // CHARACTER_KIND.foreign: a
 * ```
 */
export function createCharacterKinds(options: {
  readonly scripts: readonly string[];
  readonly punctuation: string;
}): (codePoint: number) => number {
  const { scripts, punctuation } = options;
  const hint = 'Use Unicode script names, such as Han, Hiragana, Katakana, Thai.';
  if (scripts.length === 0) throw new OptionError('scripts: no script is named', { hint });
  const chosen = new Set<number>();
  for (const name of scripts) {
    const id = scriptId(name);
    if (id === undefined) throw new OptionError(`scripts: ${JSON.stringify(name)} is not a Unicode script`, { hint });
    chosen.add(id);
  }
  const marks = new Set([...punctuation].map((mark) => mark.codePointAt(0)!));
  return (codePoint) => {
    const isMark = marks.has(codePoint);
    if (!isMark && !chosen.has(scriptOf(codePoint))) return CHARACTER_KIND.foreign;
    const character = String.fromCodePoint(codePoint);
    if (character === SPACE_SYMBOL || NEVER.test(character)) return CHARACTER_KIND.foreign;
    return isMark ? CHARACTER_KIND.single : CHARACTER_KIND.joining;
  };
}

/** True for each normal piece that consists of joining characters: `[vocabSize]`. */
export function findJoiningPieces(model: TokenizerModel, kindOf: (codePoint: number) => number): boolean[] {
  return model.pieces.map((piece, id) => model.pieceTypes[id] === PIECE_TYPE.normal && isJoining(piece, kindOf));
}

function isJoining(text: string, kindOf: (codePoint: number) => number): boolean {
  if (text === '') return false;
  for (const character of text) if (kindOf(character.codePointAt(0)!) !== CHARACTER_KIND.joining) return false;
  return true;
}

/**
 * Texts that no new piece may have: the beginnings and ends of base pieces that the encoder does not reach (or takes
 * apart, being unused), and the pieces themselves. With such a piece the last step to the unreached one would exist, and
 * the encoder would take it, because a base score outranks every new one: it would come out of text although its embedding
 * row has never been trained. Pieces that merges never see, such as control pieces, are in the list for their text only.
 */
export function findBlockedTexts(model: TokenizerModel, kindOf: (codePoint: number) => number): Set<string> {
  const { pieces, pieceTypes } = model;
  const blocked = new Set<string>();
  // Only beginnings and ends of two joining characters or more could ever be new pieces.
  const block = (text: string): void => {
    if (isJoining(text, kindOf)) blocked.add(text);
  };
  let tokenizer: ReturnType<typeof createTokenizer> | undefined;
  for (let id = 0; id < pieces.length; id++) {
    const piece = pieces[id]!;
    const type = pieceTypes[id]!;
    if (type !== PIECE_TYPE.normal && type !== PIECE_TYPE.unused) {
      block(piece);
      continue;
    }
    const characters = [...piece];
    const codes = [characters[0], characters[1], characters.at(-2), characters.at(-1)];
    const kinds = codes.map((character) => (character === undefined ? 0 : kindOf(character.codePointAt(0)!)));
    const begins = kinds[0] === CHARACTER_KIND.joining && kinds[1] === CHARACTER_KIND.joining;
    const ends = kinds[2] === CHARACTER_KIND.joining && kinds[3] === CHARACTER_KIND.joining;
    if (characters.length < 2 || !(begins || ends)) continue;
    if (type === PIECE_TYPE.normal) {
      tokenizer ??= createTokenizer(model);
      const ids = tokenizer.encodePieceText(piece);
      if (ids.length === 1 && ids[0] === id) continue;
    }
    block(piece);
    for (let length = 2; length < characters.length; length++) {
      if (begins) block(characters.slice(0, length).join(''));
      if (ends) block(characters.slice(-length).join(''));
    }
  }
  return blocked;
}
