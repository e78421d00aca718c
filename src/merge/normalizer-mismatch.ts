// Finds what goes wrong when pieces learnt behind one normalizer are used behind another.
// The merged model normalizes as the base does, so a piece is matched against text that its own normalizer never saw.
// It reads the two charsmaps only; it does not normalize any corpus.
import { type Charsmap, openCharsmap } from '../core/charsmap/charsmap.ts';
import type { NormalizerSpec } from '../core/model.ts';
import { SCRIPT, scriptOf } from '../core/unicode/scripts.ts';

/**
 * Punctuation that Chinese text writes in this form, and that NFKC turns into ASCII. Full-width digits, letters, percent
 * signs and full stops are left out: ordinary text writes those half-width.
 */
const FULL_WIDTH_PUNCTUATION = '，：；！？（）～…';

/** What {@link findNormalizerMismatch} found. */
export interface NormalizerMismatch {
  /** Characters of Chinese punctuation that the extension rewrites and the base leaves alone. */
  readonly rewritten: string;
  /** Pieces that hold the rewritten form beside Chinese characters, so that ordinary text does not contain them. */
  readonly rarelyMatching: readonly string[];
  /** Pieces that the base's normalizer rewrites, so that no text can contain them. */
  readonly neverMatching: readonly string[];
}

/** Input of {@link findNormalizerMismatch}. */
export interface NormalizerMismatchOptions {
  readonly base: NormalizerSpec;
  readonly extension: NormalizerSpec;
  /** Texts of the new pieces. */
  readonly pieces: readonly string[];
}

/**
 * Compares two normalizers in the light of the new pieces.
 *
 * @returns `undefined` when both have the same rules
 * @throws FormatError when a charsmap is damaged
 */
export function findNormalizerMismatch(options: NormalizerMismatchOptions): NormalizerMismatch | undefined {
  const { pieces } = options;
  const baseBlob = options.base.precompiledCharsmap;
  const extensionBlob = options.extension.precompiledCharsmap;
  if (equalBytes(baseBlob, extensionBlob)) return undefined;
  const base = baseBlob.length > 0 ? openCharsmap(baseBlob) : undefined;
  const extension = extensionBlob.length > 0 ? openCharsmap(extensionBlob) : undefined;

  const forms: string[] = [];
  let rewritten = '';
  for (const character of FULL_WIDTH_PUNCTUATION) {
    const form = normalizeAlone(character, extension);
    if (form === character || normalizeAlone(character, base) !== character) continue;
    rewritten += character;
    forms.push(form);
  }
  return {
    rewritten,
    rarelyMatching: pieces.filter((piece) => hasCjk(piece) && forms.some((form) => piece.includes(form))),
    neverMatching: base === undefined ? [] : pieces.filter((piece) => isRewritten(piece, base)),
  };
}

function normalizeAlone(character: string, charsmap: Charsmap | undefined): string {
  return charsmap?.match(character, 0) === character.length ? charsmap.replacement : character;
}

/** True for a text with Han, Kana, Hangul, Bopomofo, CJK punctuation or Chinese quotation marks. */
export function hasCjk(piece: string): boolean {
  for (const character of piece) {
    const codePoint = character.codePointAt(0)!;
    if (codePoint < 0x2000) continue;
    if ((codePoint >= 0x3001 && codePoint < 0x3040) || (codePoint >= 0x2018 && codePoint <= 0x201d)) return true;
    const script = scriptOf(codePoint);
    if (script === SCRIPT.han || script === SCRIPT.hiragana || script === SCRIPT.katakana) return true;
    if (script === SCRIPT.hangul || script === SCRIPT.bopomofo) return true;
  }
  return false;
}

/** True when a rule of `charsmap` would change `piece`. */
export function isRewritten(piece: string, charsmap: Charsmap): boolean {
  for (let i = 0; i < piece.length; ) {
    const length = charsmap.match(piece, i);
    if (length > 0 && charsmap.replacement !== piece.slice(i, i + length)) return true;
    i += Math.max(length, 1);
  }
  return false;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
