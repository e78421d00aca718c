// Facts about a vocabulary that people ask for first: how many pieces of which kind, script, length and score.
// Derived from the neutral model only; nothing is encoded here (the audit does that).
import {
  ABSENT_PIECE,
  PIECE_TYPE,
  type PieceTypeName,
  type PieceUnits,
  SPACE_SYMBOL,
  type TokenizerModel,
} from '../../core/model.ts';
import { byteUnitsToText } from '../../core/unicode/byte-level.ts';
import { scriptName, scriptOf } from '../../core/unicode/scripts.ts';

/** Scores of the pieces that come from training (normal pieces). */
export interface ScoreFacts {
  readonly min: number;
  readonly max: number;
  readonly distinct: number;
  /** Normal pieces that share their score with another normal piece. */
  readonly tied: number;
}

/** Result of {@link inspectModel}. */
export interface ModelFacts {
  readonly modelType: string;
  /** What pieces are spelled in. */
  readonly units: PieceUnits;
  /** Highest id plus one. */
  readonly vocabSize: number;
  /** Number of pieces, less than `vocabSize` where ids have holes. */
  readonly pieces: number;
  /** Number of merges, for models that list them. */
  readonly merges?: number;
  /** Number of pieces of each type that occurs. */
  readonly types: Partial<Record<PieceTypeName, number>>;
  /** Number of normal and user-defined pieces by script, most first; several scripts in one piece: `mixed`; parts of characters: `bytes`. */
  readonly scripts: Record<string, number>;
  /** Number of normal and user-defined pieces by code points, a space in front not counted; parts of characters are left out. */
  readonly lengths: Record<number, number>;
  /** Absent when there are no normal pieces, and where merges are listed instead. */
  readonly scores?: ScoreFacts;
  /** Ids of the special pieces, -1 for one that the model lacks. */
  readonly specials: Record<'unk' | 'bos' | 'eos' | 'pad', { readonly id: number; readonly piece: string }>;
  readonly controlPieces: readonly string[];
  readonly userDefinedPieces: readonly string[];
  readonly byteFallback: boolean;
  /** A pre-token that is a piece is taken before any merge. */
  readonly wholePieceFirst: boolean;
  /** Steps of normalization and of cutting by their types, in order; none for SentencePiece models. */
  readonly normalizers: readonly string[];
  readonly preTokenizers: readonly string[];
  readonly addedTokens: number;
  readonly normalizer: {
    readonly name: string;
    readonly charsmapBytes: number;
    readonly addDummyPrefix: boolean;
    readonly removeExtraWhitespaces: boolean;
    readonly escapeWhitespaces: boolean;
    readonly treatWhitespaceAsSuffix: boolean;
  };
}

/**
 * Collects the facts of a model.
 *
 * @param specials ids as a `Tokenizer` of the model gives them
 * @example
 * ```ts
 * const { model, tokenizer } = requireExtendable(await loadTokenizer('llama2'));
 * inspectModel(model, tokenizer).scripts.Han; // 701
 * ```
 */
export function inspectModel(
  model: TokenizerModel,
  specials: { readonly unkId: number; readonly bosId: number; readonly eosId: number; readonly padId: number },
): ModelFacts {
  const { pieces, pieceTypes, pieceScores, normalizer, units, merges } = model;
  const space = units === 'byte' ? ' ' : SPACE_SYMBOL;
  let count = 0;
  const types: Partial<Record<PieceTypeName, number>> = {};
  const typeNames = Object.keys(PIECE_TYPE) as PieceTypeName[];
  const scripts = new Map<string, number>();
  const lengths: Record<number, number> = {};
  const scoreCounts = new Map<number, number>();
  for (let id = 0; id < pieces.length; id++) {
    const type = pieceTypes[id]!;
    if (type === ABSENT_PIECE) continue;
    count++;
    const name = typeNames.find((candidate) => PIECE_TYPE[candidate] === type)!;
    types[name] = (types[name] ?? 0) + 1;
    if (type === PIECE_TYPE.normal) scoreCounts.set(pieceScores[id]!, (scoreCounts.get(pieceScores[id]!) ?? 0) + 1);
    if (type !== PIECE_TYPE.normal && type !== PIECE_TYPE.userDefined) continue;
    const text = units === 'byte' ? byteUnitsToText(pieces[id]!) : pieces[id]!;
    const script = text === undefined ? 'bytes' : scriptOfPiece(text);
    scripts.set(script, (scripts.get(script) ?? 0) + 1);
    if (text === undefined) continue;
    const characters = [...text];
    const length = characters.length > 1 && characters[0] === space ? characters.length - 1 : characters.length;
    lengths[length] = (lengths[length] ?? 0) + 1;
  }
  const scores = [...scoreCounts.keys()].sort((a, b) => a - b);
  const tied = [...scoreCounts.values()].reduce((sum, count) => sum + (count > 1 ? count : 0), 0);
  const ofType = (type: number): string[] => pieces.filter((_, id) => pieceTypes[id] === type);
  return {
    modelType: model.modelType,
    units,
    vocabSize: pieces.length,
    pieces: count,
    ...(merges !== undefined && { merges: merges.leftIds.length }),
    types,
    scripts: Object.fromEntries([...scripts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))),
    lengths,
    ...(scores.length > 0 &&
      merges === undefined && { scores: { min: scores[0]!, max: scores.at(-1)!, distinct: scores.length, tied } }),
    specials: {
      unk: { id: specials.unkId, piece: model.unkPiece },
      bos: { id: specials.bosId, piece: model.bosPiece },
      eos: { id: specials.eosId, piece: model.eosPiece },
      pad: { id: specials.padId, piece: model.padPiece },
    },
    controlPieces: ofType(PIECE_TYPE.control),
    userDefinedPieces: ofType(PIECE_TYPE.userDefined).map((piece) =>
      units === 'byte' ? (byteUnitsToText(piece) ?? piece) : piece,
    ),
    byteFallback: model.byteFallback,
    wholePieceFirst: model.wholePieceFirst,
    normalizers: model.normalizers.map(({ type }) => type),
    preTokenizers: model.preTokenizers.map(({ type }) => type),
    addedTokens: model.addedTokens.length,
    normalizer: {
      name: normalizer.name,
      charsmapBytes: normalizer.precompiledCharsmap.length,
      addDummyPrefix: normalizer.addDummyPrefix,
      removeExtraWhitespaces: normalizer.removeExtraWhitespaces,
      escapeWhitespaces: normalizer.escapeWhitespaces,
      treatWhitespaceAsSuffix: model.treatWhitespaceAsSuffix,
    },
  };
}

// Common and Inherited characters (digits, punctuation, ▁) go with any script; alone they are `Common`.
function scriptOfPiece(piece: string): string {
  let found: string | undefined;
  for (const character of piece) {
    const name = scriptName(scriptOf(character.codePointAt(0)!));
    if (name === 'Common' || name === 'Inherited') continue;
    if (found !== undefined && found !== name) return 'mixed';
    found = name;
  }
  return found ?? 'Common';
}
