// What an audit works on: a tokenizer with the files that lie beside it, and how it relates to its base.
// It compares texts and ids only; whether pieces can be reached is dead-pieces.ts' question.
import { ABSENT_PIECE, isReserved, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { byteUnitsToText } from '../../core/unicode/byte-level.ts';
import type { CompanionFiles } from '../../formats/companion-files.ts';
import type { TokenizerDocument } from '../../formats/tokenizer-document.ts';
import type { TokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { isSpelledInBytes } from '../../tokenize/vocabulary.ts';

/** A tokenizer to audit, or its base; what `loadTokenizer` returns is one, if it can be encoded. */
export interface AuditSubject {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** What the trainer was told (digits, declared size), where it is known. */
  readonly document?: Pick<TokenizerDocument, 'training'> | undefined;
  readonly sha256?: string | undefined;
  /** Text of the files beside it, by name: config.json, tokenizer.json, tokenizer_config.json, added_tokens.json. */
  readonly files?: CompanionFiles | undefined;
  /** The parsed tokenizer.json, if the tokenizer was read from one that is no SentencePiece model. */
  readonly json?: TokenizerJson | undefined;
}

/** How the audited tokenizer relates to its base. */
export interface BaseRelation {
  readonly base: AuditSubject;
  /** Id in the audited tokenizer of each piece of the base, -1 where it has none; an id without a piece stays: `[base vocabSize]`. */
  readonly targetIds: Int32Array;
}

/** What the checks are given. */
export interface AuditContext {
  readonly target: AuditSubject;
  readonly relation: BaseRelation | undefined;
  /** Ids of the pieces that the base lacks; without a base, all ids. */
  readonly newIds: readonly number[];
}

/** Matches the pieces of `target` with those of `base`, by text and kind: a control piece is no text piece. */
export function buildAuditContext(target: AuditSubject, base: AuditSubject | undefined): AuditContext {
  const { model, vocabSize } = target.tokenizer;
  const present = Array.from({ length: vocabSize }, (_, id) => id).filter(
    (id) => model.pieceTypes[id] !== ABSENT_PIECE,
  );
  if (base === undefined) return { target, relation: undefined, newIds: present };
  const ids = new Map<string, number>();
  for (const id of present) ids.set(keyOfPiece(model, id), id);
  const baseModel = base.tokenizer.model;
  const targetIds = new Int32Array(base.tokenizer.vocabSize);
  const isOld = new Uint8Array(vocabSize);
  for (let id = 0; id < targetIds.length; id++) {
    if (baseModel.pieceTypes[id] === ABSENT_PIECE) {
      targetIds[id] = id;
      continue;
    }
    const targetId = ids.get(keyOfPiece(baseModel, id)) ?? -1;
    targetIds[id] = targetId;
    if (targetId >= 0) isOld[targetId] = 1;
  }
  return { target, relation: { base, targetIds }, newIds: present.filter((id) => isOld[id] === 0) };
}

/** The text of a piece, apart from that of others: `<s>` may be a control piece and, beside it, ordinary text. */
export function keyOfPiece({ pieces, pieceTypes }: TokenizerModel, id: number): string {
  return isReserved(pieceTypes[id]!) ? `\0${pieces[id]}` : pieces[id]!;
}

/** Text that a piece stands for, with `▁` for a space; undefined for a part of a character. */
export function pieceText({ model }: Tokenizer, id: number): string | undefined {
  const piece = model.pieces[id]!;
  return isSpelledInBytes(model, id) ? byteUnitsToText(piece)?.replaceAll(' ', SPACE_SYMBOL) : piece;
}

/** A piece as a report shows it: its text, or its bytes as `<0xE4>`. */
export function shownPiece(tokenizer: Tokenizer, id: number): string {
  return pieceText(tokenizer, id) ?? tokenizer.idToSurface(id).replaceAll(' ', SPACE_SYMBOL);
}
