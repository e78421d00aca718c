// Random bases with a pipeline: pieces in bytes or characters, merges listed or ranked, pre-tokenizers, added tokens. Small and
// full of what published ones have little of: pieces that nothing reaches, several merges of one piece, parts of characters.
import fc from 'fast-check';
import { type AddedToken, type MergeList, PIECE_TYPE, type TokenizerModel } from '../../../src/core/model.ts';
import { applyPatch } from '../../../src/core/patch.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../../src/core/pre-tokenizer-patterns.ts';
import { toByteUnits } from '../../../src/core/unicode/byte-level.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { createMergeChain } from '../../../src/merge/choice/merge-chain.ts';
import { plainModel } from '../../models.ts';

/** `listed`, `ranked`: pieces in bytes. `characters`: as Gemma has them, with `▁` and bytes for the rest. */
export type BaseForm = 'listed' | 'ranked' | 'characters';

export const LETTERS: readonly string[] = ['a', 'b', '1', ' ', '中', '文', '国', '人', '丁', '𠮷', '，', '％', '한'];

const textOf = (letters: readonly string[], constraints: fc.ArrayConstraints) =>
  fc.array(fc.constantFrom(...letters), constraints).map((parts) => parts.join(''));

/** Lines to learn from, with characters that no base has whole. */
export const corpusText: fc.Arbitrary<string> = textOf(
  [...LETTERS, '中文', '国人', '龘', '龙', '中文国', '人人人人', '𪚥', '<|x|>', "'s", '\n', 'e\u0301'],
  { maxLength: 14 },
);
/** Lines without a Han character or mark that may be a piece of its own. */
export const foreignText: fc.Arbitrary<string> = textOf(
  ['a', 'b', '1', ' ', 'é', '한', '𝄞', '<|x|>', '\n', '　', 'か'],
  {
    maxLength: 12,
  },
);

interface Seed {
  readonly form: BaseForm;
  readonly texts: readonly string[];
  /** Where each text is cut into a merge, and which of its cuts are listed. */
  readonly cuts: readonly number[];
  readonly pipeline: number;
  readonly wholePieceFirst: boolean;
  readonly hasAddedToken: boolean;
}

const PATTERN = (regex: string) =>
  [
    { type: 'split', pattern: { regex }, behavior: 'isolated', invert: false },
    { type: 'byte-level', addPrefixSpace: false, useRegex: false },
  ] as const;
const PRE_TOKENIZERS: readonly TokenizerModel['preTokenizers'][] = [
  [{ type: 'byte-level', addPrefixSpace: false, useRegex: true }],
  [{ type: 'byte-level', addPrefixSpace: false, useRegex: false }],
  [{ type: 'byte-level', addPrefixSpace: true, useRegex: true }],
  PATTERN(PRE_TOKENIZER_PATTERNS.llama3),
  PATTERN('[a-z]+|[^a-z]+'),
];

function buildBase(seed: Seed): TokenizerModel {
  const { form, texts, cuts, pipeline, wholePieceFirst, hasAddedToken } = seed;
  const isByte = form !== 'characters';
  const spell = (text: string): string => (isByte ? toByteUnits(text) : text.replaceAll(' ', '▁'));
  const bytes = Array.from({ length: 256 }, (_, byte) => (isByte ? String.fromCharCode(byte) : byteToPiece(byte)));
  const pieces = isByte ? bytes : ['<unk>', ...bytes, ...[...LETTERS].slice(0, 8).map(spell)];
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const merges: [number, number, number][] = [];
  for (const [i, text] of texts.entries()) {
    // Some texts are cut inside characters, at both ends.
    const cut = cuts[i]!;
    const spelled = spell(text);
    // Others end one character and begin the next.
    const firstEnd = toByteUnits([...text][0]!).length;
    const piece =
      isByte && cut % 7 === 3
        ? spelled.slice(firstEnd - 1 - (cut % 2), firstEnd + 1)
        : isByte && cut % 3 === 0
          ? spelled.slice(cut % 2, spelled.length - (cut % 5 === 0 ? 1 : 0))
          : spelled;
    if (piece.length < 2 || ids.has(piece)) continue;
    const parts = Array.from({ length: piece.length - 1 }, (_, k) => [piece.slice(0, k + 1), piece.slice(k + 1)]);
    const found = parts.filter((halves) => halves.every((half) => ids.has(half)));
    // A piece without a merge is one that only a whole pre-token gives.
    if (found.length === 0 && cut % 4 !== 0) continue;
    ids.set(piece, pieces.length);
    for (const [left, right] of found.slice(0, 1 + (cut % 2))) {
      merges.push([ids.get(left!)!, ids.get(right!)!, pieces.length]);
    }
    pieces.push(piece);
  }
  const addedTokens: AddedToken[] = [];
  if (hasAddedToken) {
    const flags = { singleWord: false, lstrip: false, rstrip: false, normalized: false };
    addedTokens.push({ id: pieces.length, content: '<|x|>', special: true, ...flags });
    pieces.push('<|x|>');
  }
  const typeOf = (piece: string, id: number): number => {
    if (piece === '<|x|>') return PIECE_TYPE.control;
    if (isByte) return PIECE_TYPE.normal;
    return id === 0 ? PIECE_TYPE.unknown : id <= 256 ? PIECE_TYPE.byte : PIECE_TYPE.normal;
  };
  const column = (at: 0 | 1 | 2): Int32Array => Int32Array.from(merges, (merge) => merge[at]);
  const list: MergeList = { leftIds: column(0), rightIds: column(1), resultIds: column(2) };
  return plainModel({
    pieces,
    pieceScores: Float32Array.from(pieces, (piece, id) => (form === 'ranked' && piece !== '<|x|>' ? 0 - id : 0)),
    pieceTypes: Uint8Array.from(pieces, typeOf),
    normalizer: {
      name: 'identity',
      precompiledCharsmap: new Uint8Array(0),
      addDummyPrefix: false,
      removeExtraWhitespaces: false,
      escapeWhitespaces: false,
    },
    units: isByte ? 'byte' : 'utf16',
    wholePieceFirst: form === 'ranked' || wholePieceFirst,
    ...(form !== 'ranked' && { merges: list }),
    addedTokens,
    byteFallback: !isByte,
    unkPiece: isByte ? '' : '<unk>',
    ...(isByte
      ? { normalizers: pipeline % 2 === 0 ? [] : [{ type: 'nfc' }], preTokenizers: PRE_TOKENIZERS[pipeline]! }
      : {
          normalizers: [{ type: 'replace', pattern: { text: ' ' }, content: '▁' }],
          preTokenizers: pipeline < 3 ? [] : [{ type: 'digits', individual: true }],
        }),
  });
}

/** Random bases. */
export const arbitraryBase: fc.Arbitrary<TokenizerModel> = fc
  .record({
    form: fc.constantFrom<BaseForm>('listed', 'listed', 'ranked', 'characters'),
    texts: fc.array(textOf([...LETTERS, '，中', '中文', '丁中'], { minLength: 1, maxLength: 3 }), {
      minLength: 60,
      maxLength: 60,
    }),
    cuts: fc.array(fc.nat(59), { minLength: 60, maxLength: 60 }),
    pipeline: fc.nat(PRE_TOKENIZERS.length - 1),
    wholePieceFirst: fc.boolean(),
    hasAddedToken: fc.boolean(),
  })
  .map(buildBase);

/** The base with new pieces, each of which must come to two tokens or be a character. */
export function appendTexts(base: TokenizerModel, texts: readonly string[]): TokenizerModel {
  const chain = createMergeChain(base);
  for (const text of texts) {
    if (!chain.append(text)) throw new Error(`${JSON.stringify(text)} comes to ${JSON.stringify(chain.split(text))}`);
  }
  return applyPatch(base, chain.buildPatch());
}
