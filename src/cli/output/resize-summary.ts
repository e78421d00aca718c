// What resize says when it is done: what became of each matrix, what was changed, and a look at some of the new rows.

import { counted, groupDigits } from '../../core/counted.ts';
import { describeRows } from '../../core/row-map.ts';
import type { ResizeResult } from '../../pipeline/checkpoint/resize-checkpoint.ts';
import type { TensorReport } from '../../pipeline/checkpoint/resize-shard.ts';
import { alignColumns } from '../../report/print/display-width.ts';

/** The lines of the summary. */
export function describeResize(result: ResizeResult): string[] {
  const lines: string[] = [];
  for (const tensor of result.tensors) lines.push(...describeTensor(tensor), '');
  for (const [file, changes] of Object.entries(result.changes)) {
    for (const { key, from, to } of changes) {
      lines.push(`${file}: ${key} ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
    }
  }
  return lines;
}

function describeTensor(tensor: TensorReport): string[] {
  const { name, dtype, oldShape, newShape, method, role, newRows, replacedRows: replaced = 0 } = tensor;
  const rows = describeRows({
    copied: tensor.copiedRows,
    filled: tensor.filledRows,
    replaced,
    appended: newRows - tensor.filledRows - replaced,
    dropped: tensor.droppedRows ?? 0,
    kept: tensor.keptRows,
    padding: tensor.paddingRows,
  });
  const lines = [
    `${name}: ${dtype} [${oldShape.join(', ')}] -> [${newShape.join(', ')}]`,
    `  ${rows}; ${method}, treated as ${role}`,
  ];
  if (newRows === 0 || newShape.length === 1) return lines;
  const { oldNorms, newNorms, calibration, samples } = tensor;
  const norms = (['min', 'median', 'mean', 'max'] as const).map((key) => [
    key,
    formatNorm(oldNorms[key]),
    formatNorm(newNorms[key]),
  ]);
  lines.push(...table([['norm', 'old rows', 'new rows'], ...norms]));
  if (calibration.length > 0) {
    const shown = calibration.map(
      ({ script, rows, norm }) => `${script} ${formatNorm(norm)} (${counted(rows, 'row')})`,
    );
    lines.push(`  scaled to the median norm of old rows by script: ${shown.join(', ')}`);
  }
  lines.push(...describeTies(tensor).map((line) => `  ${line}`));
  if (samples.length > 0) {
    const shown = samples.map(({ id, piece, norm, neighbours }) => [
      String(id),
      JSON.stringify(piece),
      formatNorm(norm),
      neighbours
        .map((near) => `${near.piece === undefined ? near.id : JSON.stringify(near.piece)} ${near.cosine.toFixed(2)}`)
        .join(', '),
    ]);
    lines.push(...table([['id', 'piece', 'norm', 'nearest old rows (cosine)'], ...shown]));
  }
  return lines;
}

function describeTies({ tiesBrokenByOrder, tiesBrokenByNoise, identicalRows }: TensorReport): string[] {
  const broken = tiesBrokenByOrder + tiesBrokenByNoise;
  const lines: string[] = [];
  if (broken > 0) {
    const some = broken === tiesBrokenByNoise ? '' : `, ${groupDigits(tiesBrokenByNoise)} of them`;
    const noise = tiesBrokenByNoise === 0 ? '' : `${some} by small noise`;
    lines.push(
      `${counted(broken, 'new row')} would have equalled another new row (their pieces are made of the same tokens); ` +
        `${broken === 1 ? 'it was' : 'they were'} made distinct${noise}`,
    );
  }
  lines.push(
    identicalRows === 0
      ? 'no two new rows are equal'
      : `${counted(identicalRows, 'new row equals', 'new rows equal')} another`,
  );
  return lines;
}

function formatNorm(norm: number): string {
  return norm === 0 ? '0' : norm.toPrecision(4);
}

function table(rows: readonly (readonly string[])[]): string[] {
  return alignColumns(rows, () => 'left').map((line) => `  ${line}`);
}
