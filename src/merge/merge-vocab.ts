// Merges an extension model into a base model: base pieces keep their ids, new pieces are appended behind them.
// This is the append recipe of Chinese-LLaMA and BELLE with its choices made options. It leaves trainer and normalizer
// specs of the base untouched (vocab_size too), writes nothing, and looks for pieces that the encoder cannot reach only when
// asked to drop them (drop-unreachable.ts).
// Recipe: https://arxiv.org/abs/2304.08177, section 3.1
import { PIECE_TYPE, type PieceType } from '../core/model.ts';
import { codePointLength } from '../core/unicode/utf8.ts';
import { InputError, OptionError } from '../errors.ts';
import type { ModelProto, SentencePieceEntry } from '../formats/sentencepiece/fields.ts';
import { chooseRanked } from './choice/choose-ranked.ts';
import { chooseReachable } from './choice/drop-unreachable.ts';
import { buildScoresBelow, findScoreGap } from './choice/score-ladder.ts';
import { createScriptFilter } from './choice/script-filter.ts';
import {
  type MergeOptions,
  type ResolvedMergeOptions,
  resolveMergeOptions,
  roundUpToMultiple,
} from './merge-options.ts';
import { findMergeWarnings, type MergeWarning } from './merge-warnings.ts';

/** Input of {@link mergeVocab}. */
export interface MergeVocabOptions extends MergeOptions {
  readonly base: ModelProto;
  readonly extension: ModelProto;
}

/** Why a piece of the extension was not appended although the base lacks it. */
export type DropReason = 'empty' | 'repeated' | 'meta' | 'unused' | 'script' | 'length' | 'rank' | 'unreachable';

/** The reasons in words. */
export const DROP_REASONS: { readonly [K in DropReason]: string } = {
  empty: 'its text is empty',
  repeated: 'the extension has the same text under a smaller id',
  meta: 'unknown, control and byte pieces belong to the extension model itself',
  unused: 'the extension marks it as unused',
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
  /** The merged model. Entries of base pieces are the base's own objects: do not change them. */
  readonly proto: ModelProto;
  readonly baseSize: number;
  readonly extensionSize: number;
  /** Pieces appended, added tokens included: `proto.pieces.length - baseSize`. */
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
 * @throws OptionError for an option out of range: see {@link MergeOptions}; a target size below the base's size or above
 *   what is there and can be reached (the message gives the feasible range); an added token that is a piece already
 * @throws InputError when the base is neither Unigram nor BPE, has no pieces, or a model has a score that is not finite
 * @example
 * ```ts
 * const merged = mergeVocab({ base, extension, preset: 'chinese-llama', addTokens: ['[PAD]'] });
 * merged.proto.pieces.length; // 49954
 * ```
 */
export function mergeVocab(options: MergeVocabOptions): MergeResult {
  const { base, extension } = options;
  const resolved = resolveMergeOptions(options);
  checkModels(base, extension);
  const baseIds = new Map<string, number>();
  for (let id = base.pieces.length - 1; id >= 0; id--) baseIds.set(base.pieces[id]!.piece, id);

  const { duplicates, reasons, candidates } = sortOut(extension, baseIds, resolved);
  checkAddedTokens(resolved.addTokens, baseIds, candidates, extension);
  const { kept, unreachable } = takeBest(candidates, baseIds, options, resolved);
  for (const id of candidates) if (!kept.has(id)) reasons[id] = unreachable.has(id) ? 'unreachable' : 'rank';

  const entries = buildEntries([...kept], options, resolved);
  const pieces = [...base.pieces, ...entries];
  const { selfTestData, ...rest } = base;
  const keepsSelfTest = entries.length === 0 && selfTestData !== undefined;
  const newPieces = entries.slice(0, kept.size);
  const dropped: DroppedPiece[] = [];
  for (let id = 0; id < reasons.length; id++) {
    const reason = reasons[id];
    const encodesTo = unreachable.get(id);
    if (reason !== undefined)
      dropped.push({ piece: extension.pieces[id]!.piece, reason, ...(encodesTo && { encodesTo }) });
  }
  return {
    proto: { ...rest, pieces, ...(keepsSelfTest && { selfTestData }) },
    baseSize: base.pieces.length,
    extensionSize: extension.pieces.length,
    added: entries.length,
    duplicates,
    dropped,
    warnings: findMergeWarnings({ base, extension, newPieces, added: entries.length, types: resolved.types }),
    rows: roundUpToMultiple(pieces.length, resolved.padToMultipleOf),
  };
}

function checkModels(base: ModelProto, extension: ModelProto): void {
  if (base.pieces.length === 0) throw new InputError('base: the model has no pieces, at least one is needed');
  const baseType = base.trainerSpec?.modelType ?? 'unigram';
  if (baseType !== 'unigram' && baseType !== 'bpe') {
    throw new InputError(`base: the model type is ${baseType}, only unigram and bpe models can be extended`);
  }
  for (const [name, model] of [['base', base] as const, ['extension', extension] as const]) {
    for (let id = 0; id < model.pieces.length; id++) {
      const { piece, score = 0 } = model.pieces[id]!;
      if (Number.isFinite(score)) continue;
      throw new InputError(`${name}: piece ${id} ${JSON.stringify(piece)} has the score ${score}, scores are finite`);
    }
  }
}

interface SortedOut {
  readonly duplicates: { piece: string; baseId: number }[];
  /** Why each piece of the extension is dropped, if it is, `[extensionSize]`. */
  readonly reasons: (DropReason | undefined)[];
  /** Ids of the rest, in the extension. */
  readonly candidates: number[];
}

function sortOut(
  extension: ModelProto,
  baseIds: ReadonlyMap<string, number>,
  { types, scripts, maxPieceLength }: ResolvedMergeOptions,
): SortedOut {
  const duplicates: { piece: string; baseId: number }[] = [];
  const reasons: (DropReason | undefined)[] = new Array(extension.pieces.length).fill(undefined);
  const candidates: number[] = [];
  const isOfScripts = scripts === undefined ? undefined : createScriptFilter(scripts);
  const seen = new Set<string>();
  for (let id = 0; id < extension.pieces.length; id++) {
    const { piece, type = PIECE_TYPE.normal } = extension.pieces[id]!;
    const baseId = baseIds.get(piece);
    if (baseId !== undefined) duplicates.push({ piece, baseId });
    else if (piece === '') reasons[id] = 'empty';
    else if (types === 'keep' && isMeta(type)) reasons[id] = 'meta';
    else if (types === 'keep' && type === PIECE_TYPE.unused) reasons[id] = 'unused';
    else if (seen.has(piece)) reasons[id] = 'repeated';
    else if (isOfScripts !== undefined && !isOfScripts(piece)) reasons[id] = 'script';
    // A piece has at most as many code points as code units: most need no counting.
    else if (piece.length > maxPieceLength && codePointLength(piece) > maxPieceLength) reasons[id] = 'length';
    else {
      candidates.push(id);
      seen.add(piece);
    }
  }
  return { duplicates, reasons, candidates };
}

function isMeta(type: PieceType): boolean {
  return type === PIECE_TYPE.unknown || type === PIECE_TYPE.control || type === PIECE_TYPE.byte;
}

function checkAddedTokens(
  tokens: readonly string[],
  baseIds: ReadonlyMap<string, number>,
  candidates: readonly number[],
  extension: ModelProto,
): void {
  if (tokens.length === 0) return;
  const extensionIds = new Map(candidates.map((id) => [extension.pieces[id]!.piece, id]));
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
): { kept: Set<number>; unreachable: ReadonlyMap<number, readonly string[]> } {
  const { base, extension } = options;
  const { targetSize, addTokens, dropUnreachable } = resolved;
  const least = base.pieces.length + addTokens.length;
  const tokens = addTokens.length === 0 ? '' : ` and ${addTokens.length} added tokens`;
  const refuse = (found: number, what: string): never => {
    throw new OptionError(
      `targetSize: ${targetSize} is out of reach: the base has ${base.pieces.length} pieces${tokens}, and the extension ` +
        `has ${found} ${what}`,
      { hint: `Feasible target sizes are ${least} to ${least + found}.` },
    );
  };
  const wanted = (targetSize ?? least + candidates.length) - least;
  if (wanted < 0 || wanted > candidates.length) refuse(candidates.length, 'new ones');
  const scoreOf = (id: number): number => extension.pieces[id]!.score ?? 0;
  const ranked = [...candidates].sort((a, b) => scoreOf(b) - scoreOf(a) || a - b);
  if (!dropUnreachable) {
    const texts = ranked.map((id) => extension.pieces[id]!.piece);
    const chosen = chooseRanked({ texts, count: wanted, isPresent: (text) => baseIds.has(text) });
    return { kept: new Set(chosen.map((rank) => ranked[rank]!)), unreachable: new Map() };
  }
  const { chosen, unreachable } = chooseReachable({
    base,
    ranked,
    wanted,
    textOf: (id) => extension.pieces[id]!.piece,
    buildEntries: (ids) => buildEntries(ids, options, resolved),
  });
  if (targetSize !== undefined && chosen.length < wanted) refuse(chosen.length, 'new ones that can be emitted');
  return { kept: new Set(chosen), unreachable };
}

/** What is appended: the chosen pieces in the extension's order, then the added tokens. */
function buildEntries(
  rankedIds: readonly number[],
  { base, extension }: MergeVocabOptions,
  { scores, types, addTokens }: ResolvedMergeOptions,
): SentencePieceEntry[] {
  // Added control tokens take no part in merges and need no score of their own; normal ones do.
  const tokensAreNormal = types === 'normal';
  const below = new Map<number, number>();
  let tokenScores: Float32Array | undefined;
  if (scores === 'below' || scores === 'last') {
    const spacing = base.trainerSpec?.modelType === 'bpe' ? 'rank' : 'neighbor';
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
    return scores === 'keep' ? Math.fround(extension.pieces[id]!.score ?? 0) : below.get(id)!;
  };
  // A normal piece has no explicit type, as in the published files.
  const entries = [...rankedIds]
    .sort((a, b) => a - b)
    .map((id): SentencePieceEntry => {
      const { piece, type } = extension.pieces[id]!;
      const isUserDefined = types === 'keep' && type === PIECE_TYPE.userDefined;
      return { piece, score: scoreOf(id), ...(isUserDefined && { type }) };
    });
  addTokens.forEach((piece, i) => {
    entries.push(
      tokensAreNormal ? { piece, score: tokenScores?.[i] ?? 0 } : { piece, score: 0, type: PIECE_TYPE.control },
    );
  });
  return entries;
}
