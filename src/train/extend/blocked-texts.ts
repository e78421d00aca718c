// Texts that continued BPE must not learn, because a piece with such a text would bring base pieces to life that the base
// never produces. What else may be learnt is join-rule.ts' question.
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { createTokenizer } from '../../tokenize/tokenizer.ts';
import { CHARACTER_KIND, type KindOf } from './character-kinds.ts';
import { createJoinRule, type JoinOptions } from './join-rule.ts';

/**
 * Texts that no new piece may have: the beginnings and ends of base pieces that the encoder does not reach (or takes
 * apart, being unused), and the pieces themselves. With such a piece the last step to the unreached one would exist, and
 * the encoder would take it, because a base score outranks every new one: it would come out of text although its embedding
 * row has never been trained. Pieces that merges never see, such as control pieces, are in the list for their text only.
 */
export function findBlockedTexts(model: TokenizerModel, kindOf: KindOf, join: JoinOptions): Set<string> {
  const { pieces, pieceTypes } = model;
  const { formOf, isPiece } = createJoinRule(kindOf, join);
  const blocked = new Set<string>();
  const block = (text: string): void => {
    if (isPiece(formOf(text))) blocked.add(text);
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
    const hasJoining = characters.some((character) => kindOf(character.codePointAt(0)!) === CHARACTER_KIND.joining);
    if (characters.length < 2 || !hasJoining) continue;
    if (type === PIECE_TYPE.normal) {
      tokenizer ??= createTokenizer(model);
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
