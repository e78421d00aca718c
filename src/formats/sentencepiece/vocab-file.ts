// The .vocab text that lies beside a trained .model: one piece a line, tab, score as C++ streams print a float.
// It is for people and for spm_encode's --vocabulary; nothing is ever read back from it.
// Spec: https://github.com/google/sentencepiece (spm_train, spm_export_vocab)
import type { ModelProto } from './fields.ts';

/** Significant digits a C++ stream prints. */
const STREAM_DIGITS = 6;

/** Digits behind the point that tell an exact tie from a near one; toExponential allows 100. */
const MAX_FLOAT32_DIGITS = 60;

/**
 * Text of the `.vocab` file of a model, one line per piece in id order.
 *
 * The score is left out when `trainerSpec.vocabularyOutputPieceScore` is false, as spm_train does.
 *
 * @example
 * ```ts
 * buildVocabFile({ pieces: [{ piece: '<unk>', score: 0 }, { piece: '▁the', score: -3.45678912 }] });
 * // '<unk>\t0\n▁the\t-3.45679\n'
 * ```
 */
export function buildVocabFile(proto: ModelProto): string {
  const withScores = proto.trainerSpec?.vocabularyOutputPieceScore ?? true;
  const lines = proto.pieces.map(({ piece, score = 0 }) =>
    withScores ? `${piece}\t${formatStreamFloat(Math.fround(score))}\n` : `${piece}\n`,
  );
  return lines.join('');
}

/** A number as `std::ostream << float` prints it: six significant digits, `e+09` exponents, `-0`, ties to even. */
export function formatStreamFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  // The scores of BPE.
  if (Number.isInteger(value) && Math.abs(value) < 10 ** STREAM_DIGITS) return String(value);
  const sign = value < 0 ? '-' : '';
  const [mantissa, exponentText] = roundToDigits(Math.abs(value)).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= STREAM_DIGITS) {
    const exponentDigits = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${trimZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${exponentDigits}`;
  }
  const digits = mantissa.replace('.', '');
  if (exponent < 0) return `${sign}${trimZeros(`0.${'0'.repeat(-exponent - 1)}${digits}`)}`;
  return `${sign}${trimZeros(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`)}`;
}

// toExponential rounds exact ties up, C++ rounds them to the even digit: 12345.25 prints as 12345.2.
function roundToDigits(value: number): string {
  const rounded = value.toExponential(STREAM_DIGITS - 1);
  const [mantissa, exponent] = value.toExponential(MAX_FLOAT32_DIGITS).split('e') as [string, string];
  const tail = mantissa.slice(STREAM_DIGITS + 1);
  const isTie = tail.startsWith('5') && /^50*$/.test(tail);
  return isTie && Number(mantissa[STREAM_DIGITS]) % 2 === 0
    ? `${mantissa.slice(0, STREAM_DIGITS + 1)}e${exponent}`
    : rounded;
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0*$/, '') : digits;
}
