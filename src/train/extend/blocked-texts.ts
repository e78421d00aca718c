// Texts that continued BPE must not learn, because a piece with such a text would bring base pieces to life that the base
// never produces. What else may be learnt is join-rule.ts' question.
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { toByteUnits } from '../../core/unicode/byte-level.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { createPieceRule } from './byte-join-rule.ts';
import { CHARACTER_KIND, type KindOf } from './character-kinds.ts';
import { FORM, type JoinOptions } from './join-rule.ts';

/**
 * Texts that no new piece may have, in the units of the model.
 *
 * Where merges follow from texts: the beginnings and ends of base pieces that merges do not reach (or take apart, being
 * unused), and the pieces themselves. With such a piece the last step to the unreached one would exist, and the encoder
 * would take it, because a base score outranks every new one: it would come out of text although its embedding row has
 * never been trained. Pieces that merges never see, such as control pieces, are in the list for their text only.
 *
 * Where merges are listed nothing follows from a text: merges of the base are of base pieces, and a new merge puts no two
 * of these beside each other that were not. Only the texts of the base's own pieces and added tokens are taken.
 */
export function findBlockedTexts(model: TokenizerModel, kindOf: KindOf, join: JoinOptions): Set<string> {
  const { pieces, pieceTypes, merges, addedTokens } = model;
  const isByte = model.units === 'byte';
  const { formOf } = createPieceRule(model, kindOf, join);
  const blocked = new Set<string>();
  const block = (text: string): void => {
    if (formOf(text) !== FORM.foreign) blocked.add(text);
  };
  for (const { content } of addedTokens) block(isByte ? toByteUnits(content) : content);
  let tokenizer: ReturnType<typeof createTokenizer> | undefined;
  for (let id = 0; id < pieces.length; id++) {
    const piece = pieces[id]!;
    const type = pieceTypes[id]!;
    if (merges !== undefined || (type !== PIECE_TYPE.normal && type !== PIECE_TYPE.unused)) {
      block(piece);
      continue;
    }
    // A byte may be part of a character of any script.
    const characters = isByte ? piece.split('') : [...piece];
    const mayHold = isByte || characters.some((each) => kindOf(each.codePointAt(0)!) === CHARACTER_KIND.joining);
    if (characters.length < 2 || !mayHold) continue;
    if (type === PIECE_TYPE.normal) {
      tokenizer ??= createTokenizer({ ...model, wholePieceFirst: false });
      const ids = tokenizer.encodePieceText(piece);
      if (ids.length === 1 && ids[0] === id) continue;
    }
    block(piece);
    for (let length = 2; length < characters.length; length++) {
      block(characters.slice(0, length).join(''));
      block(characters.slice(-length).join(''));
    }
  }
  return blocked;
}
