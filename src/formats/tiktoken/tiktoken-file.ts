// Reads tiktoken files: a line for each piece, its bytes in Base64 and its rank. Pattern and special tokens are not in the
// file: they are given, or those of a known encoding. Spec: openai/tiktoken tiktoken/load.py
import { doubled } from '../../core/grown.ts';
import type { TokenizerModel } from '../../core/model.ts';
import { FormatError, OptionError } from '../../errors.ts';
import { decodeBase64Into } from '../base64.ts';
import { MAX_VOCAB_SIZE, PieceTable } from '../piece-table.ts';
import { patternByName, TIKTOKEN_ENCODINGS, type TiktokenEncoding } from './known-encodings.ts';
import { buildRankedModel } from './ranked-model.ts';

/** Options of {@link parseTiktokenModel}. */
export interface TiktokenOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
  /** Name of a known encoding (`llama3`, `o200k_base`, …) or a regular expression. Default: recognised by the pieces. */
  readonly pattern?: string;
  /** Id of each special token. Default: those of the encoding that is recognised. */
  readonly specialTokens?: ReadonlyMap<string, number>;
  readonly bosPiece?: string;
  readonly eosPiece?: string;
  readonly padPiece?: string;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** True when the bytes begin as a tiktoken file does. */
export function isTiktoken(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 256));
  return /^[A-Za-z0-9+/]+={0,2} \d+(\r?\n|$)/.test(start);
}

/**
 * The neutral model of a tiktoken file.
 *
 * @throws FormatError when a line is broken, a piece or a rank is there twice, or a byte has no piece
 * @throws OptionError when the pattern is not given and the file is none that is known
 * @example
 * ```ts
 * const model = parseTiktokenModel(await readFile('llama3/tokenizer.model'));
 * byteSurface(model.pieces[127999]); // '锦'
 * ```
 */
export function parseTiktokenModel(bytes: Uint8Array, options: TiktokenOptions = {}): TokenizerModel {
  const { source = 'tiktoken file' } = options;
  const vocab = readRanks(bytes, source);
  const encoding = recognise(vocab);
  const pattern = options.pattern === undefined ? encoding?.pattern : options.pattern;
  if (pattern === undefined) {
    throw new OptionError(
      `${source}: the pattern that cuts text into words is not in a tiktoken file, and this one is unknown`,
      {
        hint: `Give its tokenizer.json instead, or name the pattern: one of ${Object.keys(TIKTOKEN_ENCODINGS).join(', ')}.`,
      },
    );
  }
  const given = options.specialTokens;
  return buildRankedModel({
    source,
    vocab,
    pattern: patternByName(pattern) ?? pattern,
    specialTokens:
      given === undefined
        ? (encoding?.specialTokens(vocab.idCount) ?? [])
        : [...given].map(([content, id]) => [id, content]),
    bosPiece: options.bosPiece ?? encoding?.bosPiece ?? '',
    eosPiece: options.eosPiece ?? encoding?.eosPiece ?? '',
    ...(options.padPiece !== undefined && { padPiece: options.padPiece }),
  });
}

/** The known encoding that a file holds, extended or not; `undefined` for another. */
export function encodingOf(bytes: Uint8Array, source: string): TiktokenEncoding | undefined {
  return recognise(readRanks(bytes, source));
}

// All ranks of the encoding, and none or more behind them: at once where loaders count special tokens from the ranks, else
// behind the special tokens.
function recognise(vocab: PieceTable): TiktokenEncoding | undefined {
  const numbers = vocab.piecesById();
  return Object.values<TiktokenEncoding>(TIKTOKEN_ENCODINGS).find((encoding) => {
    const { rankCount, lastPiece, specialTokens, countsSpecialTokens } = encoding;
    const last = vocab.findText(lastPiece);
    if (last < rankCount - 1 || last > rankCount) return false;
    if (countsSpecialTokens) return last === rankCount - 1 && vocab.count === vocab.idCount;
    const firstFree = Math.max(last, ...specialTokens(rankCount).map(([id]) => id)) + 1;
    const own = numbers.subarray(0, firstFree).reduce((count, n) => count + (n === 0 ? 0 : 1), 0);
    return own === rankCount && numbers.subarray(last + 1, firstFree).every((n) => n === 0);
  });
}

function readRanks(bytes: Uint8Array, source: string): PieceTable {
  const vocab = new PieceTable({
    spelling: 'bytes',
    expectedPieces: Math.max(256, Math.min(2 ** 18, bytes.length >> 4)),
  });
  let piece = new Uint8Array(1024);
  let lineNumber = 0;
  for (let at = 0; at < bytes.length; ) {
    lineNumber++;
    let end = bytes.indexOf(LINE_FEED, at);
    if (end < 0) end = bytes.length;
    const lineEnd = end > at && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    if (lineEnd > at) {
      const fail = (problem: string): never => {
        throw new FormatError(`${source}: line ${lineNumber} ${problem}`, {
          hint: 'The file may be cut off or damaged: get it again.',
        });
      };
      let middle = at;
      while (middle < lineEnd && bytes[middle] !== SPACE) middle++;
      if (middle - at > piece.length) piece = doubled(piece, middle - at);
      const length = middle === at ? -1 : decodeBase64Into(bytes, at, middle, piece);
      if (length < 0) fail('does not start with Base64 text');
      const rank = readRank(bytes, middle + 1, lineEnd);
      if (rank < 0) fail(`has no rank below ${MAX_VOCAB_SIZE} behind the piece`);
      if (!vocab.add(piece, 0, length, rank)) fail('has a piece that an earlier line has');
    }
    at = end + 1;
  }
  if (vocab.count === 0) throw new FormatError(`${source}: has no lines with a piece and a rank`);
  return vocab;
}

function readRank(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > 8) return -1;
  let rank = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    rank = rank * 10 + digit;
  }
  return rank < MAX_VOCAB_SIZE ? rank : -1;
}
