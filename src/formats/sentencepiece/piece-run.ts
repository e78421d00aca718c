// Reads the pieces of a .model file in one sweep, which is most of what opening a model takes. It understands pieces as
// writers write them: text, score and type in this order, less than 128 bytes. It stops, without an error, at whatever is
// not such a piece; model-file.ts reads on from there, field by field, and finds the errors.
// Spec: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto

/** Tags of the fields: number * 8 + wire type. */
const PIECES_TAG = 1 * 8 + 2;
const TEXT_TAG = 1 * 8 + 2;
const SCORE_TAG = 2 * 8 + 5;
const TYPE_TAG = 3 * 8 + 0;

/** Lengths below this are one byte. */
const ONE_BYTE = 0x80;
/** Values of `SentencePiece.Type` are 1..6. */
const MAX_PIECE_TYPE = 6;
/** Bytes of the shortest piece: two tags, two lengths, one byte of text. */
const MIN_PIECE_BYTES = 5;
/** No model has as many; bounds the memory that a large file of another kind would ask for. */
const MAX_PIECES = 1 << 21;

/** Pieces at the start of a file, as parallel arrays. */
export interface PieceRun {
  readonly pieces: readonly string[];
  /** 0 where the file has none. */
  readonly scores: Float32Array;
  /** 1 where the file has a score. */
  readonly hasScores: Uint8Array;
  /** 0 where the file has none. */
  readonly types: Uint8Array;
  /** Offset behind the last of these pieces. */
  readonly end: number;
}

/** No piece was read. */
export const EMPTY_RUN: PieceRun = {
  pieces: [],
  scores: new Float32Array(0),
  hasScores: new Uint8Array(0),
  types: new Uint8Array(0),
  end: 0,
};

// ignoreBOM keeps a leading U+FEFF, which is an ordinary character of a piece.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads pieces from the start of `bytes` on, as many as can be read this way, possibly none. Linear in their bytes. */
export function readPieceRun(bytes: Uint8Array): PieceRun {
  const capacity = Math.min(MAX_PIECES, Math.ceil(bytes.length / MIN_PIECE_BYTES));
  const scores = new Float32Array(capacity);
  const hasScores = new Uint8Array(capacity);
  const types = new Uint8Array(capacity);
  // The texts of all pieces are decoded at once, with a NUL behind each to split at: one call instead of one a piece.
  const texts = new Uint8Array(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - MIN_PIECE_BYTES;
  let count = 0;
  let textEnd = 0;
  let end = 0;
  while (end <= last && count < capacity && bytes[end] === PIECES_TAG) {
    const length = bytes[end + 1]!;
    const pieceEnd = end + 2 + length;
    const textLength = bytes[end + 3]!;
    const textStop = end + 4 + textLength;
    if (length >= ONE_BYTE || pieceEnd > bytes.length) break;
    if (bytes[end + 2] !== TEXT_TAG || textLength === 0 || textStop > pieceEnd) break;
    let at = textStop;
    if (at + 5 <= pieceEnd && bytes[at] === SCORE_TAG) {
      scores[count] = view.getFloat32(at + 1, true);
      hasScores[count] = 1;
      at += 5;
    }
    if (at + 2 === pieceEnd && bytes[at] === TYPE_TAG && bytes[at + 1]! >= 1 && bytes[at + 1]! <= MAX_PIECE_TYPE) {
      types[count] = bytes[at + 1]!;
      at += 2;
    }
    if (at !== pieceEnd) break;
    for (let i = end + 4; i < textStop; i++) texts[textEnd++] = bytes[i]!;
    texts[textEnd++] = 0;
    count++;
    end = pieceEnd;
  }

  const pieces = splitTexts(texts.subarray(0, textEnd));
  // A text that is not UTF-8, or holds a NUL itself: such files are read field by field.
  if (pieces.length !== count) return EMPTY_RUN;
  return {
    pieces,
    scores: scores.slice(0, count),
    hasScores: hasScores.slice(0, count),
    types: types.slice(0, count),
    end,
  };
}

/** Texts with a NUL behind each. */
function splitTexts(texts: Uint8Array): string[] {
  if (texts.length === 0) return [];
  try {
    return decoder.decode(texts.subarray(0, -1)).split('\0');
  } catch {
    return [];
  }
}
