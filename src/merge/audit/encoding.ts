// Checks on what the encoder does with pieces: dead ones, base pieces that were broken, base ids that moved, and new
// pieces that would start with the same embedding row. Every piece is encoded, none is sampled. Dead and broken pieces of
// tokenizers with a pipeline are looked for in reached.ts.
import { counted, groupDigits } from '../../core/counted.ts';
import { ABSENT_PIECE } from '../../core/model.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { type DeadPiece, findDeadPieces, isTextPiece } from '../choice/dead-pieces.ts';
import { buildCheck, skippedCheck } from './checks.ts';
import { type AuditContext, shownPiece } from './subject.ts';

const NEEDS_BASE = 'needs the base';

/** Result of {@link checkEncoding}. */
export interface EncodingChecks {
  readonly checks: readonly AuditCheck[];
  /** Normal and user-defined pieces that are not dead. */
  readonly effectiveSize: number;
}

/** `dead` and `broken` of a SentencePiece model. */
export function checkEncoding(context: AuditContext): EncodingChecks {
  const { target, relation, newIds } = context;
  const { tokenizer } = target;
  const dead = findDeadPieces(tokenizer);
  const textIds = newIds.filter((id) => isTextPiece(tokenizer, id));
  let textPieces = 0;
  for (let id = 0; id < tokenizer.vocabSize; id++) if (isTextPiece(tokenizer, id)) textPieces++;
  const effectiveSize = textPieces - dead.length;
  const describe = ({ id, piece, encodesTo }: DeadPiece): AuditFinding => ({
    id,
    piece,
    encodesTo: encodesTo.map(tokenizer.idToPiece),
  });
  if (relation === undefined) {
    const check = buildCheck({
      code: 'dead',
      findings: dead.map(describe),
      of: textPieces,
      what: `of ${counted(textPieces, 'piece')} can never be emitted by the encoder`,
      fine: 'the encoder can emit every piece',
    });
    return { checks: [check, skippedCheck('broken', NEEDS_BASE)], effectiveSize };
  }

  const { base, targetIds } = relation;
  const isNew = new Set(newIds);
  const deadInBase = new Set(findDeadPieces(base.tokenizer).map(({ id }) => targetIds[id]!));
  const inherited = dead.filter(({ id }) => deadInBase.has(id)).length;
  const broken = dead.filter(({ id }) => !isNew.has(id) && !deadInBase.has(id));
  return {
    checks: [
      buildCheck({
        code: 'dead',
        findings: dead.filter(({ id }) => isNew.has(id)).map(describe),
        of: textIds.length,
        what: `of ${counted(textIds.length, 'new piece')} can never be emitted by the encoder`,
        fine: `the encoder can emit every new piece (${groupDigits(textIds.length)})`,
        remarks: [
          inherited > 0
            ? `${groupDigits(inherited)} of the base's own ${inherited === 1 ? 'is' : 'are'} dead there already`
            : undefined,
        ],
      }),
      buildCheck({
        code: 'broken',
        findings: broken.map(describe),
        of: base.tokenizer.vocabSize,
        what: [
          'piece of the base no longer encodes to itself: its trained row is never used again',
          'pieces of the base no longer encode to themselves: their trained rows are never used again',
        ],
        fine: 'every piece of the base still encodes to itself',
      }),
    ],
    effectiveSize,
  };
}

/** `base-ids` and `same-rows`. */
export function checkBase(context: AuditContext): AuditCheck[] {
  const { target, relation, newIds } = context;
  if (relation === undefined) {
    return (['base-ids', 'same-rows'] as const).map((code) => skippedCheck(code, NEEDS_BASE));
  }
  const textIds = newIds.filter((id) => isTextPiece(target.tokenizer, id));
  return [checkBaseIds(context), checkSameRows(context, textIds)];
}

function checkBaseIds({ target, relation }: AuditContext): AuditCheck {
  const { base, targetIds } = relation!;
  const { model } = base.tokenizer;
  const findings: AuditFinding[] = [];
  const specials = compareAddedTokens(target.tokenizer, base.tokenizer);
  for (let id = 0; id < targetIds.length; id++) {
    if (model.pieceTypes[id] === ABSENT_PIECE) continue;
    const targetId = targetIds[id]!;
    const piece = shownPiece(base.tokenizer, id);
    if (targetId < 0) findings.push({ piece, reason: `id ${id} of the base is missing` });
    else if (targetId !== id) findings.push({ id: targetId, piece, reason: `has id ${id} in the base` });
    else if (target.tokenizer.model.pieceTypes[id] !== model.pieceTypes[id]) {
      findings.push({ id, piece, reason: 'has another type than in the base' });
    } else if (specials.has(id)) findings.push({ id, piece, reason: specials.get(id)! });
  }
  return buildCheck({
    code: 'base-ids',
    findings,
    of: targetIds.length,
    what: [
      'piece of the base is missing, or has another id or type: rows cannot be copied one to one',
      'pieces of the base are missing, or have another id or type: rows cannot be copied one to one',
    ],
    fine: 'every piece of the base keeps its id',
  });
}

/** What has changed in the way in which added tokens of the base are found, by their ids. */
function compareAddedTokens(target: Tokenizer, base: Tokenizer): Map<number, string> {
  const flags = ['special', 'singleWord', 'lstrip', 'rstrip', 'normalized'] as const;
  const now = new Map(target.model.addedTokens.map((token) => [token.id, token]));
  const changes = new Map<number, string>();
  for (const token of base.model.addedTokens) {
    const other = now.get(token.id);
    if (other === undefined) changes.set(token.id, 'is no longer found in text as an added token');
    else {
      const changed = flags.filter((flag) => other[flag] !== token[flag]);
      if (changed.length > 0) changes.set(token.id, `is found by another rule than in the base: ${changed.join(', ')}`);
    }
  }
  return changes;
}

// The usual start of a new row is the mean of the rows of the base tokens its text splits into: an average does not know
// their order.
function checkSameRows({ target, relation }: AuditContext, textIds: readonly number[]): AuditCheck {
  const { tokenizer } = relation!.base;
  const { pieces } = target.tokenizer.model;
  const groups = new Map<string, number[]>();
  for (const id of textIds) {
    const key = tokenizer
      .encodePieceText(pieces[id]!)
      .sort((a, b) => a - b)
      .join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [id]);
    else group.push(id);
  }
  const findings: AuditFinding[] = [];
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    for (const id of group) {
      const other = group[0] === id ? group[1]! : group[0]!;
      const more = group.length > 2 ? ` and ${group.length - 2} more` : '';
      const like = shownPiece(target.tokenizer, other);
      findings.push({ id, piece: shownPiece(target.tokenizer, id), reason: `same base tokens as ${like}${more}` });
    }
  }
  findings.sort((a, b) => a.id! - b.id!);
  return buildCheck({
    code: 'same-rows',
    findings,
    of: textIds.length,
    what: [
      'new piece consists of the same base tokens as another one: averaged, their rows start out equal',
      'new pieces consist of the same base tokens as another one: averaged, their rows start out equal',
    ],
    fine: 'no two new pieces consist of the same base tokens',
    verdict: 'note',
  });
}
