// Checks on the texts of pieces: digits joined against the model's policy, text that the normalizer never lets through,
// junk, texts that occur twice, and special tokens that ordinary text can contain.

import { openCharsmap } from '../../core/charsmap/charsmap.ts';
import { counted } from '../../core/counted.ts';
import { ABSENT_PIECE, isReserved, isSentencePieceModel, PIECE_TYPE, SPACE_SYMBOL } from '../../core/model.ts';
import { namedToken } from '../../formats/added-token.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import { parseCompanion } from '../../formats/companion-files.ts';
import { isTextPiece } from '../choice/dead-pieces.ts';
import { joinsDigit } from '../merge-warnings.ts';
import { hasCjk, isRewritten } from '../normalizer-mismatch.ts';
import { buildCheck, listReasons } from './checks.ts';
import { junkKindOf } from './junk.ts';
import { type AuditContext, type AuditSubject, pieceText, shownPiece } from './subject.ts';

/** Names that tools give to special tokens. */
const SPECIAL_NAME =
  /^(?:<\|[^|]+\|>|<\/?(?:s|unk|pad|bos|eos|sep|cls|mask|eod|eop|eot)>|\[\/?(?:PAD|UNK|CLS|SEP|MASK|BOS|EOS|INST|SYS|gMASK|sMASK)\]|<<\/?SYS>>|<(?:start|end)_of_(?:turn|text)>)$/i;

/** `digits`, `junk`, `duplicates` and `specials`; `normalizer` of a SentencePiece model. */
export function checkPieceTexts(context: AuditContext, outOfReach: ReadonlySet<number>): AuditCheck[] {
  const { tokenizer } = context.target;
  const { pieceTypes } = tokenizer.model;
  const isSentencePiece = isSentencePieceModel(tokenizer.model);
  // Parts of characters have no text to look at.
  const textIds = context.newIds.filter((id) => isTextPiece(tokenizer, id) && pieceText(tokenizer, id) !== undefined);
  return [
    checkDigits(
      context,
      // What no text reaches splits no number, and added tokens are none.
      textIds.filter((id) => !outOfReach.has(id) && (isSentencePiece || pieceTypes[id] === PIECE_TYPE.normal)),
    ),
    ...(isSentencePiece ? [checkNormalizer(context, textIds)] : []),
    checkJunk(context, textIds),
    checkDuplicates(context),
    checkSpecials(context),
  ];
}

function checkDigits({ target, relation }: AuditContext, textIds: readonly number[]): AuditCheck {
  const judge = relation?.base ?? target;
  const findings: AuditFinding[] = [];
  const policy = splitsDigits(judge);
  if (policy !== undefined) {
    for (const id of textIds) {
      const piece = pieceText(target.tokenizer, id)!;
      if (joinsDigit(piece)) findings.push({ id, piece });
    }
  }
  return buildCheck({
    code: 'digits',
    findings,
    of: textIds.length,
    what: [
      `piece holds a digit and more, although ${policy ?? ''}: numbers are split differently than the model has learnt`,
      `pieces hold a digit and more, although ${policy ?? ''}: numbers are split differently than the model has learnt`,
    ],
    fine:
      policy === undefined
        ? 'there is no rule that splits numbers'
        : `no piece joins a digit to anything, and ${policy}`,
  });
}

// How numbers are split, in words; `undefined` when they are not.
function splitsDigits({ name, tokenizer, document }: AuditSubject): string | undefined {
  if (document?.training.splitDigits) return `${name} splits numbers into digits`;
  const { pieces, pieceTypes } = tokenizer.model;
  const digits: string[] = [];
  for (let id = 0; id < pieces.length; id++) {
    if (pieceTypes[id] !== PIECE_TYPE.normal || !/[0-9]/.test(pieces[id]!)) continue;
    const text = pieceText(tokenizer, id);
    if (text !== undefined) digits.push(text);
  }
  const hasAll = [...'0123456789'].every((digit) => digits.includes(digit));
  return hasAll && !digits.some((piece) => joinsDigit(piece)) ? `${name} has single digits only` : undefined;
}

const HALF_WIDTH = 'half-width punctuation beside Chinese';

function checkNormalizer({ target }: AuditContext, textIds: readonly number[]): AuditCheck {
  const { pieces, normalizer } = target.tokenizer.model;
  const blob = normalizer.precompiledCharsmap;
  const charsmap = blob.length > 0 ? openCharsmap(blob) : undefined;
  const keepsFullWidth = charsmap === undefined || charsmap.match('，', 0) === 0 || charsmap.replacement === '，';
  const reasonOf = (piece: string): string | undefined => {
    const raw = normalizer.escapeWhitespaces ? piece.replaceAll(SPACE_SYMBOL, ' ') : piece;
    if (charsmap !== undefined && isRewritten(raw, charsmap)) return 'rewritten by the normalizer';
    if (normalizer.escapeWhitespaces && piece.includes(' ')) return 'plain space, which becomes ▁';
    if (normalizer.removeExtraWhitespaces && / {2}/.test(raw)) return 'two spaces, which become one';
    if (keepsFullWidth && hasCjk(piece) && /[,:;!?()~]/.test(piece)) return HALF_WIDTH;
    return undefined;
  };
  const findings: AuditFinding[] = [];
  for (const id of textIds) {
    const reason = reasonOf(pieces[id]!);
    if (reason !== undefined) findings.push({ id, piece: pieces[id]!, reason });
  }
  return buildCheck({
    code: 'normalizer',
    findings,
    of: textIds.length,
    what: [
      'piece does not go with the normalizer: behind it, hardly any ordinary text contains this piece',
      'pieces do not go with the normalizer: behind it, hardly any ordinary text contains these pieces',
    ],
    fine: 'all pieces go with the normalizer',
    // A habit of some texts, while the rest no text gives.
    verdict: findings.some(({ reason }) => reason !== HALF_WIDTH) ? 'problem' : 'note',
    remarks: [listReasons(findings)],
  });
}

function checkJunk({ target, relation }: AuditContext, textIds: readonly number[]): AuditCheck {
  const { tokenizer } = target;
  const findings: AuditFinding[] = [];
  for (const id of textIds) {
    // A byte-level vocabulary needs every byte.
    if (tokenizer.model.units === 'byte' && tokenizer.model.pieces[id]!.length === 1) continue;
    const piece = pieceText(tokenizer, id)!;
    const reason = junkKindOf(piece);
    if (reason !== undefined) findings.push({ id, piece, reason });
  }
  return buildCheck({
    code: 'junk',
    findings,
    of: textIds.length,
    what: ['piece looks like a leftover of web pages', 'pieces look like leftovers of web pages'],
    fine: 'no piece looks like a leftover of web pages',
    verdict: 'note',
    remarks: [
      listReasons(findings),
      findings.length > 0 && relation === undefined
        ? 'code needs some of these; give the base to see new ones only'
        : undefined,
    ],
  });
}

function checkDuplicates({ target, newIds }: AuditContext): AuditCheck {
  const { tokenizer } = target;
  const { pieces, pieceTypes } = tokenizer.model;
  const isNew = new Set(newIds);
  const firstIds = new Map<string, number>();
  const findings: AuditFinding[] = [];
  for (let id = 0; id < pieces.length; id++) {
    if (pieceTypes[id] === ABSENT_PIECE) continue;
    const text = pieceText(tokenizer, id);
    const key = text === undefined ? `\0${pieces[id]}` : text.normalize('NFC');
    const earlier = firstIds.get(key);
    if (earlier === undefined) firstIds.set(key, id);
    else if (!isNew.has(id) && !isNew.has(earlier)) continue;
    else {
      const piece = shownPiece(tokenizer, id);
      const other = shownPiece(tokenizer, earlier);
      const kind = isReserved(pieceTypes[earlier]!) ? 'a special piece' : 'a text piece';
      const reason =
        other === piece
          ? `same text as id ${earlier}, ${kind}`
          : `looks the same as id ${earlier}, ${JSON.stringify(other)}`;
      findings.push({ id, piece, reason });
    }
  }
  return buildCheck({
    code: 'duplicates',
    findings,
    of: newIds.length,
    what: [
      'piece has the text of another piece, or one that is canonically equivalent',
      'pieces have the text of another piece, or one that is canonically equivalent',
    ],
    fine: 'no text occurs twice',
    verdict: 'note',
  });
}

function checkSpecials(context: AuditContext): AuditCheck {
  const { target } = context;
  const { tokenizer } = target;
  if (!isSentencePieceModel(tokenizer.model)) return checkSpecialNames(context);
  const { pieces, pieceTypes } = tokenizer.model;
  const findings = findSpecialNames(target).map((id): AuditFinding => {
    const kind = pieceTypes[id] === PIECE_TYPE.userDefined ? 'user-defined piece' : 'ordinary piece';
    return { id, piece: pieces[id]!, reason: `${kind}, not a control piece` };
  });
  const named = namedSpecials(target);
  return buildCheck({
    code: 'specials',
    findings,
    of: pieces.length,
    what: [
      'special token can be typed: text that contains its name is encoded to it',
      'special tokens can be typed: text that contains their names is encoded to them',
    ],
    fine: "SentencePiece's encoder gives no special token for text",
    remarks: [
      named.size > 0
        ? `transformers reads the ${named.size} special tokens of its files in text too, unless told to split them`
        : undefined,
    ],
  });
}

// Where added tokens are found in text, special ones among them, what is named as one should be marked as one.
function checkSpecialNames({ target, newIds }: AuditContext): AuditCheck {
  const { tokenizer } = target;
  const { pieceTypes, addedTokens } = tokenizer.model;
  const isNew = new Set(newIds);
  const ids = findSpecialNames(target).filter((id) => isNew.has(id));
  const isOrdinary = (id: number): boolean => pieceTypes[id] === PIECE_TYPE.normal;
  const specials = addedTokens.filter(({ special }) => special).length;
  return buildCheck({
    code: 'specials',
    findings: ids.map((id) => ({
      id,
      piece: shownPiece(tokenizer, id),
      reason: isOrdinary(id) ? 'ordinary piece' : 'added token that is not marked special',
    })),
    of: newIds.length,
    what: [
      'token is named as special ones are, but is none: decoding shows it where special tokens are left out',
      'tokens are named as special ones are, but are none: decoding shows them where special tokens are left out',
    ],
    fine: 'what is named as a special token is marked as one',
    verdict: ids.some(isOrdinary) ? 'problem' : 'note',
    remarks: [
      specials > 0
        ? `text that contains the name of one of ${counted(specials, 'special token')} is encoded to it, unless told otherwise`
        : undefined,
    ],
  });
}

/** Ids of text pieces that are named as special tokens are and that their names are encoded to. */
function findSpecialNames(target: AuditSubject): number[] {
  const { tokenizer } = target;
  const named = namedSpecials(target);
  const ids: number[] = [];
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    if (!isTextPiece(tokenizer, id)) continue;
    const piece = pieceText(tokenizer, id);
    if (piece === undefined || !(named.has(piece) || SPECIAL_NAME.test(piece))) continue;
    if (tokenizer.encode(piece).includes(id)) ids.push(id);
  }
  return ids;
}

/** Special tokens that the files beside the tokenizer name. */
function namedSpecials({ name, files = new Map() }: AuditSubject): Set<string> {
  const names = new Set<string>();
  for (const file of ['tokenizer_config.json', 'special_tokens_map.json']) {
    for (const [key, value] of Object.entries(parseCompanion(files, file, name) ?? {})) {
      if (!/_token$/.test(key) && key !== 'additional_special_tokens') continue;
      for (const token of Array.isArray(value) ? value : [value]) {
        const content = namedToken(token);
        if (content !== undefined) names.add(content);
      }
    }
  }
  return names;
}
