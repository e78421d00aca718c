// Texts on which tokenizers tend to differ: edge cases written down, and random strings made of a model's own pieces and of
// characters from everywhere. The same for the same model and seed; no text of a corpus.
import { createMersenneTwister, type MersenneTwister } from '../../core/mersenne-twister.ts';
import { PIECE_TYPE, SPACE_SYMBOL, type TokenizerModel } from '../../core/model.ts';
import { byteUnitsToText } from '../../core/unicode/byte-level.ts';

/** Texts that have gone wrong somewhere: spaces, line ends, `▁`, bytes, marks, emoji, digits, long runs. */
const EDGE_TEXTS: readonly string[] = [
  '',
  ' ',
  '  ',
  'a',
  ' a',
  '  a',
  '   a b   c    ',
  'a ',
  'a  b',
  '\t',
  '\ta\tb',
  '\n',
  'a\nb\r\nc\n\n',
  SPACE_SYMBOL,
  `${SPACE_SYMBOL}a`,
  ` ${SPACE_SYMBOL} a${SPACE_SYMBOL}b`,
  '<0x0A>',
  'a<0x41>b',
  '\0',
  'a\0b',
  '\ufeffa',
  'zero\u200bwidth\u200djoin',
  'no\u00a0break\u3000wide',
  'line\u2028and\u2029paragraph',
  '\ufffd',
  '\ue000\uf8ff',
  '\u{10ffff}',
  'é e\u0301 ﬁ Å ①',
  '👩‍👩‍👧‍👦🇨🇳👍🏽😀',
  '𠮷野家で𩸽を食べる',
  '龘靐齉爩',
  'ＡＢＣ１２３，。！？：“”',
  '，。！？；：“”‘’（）《》、…—',
  '0123456789 3.14159 1,234,567 2024-01-31 12:34:56',
  'http://www.example.com/a?b=c&d=%E4%B8%AD#e',
  'if (a == b) { return $1 + "$&"; } // \\n',
  'constructor __proto__ toString hasOwnProperty',
  'Привет, мир! Γειά σου Κόσμε. مرحبا بالعالم שלום עולם नमस्ते दुनिया สวัสดีชาวโลก 안녕하세요 세계',
  '人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。',
  '中文English混合text，with 数字123和symbols#@!',
  'ab'.repeat(300),
  ' '.repeat(50),
  `x${' '.repeat(100)}y`,
  '中'.repeat(400),
  '\ud800'.toWellFormed().repeat(3),
];

/** Ranges of code points for random characters, each as likely as the others. */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x20, 0x7e],
  [0x61, 0x7a],
  [0x30, 0x39],
  [0xa0, 0x24f],
  [0x370, 0x5ff],
  [0x600, 0x6ff],
  [0x900, 0xdff],
  [0x2000, 0x206f],
  [0x2190, 0x2bff],
  [0x3000, 0x30ff],
  [0x4e00, 0x9fff],
  [0x4e00, 0x5fff],
  [0xac00, 0xd7a3],
  [0xff00, 0xffef],
  [0x1f300, 0x1faff],
  [0x20000, 0x2ffff],
  [0x0, 0x10ffff],
];

/** Options of {@link probeTexts}. */
export interface ProbeOptions {
  /** Random strings; default 2000. */
  readonly randomTexts?: number;
  /** Seed of the random strings, a whole number; default 1. */
  readonly seed?: number;
  /** Texts that spell the model's special pieces; default true. */
  readonly spelledSpecials?: boolean;
}

/**
 * Edge cases, texts that spell the model's special pieces, and random strings. All of them are well-formed Unicode.
 *
 * @example
 * ```ts
 * [...probeTexts(model, { randomTexts: 500 })].length > 500; // true
 * ```
 */
export function* probeTexts(model: TokenizerModel, options: ProbeOptions = {}): Generator<string> {
  const { randomTexts = 2000, seed = 1, spelledSpecials = true } = options;
  yield* EDGE_TEXTS;
  if (spelledSpecials) yield* specialTexts(model);
  const random = createMersenneTwister(seed);
  const pieces = model.pieces.flatMap((piece, id) => {
    if (model.pieceTypes[id] !== PIECE_TYPE.normal) return [];
    // Parts of characters are no text.
    return (model.units === 'byte' ? byteUnitsToText(piece) : piece) ?? [];
  });
  for (let i = 0; i < randomTexts; i++) yield randomText(random, pieces);
}

// Of many control pieces (some models have hundreds of reserved ones) the first say enough.
function* specialTexts({ pieces, pieceTypes, addedTokens }: TokenizerModel): Generator<string> {
  const MOST = 20;
  const spelled = pieces.filter((_, id) => {
    const type = pieceTypes[id];
    return type === PIECE_TYPE.control || type === PIECE_TYPE.unknown || type === PIECE_TYPE.userDefined;
  });
  const specials = addedTokens.length > 0 ? addedTokens.map(({ content }) => content) : spelled;
  for (const special of specials.slice(0, MOST)) {
    yield special;
    yield `a${special}b`;
    yield ` a ${special} 中 `;
  }
}

function randomText(random: MersenneTwister, pieces: readonly string[]): string {
  const length = 1 + random.nextBelow(random.nextBelow(8) === 0 ? 120 : 16);
  let text = '';
  for (let i = 0; i < length; i++) {
    const kind = random.nextBelow(16);
    if (kind < 9 && pieces.length > 0) text += pieces[random.nextBelow(pieces.length)]!;
    else if (kind === 9) text += ' '.repeat(1 + random.nextBelow(3));
    else if (kind === 10) text += randomCharacter(random).repeat(1 + random.nextBelow(20));
    else text += randomCharacter(random);
  }
  // Half of them with real spaces, half with the visible ones of the pieces.
  return (random.nextBelow(8) > 0 ? text.replaceAll(SPACE_SYMBOL, ' ') : text).toWellFormed();
}

function randomCharacter(random: MersenneTwister): string {
  const [first, last] = RANGES[random.nextBelow(RANGES.length)]!;
  return String.fromCodePoint(first + random.nextBelow(last - first + 1)).toWellFormed();
}
