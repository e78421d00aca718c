// The patterns that published tokenizers cut text with, in Oniguruma's syntax, by the names tiktoken and Hugging Face know.
// A reader of a format that keeps its pattern in code (tiktoken) takes it from here; the encoder has a scanner for each.
// Sources: openai/tiktoken tiktoken_ext/openai_public.py (0.14), meta-llama/llama-models llama3/tokenizer.py,
// moonshotai/Kimi-K2-Instruct tokenization_kimi.py, and the tokenizer.json of the models named.

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const LINES_AND_SPACES = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

function cl100kPattern(numbers: string, letters = '\\p{L}', words = letters): string {
  return `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?${words}+|${numbers}| ?[^\\s${letters}\\p{N}]+[\\r\\n]*|${LINES_AND_SPACES}`;
}

/** Words of small and capital letters. */
function casedWords(contractions: string, butNot: string): string {
  const upper = `[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}${butNot}]`;
  const lower = `[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}${butNot}]`;
  const before = '[^\\r\\n\\p{L}\\p{N}]?';
  return `${before}${upper}*${lower}+${contractions}|${before}${upper}+${lower}*${contractions}`;
}

function o200kPattern(contractions: string, numbers: string): string {
  return `${casedWords(contractions, '')}|${numbers}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${LINES_AND_SPACES}`;
}

/** Text of each known pattern. */
export const PRE_TOKENIZER_PATTERNS = {
  /** GPT-2 (r50k_base, p50k_base), and ByteLevel with `use_regex`. */
  gpt2: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  /** Llama 3, and the tokenizer.json that people made of cl100k_base: up to three digits together. */
  llama3: cl100kPattern('\\p{N}{1,3}'),
  /** Qwen 2 and later: single digits. */
  qwen: cl100kPattern('\\p{N}'),
  /** Qwen 3.5: marks are letters. */
  qwen35: cl100kPattern('\\p{N}', '\\p{L}\\p{M}', '[\\p{L}\\p{M}]'),
  /**
   * tiktoken's own cl100k_base, in other words that mean the same: its `$` is the end of the text, `\z` here, and its
   * possessive `{1,3}+` is a repetition in Oniguruma. Unlike Llama 3's, it keeps white space at the end of the text together.
   */
  cl100k_base: `'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++\\z|\\s*[\\r\\n]|\\s+(?!\\S)|\\s`,
  /** GPT-4o, gpt-oss, Llama 4. */
  o200k_base: o200kPattern(`${CONTRACTIONS}?`, '\\p{N}{1,3}'),
  /** Kimi K2: runs of Han are apart. */
  kimi: `[\\p{Han}]+|${casedWords(`${CONTRACTIONS}?`, '&&[^\\p{Han}]')}|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${LINES_AND_SPACES}`,
  /** Mistral since Nemo: no contractions, single digits. */
  tekken: o200kPattern('', '\\p{N}'),
} as const;

/** Name of a known pattern. */
export type PreTokenizerPatternName = keyof typeof PRE_TOKENIZER_PATTERNS;
