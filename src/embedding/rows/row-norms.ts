// Norms of old rows: a summary for the report, and the norm that rows of a script usually have, to which `auto` scales new
// rows (a mean of k unrelated rows is about the square root of k times too short). It reads no matrices.
import { SCRIPT, scriptName, scriptOf } from '../../core/unicode/scripts.ts';
import { pieceToByte } from '../../core/unicode/utf8.ts';
import type { RowValues } from './matrix-values.ts';
import { kernelsOf } from './row-kernels.ts';

/** Norms of some rows. */
export interface NormSummary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly max: number;
}

/** Summary of `norms`, those that are NaN left out; zeros when there are none. */
export function summarizeNorms(all: Float64Array): NormSummary {
  const norms = all.filter((norm) => !Number.isNaN(norm));
  const count = norms.length;
  if (count === 0) return { count, min: 0, median: 0, mean: 0, max: 0 };
  const sorted = norms.slice().sort();
  let sum = 0;
  for (const norm of sorted) sum += norm;
  return { count, min: sorted[0]!, median: medianOf(sorted), mean: sum / count, max: sorted[count - 1]! };
}

/** The norm that rows of a script have. */
export interface ScriptNorm {
  /** Unicode's name of the script; `all` stands for every row. */
  readonly script: string;
  /** Old rows that it was taken from. */
  readonly rows: number;
  /** Their median norm. */
  readonly norm: number;
}

/** Norms to aim at. */
export interface NormTargets {
  /** The target for a new row. */
  normOf(piece: string): number;
  /** Those that were asked for, by script. */
  used(): readonly ScriptNorm[];
}

/** Fewer rows than this say nothing about a script; all rows are taken instead. */
const MIN_ROWS = 16;

/**
 * Norms by script.
 *
 * @param norms of the old rows, `[idCount]`; NaN where an id has no piece
 * @param pieceOf text of an old row's piece; without texts, all rows count as one script
 */
export function createNormTargets(norms: Float64Array, pieceOf: (id: number) => string | undefined): NormTargets {
  const byScript = new Map<number, number[]>();
  for (let id = 0; id < norms.length; id++) {
    const piece = pieceOf(id);
    if (piece === undefined || Number.isNaN(norms[id]!) || pieceToByte(piece) >= 0 || /^(<.*>|\[.*\])$/s.test(piece))
      continue;
    const script = mainScript(piece);
    const list = byScript.get(script);
    if (list === undefined) byScript.set(script, [norms[id]!]);
    else list.push(norms[id]!);
  }
  const known = norms.filter((norm) => !Number.isNaN(norm));
  const all: ScriptNorm = { script: 'all', rows: known.length, norm: medianOf(known.sort()) };
  const used = new Map<number, ScriptNorm>();
  return {
    normOf(piece) {
      const script = mainScript(piece);
      let target = used.get(script);
      if (target === undefined) {
        const list = byScript.get(script) ?? [];
        target =
          list.length < MIN_ROWS
            ? all
            : { script: scriptName(script), rows: list.length, norm: medianOf(Float64Array.from(list).sort()) };
        used.set(script, target);
      }
      return target.norm;
    },
    used: () => [...new Set(used.values())],
  };
}

// The first script that is not shared by all: pieces of one script are the rule, and Common is for punctuation and digits.
function mainScript(piece: string): number {
  for (const character of piece) {
    const script = scriptOf(character.codePointAt(0)!);
    if (script !== SCRIPT.common && script !== SCRIPT.inherited) return script;
  }
  return SCRIPT.common;
}

function medianOf(sorted: Float64Array): number {
  if (sorted.length === 0) return 0;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Euclidean norm. */
export function normOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}

// This and normOf and the product in neighbours.ts are one formula three times on purpose: each sees one kind of array only,
// which is what makes them fast, and four sums that do not wait for each other are faster than one.

/** Norms of the rows of a chunk, `[count, hiddenSize]`, into `norms` from `start` on. */
export function addRowNorms(values: RowValues, hiddenSize: number, norms: Float64Array, start: number): void {
  const count = values.length / hiddenSize;
  const kernels = kernelsOf(values);
  if (kernels !== undefined) {
    kernels.norms(values as Float32Array, norms.subarray(start, start + count));
    return;
  }
  for (let row = 0; row < count; row++) {
    const end = (row + 1) * hiddenSize;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let i = row * hiddenSize;
    for (; i + 3 < end; i += 4) {
      s0 += values[i]! * values[i]!;
      s1 += values[i + 1]! * values[i + 1]!;
      s2 += values[i + 2]! * values[i + 2]!;
      s3 += values[i + 3]! * values[i + 3]!;
    }
    for (; i < end; i++) s0 += values[i]! * values[i]!;
    norms[start + row] = Math.sqrt(s0 + s1 + (s2 + s3));
  }
}
