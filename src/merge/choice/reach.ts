// How text reaches each piece of a tokenizer with a pipeline: through merges, only as a whole pre-token, or not at all, because
// merges never come to it, the pre-tokenizer cuts it, the normalizer rewrites it or an added token takes its text.
//
// What is said to be reached is reached: a text was found whose ids hold the piece. "Merges never come to it" is exact
// (formation.ts). That pre-tokenizers cut a piece is found by trying: its text alone and in the surroundings below, which have
// characters of every kind that published patterns tell apart. A part of a character is tried in the characters that it
// can be a part of, all of them where they are few. Normalizers are asked about the piece's text alone and inside a word.

import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { byteUnitsToText } from '../../core/unicode/byte-level.ts';
import { isContinuation } from '../../core/unicode/utf8.ts';
import { createAddedTokenFinder } from '../../tokenize/added-tokens/added-tokens.ts';
import { createPreTokenizer } from '../../tokenize/pre-tokenizer/pre-tokenizer.ts';
import { alignText, unitsOf } from '../../tokenize/text/aligned-text.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import { NEVER_FORMED, type PieceFormation } from './formation.ts';

/** How text reaches a piece: the values of {@link surveyReach}. */
export const REACH = {
  /** Nothing was asked: the piece is not one that text is split into, or was not wanted. */
  unasked: 0,
  /** Merges make it, in a text that was found. */
  merges: 1,
  /** Only a pre-token that is the whole piece gives it: merges do not. */
  whole: 2,
  /** A part of a character that merges make on their way; every character with it goes on to another piece. */
  step: 3,
  /** Merges never come to it, and no pre-token is it. */
  unmade: 4,
  /** Merges would make it, but the pre-tokenizer cuts its text, or leaves it only beside what merges with it. */
  cut: 5,
  /** The normalizer rewrites its text. */
  rewritten: 6,
  /** An added token is cut out of its text first. */
  hidden: 7,
  /** Its bytes are in no well-formed UTF-8, as 0xC0. */
  illFormed: 8,
} as const;

/** Ways in which no text comes to a piece, although it was meant to. */
export const OUT_OF_REACH: ReadonlySet<number> = new Set([REACH.unmade, REACH.cut, REACH.rewritten, REACH.hidden]);

/** What may stand before a piece; kinds of character that patterns tell apart, and some that merge with nothing. */
const BEFORE = [
  '',
  'a',
  'A',
  '1',
  ' ',
  '\n',
  '\t',
  '.',
  '\u2e3b',
  "'",
  '/',
  '中',
  'ᐁ',
  '\u3000',
  '\u0301',
  '  ',
  '\n\n',
  ' a',
];
const AFTER = [
  ...['', 'a', 'A', '1', ' ', '\n', '\t', '.', '\u2e3b', "'", '/', '中', 'ᐁ', '\u3000', '\u0301', '  ', '\n\n', '\r\n'],
  // What patterns with contractions take along.
  ...['s', 't', 'd', 'm', 'll', 've', 're', 'S', 'T', 'D', 'M', 'LL', 'VE', 'RE'],
];

/** Characters tried for a part of one. */
const MAX_COMPLETIONS = 4096;
/** Of pieces longer than any published one (128 spaces), of which a file could have many, little is tried. */
const MAX_TRIED_UNITS = 512;
const FEW_COMPLETIONS = 16;

/** Options of {@link surveyReach}. */
export interface SurveyOptions {
  readonly formation: PieceFormation;
  /** Pieces to ask about. Default all. */
  readonly isWanted?: ((id: number) => boolean) | undefined;
  /** Called now and then with the number of pieces done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Pieces between two calls of `onProgress`. */
const PROGRESS_STEP = 4096;

/** {@link REACH} of every piece, `[idCount]`. About a second for 128,000 pieces. */
export function surveyReach(tokenizer: Tokenizer, options: SurveyOptions): Uint8Array {
  const { formation, isWanted = () => true, onProgress } = options;
  const { model } = tokenizer;
  const { pieces, pieceTypes } = model;
  const reach = new Uint8Array(pieces.length);
  const isAdded = new Set(model.addedTokens.map(({ id }) => id));
  const search = createSearch(tokenizer);
  for (let id = 0; id < pieces.length; id++) {
    if (id % PROGRESS_STEP === 0) onProgress?.(id);
    const type = pieceTypes[id];
    if ((type !== PIECE_TYPE.normal && type !== PIECE_TYPE.userDefined) || !isWanted(id)) continue;
    const isFormed = formation.leftIds[id] !== NEVER_FORMED;
    const text = model.units === 'byte' ? byteUnitsToText(pieces[id]!) : pieces[id]!;
    if (isAdded.has(id)) reach[id] = search.givesAlone(text ?? '', id) ? REACH.merges : REACH.hidden;
    else if (text !== undefined) reach[id] = search.reachOfText(id, text, isFormed);
    else reach[id] = isFormed ? search.reachOfPart(id) : REACH.unmade;
  }
  onProgress?.(pieces.length);
  return reach;
}

type Reach = (typeof REACH)[keyof typeof REACH];

interface Search {
  givesAlone(text: string, id: number): boolean;
  reachOfText(id: number, text: string, isFormed: boolean): Reach;
  /** Of a piece that is no whole characters and that merges make. */
  reachOfPart(id: number): Reach;
}

function createSearch(tokenizer: Tokenizer): Search {
  const { model } = tokenizer;
  const { cut, cutsOnly, next } = createPreTokenizer(model.preTokenizers);
  const tokens = createAddedTokenFinder(model.addedTokens.map((token) => ({ token, content: token.content })));
  const hasSteps = model.normalizers.length > 0 || model.normalizer.escapeWhitespaces;

  const gives = (text: string, id: number): boolean => tokenizer.encode(text).includes(id);

  function reachOfText(id: number, text: string, isFormed: boolean): Reach {
    const raw = rawText(model, text);
    const reached = isFormed ? REACH.merges : REACH.whole;
    if (gives(raw, id)) return reached;
    if (!isFormed && !model.wholePieceFirst) return REACH.unmade;
    if (tokens !== undefined && tokens.find(unitsOf(raw), 0, raw.length) > 0) return REACH.hidden;
    const normalized = (given: string): boolean => tokenizer.normalize(given).includes(text);
    if (hasSteps && !normalized(raw) && !normalized(`x${raw}x`)) return REACH.rewritten;
    if (raw.length <= MAX_TRIED_UNITS) {
      for (const before of BEFORE) {
        for (const after of AFTER) {
          const given = before + raw + after;
          if (!isCutInside(given, before.length, before.length + raw.length) && gives(given, id)) return reached;
        }
      }
    }
    return isFormed ? REACH.cut : REACH.unmade;
  }

  // A scanner tells it far quicker than encoding does.
  function isCutInside(text: string, start: number, end: number): boolean {
    if (!cutsOnly) return false;
    const units = unitsOf(text);
    let position = 0;
    while (position <= start) position = next(units, position, units.length);
    return position < end;
  }

  function reachOfPart(id: number): Reach {
    let isText = false;
    let isWhole = false;
    for (const text of completionsOf(model.pieces[id]!)) {
      if (gives(text, id)) return REACH.merges;
      isText = true;
      isWhole ||= cut(alignText(text)).ranges.length <= 2;
    }
    return isWhole ? REACH.step : isText ? REACH.cut : REACH.illFormed;
  }

  return { givesAlone: gives, reachOfText, reachOfPart };
}

/** The text that is normalized to a piece's: with spaces for `▁` where the model writes them so. */
export function rawText({ normalizer, preTokenizers }: TokenizerModel, text: string): string {
  const hasSymbols = normalizer.escapeWhitespaces || preTokenizers.some(({ type }) => type === 'metaspace');
  return hasSymbols ? text.replaceAll(SPACE_SYMBOL, ' ') : text;
}

/**
 * Texts of whole characters whose bytes hold a piece that begins or ends inside one, with nothing more around it: characters of
 * the BMP first, then the others. All of them where there are few, else every so many.
 */
function* completionsOf(piece: string): Generator<string> {
  let continuations = 0;
  while (continuations < piece.length && isContinuation(piece.charCodeAt(continuations))) continuations++;
  const missing = missingAtEnd(piece);
  const backCount = 64 ** missing;
  for (const leads of [BMP_LEADS, OTHER_LEADS]) {
    // What stands in front of the continuation bytes that the piece begins with: a lead, and other continuation bytes.
    const fronts = continuations === 0 ? [] : leads.filter((lead) => characterBytes(lead) > continuations);
    const between = (lead: number): number => characterBytes(lead) - 1 - continuations;
    const frontCount = fronts.reduce((sum, lead) => sum + 64 ** between(lead), 0);
    const count = (continuations === 0 ? 1 : frontCount) * backCount;
    const step = Math.max(1, count / (piece.length > MAX_TRIED_UNITS ? FEW_COMPLETIONS : MAX_COMPLETIONS));
    for (let i = 0; i < count; i += step) {
      let at = Math.floor(i);
      const back = continuationBytes(at % backCount, missing);
      at = Math.floor(at / backCount);
      let front = '';
      for (const lead of fronts) {
        if (at < 64 ** between(lead)) {
          front = String.fromCharCode(lead) + continuationBytes(at, between(lead));
          break;
        }
        at -= 64 ** between(lead);
      }
      const text = byteUnitsToText(front + piece + back);
      if (text !== undefined) yield text;
    }
    if (continuations === 0) return;
  }
}

/** Continuation bytes that the last character of a piece lacks. */
function missingAtEnd(piece: string): number {
  for (let back = 1; back <= Math.min(3, piece.length); back++) {
    const byte = piece.charCodeAt(piece.length - back);
    if (!isContinuation(byte)) return Math.max(0, characterBytes(byte) - back);
  }
  return 0;
}

/** Bytes of the character that begins with this one. */
function characterBytes(lead: number): number {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

const BMP_LEADS: readonly number[] = Array.from({ length: 0xf0 - 0xc2 }, (_, i) => 0xc2 + i);
const OTHER_LEADS: readonly number[] = Array.from({ length: 0xf5 - 0xf0 }, (_, i) => 0xf0 + i);

/** So many continuation bytes that spell a number, six bits each. */
function continuationBytes(number: number, count: number): string {
  let bytes = '';
  for (let i = count - 1; i >= 0; i--) bytes += String.fromCharCode(0x80 + (Math.floor(number / 64 ** i) % 64));
  return bytes;
}
