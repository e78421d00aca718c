// Checks on the scores of a BPE model: new pieces that come before the base's own merges, and ties, where engines differ.
// Scores matter for merges only: a piece of one character is never merged, so its score is left out of both.
import { counted } from '../../core/counted.ts';
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import { buildCheck, skippedCheck } from './checks.ts';
import { type AuditContext, shownPiece } from './subject.ts';

const WHITESPACE_ONLY = new RegExp(`^${SPACE_SYMBOL}+$`);

/** `outranks` and `ties`. */
export function checkScores(context: AuditContext): AuditCheck[] {
  const { modelType } = context.target.tokenizer.model;
  if (modelType !== 'bpe') {
    const why = `does not apply: a ${modelType} model adds scores up instead of ranking merges by them`;
    return [skippedCheck('outranks', why), skippedCheck('ties', why)];
  }
  if (context.relation !== undefined && context.relation.base.tokenizer.model.merges !== undefined) {
    const why = 'does not apply: the base lists its merges, the tokenizer ranks them by scores';
    return [skippedCheck('outranks', why), checkTies(context)];
  }
  return [checkRank(context), checkTies(context)];
}

function checkRank({ target, relation, newIds }: AuditContext): AuditCheck {
  if (relation === undefined) return skippedCheck('outranks', 'needs the base');
  const { model } = target.tokenizer;
  const isNew = new Set(newIds);
  let lowest = Number.POSITIVE_INFINITY;
  for (const id of relation.targetIds) {
    // Runs of spaces are set apart at the very end in LLaMA's model; new pieces may stand before them.
    if (id < 0 || !isMerged(model, id) || WHITESPACE_ONLY.test(model.pieces[id]!)) continue;
    lowest = Math.min(lowest, model.pieceScores[id]!);
  }
  const findings: AuditFinding[] = [];
  for (const id of isNew) {
    if (isMerged(model, id) && model.pieceScores[id]! >= lowest)
      findings.push({ id, piece: shownPiece(target.tokenizer, id) });
  }
  return buildCheck({
    code: 'outranks',
    findings,
    of: newIds.length,
    what: [
      `new piece scores as high as merges of the base (its lowest scores ${lowest}) or higher: text of the base may be split differently`,
      `new pieces score as high as merges of the base (its lowest scores ${lowest}) or higher: text of the base may be split differently`,
    ],
    fine: 'every new piece scores below all merges of the base',
  });
}

function checkTies({ target, relation, newIds }: AuditContext): AuditCheck {
  const { model } = target.tokenizer;
  const { pieces, pieceScores } = model;
  const groups = new Map<number, number[]>();
  for (let id = 0; id < pieces.length; id++) {
    if (!isMerged(model, id)) continue;
    const group = groups.get(pieceScores[id]!);
    if (group === undefined) groups.set(pieceScores[id]!, [id]);
    else group.push(id);
  }
  const isNew = new Set(newIds);
  const findings: AuditFinding[] = [];
  let spaces = 0;
  for (const [score, group] of groups) {
    if (group.length < 2) continue;
    if (group.every((id) => WHITESPACE_ONLY.test(pieces[id]!))) {
      spaces += group.length;
      continue;
    }
    const reason = `score ${score}, as ${counted(group.length - 1, 'other piece')}`;
    for (const id of group) if (isNew.has(id)) findings.push({ id, piece: shownPiece(target.tokenizer, id), reason });
  }
  findings.sort((a, b) => a.id! - b.id!);
  const kind = relation === undefined ? 'piece' : 'new piece';
  const why =
    'SentencePiece takes the leftmost pair then, tokenizer.json an order of merges, so engines give different ids';
  return buildCheck({
    code: 'ties',
    findings,
    of: newIds.length,
    what: [`${kind} shares its score with another: ${why}`, `${kind}s share their score with another: ${why}`],
    fine: 'no two merges have the same score',
    remarks: [spaces > 0 ? `${counted(spaces, 'run')} of ▁ share a score among themselves` : undefined],
  });
}

function isMerged({ pieces, pieceTypes }: TokenizerModel, id: number): boolean {
  const piece = pieces[id]!;
  return pieceTypes[id] === PIECE_TYPE.normal && piece.length > (piece.codePointAt(0)! > 0xffff ? 2 : 1);
}
