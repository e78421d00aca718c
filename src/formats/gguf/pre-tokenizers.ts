// The pre-tokenizers that llama.cpp knows by name (tokenizer.ggml.pre), in the patterns of the tokenizers they were made for, and
// the way back: the name for a model's steps. llama.cpp holds the patterns in code, some reworded for its own engine; a name
// also decides whether a whole word that is a piece is taken before any merge.
// Source: ggml-org/llama.cpp src/llama-vocab.cpp (2026), llm_tokenizer_bpe and llama_vocab::impl::load.
import type { PreTokenizerStep, TokenizerModel } from '../../core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../core/pre-tokenizer-patterns.ts';

/** One kind of pre-tokenizer in llama.cpp. */
interface GgufPreTokenizer {
  /** The name that is written, then others that mean the same. */
  readonly names: readonly string[];
  /** Applied one after the other; each match is cut off from what lies between. */
  readonly regexes: readonly string[];
  readonly wholePieceFirst: boolean;
}

const { gpt2, llama3, qwen, o200k_base: o200k, tekken } = PRE_TOKENIZER_PATTERNS;

const DEEPSEEK_WORDS =
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+';

/** Pre-tokenizers by name. */
export const GGUF_PRE_TOKENIZERS: readonly GgufPreTokenizer[] = [
  {
    names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3', 'falcon-h1', 'pixtral', 'midm-2.0', 'lfm2'],
    regexes: [llama3],
    wholePieceFirst: true,
  },
  { names: ['dbrx', 'smaug-bpe', 'chatglm-bpe', 'glm4'], regexes: [llama3], wholePieceFirst: false },
  {
    names: ['qwen2', 'deepseek-r1-qwen', 'stablelm2', 'megrez', 'hunyuan', 'kormo', 'solar-open', 'grok-2'],
    regexes: [qwen],
    wholePieceFirst: false,
  },
  { names: ['gpt-4o', 'llama4', 'kanana2'], regexes: [o200k], wholePieceFirst: false },
  { names: ['tekken'], regexes: [tekken], wholePieceFirst: true },
  {
    names: ['gpt-2', 'phi-2', 'mpt', 'olmo', 'jais', 'trillion', 'exaone4', 'modern-bert', 'gigachat', 'roberta-bpe'],
    regexes: [gpt2],
    wholePieceFirst: false,
  },
  {
    names: ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b'],
    regexes: ['\\p{N}', gpt2],
    wholePieceFirst: false,
  },
  {
    names: ['deepseek-v3', 'hunyuan-dense', 'joyai-llm'],
    regexes: ['\\p{N}{1,3}', '[一-龥぀-ゟ゠-ヿ]+', DEEPSEEK_WORDS],
    wholePieceFirst: false,
  },
  {
    names: ['default'],
    regexes: ['[\\p{P}\\$\\+<=>\\^~\\|]+', gpt2, '\\p{N}+', '[0-9][0-9][0-9]'],
    wholePieceFirst: false,
  },
];

const LLAMA_WORDS = (contractions: string): string => {
  const [before, upper, lower] = ['[^\\r\\n\\p{L}\\p{N}]?', '((?=[\\p{L}])([^a-z]))', '((?=[\\p{L}])([^A-Z]))'];
  return `${before}${upper}*${lower}+${contractions}|${before}${upper}+${lower}*${contractions}`;
};
const LLAMA_REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const LLAMA_CONTRACTIONS = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?";

/** Patterns that mean something else in llama.cpp's words, by the names of pre-tokenizers. */
export const REWORDED_PATTERNS: ReadonlyMap<string, string> = new Map([
  ['gpt-4o', `${LLAMA_WORDS(LLAMA_CONTRACTIONS)}|\\p{N}{1,3}${LLAMA_REST}`],
  ['tekken', `${LLAMA_WORDS('')}|\\p{N}${LLAMA_REST}`],
]);

/** The steps behind a name, `undefined` for one that is not known here. */
export function stepsOfPreTokenizer(
  name: string,
): Pick<TokenizerModel, 'preTokenizers' | 'wholePieceFirst'> | undefined {
  const known = GGUF_PRE_TOKENIZERS.find(({ names }) => names.includes(name));
  if (known === undefined) return undefined;
  const splits = known.regexes.map(
    (regex): PreTokenizerStep => ({ type: 'split', pattern: { regex }, behavior: 'isolated', invert: false }),
  );
  return {
    preTokenizers: [...splits, { type: 'byte-level', addPrefixSpace: false, useRegex: false }],
    wholePieceFirst: known.wholePieceFirst,
  };
}

/**
 * The name of a model's pre-tokenizer, `undefined` when llama.cpp has none. A model without merges of its own takes whole
 * pieces first, but ranks reach them as well; one that lists merges must agree with the name.
 */
export function nameOfPreTokenizer(
  model: Pick<TokenizerModel, 'preTokenizers' | 'wholePieceFirst' | 'merges'>,
): string | undefined {
  const regexes = regexesOf(model.preTokenizers);
  const known = GGUF_PRE_TOKENIZERS.filter((one) => JSON.stringify(one.regexes) === JSON.stringify(regexes));
  const exact = known.find(({ wholePieceFirst }) => wholePieceFirst === model.wholePieceFirst);
  return (exact ?? (model.merges === undefined ? known[0] : undefined))?.names[0];
}

// The splits of a model as a list of patterns; undefined when a step is no such split.
function regexesOf(steps: readonly PreTokenizerStep[]): string[] | undefined {
  const regexes: string[] = [];
  for (const step of steps) {
    if (step.type === 'split' && 'regex' in step.pattern) {
      // The known patterns find everything, so that what lies between matches may as well be left out.
      const isInverted = step.behavior === 'removed' && step.invert && steps.length === 2;
      if (!isInverted && (step.behavior !== 'isolated' || step.invert)) return undefined;
      regexes.push(step.pattern.regex);
    } else if (step.type === 'digits' && step.individual) regexes.push('\\p{N}');
    else if (step.type === 'byte-level' && !step.addPrefixSpace) {
      if (step.useRegex) regexes.push(gpt2);
    } else return undefined;
  }
  return regexes;
}
