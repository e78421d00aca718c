// Merges an extension model into a base model: base pieces keep their ids, new pieces are appended behind them.
// This is the append recipe of Chinese-LLaMA and BELLE with its choices made options. It works on models and gives a patch;
// files are a TokenizerDocument's business. In SentencePiece models new pieces are ranked by score, and those that the encoder
// cannot reach are looked for only when asked to (choose-reachable.ts). Elsewhere a piece needs a merge, and only pieces that
// come to one are appended (choose-chained.ts).
// Recipe: https://arxiv.org/abs/2304.08177, section 3.1
import { counted } from '../core/counted.ts';
import {
  isReserved,
  isSentencePieceModel,
  PIECE_TYPE,
  type PieceType,
  type PieceUnits,
  specialToken,
  type TokenizerModel,
} from '../core/model.ts';
import type { NewPiece, VocabularyPatch } from '../core/patch.ts';
import { byteSurface } from '../core/unicode/byte-level.ts';
import { codePointLength } from '../core/unicode/utf8.ts';
import { InputError, OptionError } from '../errors.ts';
import type { TrainingFacts } from '../formats/tokenizer-document.ts';
import { readablePieces } from '../tokenize/vocabulary.ts';
import { chooseChained } from './choice/choose-chained.ts';
import { chooseRanked } from './choice/choose-ranked.ts';
import { chooseReachable } from './choice/choose-reachable.ts';
import { pieceToText, respellPieces } from './choice/respell-pieces.ts';
import { buildScoresBelow, findScoreGap } from './choice/score-ladder.ts';
import { createScriptFilter } from './choice/script-filter.ts';
import {
  type MergeOptions,
  type ResolvedMergeOptions,
  resolveMergeOptions,
  roundUpToMultiple,
} from './merge-options.ts';
import { findChainedWarnings, findMergeWarnings, type MergeWarning } from './merge-warnings.ts';

/** Input of {@link mergeVocab}. */
export interface MergeVocabOptions extends MergeOptions {
  readonly base: TokenizerModel;
  readonly extension: TokenizerModel;
  /** What the base's file says of its training (`document.training`), for warnings about digits and self-test samples. */
  readonly training?: TrainingFacts | undefined;
}

/** Why a piece of the extension was not appended although the base lacks it. */
export type DropReason =
  | 'empty'
  | 'repeated'
  | 'meta'
  | 'unused'
  | 'part'
  | 'script'
  | 'length'
  | 'rank'
  | 'unreachable';

/** The reasons in words. */
export const DROP_REASONS: { readonly [K in DropReason]: string } = {
  empty: 'its text is empty',
  repeated: 'the extension has the same text under a smaller id',
  meta: 'unknown, control and byte pieces and added tokens belong to the extension model itself',
  unused: 'the extension marks it as unused',
  part: 'it is a part of a character, and the base spells its pieces in whole ones',
  script: 'it has characters outside the chosen scripts',
  length: 'it is longer than the longest piece allowed',
  rank: 'better-ranked pieces fill the target size',
  unreachable: 'the merged encoder could never emit it',
};

/** A piece of the extension that was left out. */
export interface DroppedPiece {
  readonly piece: string;
  readonly reason: DropReason;
  /** With reason `unreachable`: the pieces that the merged encoder splits it into. */
  readonly encodesTo?: readonly string[];
}

/** What {@link mergeVocab} returns. */
export interface MergeResult {
  /** What is appended: see `applyPatch` for the merged model, `TokenizerDocument.apply` for its files. */
  readonly patch: VocabularyPatch;
  readonly baseSize: number;
  readonly extensionSize: number;
  /** Pieces appended, added tokens included. */
  readonly added: number;
  /** Pieces of the extension that the base has, in the extension's order. */
  readonly duplicates: readonly { readonly piece: string; readonly baseId: number }[];
  /** Pieces of the extension that were left out for another reason, in the extension's order. */
  readonly dropped: readonly DroppedPiece[];
  readonly warnings: readonly MergeWarning[];
  /** Rows that the embedding needs: the number of pieces, padded. */
  readonly rows: number;
}

/**
 * Merges `extension` into `base`. The models are not changed.
 *
 * New pieces follow in the extension's id order. They are ranked by the extension's score, best first, ties by id: this
 * decides which fit `targetSize`, and which gets which score with `scores: 'below'`. With `dropUnreachable`, pieces that
 * the merged encoder can never emit are left out, and the next-ranked ones fill the target size.
 *
 * A base that is byte-level or lists its merges takes pieces of any extension, respelled, and those alone whose text comes to
 * two tokens: that is their merge, behind those of the base. They are appended in the order of their rank, which is that
 * of the merges; a piece that waits for another one comes behind it. Nothing that no text reaches is appended.
 *
 * @throws OptionError for an option out of range: see {@link MergeOptions}; a target size below the base's size or above
 *   what is there and can be reached (the message gives the feasible range); an added token that is a piece already
 * @throws OptionError for scores and types that a base without scores cannot have
 * @throws InputError when the base is neither Unigram nor BPE, has no pieces, or a model has a score that is not finite
 * @example
 * ```ts
 * const merged = mergeVocab({ base, extension: chineseSp, preset: 'chinese-llama', addTokens: ['[PAD]'] });
 * merged.baseSize + merged.added; // 49954
 * const tokenizer = createTokenizer(applyPatch(base, merged.patch));
 * ```
 */
export function mergeVocab(options: MergeVocabOptions): MergeResult {
  const { base, training } = options;
  const resolved = resolveMergeOptions(options);
  checkModels(base, options.extension);
  const isChained = !isSentencePieceModel(base);
  if (isChained) checkChained(options, resolved);
  const respelled = respellPieces(options.extension, base.units);
  const extension = { ...options.extension, pieces: respelled.map((piece) => piece ?? '') };
  const baseIds = new Map<string, number>();
  for (let id = base.pieces.length - 1; id >= 0; id--) baseIds.set(base.pieces[id]!, id);

  const { duplicates, reasons, candidates } = sortOut(extension, baseIds, {
    ...resolved,
    isChained,
    units: base.units,
  });
  for (const [id, piece] of respelled.entries()) if (piece === undefined) reasons[id] = 'part';
  checkAddedTokens(resolved.addTokens, baseIds, candidates, extension);
  const chosen = takeBest(candidates, baseIds, { ...options, extension }, resolved);
  const { kept, unreachable } = chosen;
  for (const id of candidates) if (!kept.has(id)) reasons[id] = unreachable.has(id) ? 'unreachable' : 'rank';

  const patch = chosen.patch ?? buildPatch([...kept], { ...options, extension }, resolved);
  const shown = (piece: string): string => (base.units === 'byte' ? byteSurface(piece) : piece);
  const readable = readablePieces(options.extension);
  const dropped: DroppedPiece[] = [];
  for (let id = 0; id < reasons.length; id++) {
    const reason = reasons[id];
    const encodesTo = unreachable.get(id);
    if (reason === undefined) continue;
    const piece = readable[id]!;
    dropped.push({ piece, reason, ...(encodesTo && { encodesTo: encodesTo.map(shown) }) });
  }
  const baseSize = base.pieces.length;
  const added = patch.pieces.length;
  const newPieces = patch.pieces.slice(0, kept.size);
  const warnings = isChained
    ? findChainedWarnings({ base, extension, newPieces, left: unreachable.size })
    : findMergeWarnings({ base, extension, training, newPieces, added, types: resolved.types });
  return {
    patch,
    baseSize,
    extensionSize: extension.pieces.length,
    added,
    duplicates,
    dropped,
    warnings,
    rows: roundUpToMultiple(baseSize + added, resolved.padToMultipleOf),
  };
}

function checkModels(base: TokenizerModel, extension: TokenizerModel): void {
  if (base.pieces.length === 0) throw new InputError('base: the model has no pieces, at least one is needed');
  if (base.modelType !== 'unigram' && base.modelType !== 'bpe') {
    throw new InputError(`base: the model type is ${base.modelType}, only unigram and bpe models can be extended`);
  }
  for (const [name, { pieces, pieceScores }] of [['base', base] as const, ['extension', extension] as const]) {
    const id = pieceScores.findIndex((score) => !Number.isFinite(score));
    if (id < 0) continue;
    throw new InputError(
      `${name}: piece ${id} ${JSON.stringify(pieces[id])} has the score ${pieceScores[id]}, scores are finite`,
    );
  }
}

/** Merges of the base are ranked by their place, and so are those of new pieces: there is nothing to choose. */
function checkChained(
  { base, scores, preset, types }: MergeVocabOptions,
  { types: resolvedTypes }: ResolvedMergeOptions,
): void {
  if (base.modelType !== 'bpe') {
    throw new InputError(
      `base: a ${base.modelType} model with a pre-tokenizer cannot be extended, only bpe models can`,
    );
  }
  if (resolvedTypes === 'keep' && (scores === undefined || scores === 'below' || scores === 'last')) return;
  const name = preset !== undefined && types === undefined && scores === undefined ? 'preset' : 'scores';
  throw new OptionError(
    `${name}: ${name === 'preset' ? preset : (scores ?? types)} is for SentencePiece bases; this base ranks merges by their place`,
    { hint: 'Leave it out: new merges come behind those of the base.' },
  );
}

interface SortedOut {
  readonly duplicates: { piece: string; baseId: number }[];
  /** Why each piece of the extension is dropped, if it is, `[extensionSize]`. */
  readonly reasons: (DropReason | undefined)[];
  /** Ids of the rest, in the extension. */
  readonly candidates: number[];
}

function sortOut(
  extension: TokenizerModel,
  baseIds: ReadonlyMap<string, number>,
  options: ResolvedMergeOptions & { readonly isChained: boolean; readonly units: PieceUnits },
): SortedOut {
  const { types, scripts, maxPieceLength, isChained, units } = options;
  const duplicates: { piece: string; baseId: number }[] = [];
  const reasons: (DropReason | undefined)[] = new Array(extension.pieces.length).fill(undefined);
  const candidates: number[] = [];
  const ofScripts = scripts === undefined ? undefined : createScriptFilter(scripts);
  const isOfScripts = ofScripts && ((piece: string): boolean => ofScripts(pieceToText(piece, units) ?? ''));
  const lengthOf = (piece: string): number => codePointLength(pieceToText(piece, units) ?? '');
  const seen = new Set<string>();
  for (let id = 0; id < extension.pieces.length; id++) {
    const piece = extension.pieces[id]!;
    const type = extension.pieceTypes[id]!;
    const baseId = baseIds.get(piece);
    if (baseId !== undefined) duplicates.push({ piece, baseId });
    else if (piece === '') reasons[id] = 'empty';
    else if (types === 'keep' && (isReserved(type) || (isChained && type === PIECE_TYPE.userDefined)))
      reasons[id] = 'meta';
    else if (types === 'keep' && type === PIECE_TYPE.unused) reasons[id] = 'unused';
    else if (seen.has(piece)) reasons[id] = 'repeated';
    else if (isOfScripts !== undefined && !isOfScripts(piece)) reasons[id] = 'script';
    // A piece has at most as many code points as code units: most need no counting.
    else if (piece.length > maxPieceLength && lengthOf(piece) > maxPieceLength) reasons[id] = 'length';
    else {
      candidates.push(id);
      seen.add(piece);
    }
  }
  return { duplicates, reasons, candidates };
}

function checkAddedTokens(
  tokens: readonly string[],
  baseIds: ReadonlyMap<string, number>,
  candidates: readonly number[],
  extension: TokenizerModel,
): void {
  if (tokens.length === 0) return;
  const extensionIds = new Map(candidates.map((id) => [extension.pieces[id]!, id]));
  for (const token of tokens) {
    const where = baseIds.has(token) ? 'base' : 'extension';
    const id = baseIds.get(token) ?? extensionIds.get(token);
    if (id === undefined) continue;
    throw new OptionError(`addTokens: ${JSON.stringify(token)} is already piece ${id} of the ${where}`, {
      hint: 'Leave it out: the merged model has it.',
    });
  }
}

/** The ids to append, best-ranked first, and what the encoder makes of those that it could never emit. */
function takeBest(
  candidates: readonly number[],
  baseIds: ReadonlyMap<string, number>,
  options: MergeVocabOptions,
  resolved: ResolvedMergeOptions,
): { kept: Set<number>; unreachable: ReadonlyMap<number, readonly string[]>; patch?: VocabularyPatch } {
  const { base, extension } = options;
  const { targetSize, addTokens, dropUnreachable } = resolved;
  const least = base.pieces.length + addTokens.length;
  const tokens = addTokens.length === 0 ? '' : ` and ${counted(addTokens.length, 'added token')}`;
  const refuse = (found: number, what: string): never => {
    throw new OptionError(
      `targetSize: ${targetSize} is out of reach: the base has ${counted(base.pieces.length, 'piece')}${tokens}, and the extension ` +
        `has ${found} ${what}`,
      { hint: `Feasible target sizes are ${least} to ${least + found}.` },
    );
  };
  const wanted = (targetSize ?? least + candidates.length) - least;
  if (wanted < 0 || wanted > candidates.length) refuse(candidates.length, 'new ones');
  const scoreOf = (id: number): number => extension.pieceScores[id]!;
  const ranked = [...candidates].sort((a, b) => scoreOf(b) - scoreOf(a) || a - b);
  if (!isSentencePieceModel(base)) {
    const textOf = (id: number): string => extension.pieces[id]!;
    const { chosen, unreachable, patch } = chooseChained({ base, ranked, wanted, textOf, addTokens });
    if (targetSize !== undefined && chosen.length < wanted) refuse(chosen.length, 'new ones that can be emitted');
    return { kept: new Set(chosen), unreachable, patch };
  }
  if (!dropUnreachable) {
    const texts = ranked.map((id) => extension.pieces[id]!);
    const chosen = chooseRanked({ texts, count: wanted, isPresent: (text) => baseIds.has(text) });
    return { kept: new Set(chosen.map((rank) => ranked[rank]!)), unreachable: new Map() };
  }
  const { chosen, unreachable } = chooseReachable({
    base,
    ranked,
    wanted,
    textOf: (id) => extension.pieces[id]!,
    buildPatch: (ids) => buildPatch(ids, options, resolved),
  });
  if (targetSize !== undefined && chosen.length < wanted) refuse(chosen.length, 'new ones that can be emitted');
  return { kept: new Set(chosen), unreachable };
}

/** What is appended: the chosen pieces in the extension's order, then the added tokens. */
function buildPatch(
  rankedIds: readonly number[],
  { base, extension }: MergeVocabOptions,
  { scores, types, addTokens }: ResolvedMergeOptions,
): VocabularyPatch {
  // Added control tokens take no part in merges and need no score of their own; normal ones do.
  const tokensAreNormal = types === 'normal';
  const below = new Map<number, number>();
  let tokenScores: Float32Array | undefined;
  if (scores === 'below' || scores === 'last') {
    const spacing = base.modelType === 'bpe' ? 'rank' : 'neighbor';
    const count = rankedIds.length + (tokensAreNormal ? addTokens.length : 0);
    const gap = findScoreGap(base, { spacesFirst: scores === 'last' });
    const ladder = buildScoresBelow({ ...gap, count, spacing });
    rankedIds.forEach((id, rank) => {
      below.set(id, ladder[rank]!);
    });
    if (tokensAreNormal) tokenScores = ladder.subarray(rankedIds.length);
  }
  const scoreOf = (id: number): number => {
    if (scores === 'zero') return 0;
    return scores === 'keep' ? extension.pieceScores[id]! : below.get(id)!;
  };
  const pieces: NewPiece[] = [];
  const append = (piece: string, score: number, type: PieceType): number => {
    const id = base.pieces.length + pieces.length;
    pieces.push({ id, piece, score, type });
    return id;
  };
  for (const id of [...rankedIds].sort((a, b) => a - b)) {
    const isUserDefined = types === 'keep' && extension.pieceTypes[id] === PIECE_TYPE.userDefined;
    append(extension.pieces[id]!, scoreOf(id), isUserDefined ? PIECE_TYPE.userDefined : PIECE_TYPE.normal);
  }
  const addedTokens = addTokens.map((content, i) => {
    const type = tokensAreNormal ? PIECE_TYPE.normal : PIECE_TYPE.control;
    return specialToken(append(content, tokenScores?.[i] ?? 0, type), content);
  });
  return { pieces, merges: [], addedTokens };
}
