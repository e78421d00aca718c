// Checks on how text reaches the pieces of a tokenizer with a pipeline: dead ones, those that the pre-tokenizer or the
// normalizer keeps out of reach, those that only a whole pre-token gives, parts of characters, and base pieces that were broken.
// The answers come from choice/reach.ts; SentencePiece models, which have no pre-tokens, are encoding.ts' business.

import { counted, groupDigits } from '../../core/counted.ts';
import { isSentencePieceModel } from '../../core/model.ts';
import type { AuditCheck, AuditFinding } from '../../formats/audit-report.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { findDeadPieces, isTextPiece } from '../choice/dead-pieces.ts';
import { FORMED_SOMEHOW, type PieceFormation, traceFormation } from '../choice/formation.ts';
import { OUT_OF_REACH, REACH, rawText, surveyReach } from '../choice/reach.ts';
import { buildCheck, listReasons, skippedCheck } from './checks.ts';
import { type AuditContext, pieceText, shownPiece } from './subject.ts';

/** Ways in which a piece comes out of text. */
const EMITTED: ReadonlySet<number> = new Set([REACH.merges, REACH.whole]);

/** Result of {@link checkReached}. */
export interface ReachChecks {
  readonly checks: readonly AuditCheck[];
  /** Pieces that come out of some text. */
  readonly effectiveSize: number;
  readonly formation: PieceFormation;
  /** Pieces that no text reaches, although they were meant to be. */
  readonly outOfReach: ReadonlySet<number>;
}

/** `dead`, `pre-tokenizer`, `whole-only`, `parts`, `broken` and `normalizer`. */
export function checkReached(context: AuditContext, onProgress?: (done: number) => void): ReachChecks {
  const { target, relation, newIds } = context;
  const { tokenizer } = target;
  const { model } = tokenizer;
  const formation = traceFormation(model, (id) => isTextPiece(tokenizer, id));
  const reach = surveyReach(tokenizer, { formation, onProgress });
  const isNew = new Set(newIds);
  const ids = newIds.filter((id) => reach[id] !== REACH.unasked);
  const kind = relation === undefined ? 'piece' : 'new piece';
  const badIds = [...reach.keys()].filter((id) => OUT_OF_REACH.has(reach[id]!));
  const badInBase = relation === undefined ? new Set<number>() : outOfReachInBase(context, badIds);
  const inherited = badIds.filter((id) => badInBase.has(id)).length;

  const ofReach = (wanted: number): AuditFinding[] =>
    ids.filter((id) => reach[id] === wanted).map((id) => describe(tokenizer, id));
  const remarks = [
    inherited > 0
      ? `${groupDigits(inherited)} of the base's own ${inherited === 1 ? 'is' : 'are'} out of reach there already`
      : undefined,
  ];
  const checks = [
    buildCheck({
      code: 'dead',
      findings: ofReach(REACH.unmade),
      of: ids.length,
      what: `of ${counted(ids.length, kind)} can never be emitted by the encoder: merges do not come to it`,
      fine:
        relation === undefined
          ? 'merges or whole pre-tokens give every piece'
          : 'merges or whole pre-tokens give every new piece',
      remarks,
    }),
    buildCheck({
      code: 'pre-tokenizer',
      findings: ofReach(REACH.cut),
      of: ids.length,
      what: [
        `of ${counted(ids.length, kind)} is always cut by the pre-tokenizer: no text gives it`,
        `of ${counted(ids.length, kind)} are always cut by the pre-tokenizer: no text gives them`,
      ],
      fine: `the pre-tokenizer lets every ${kind} through`,
    }),
    buildCheck({
      code: 'normalizer',
      findings: ofReach(REACH.rewritten),
      of: ids.length,
      what: [
        `of ${counted(ids.length, kind)} is rewritten by the normalizer: no text gives it`,
        `of ${counted(ids.length, kind)} are rewritten by the normalizer: no text gives them`,
      ],
      fine: model.normalizers.length === 0 ? 'no normalizer changes text' : `the normalizer lets every ${kind} through`,
    }),
    checkWholeOnly(context, reach, ids),
    ...(model.units === 'byte' ? [checkParts(context, { reach, ids, formation })] : []),
    relation === undefined ? skippedCheck('broken', 'needs the base') : checkBroken(context, badIds, badInBase, isNew),
  ];
  let effectiveSize = 0;
  for (const each of reach) if (EMITTED.has(each)) effectiveSize++;
  return { checks, effectiveSize, formation, outOfReach: new Set(badIds) };
}

function describe(tokenizer: Tokenizer, id: number): AuditFinding {
  const encodesTo = encodingOf(tokenizer, id).map((part) => shownPiece(tokenizer, part));
  return { id, piece: shownPiece(tokenizer, id), encodesTo };
}

/** What the encoder makes of a piece's own text. */
function encodingOf(tokenizer: Tokenizer, id: number): readonly number[] {
  const text = pieceText(tokenizer, id);
  if (text === undefined) return tokenizer.encodePieceText(tokenizer.model.pieces[id]!);
  const { units } = tokenizer.model;
  return tokenizer.encode(units === 'byte' ? tokenizer.idToSurface(id) : rawText(tokenizer.model, text));
}

function checkWholeOnly({ target, relation }: AuditContext, reach: Uint8Array, ids: readonly number[]): AuditCheck {
  const { tokenizer } = target;
  const kind = relation === undefined ? 'piece' : 'new piece';
  const found = ids.filter((id) => reach[id] === REACH.whole);
  return buildCheck({
    code: 'whole-only',
    findings: found.map((id) => ({
      id,
      piece: shownPiece(tokenizer, id),
      reason: 'merges do not make it: inside a longer pre-token it never occurs',
    })),
    of: ids.length,
    what: [
      `of ${counted(ids.length, kind)} comes only from a pre-token that is the whole piece`,
      `of ${counted(ids.length, kind)} come only from a pre-token that is the whole piece`,
    ],
    fine: tokenizer.model.wholePieceFirst
      ? `merges make every ${kind} that text reaches`
      : 'no pre-token is taken whole before merges',
    verdict: 'note',
  });
}

interface PartsInput {
  readonly reach: Uint8Array;
  readonly ids: readonly number[];
  readonly formation: PieceFormation;
}

// A part of a character is there to be joined. One that leads to no piece of whole characters saves tokens on rare
// characters at best.
function checkParts({ target, relation }: AuditContext, { reach, ids, formation }: PartsInput): AuditCheck {
  const { tokenizer } = target;
  const { pieces } = tokenizer.model;
  const isNeeded = findNeeded(tokenizer, formation);
  const parts = ids.filter((id) => pieces[id]!.length > 1 && pieceText(tokenizer, id) === undefined);
  const findings: AuditFinding[] = [];
  for (const id of parts) {
    if (isNeeded[id] === 1) continue;
    const isEmitted = reach[id] === REACH.merges;
    findings.push({
      id,
      piece: shownPiece(tokenizer, id),
      reason: isEmitted ? 'only in characters without a piece' : 'in no text either',
    });
  }
  const steps = parts.filter((id) => reach[id] === REACH.step).length;
  const kind = relation === undefined ? 'part' : 'new part';
  return buildCheck({
    code: 'parts',
    findings,
    of: parts.length,
    what: [
      `of ${counted(parts.length, kind)} of characters leads to no piece of whole characters`,
      `of ${counted(parts.length, kind)} of characters lead to no piece of whole characters`,
    ],
    fine:
      parts.length === 0
        ? `no ${kind} of a character but single bytes`
        : `every ${kind} of a character leads to a piece of whole characters (${groupDigits(parts.length)})`,
    verdict: 'note',
    remarks: [
      listReasons(findings),
      steps > 0
        ? `${groupDigits(steps)} ${steps === 1 ? 'is' : 'are'} always joined further, whatever the character`
        : undefined,
    ],
  });
}

/** 1 for every piece that the last merges of pieces of whole characters go through, `[idCount]`. */
function findNeeded(tokenizer: Tokenizer, { leftIds, rightIds }: PieceFormation): Uint8Array {
  const { pieces } = tokenizer.model;
  const isNeeded = new Uint8Array(pieces.length);
  const merged = [...pieces.keys()].filter((id) => leftIds[id]! >= 0 || leftIds[id] === FORMED_SOMEHOW);
  // Parts are shorter than what they make.
  merged.sort((a, b) => pieces[b]!.length - pieces[a]!.length);
  for (const id of merged) {
    if (leftIds[id] === FORMED_SOMEHOW) continue;
    if (isNeeded[id] === 0 && pieceText(tokenizer, id) === undefined) continue;
    isNeeded[leftIds[id]!] = 1;
    isNeeded[rightIds[id]!] = 1;
  }
  return isNeeded;
}

/** Those of the target's ids that were out of reach in the base already. */
function outOfReachInBase({ relation }: AuditContext, targetIds: readonly number[]): Set<number> {
  const { base, targetIds: targetOf } = relation!;
  const asked = new Set(targetIds);
  const baseIds = [...targetOf.keys()].filter((id) => asked.has(targetOf[id]!));
  if (baseIds.length === 0) return new Set();
  const { tokenizer } = base;
  const wanted = new Set(baseIds);
  const isWanted = (id: number): boolean => wanted.has(id);
  if (isSentencePieceModel(tokenizer.model)) {
    const dead = findDeadPieces(tokenizer).filter(({ id }) => isWanted(id));
    return new Set(dead.map(({ id }) => targetOf[id]!));
  }
  const reach = surveyReach(tokenizer, { formation: traceFormation(tokenizer.model, isWanted), isWanted });
  return new Set(baseIds.filter((id) => OUT_OF_REACH.has(reach[id]!)).map((id) => targetOf[id]!));
}

function checkBroken(
  { target, relation }: AuditContext,
  badIds: readonly number[],
  badInBase: ReadonlySet<number>,
  isNew: ReadonlySet<number>,
): AuditCheck {
  const { tokenizer } = target;
  const broken = badIds.filter((id) => !isNew.has(id) && !badInBase.has(id));
  return buildCheck({
    code: 'broken',
    findings: broken.map((id) => describe(tokenizer, id)),
    of: relation!.base.tokenizer.vocabSize,
    what: [
      'piece of the base is no longer reached: its trained row is never used again',
      'pieces of the base are no longer reached: their trained rows are never used again',
    ],
    fine: 'every piece of the base is still reached',
  });
}
