// Continued BPE as a whole job in memory: learn new pieces, append them below the base, row map, every file.
// It opens the corpus through the caller and writes nothing; learning is train/extend/extend.ts, appending is merge/.
import { counted } from '../../core/counted.ts';
import { SPACE_SYMBOL } from '../../core/model.ts';
import { byteSurface } from '../../core/unicode/byte-level.ts';
import { OptionError } from '../../errors.ts';
import type { TokenizerDocument } from '../../formats/tokenizer-document.ts';
import { appendTexts } from '../../merge/append-texts.ts';
import { pieceToText } from '../../merge/choice/respell-pieces.ts';
import type { MergeOptions } from '../../merge/merge-options.ts';
import { type MergeResult, mergeVocab } from '../../merge/merge-vocab.ts';
import {
  buildExtensionCurve,
  type CurveOptions,
  type ExtensionCurve,
} from '../../report/measure/curve/extension-curve.ts';
import { formatCurveCsv, formatCurveJson } from '../../report/print/format-curve.ts';
import { formatNewPiecesCsv } from '../../report/print/new-pieces-csv.ts';
import { type LearnedExtension, rankExtension, tooFewPieces } from '../../train/extend/extend.ts';
import type { ExtendOptions, ExtendRuntime, ExtendSource } from '../../train/extend/options.ts';
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import type { Manifest, ManifestModel } from '../io/manifest.ts';
import { sha256Of } from '../io/sha256.ts';
import { type BuiltFiles, type FinishBuildInput, finishBuild } from './finish-build.ts';
import type { HeldOutFigures } from './held-out.ts';
import { applyMerge, type MergedFilesOptions, type MergedTokenizer } from './merge-tokenizers.ts';
import { leavingFiles, measureLonger, type PrunedText } from './prune-vocabulary.ts';
import { type EmptiedBase, emptyPlaces, putInPlaces, type SwapOptions } from './swap-pieces.ts';

/** New pieces when neither their number nor a target size is given: as many as the published Chinese-LLaMA has. */
export const DEFAULT_NEW_PIECES = 17_953;

/** What appending takes besides the pieces. */
export interface AppendOptions extends Pick<MergeOptions, 'addTokens' | 'padToMultipleOf'>, MergedFilesOptions {
  /** The base with places for new pieces: they take them instead of ids behind the base. */
  readonly places?: EmptiedBase | undefined;
}

/** A base with new pieces appended. */
export interface AppendedPieces {
  /**
   * The new pieces alone, as a model that `merge` takes: `extension.model`. Undefined for bases that are byte-level or list
   * their merges: there the pieces follow from their texts, new-pieces.csv.
   */
  readonly extension: TokenizerDocument | undefined;
  readonly merged: MergedTokenizer;
}

/**
 * Appends ranked pieces behind every merge of the base, and makes all files.
 *
 * @param pieces texts in the units of the base, best first; the base has none of them
 * @throws OptionError as `mergeVocab` does
 * @throws InputError for a piece that the pieces before it do not lead to
 */
export async function appendPieces(
  base: ExtendableTokenizer,
  pieces: readonly string[],
  { places, ...options }: AppendOptions = {},
): Promise<AppendedPieces> {
  const { model } = places?.emptied ?? base;
  const { addTokens, padToMultipleOf } = options;
  const extension = base.document.buildExtension?.(pieces);
  let merge: MergeResult;
  if (extension === undefined) merge = appendTexts({ base: model, texts: pieces, addTokens, padToMultipleOf });
  else {
    // A piece that begins with `▁` would take one of a run of spaces away if it came before the run.
    const scores = pieces.some((piece) => piece.startsWith(SPACE_SYMBOL)) ? 'last' : 'below';
    const { training } = base.document;
    merge = mergeVocab({
      ...{ base: model, extension: extension.model, training, scores, types: 'keep' },
      ...{ addTokens, padToMultipleOf },
    });
  }
  if (places !== undefined) merge = putInPlaces(merge, places.removed, padToMultipleOf);
  return { extension, merged: await applyMerge(base, merge, options) };
}

/** The name of the file with new pieces alone, where there is one. */
export const EXTENSION_FILE = 'extension.model';

/** The name of the table of new pieces. */
const PIECES_FILE = 'new-pieces.csv';

/** An extension as the manifest names it. */
export function describeExtension({ model, vocabularyFile }: TokenizerDocument): ManifestModel {
  return { name: EXTENSION_FILE, vocabSize: model.pieces.length, sha256: sha256Of(vocabularyFile.bytes) };
}

/** The files of new pieces alone, and how the manifest names them. */
export async function extensionFiles(
  { model }: ExtendableTokenizer,
  { extension, merged }: AppendedPieces,
  ranked: { readonly pieces: readonly string[]; readonly saved?: Float64Array | undefined },
): Promise<{ readonly described: ManifestModel; readonly files: ReadonlyMap<string, string | Uint8Array> }> {
  const files = new Map<string, string | Uint8Array>();
  if (extension !== undefined) files.set(EXTENSION_FILE, extension.vocabularyFile.bytes);
  const pieces = ranked.pieces.map((piece) => pieceToText(piece, model.units) ?? byteSurface(piece));
  const ids = merged.merge.patch.removed;
  const table = await formatNewPiecesCsv({ ...ranked, pieces }, { firstId: model.pieces.length, ids });
  if (ranked.saved !== undefined || extension === undefined) files.set(PIECES_FILE, table);
  const described =
    extension === undefined
      ? { name: PIECES_FILE, vocabSize: pieces.length, sha256: sha256Of(table) }
      : describeExtension(extension);
  return { described, files };
}

/** Options of {@link extendVocabulary}. */
export interface ExtendVocabularyOptions extends Omit<ExtendOptions, 'newPieces'>, AppendOptions {
  readonly base: ExtendableTokenizer;
  readonly sources: readonly ExtendSource[];
  /** New pieces, exactly. Default: as `targetSize` says, or {@link DEFAULT_NEW_PIECES}. */
  readonly newPieces?: number | undefined;
  /** Exact number of pieces of the result, added tokens included. */
  readonly targetSize?: number | undefined;
  /** New pieces take the places of base pieces that leave, as many as these; excludes the two sizes, and there is no curve. */
  readonly swap?: SwapOptions | undefined;
  /** Also rank further pieces and measure every size: see `buildExtensionCurve`. */
  readonly curve?: (CurveOptions & { readonly upTo?: number | undefined }) | undefined;
  /** Progress and cancelling of learning. */
  readonly runtime?: ExtendRuntime | undefined;
  /** For the manifest. Default `extend`. */
  readonly command?: string | undefined;
  /** Figures of the corpus for the manifest, asked for after reading. */
  readonly corpusStats?: (() => unknown) | undefined;
  /** What was held out of the sources, for the manifest, asked for after reading. */
  readonly heldOut?: (() => HeldOutFigures) | undefined;
}

/** The pieces that new ones have taken the places of. */
export interface SwappedPieces extends EmptiedBase {
  readonly texts: readonly PrunedText[];
}

/** Result of {@link extendVocabulary}. */
export interface ExtendedVocabulary extends AppendedPieces {
  readonly learned: LearnedExtension;
  readonly curve: ExtensionCurve | undefined;
  /** What left to make places, and what gets longer by it. */
  readonly swapped?: SwappedPieces | undefined;
  readonly manifest: Manifest;
  /** Every file of the result by name. */
  readonly files: BuiltFiles;
}

/**
 * Learns new pieces on the base's own tokens and appends them.
 *
 * @throws OptionError, InputError as `learnExtension` does, and for a target size that leaves no new piece
 * @example
 * ```ts
 * const extended = await extendVocabulary({ base, sources: [{ name: 'zh', sentences }], targetSize: 33_000 });
 * extended.files.get('tokenizer.model');
 * ```
 */
export async function extendVocabulary(options: ExtendVocabularyOptions): Promise<ExtendedVocabulary> {
  const learnt = await learnAndAppend(options);
  const { extension, merged, learned, curve, swapped } = learnt;
  return { extension, merged, learned, curve, ...(swapped && { swapped }), ...finishBuild(learnt.build) };
}

/** What was learnt, and all that {@link finishBuild} needs. */
export interface LearntVocabulary extends Omit<ExtendedVocabulary, 'manifest' | 'files'> {
  readonly build: FinishBuildInput;
}

/** Learns and appends; the caller finishes, with more files if it has some. */
export async function learnAndAppend(options: ExtendVocabularyOptions): Promise<LearntVocabulary> {
  const { base, addTokens, padToMultipleOf, baseRows, fillPadding, golden, swap } = options;
  const curveOptions = swap === undefined ? options.curve : undefined;
  const { command = 'extend', corpusStats, heldOut } = options;
  const newPieces = countNewPieces(options);
  const places = swap && (await emptyPlaces(base, swap));
  const { model } = places?.emptied ?? base;
  const upTo = curveOptions?.upTo ?? newPieces;
  const wanted = { ...options, newPieces: Math.max(upTo, newPieces) };
  const ranked = await rankExtension(model, options.sources, wanted, options.runtime);
  if (ranked.pieces.length < newPieces) throw tooFewPieces(newPieces, ranked);
  const curve = curveOptions && buildExtensionCurve({ ...ranked, baseSize: base.model.pieces.length }, curveOptions);
  const learned = { ...ranked, pieces: ranked.pieces.slice(0, newPieces), saved: ranked.saved.slice(0, newPieces) };
  const appended = await appendPieces(base, learned.pieces, {
    addTokens,
    padToMultipleOf,
    baseRows,
    fillPadding,
    golden,
    places,
  });
  const swapped = swap && places && (await describeSwap(places, appended.merged, swap));

  const { described, files } = await extensionFiles(base, appended, learned);
  const more = new Map(files);
  if (swapped !== undefined) {
    for (const [name, text] of await leavingFiles(base.model, swapped, swapped.texts)) more.set(name, text);
  }
  for (const [name, text] of await curveFiles(curve)) more.set(name, text);
  const { punctuation, maxPieceLength, minCount, maxSourceShare, minSources, minSourceCount } = options;
  const { evenness, characterFactor, join, joinDigits, preserve } = options;
  const build: FinishBuildInput = {
    command,
    base,
    extension: {
      ...described,
      training: { sources: learned.sources, stats: corpusStats?.(), ...(heldOut && { heldOut: heldOut() }) },
    },
    options: {
      newPieces,
      ...{
        scripts: learned.scripts,
        join,
        joinDigits,
        punctuation,
        maxPieceLength,
        minCount,
        maxSourceShare,
        minSources,
        minSourceCount,
      },
      ...{ evenness, characterFactor },
      ...(preserve !== undefined && preserve.length > 0 && { preserve: preserve.map(({ name }) => name) }),
      ...{ addTokens, padToMultipleOf, baseRows, fillPadding },
      ...(swap && {
        swap: { count: swap.count, keepText: swap.keepText?.map(({ name }) => name), keepScripts: swap.keepScripts },
      }),
    },
    merged: appended.merged,
    more,
  };
  return { ...appended, learned, curve, ...(swapped && { swapped }), build };
}

async function describeSwap(
  places: EmptiedBase,
  { tokenizer }: MergedTokenizer,
  swap: SwapOptions,
): Promise<SwappedPieces> {
  const after = { name: `${places.base.name}, swapped`, tokenizer };
  return { ...places, texts: await measureLonger(places.base, after, swap) };
}

/** curve.csv and curve.json, where there is a curve. */
export async function curveFiles(curve: ExtensionCurve | undefined): Promise<[name: string, text: string][]> {
  if (curve === undefined) return [];
  return [
    ['curve.csv', await formatCurveCsv(curve)],
    ['curve.json', formatCurveJson(curve)],
  ];
}

/**
 * How many new pieces the options ask for.
 *
 * @throws OptionError when the target size leaves no room, or contradicts the number of new pieces
 */
export function countNewPieces({
  base,
  newPieces,
  targetSize,
  swap,
  addTokens = [],
}: Pick<ExtendVocabularyOptions, 'base' | 'newPieces' | 'targetSize' | 'swap' | 'addTokens'>): number {
  if (swap !== undefined) {
    if (newPieces === undefined && targetSize === undefined) return swap.count;
    throw new OptionError(
      `${newPieces === undefined ? 'targetSize' : 'newPieces'}: swap says how many new pieces there are`,
      { hint: 'Give one of the two.' },
    );
  }
  if (targetSize === undefined) return newPieces ?? DEFAULT_NEW_PIECES;
  const room = targetSize - base.model.pieces.length - addTokens.length;
  if (newPieces !== undefined && newPieces !== room) {
    throw new OptionError(
      `targetSize: ${targetSize} leaves room for ${counted(Math.max(0, room), 'new piece')}, newPieces is ${newPieces}`,
      { hint: 'Give one of the two.' },
    );
  }
  if (room >= 1) return room;
  throw new OptionError(
    `targetSize: ${targetSize} leaves no room for a new piece: the base has ${counted(base.model.pieces.length, 'piece')}` +
      (addTokens.length > 0 ? ` and ${counted(addTokens.length, 'token is', 'tokens are')} added` : ''),
    { hint: `Give at least ${base.model.pieces.length + addTokens.length + 1}.` },
  );
}
