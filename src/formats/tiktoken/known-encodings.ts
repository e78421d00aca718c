// The encodings whose ranks are published as a tiktoken file, and what of them lives in code only: the pattern and the special
// tokens. A file is recognised by its number of ranks and its last piece, which no two of them share.
// Sources: openai/tiktoken tiktoken_ext/openai_public.py (0.14), meta-llama/llama3 llama/tokenizer.py,
// Qwen/Qwen-7B tokenization_qwen.py.
import { PRE_TOKENIZER_PATTERNS, type PreTokenizerPatternName } from '../../core/pre-tokenizer-patterns.ts';

/** What a tiktoken file does not say. */
export interface TiktokenEncoding {
  readonly pattern: PreTokenizerPatternName;
  /** Number of ranks in the published file, and the bytes of its last piece as UTF-16 units. */
  readonly rankCount: number;
  readonly lastPiece: string;
  /** Special tokens by id, for a file with `rankCount` ranks. */
  readonly specialTokens: (rankCount: number) => readonly (readonly [id: number, content: string])[];
  /** Loaders count the ids of special tokens on from the number of ranks; else they have a table of them. */
  readonly countsSpecialTokens: boolean;
  readonly bosPiece: string;
  readonly eosPiece: string;
}

const END_OF_TEXT = '<|endoftext|>';

const fixed = (tokens: readonly (readonly [number, string])[]) => () => tokens;

/** Ids on from the number of ranks. */
const counted = (names: readonly string[]) => (rankCount: number) =>
  names.map((name, i): readonly [number, string] => [rankCount + i, name]);

const reserved = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `<|reserved_special_token_${from + i}|>`);

/** Llama 3's 256, in the names of its first release; later ones name some of the reserved tokens. */
const LLAMA3_TOKENS: readonly string[] = [
  '<|begin_of_text|>',
  '<|end_of_text|>',
  ...reserved(0, 4),
  '<|start_header_id|>',
  '<|end_header_id|>',
  ...reserved(4, 5),
  '<|eot_id|>',
  ...reserved(5, 251),
];

const QWEN_TOKENS: readonly string[] = [
  END_OF_TEXT,
  '<|im_start|>',
  '<|im_end|>',
  ...Array.from({ length: 205 }, (_, i) => `<|extra_${i}|>`),
];
const QWEN_RANKS = 151_643;

/** The encodings that are known by name. */
export const TIKTOKEN_ENCODINGS = {
  gpt2: {
    pattern: 'gpt2',
    rankCount: 50_256,
    lastPiece: ' gazed',
    specialTokens: fixed([[50_256, END_OF_TEXT]]),
    countsSpecialTokens: false,
    bosPiece: '',
    eosPiece: END_OF_TEXT,
  },
  p50k_base: {
    pattern: 'gpt2',
    rankCount: 50_280,
    lastPiece: ' '.repeat(25),
    specialTokens: fixed([[50_256, END_OF_TEXT]]),
    countsSpecialTokens: false,
    bosPiece: '',
    eosPiece: END_OF_TEXT,
  },
  cl100k_base: {
    pattern: 'cl100k_base',
    rankCount: 100_256,
    lastPiece: ' Conveyor',
    specialTokens: fixed([
      [100_257, END_OF_TEXT],
      [100_258, '<|fim_prefix|>'],
      [100_259, '<|fim_middle|>'],
      [100_260, '<|fim_suffix|>'],
      [100_276, '<|endofprompt|>'],
    ]),
    countsSpecialTokens: false,
    bosPiece: '',
    eosPiece: END_OF_TEXT,
  },
  o200k_base: {
    pattern: 'o200k_base',
    rankCount: 199_998,
    lastPiece: ' cocos',
    specialTokens: fixed([
      [199_999, END_OF_TEXT],
      [200_018, '<|endofprompt|>'],
    ]),
    countsSpecialTokens: false,
    bosPiece: '',
    eosPiece: END_OF_TEXT,
  },
  llama3: {
    pattern: 'llama3',
    rankCount: 128_000,
    lastPiece: '\xe9\x94\xa6',
    specialTokens: counted(LLAMA3_TOKENS),
    countsSpecialTokens: true,
    bosPiece: '<|begin_of_text|>',
    eosPiece: '<|end_of_text|>',
  },
  qwen: {
    pattern: 'qwen',
    rankCount: QWEN_RANKS,
    lastPiece: '\xe2\xbd\x97',
    specialTokens: fixed(counted(QWEN_TOKENS)(QWEN_RANKS)),
    countsSpecialTokens: false,
    bosPiece: '',
    eosPiece: END_OF_TEXT,
  },
} as const satisfies Readonly<Record<string, TiktokenEncoding>>;

/** Name of a known encoding. */
export type TiktokenEncodingName = keyof typeof TIKTOKEN_ENCODINGS;

/** Regular expression of a known encoding or pattern, `undefined` for another name. */
export function patternByName(name: string): string | undefined {
  const encoding = Object.entries(TIKTOKEN_ENCODINGS).find(([known]) => known === name)?.[1];
  const pattern = encoding?.pattern ?? name;
  return Object.entries(PRE_TOKENIZER_PATTERNS).find(([known]) => known === pattern)?.[1];
}
