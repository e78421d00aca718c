// Checks on the merges of a model that lists them: those that can never apply, and new ones that come before the base's own.
// Models that score their pieces have no list; scores.ts looks at them.
import { counted, groupDigits } from '../../core/counted.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { isTextPiece } from '../choice/dead-pieces.ts';
import { FORMED_SOMEHOW, NEVER_FORMED, type PieceFormation } from '../choice/formation.ts';
import { buildCheck, skippedCheck } from './checks.ts';
import { type AuditContext, shownPiece } from './subject.ts';

/** `merges` and `outranks` of a model that lists its merges. */
export function checkListedMerges(context: AuditContext, formation: PieceFormation): AuditCheck[] {
  return [checkIdleMerges(context, formation), checkOrder(context)];
}

/** What keeps a merge from ever being applied. */
type Idle = 'another merge makes the piece first' | 'a part is never made' | 'an earlier merge takes a part of it';

// One merge at most is the last of its piece in any text (choice/formation.ts): every other one is never applied.
function checkIdleMerges({ target, relation, newIds }: AuditContext, formation: PieceFormation): AuditCheck {
  const { tokenizer } = target;
  const { leftIds, rightIds, resultIds } = tokenizer.model.merges!;
  const isNew = relation === undefined ? undefined : new Set(newIds);
  const counts = new Map<Idle, number>();
  const findings: AuditFinding[] = [];
  let of = 0;
  for (let merge = 0; merge < resultIds.length; merge++) {
    const id = resultIds[merge]!;
    if (isNew !== undefined && !isNew.has(id)) continue;
    of++;
    const idle = whyIdle(tokenizer, formation, merge);
    if (idle === undefined) continue;
    counts.set(idle, (counts.get(idle) ?? 0) + 1);
    if (idle === 'another merge makes the piece first') continue;
    const [left, right] = [leftIds[merge]!, rightIds[merge]!].map((part) => shownPiece(tokenizer, part));
    findings.push({ id, piece: shownPiece(tokenizer, id), reason: `${left} + ${right}: ${idle}` });
  }
  const count = [...counts.values()].reduce((sum, each) => sum + each, 0);
  const kind = relation === undefined ? 'merge' : 'merge of new pieces';
  const kinds = relation === undefined ? 'merges' : 'merges of new pieces';
  return buildCheck({
    code: 'merges',
    findings,
    count,
    of,
    what: `of ${counted(of, kind, kinds)} can never apply`,
    fine: `every one of ${counted(of, kind, kinds)} can apply`,
    verdict: 'note',
    remarks: [[...counts].map(([idle, each]) => `${groupDigits(each)} because ${idle}`).join(', ') || undefined],
  });
}

function whyIdle(tokenizer: Tokenizer, formation: PieceFormation, merge: number): Idle | undefined {
  const { leftIds, rightIds, resultIds } = tokenizer.model.merges!;
  const id = resultIds[merge]!;
  // How specials are made was not traced.
  if (!isTextPiece(tokenizer, id) || formation.leftIds[id] === FORMED_SOMEHOW || formation.merges[id] === merge)
    return undefined;
  const isUnmade = (part: number): boolean => formation.leftIds[part] === NEVER_FORMED;
  if (isUnmade(leftIds[merge]!) || isUnmade(rightIds[merge]!)) return 'a part is never made';
  return isUnmade(id) ? 'an earlier merge takes a part of it' : 'another merge makes the piece first';
}

// Where the base's merges are the first ones, in their order, text without the new pieces is merged as before.
function checkOrder({ target, relation }: AuditContext): AuditCheck {
  if (relation === undefined) return skippedCheck('outranks', 'needs the base');
  const { base, targetIds } = relation;
  const { tokenizer } = target;
  const { leftIds, rightIds, resultIds } = tokenizer.model.merges!;
  const old = base.tokenizer.model.merges;
  if (old === undefined) {
    return skippedCheck('outranks', 'does not apply: the base ranks merges by scores, the tokenizer lists them');
  }
  const placeOf = new Map<string, number>();
  for (let merge = 0; merge < resultIds.length; merge++) placeOf.set(`${leftIds[merge]} ${rightIds[merge]}`, merge);
  const isOld = new Uint8Array(resultIds.length);
  const findings: AuditFinding[] = [];
  let last = -1;
  const describe = (id: number, left: number, right: number, reason: string): AuditFinding => ({
    id,
    piece: shownPiece(tokenizer, id),
    reason: `${shownPiece(tokenizer, left)} + ${shownPiece(tokenizer, right)}: ${reason}`,
  });
  for (let merge = 0; merge < old.resultIds.length; merge++) {
    const [left, right] = [targetIds[old.leftIds[merge]!]!, targetIds[old.rightIds[merge]!]!];
    const place = placeOf.get(`${left} ${right}`);
    if (place === undefined) {
      const id = targetIds[old.resultIds[merge]!]!;
      if (id >= 0 && left >= 0 && right >= 0)
        findings.push(describe(id, left, right, 'a merge of the base that is missing'));
      continue;
    }
    isOld[place] = 1;
    if (place < last) findings.push(describe(resultIds[place]!, left, right, 'earlier than in the base'));
    last = Math.max(last, place);
  }
  for (let merge = 0; merge < last; merge++) {
    // Of a pair that is listed twice the later one counts.
    const [left, right] = [leftIds[merge]!, rightIds[merge]!];
    if (isOld[merge] === 1 || placeOf.get(`${left} ${right}`) !== merge) continue;
    findings.push(describe(resultIds[merge]!, left, right, 'new, and before merges of the base'));
  }
  return buildCheck({
    code: 'outranks',
    findings,
    of: resultIds.length,
    what: [
      'merge is not where the base has it or comes before its own: text of the base may be split differently',
      'merges are not where the base has them or come before its own: text of the base may be split differently',
    ],
    fine: 'the merges of the base come first, in their order',
  });
}
