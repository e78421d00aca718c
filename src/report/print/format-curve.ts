// A size curve as CSV, JSON, and an aligned table for a terminal.

import { asPercent, counted } from '../../core/counted.ts';
import { formatInteger, formatRatio } from '../measure/comparison-table.ts';
import type { ExtensionCurve } from '../measure/curve/extension-curve.ts';
import { alignColumns } from './display-width.ts';

const HEADERS = [
  'new_pieces',
  'vocab_size',
  'tokens',
  'tokens_per_character',
  'ratio_to_base',
  'gain_per_1000',
  'embedding_bytes',
  'recommended',
];

/** The curve as CSV (RFC 4180, LF), one size a row; numbers are raw. */
export async function formatCurveCsv({ points, knee }: ExtensionCurve): Promise<string> {
  const { writeToString } = await import('fast-csv');
  const rows = points.map((point) => [
    point.newPieces,
    point.vocabSize,
    point.tokens,
    point.tokensPerCharacter,
    point.ratio,
    point.gain,
    point.embeddingBytes,
    point.newPieces === knee ? 1 : 0,
  ]);
  return writeToString(rows, { headers: HEADERS, includeEndRowDelimiter: true });
}

/** The curve as an indented JSON document with a line end. */
export function formatCurveJson(curve: ExtensionCurve): string {
  return `${JSON.stringify(curve, null, 2)}\n`;
}

/** The curve as an aligned table, with what is recommended and why below it. */
export function formatCurveTerminal(curve: ExtensionCurve): string {
  const { points, knee, kneeIsReached, leastGain, hiddenSize, bytesPerValue, matrices } = curve;
  const titles = ['new pieces', 'rows', 'tokens', 'tokens/char', 'of base', 'gain/1000', 'embeddings', ''];
  const rows = points.map((point) => [
    formatInteger(point.newPieces),
    formatInteger(point.vocabSize),
    formatInteger(Math.round(point.tokens)),
    formatRatio(point.tokensPerCharacter),
    asPercent(point.ratio),
    point.gain === null ? '–' : asPercent(point.gain, 2),
    `${(point.embeddingBytes / 1e6).toFixed(1)} MB`,
    point.newPieces === knee ? '<- recommended' : '',
  ]);
  const lines = alignColumns([titles, ...rows], (i) => (i === titles.length - 1 ? 'left' : 'right'));
  const least = `${asPercent(leastGain, 2)} of the tokens`;
  const reason = kneeIsReached
    ? `Recommended: ${counted(knee, 'new piece')}. Up to there, every further 1,000 save at least ${least}.`
    : `Every 1,000 pieces up to the last save at least ${least}. A larger --curve-up-to shows where that ends.`;
  const size = `Embeddings: ${counted(matrices, 'matrix', 'matrices')} with rows of ${counted(hiddenSize, 'value')}, ${counted(bytesPerValue, 'byte')} each.`;
  return [...lines, '', reason, size, ''].join('\n');
}
