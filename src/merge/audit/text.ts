// Measures an extended tokenizer against its base on text, line by line: ids that change, by script, lines that get
// longer, pieces that never occur. It keeps counts and a few worst lines, never the text.
import { counted, groupDigits } from '../../core/counted.ts';
import { countScripts, SCRIPT, scriptCount, scriptIdsOf, scriptName } from '../../core/unicode/scripts.ts';
import type { AuditCheck, AuditFinding, LongerLine, ScriptDrift, TextAudit } from '../../formats/audit-report.ts';
import { isTextPiece } from '../choice/dead-pieces.ts';
import { buildCheck, skippedCheck } from './checks.ts';
import { type AuditContext, pieceText, shownPiece } from './subject.ts';

/** A script is taken as extended when this share of the letters of new pieces is of it. */
const EXTENDED_SHARE = 0.05;
/** Lines kept as the worst examples, and as the first ones whose ids change. */
const MOST_LINES = 20;
/** UTF-16 units shown of such a line. */
const SHOWN_UNITS = 160;

/** Options of {@link createTextAudit}. */
export interface TextAuditOptions {
  /**
   * Names of the scripts that the new pieces are for: lines with a character of them are meant to change, others are not.
   * Default: the scripts that hold 5 % or more of the letters of new pieces.
   */
  readonly scripts?: readonly string[] | undefined;
}

/** An audit of text under way. */
export interface TextAuditor {
  /** Encodes one line with both tokenizers. */
  add(line: string): void;
  finish(): { readonly checks: readonly AuditCheck[]; readonly text: TextAudit };
}

interface ScriptCounts {
  lines: number;
  changedLines: number;
  longerLines: number;
  baseTokens: number;
  tokens: number;
}

/**
 * Starts an audit of text.
 *
 * @throws OptionError for an unknown script
 */
export function createTextAudit(context: AuditContext, options: TextAuditOptions = {}): TextAuditor {
  const { target, relation, newIds } = context;
  const { tokenizer } = target;
  const isExtended = chooseScripts(context, options.scripts);
  const uses = new Float64Array(tokenizer.vocabSize);
  const scripts = new Map<number, ScriptCounts>();
  const worst: LongerLine[] = [];
  const drifted: AuditFinding[] = [];
  let lines = 0;
  let tokens = 0;
  let baseTokens = 0;

  // What the first token that changes was, and what it is.
  const changeAt = (at: number, baseIds: readonly number[], ids: readonly number[]): string => {
    const was = baseIds[at];
    const now = ids[at];
    if (was === undefined || now === undefined) return '';
    return `: ${shownPiece(relation!.base.tokenizer, was)} becomes ${shownPiece(tokenizer, now)}`;
  };

  const addChange = (line: string, ids: readonly number[]): void => {
    const { base, targetIds } = relation!;
    const baseIds = base.tokenizer.encode(line);
    baseTokens += baseIds.length;
    const script = scriptOfLine(line, isExtended);
    let counts = scripts.get(script);
    if (counts === undefined) {
      counts = { lines: 0, changedLines: 0, longerLines: 0, baseTokens: 0, tokens: 0 };
      scripts.set(script, counts);
    }
    counts.lines++;
    counts.baseTokens += baseIds.length;
    counts.tokens += ids.length;
    const change = baseIds.findIndex((id, i) => targetIds[id] !== ids[i]);
    if (change >= 0 || ids.length !== baseIds.length) {
      counts.changedLines++;
      if (shouldStay(script, isExtended) && drifted.length < MOST_LINES) {
        drifted.push({ reason: `line ${lines}${changeAt(change, baseIds, ids)}`, piece: shortened(line) });
      }
    }
    if (ids.length <= baseIds.length) return;
    counts.longerLines++;
    keepWorst(worst, { line: lines, text: line, baseTokens: baseIds.length, tokens: ids.length });
  };

  return {
    add(line) {
      lines++;
      const ids = tokenizer.encode(line);
      tokens += ids.length;
      for (const id of ids) uses[id]!++;
      if (relation !== undefined) addChange(line, ids);
    },
    finish() {
      const drift = [...scripts]
        .map(
          ([script, counts]): ScriptDrift => ({
            script: scriptName(script),
            isExtended: isExtended[script] === 1,
            ...counts,
          }),
        )
        .sort((a, b) => b.lines - a.lines || (a.script < b.script ? -1 : 1));
      const text: TextAudit = {
        lines,
        tokens,
        ...(relation !== undefined && { baseTokens }),
        scripts: drift,
        longerLines: worst,
      };
      const changes =
        relation === undefined
          ? [skippedCheck('drift', 'needs the base'), skippedCheck('longer', 'needs the base')]
          : [driftCheck(drift, isExtended, drifted), longerCheck(text)];
      return { checks: [...changes, unusedCheck(context, newIds, uses, lines)], text };
    },
  };
}

// Every base knows English: where Latin is learnt, its lines change on purpose, and are named all the same.
function shouldStay(script: number, isExtended: Uint8Array): boolean {
  return isExtended[script] === 0 || script === SCRIPT.latin;
}

function driftCheck(
  drift: readonly ScriptDrift[],
  isExtended: Uint8Array,
  findings: readonly AuditFinding[],
): AuditCheck {
  const sum = (scripts: readonly ScriptDrift[], pick: (script: ScriptDrift) => number): number =>
    scripts.reduce((total, script) => total + pick(script), 0);
  const isLatinExtended = isExtended[SCRIPT.latin] === 1;
  const staying = drift.filter(({ script, isExtended }) => !isExtended || script === scriptName(SCRIPT.latin));
  const extended = drift.filter(({ isExtended }) => isExtended);
  const others = [...isExtended.keys()].filter((id) => isExtended[id] === 1 && id !== SCRIPT.latin).map(scriptName);
  const names = others.join(', ') || (isLatinExtended ? '' : 'new scripts');
  const without = names === '' ? '' : ` without ${names}`;
  const changed = sum(staying, ({ changedLines }) => changedLines);
  const of = sum(staying, ({ lines }) => lines);
  const why = `(${percent(changed, of)})${isLatinExtended ? ', since new pieces are of Latin letters' : ''}`;
  return buildCheck({
    code: 'drift',
    findings,
    count: changed,
    of,
    what: [
      `of ${counted(of, 'line')}${without} changes its ids ${why}`,
      `of ${counted(of, 'line')}${without} change their ids ${why}`,
    ],
    fine: of === 0 ? `there is no line${without}` : `all ${counted(of, 'line')}${without} keep their ids`,
    ...(isLatinExtended && { verdict: 'note' as const }),
    remarks: [
      extended.length > 0
        ? `lines with ${extended.map(({ script }) => script).join(', ')}: ${counted(
            sum(extended, (s) => s.baseTokens),
            'token becomes',
            'tokens become',
          )} ${groupDigits(sum(extended, (s) => s.tokens))}`
        : undefined,
    ],
  });
}

function longerCheck({ lines, scripts, longerLines }: TextAudit): AuditCheck {
  const count = scripts.reduce((total, script) => total + script.longerLines, 0);
  return buildCheck({
    code: 'longer',
    count,
    findings: longerLines.map(({ line, text, baseTokens, tokens }) => ({
      reason: `line ${line}: ${counted(baseTokens, 'token becomes', 'tokens become')} ${tokens}`,
      piece: text,
    })),
    of: lines,
    what: [
      `of ${counted(lines, 'line')} takes more tokens than with the base (${percent(count, lines)})`,
      `of ${counted(lines, 'line')} take more tokens than with the base (${percent(count, lines)})`,
    ],
    fine: `none of ${counted(lines, 'line')} takes more tokens than with the base`,
  });
}

function unusedCheck(
  { target, relation }: AuditContext,
  newIds: readonly number[],
  uses: Float64Array,
  lines: number,
): AuditCheck {
  const { tokenizer } = target;
  const textIds = newIds.filter((id) => isTextPiece(tokenizer, id));
  const findings: AuditFinding[] = [];
  for (const id of textIds) if (uses[id] === 0) findings.push({ id, piece: shownPiece(tokenizer, id) });
  const kind = relation === undefined ? 'piece' : 'new piece';
  return buildCheck({
    code: 'unused',
    findings,
    of: textIds.length,
    what: [
      `of ${counted(textIds.length, kind)} does not occur in ${counted(lines, 'line')}`,
      `of ${counted(textIds.length, kind)} do not occur in ${counted(lines, 'line')}`,
    ],
    fine: `every ${kind} occurs (${groupDigits(textIds.length)})`,
    verdict: 'note',
  });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(2)} %`;
}

function keepWorst(worst: LongerLine[], line: LongerLine): void {
  const loss = (each: LongerLine): number => each.tokens - each.baseTokens;
  let at = worst.length;
  while (at > 0 && loss(worst[at - 1]!) < loss(line)) at--;
  if (at >= MOST_LINES) return;
  const { text } = line;
  worst.splice(at, 0, { ...line, text: shortened(text) });
  if (worst.length > MOST_LINES) worst.pop();
}

function shortened(text: string): string {
  return text.length > SHOWN_UNITS ? `${text.slice(0, SHOWN_UNITS).toWellFormed()}…` : text;
}

/** 1 for each extended script, `[scriptCount]`. */
function chooseScripts({ target, relation, newIds }: AuditContext, names: readonly string[] | undefined): Uint8Array {
  const chosen = new Uint8Array(scriptCount);
  for (const id of scriptIdsOf(names ?? [])) chosen[id] = 1;
  if (names !== undefined || relation === undefined) return chosen;
  const counts = new Float64Array(scriptCount);
  for (const id of newIds) {
    if (isTextPiece(target.tokenizer, id)) countScripts(pieceText(target.tokenizer, id) ?? '', counts);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  counts.forEach((count, script) => {
    if (count > 0 && count >= total * EXTENDED_SHARE) chosen[script] = 1;
  });
  return chosen;
}

const lineCounts = new Float64Array(scriptCount);

// A line with any character of an extended script counts as that script's; other lines as that of most of their letters.
function scriptOfLine(line: string, isExtended: Uint8Array): number {
  lineCounts.fill(0);
  countScripts(line, lineCounts);
  let best = -1;
  for (let script = 0; script < scriptCount; script++) {
    if (lineCounts[script] === 0) continue;
    const isBetter =
      best < 0 ||
      isExtended[script]! > isExtended[best]! ||
      (isExtended[script] === isExtended[best] && lineCounts[script]! > lineCounts[best]!);
    if (isBetter) best = script;
  }
  return best < 0 ? SCRIPT.common : best;
}
