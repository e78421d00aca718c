// Says what a merge may do to the people who use it: wrong normalizer, wrong kind of pieces, base merges outranked, digit
// rules broken. Warnings only, with counts and examples; nothing is dropped here and nothing is encoded.
import { counted, groupDigits } from '../core/counted.ts';
import { type NormalizerSpec, PIECE_TYPE, type TokenizerModel } from '../core/model.ts';
import { findTiedPieces, type NewPiece } from '../core/patch.ts';
import type { TrainingFacts } from '../formats/tokenizer-document.ts';
import { pieceToText } from './choice/respell-pieces.ts';
import { findScoreGap } from './choice/score-ladder.ts';
import type { MergeTypes } from './merge-options.ts';
import { findNormalizerMismatch } from './normalizer-mismatch.ts';

/** Machine-readable names of the warnings. */
export type MergeWarningCode =
  | 'normalizer-mismatch'
  | 'whitespace-mismatch'
  | 'model-type-mismatch'
  | 'unformable-pieces'
  | 'outranks-base'
  | 'score-ties'
  | 'digit-policy'
  | 'meta-pieces'
  | 'self-test-dropped';

/** Something to know about a merge that went through. */
export interface MergeWarning {
  readonly code: MergeWarningCode;
  /** One sentence for a person, with counts and examples. */
  readonly message: string;
}

/** Input of {@link findMergeWarnings}. */
export interface MergeWarningOptions {
  readonly base: TokenizerModel;
  readonly extension: TokenizerModel;
  /** What the base's file says of its training, where it is known. */
  readonly training: TrainingFacts | undefined;
  /** The appended pieces of the extension, as they are in the merged model. */
  readonly newPieces: readonly NewPiece[];
  /** Number of appended pieces with the added tokens. */
  readonly added: number;
  readonly types: MergeTypes;
}

/** All warnings of a merge, in a fixed order. */
export function findMergeWarnings(options: MergeWarningOptions): MergeWarning[] {
  const found = [
    normalizerWarning(options),
    whitespaceWarning(options),
    modelTypeWarning(options),
    unformableWarning(options),
    outranksWarning(options),
    tiesWarning(options),
    digitWarning(options),
    metaWarning(options),
    selfTestWarning(options),
  ];
  return found.filter((warning) => warning !== undefined);
}

/** Input of {@link findChainedWarnings}. */
export interface ChainedWarningOptions extends Pick<MergeWarningOptions, 'base' | 'extension' | 'newPieces'> {
  /** Pieces that were left out because the encoder cannot emit them. */
  readonly left: number;
}

/** Warnings of a merge into a base that is byte-level or lists its merges. */
export function findChainedWarnings(options: ChainedWarningOptions): MergeWarning[] {
  const { newPieces, left } = options;
  const all = newPieces.length + left;
  const found = [normalizerWarning(options)];
  if (2 * left > all) {
    const message =
      `${groupDigits(left)} of ${counted(all, 'new piece')} ${left === 1 ? 'comes' : 'come'} to more than two tokens of the base, which its ` +
      'encoder cannot join: continued BPE (`vocab-merge extend`) learns pieces that it can';
    found.push({ code: 'unformable-pieces', message });
  }
  return found.filter((warning) => warning !== undefined);
}

function normalizerWarning({
  base,
  extension,
  newPieces,
}: Pick<MergeWarningOptions, 'base' | 'extension' | 'newPieces'>): MergeWarning | undefined {
  const mismatch = findNormalizerMismatch({
    base: base.normalizer,
    extension: extension.normalizer,
    pieces: newPieces.flatMap(({ piece }) => pieceToText(piece, base.units) ?? []),
  });
  if (mismatch === undefined) return undefined;
  const { rewritten, rarelyMatching, neverMatching } = mismatch;
  const parts = [
    `the extension was trained behind ${nameOf(extension.normalizer)}, the merged model normalizes as the base ` +
      `does (${nameOf(base.normalizer)})`,
  ];
  if (rewritten !== '') {
    const holding =
      rarelyMatching.length === 0
        ? ''
        : `: ${share(rarelyMatching, newPieces, rarelyMatching)} ${form(rarelyMatching, 'holds', 'hold')} the rewritten form ` +
          'beside Chinese characters, which ordinary text does not';
    parts.push(`the extension rewrites ${rewritten}, the base leaves them alone${holding}`);
  }
  if (neverMatching.length > 0) {
    parts.push(`the base rewrites ${share(neverMatching, newPieces, neverMatching)}, which can therefore never match`);
  }
  return { code: 'normalizer-mismatch', message: parts.join('; ') };
}

function whitespaceWarning({ base, extension }: MergeWarningOptions): MergeWarning | undefined {
  const place = (model: TokenizerModel): string => (model.treatWhitespaceAsSuffix ? 'suffix' : 'prefix');
  if (place(base) !== place(extension)) {
    const message = `▁ is a ${place(extension)} in the extension and a ${place(base)} in the base: pieces with ▁ rarely match`;
    return { code: 'whitespace-mismatch', message };
  }
  if (base.normalizer.escapeWhitespaces === extension.normalizer.escapeWhitespaces) return undefined;
  const message = 'only one of the two models writes spaces as ▁: pieces with spaces never match';
  return { code: 'whitespace-mismatch', message };
}

function modelTypeWarning({ base, extension, newPieces }: MergeWarningOptions): MergeWarning | undefined {
  const baseType = base.modelType;
  const extensionType = extension.modelType;
  if (baseType === extensionType || newPieces.length === 0) return undefined;
  const why =
    baseType === 'bpe'
      ? 'a BPE encoder reaches a piece only through merges of two pieces, and the extension was not trained for that'
      : `a Unigram encoder reads scores as log probabilities, which a ${extensionType} model does not have`;
  const message = `${counted(newPieces.length, 'piece')} of a ${label(extensionType)} model ${form(newPieces, 'goes', 'go')} into a ${label(baseType)} model: ${why}`;
  return { code: 'model-type-mismatch', message };
}

// A necessary condition only: a piece that two others join to may still never be formed.
function unformableWarning({ base, newPieces }: MergeWarningOptions): MergeWarning | undefined {
  if (base.modelType !== 'bpe') return undefined;
  const texts = new Set<string>();
  base.pieces.forEach((piece, id) => {
    const type = base.pieceTypes[id];
    if (type === PIECE_TYPE.normal || type === PIECE_TYPE.unused) texts.add(piece);
  });
  for (const { piece, type } of newPieces) if (type === PIECE_TYPE.normal) texts.add(piece);
  const unformable = newPieces.filter(({ piece, type }) => type === PIECE_TYPE.normal && !isFormable(piece, texts));
  if (unformable.length === 0) return undefined;
  const which = share(
    unformable,
    newPieces,
    unformable.map(({ piece }) => piece),
  );
  return { code: 'unformable-pieces', message: `at least ${which} can never be produced: no two pieces join to them` };
}

function isFormable(piece: string, texts: ReadonlySet<string>): boolean {
  let end = characterEnd(piece, 0);
  if (end === piece.length) return true;
  for (let first = true; end < piece.length; first = false) {
    const next = characterEnd(piece, end);
    const isLast = next === piece.length;
    if ((first || texts.has(piece.slice(0, end))) && (isLast || texts.has(piece.slice(end)))) return true;
    end = next;
  }
  return false;
}

function characterEnd(text: string, start: number): number {
  return start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
}

function outranksWarning({ base, newPieces }: MergeWarningOptions): MergeWarning | undefined {
  const pieces = newPieces.filter(({ type }) => type === PIECE_TYPE.normal);
  if (base.modelType === 'bpe') {
    const { lowest } = findScoreGap(base);
    const outranking = pieces.filter(({ score }) => score >= lowest);
    if (outranking.length === 0) return undefined;
    const message =
      `${share(outranking, newPieces)} ${form(outranking, 'scores', 'score')} as high as merges of the base (its lowest scores ` +
      `${lowest}) or higher: text of the base may be split differently than before; scores "below" avoids this`;
    return { code: 'outranks-base', message };
  }
  let highest = Number.NEGATIVE_INFINITY;
  base.pieceScores.forEach((score, id) => {
    if (base.pieceTypes[id] === PIECE_TYPE.normal && score > highest) highest = score;
  });
  const outranking = pieces.filter(({ score }) => score > highest);
  if (outranking.length === 0) return undefined;
  const message =
    `${share(outranking, newPieces)} ${form(outranking, 'scores', 'score')} higher than every piece of the base (its highest ` +
    `scores ${highest}) and ${form(outranking, 'is', 'are')} preferred wherever the text matches`;
  return { code: 'outranks-base', message };
}

function tiesWarning({ base, newPieces }: MergeWarningOptions): MergeWarning | undefined {
  const ties = findTiedPieces(base, newPieces);
  if (ties.length === 0) return undefined;
  const message =
    `${share(ties, newPieces)} ${form(ties, 'shares its', 'share their')} score with another piece: SentencePiece takes the ` +
    'leftmost pair then, tokenizer.json needs an order of merges, so the two may give different ids';
  return { code: 'score-ties', message };
}

function digitWarning({ training, newPieces }: MergeWarningOptions): MergeWarning | undefined {
  if (!training?.splitDigits) return undefined;
  const pieces = newPieces.map(({ piece }) => piece).filter(joinsDigit);
  if (pieces.length === 0) return undefined;
  const message = `the base splits numbers into single digits, ${share(pieces, newPieces, pieces)} ${form(pieces, 'holds', 'hold')} a digit and more`;
  return { code: 'digit-policy', message };
}

/** True for pieces that hold a digit and more; `▁1` is left out: it does not join digits. */
export function joinsDigit(piece: string): boolean {
  return /[0-9０-９]/.test(piece) && !/^▁?[0-9０-９]$/.test(piece);
}

function metaWarning({ extension, newPieces, types }: MergeWarningOptions): MergeWarning | undefined {
  if (types !== 'normal') return undefined;
  const appended = new Set(newPieces.map(({ piece }) => piece));
  const meta = extension.pieces.filter(
    (piece, id) => extension.pieceTypes[id] !== PIECE_TYPE.normal && appended.has(piece),
  );
  if (meta.length === 0) return undefined;
  const message = `${share(meta, newPieces, meta)} ${form(meta, 'is', 'are')} special in the extension and ${form(meta, 'becomes an ordinary text piece', 'become ordinary text pieces')}`;
  return { code: 'meta-pieces', message };
}

function selfTestWarning({ training, added }: MergeWarningOptions): MergeWarning | undefined {
  if (added === 0 || !training?.selfTestSamples) return undefined;
  const message =
    `the base's ${counted(training.selfTestSamples, 'self-test sample was', 'self-test samples were')} left out: they describe how the base alone ` +
    'splits text, and SentencePiece refuses to load a model that fails them';
  return { code: 'self-test-dropped', message };
}

function label(modelType: string): string {
  return modelType === 'bpe' ? 'BPE' : modelType === 'unigram' ? 'Unigram' : modelType;
}

function nameOf(spec: NormalizerSpec): string {
  return spec.name || 'a normalizer without a name';
}

/** Examples shown in a message. */
const EXAMPLES = 5;

function share(some: readonly unknown[], all: readonly unknown[], examples: readonly string[] = []): string {
  const shown = examples.slice(0, EXAMPLES).map((piece) => JSON.stringify(piece));
  const such = shown.length === 0 ? '' : ` (${shown.join(' ')}${some.length > EXAMPLES ? ' …' : ''})`;
  const which =
    all.length === 1
      ? 'the only new piece'
      : `${groupDigits(some.length)} of the ${groupDigits(all.length)} new pieces`;
  return which + such;
}

/** The form of a verb or noun that goes with so many. */
function form(some: readonly unknown[], one: string, several: string): string {
  return some.length === 1 ? one : several;
}
