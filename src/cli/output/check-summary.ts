// What check says: what was compared, then one row a check with its verdict, and below each finding what to do.
import { counted, groupDigits } from '../../core/counted.ts';
import type { CheckReport, CheckResult } from '../../formats/check-report.ts';

const STYLES: Readonly<Record<CheckResult['verdict'], string>> = {
  ok: '\u001b[32m',
  note: '\u001b[33m',
  problem: '\u001b[31m',
  skipped: '\u001b[2m',
};
const RESET = '\u001b[0m';

/** The report as lines. */
export function describeCheck(report: CheckReport, { color = false } = {}): string[] {
  const { tokenizer, tensors, vocabSize, rowMap } = report;
  const lines = [
    `tokenizer ${tokenizer.name}: ${counted(tokenizer.ids, 'id')}`,
    ...tensors.map(({ name, dtype, shape }) => `${name}: ${dtype} [${shape.join(', ')}]`),
  ];
  if (vocabSize !== null) lines.push(`config.json: vocab_size ${groupDigits(vocabSize)}`);
  if (rowMap !== null) {
    lines.push(`row map: ${counted(rowMap.baseRows, 'row')} to ${groupDigits(rowMap.targetRows)}`);
  }
  lines.push('');
  for (const { code, verdict, summary, findings } of report.checks) {
    const shown = verdict.padEnd(8);
    lines.push(`${code.padEnd(16)} ${color ? STYLES[verdict] + shown + RESET : shown} ${summary}`);
    for (const { what, fix } of findings) lines.push(`    ${what}`, `    -> ${fix}`);
  }
  return lines;
}
