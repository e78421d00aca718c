// The lists of pieces that people bring to training: what must be a piece, what must not. Brings both into the form that
// text has when pieces are matched against it, refuses what cannot be had, and tells excluded runs of characters.
// How the wanted pieces get in is include-pieces.ts.

import { type NormalizerSpec, SPACE_SYMBOL } from '../../core/model.ts';
import { compareUtf8 } from '../../core/unicode/utf8.ts';
import { OptionError } from '../../errors.ts';
import { createNormalizer } from '../../tokenize/normalizer.ts';
import type { ResolvedTrainOptions } from '../options/options.ts';
import { buildMetaPieces } from './meta-pieces.ts';
import { UNKNOWN_CODE_POINT } from './training-data.ts';

/** Characters that no piece can hold: ends of strings in the reference, marks of its trainer. */
const IMPOSSIBLE = ['\0', '\n', '\r', '\t', String.fromCodePoint(UNKNOWN_CODE_POINT)];

/**
 * The same options with `mustInclude` and `exclude` as normalized text, spaces as `▁`, each text once, in UTF-8 order.
 *
 * @param spec the normalizer of the model
 * @throws OptionError for a wanted piece that is excluded as well, that no model can hold, or that no text can reach
 *   because it is, or holds, a symbol with an id of its own.
 */
export function settlePieceLists(options: ResolvedTrainOptions, spec: NormalizerSpec): ResolvedTrainOptions {
  if (options.mustInclude.length === 0 && options.exclude.length === 0) return options;
  const normalizer = createNormalizer({ ...spec, addDummyPrefix: false, removeExtraWhitespaces: false });
  const settle = (texts: readonly string[]): string[] =>
    [...new Set(texts.map((text) => normalizer.normalize(text).replaceAll(' ', SPACE_SYMBOL)))].sort(compareUtf8);
  const userDefined = new Set(options.userDefinedSymbols);
  const mustInclude = settle(options.mustInclude).filter((piece) => !userDefined.has(piece));
  const exclude = settle(options.exclude).filter((piece) => piece !== '');
  const excluded = new Set(exclude);
  const metaPieces = new Set([...buildMetaPieces(options).values()].map(({ piece }) => piece));
  for (const piece of mustInclude) {
    const problem = problemOf(piece, excluded, metaPieces, options.userDefinedSymbols);
    if (problem !== undefined) throw new OptionError(`mustInclude: ${JSON.stringify(piece)} ${problem}`);
  }
  for (const character of options.requiredChars) {
    if (excluded.has(character)) {
      throw new OptionError(`exclude: ${JSON.stringify(character)} is one of the required characters`);
    }
  }
  return { ...options, mustInclude, exclude };
}

function problemOf(
  piece: string,
  excluded: ReadonlySet<string>,
  metaPieces: ReadonlySet<string>,
  userDefined: readonly string[],
): string | undefined {
  if (piece === '') return 'is nothing but what normalization removes';
  const impossible = IMPOSSIBLE.find((character) => piece.includes(character));
  if (impossible !== undefined) return `has the character ${JSON.stringify(impossible)}, which no piece can hold`;
  if (excluded.has(piece)) return 'is excluded as well';
  const excludedCharacter = [...piece].find((character) => excluded.has(character));
  if (excludedCharacter !== undefined)
    return `has the character ${JSON.stringify(excludedCharacter)}, which is excluded`;
  if (metaPieces.has(piece)) return 'is a control symbol, a special piece or a byte';
  const symbol = userDefined.find((each) => piece.includes(each));
  if (symbol !== undefined) return `has the user-defined symbol ${JSON.stringify(symbol)} in it, which text is cut at`;
  return undefined;
}

/** Characters that get pieces whatever the coverage: the required ones, and those of the wanted pieces. */
export function requiredCodePoints(
  options: Pick<ResolvedTrainOptions, 'requiredChars' | 'mustInclude'>,
): ReadonlySet<number> {
  const required = new Set<number>();
  for (const text of [options.requiredChars, ...options.mustInclude]) {
    for (const character of text) required.add(character.codePointAt(0)!);
  }
  // U+0000 is no character of any vocabulary.
  required.delete(0);
  return required;
}

/** Tells whether the `length` characters from `start` are an excluded text. */
export type Exclusion = (ids: ArrayLike<number>, start: number, length: number) => boolean;

/**
 * Finds excluded texts among runs of character ids; `undefined` when there are none to find.
 *
 * @param alphabet code points by character id
 */
export function createExclusion(alphabet: Uint32Array, exclude: readonly string[]): Exclusion | undefined {
  if (exclude.length === 0) return undefined;
  const idsByCodePoint = new Map(Array.from(alphabet, (codePoint, id) => [codePoint, id]));
  const isFirst = new Uint8Array(alphabet.length);
  // By first character and length; few texts share both.
  const runs = new Map<number, number[][]>();
  const keyOf = (first: number, length: number): number => length * alphabet.length + first;
  for (const text of exclude) {
    const ids = Array.from(text, (character) => idsByCodePoint.get(character.codePointAt(0)!) ?? -1);
    if (ids.includes(-1)) continue;
    isFirst[ids[0]!] = 1;
    const key = keyOf(ids[0]!, ids.length);
    runs.set(key, [...(runs.get(key) ?? []), ids]);
  }
  return (ids, start, length) => {
    if (isFirst[ids[start]!] !== 1) return false;
    const candidates = runs.get(keyOf(ids[start]!, length));
    return candidates?.some((run) => run.every((id, i) => ids[start + i] === id)) ?? false;
  };
}
