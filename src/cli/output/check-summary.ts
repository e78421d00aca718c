// What check says: what was compared, then one row a check with its verdict, and below each finding what to do.
import { counted, groupDigits } from '../../core/counted.ts';
import type { CheckReport } from '../../formats/check-report.ts';
import { createStyler, VERDICT_STYLES } from '../../report/print/terminal-table.ts';

/** The report as lines. */
export function describeCheck(report: CheckReport, { color = false } = {}): string[] {
  const { tokenizer, tensors, vocabSize, rowMap } = report;
  const style = createStyler({ color });
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
    lines.push(`${code.padEnd(16)} ${style(verdict.padEnd(8), VERDICT_STYLES[verdict])} ${summary}`);
    for (const { what, fix } of findings) lines.push(`    ${what}`, `    -> ${fix}`);
  }
  return lines;
}
