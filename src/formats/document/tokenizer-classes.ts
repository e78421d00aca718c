// The classes of transformers that tokenizer_config.json names, and the pipelines they build. Some run a tokenizer.json as
// it is; others take only the vocabulary and the merges out of it, and build steps of their own around them.
// Source: transformers 5.18, tokenization_utils_tokenizers.py (convert_to_native_format) and the models' tokenization files;
// for vocab.json and merges.txt also convert_slow_tokenizer.py of transformers 4.
import type { PreTokenizerStep, TokenizerModel } from '../../core/model.ts';
import { PRE_TOKENIZER_PATTERNS } from '../../core/pre-tokenizer-patterns.ts';

/** The class that runs a tokenizer.json as it is, in transformers 4 and 5 alike. */
export const PLAIN_CLASS = 'PreTrainedTokenizerFast';

/** Steps that a class builds. */
export type ClassPipeline = Pick<TokenizerModel, 'normalizers' | 'preTokenizers'>;

/** Classes of transformers that cut as GPT-2 does. */
const GPT2_CLASSES: readonly string[] = [
  'GPT2Tokenizer',
  'RobertaTokenizer',
  'BartTokenizer',
  'LongformerTokenizer',
  'LEDTokenizer',
  'CodeGenTokenizer',
  'GPTNeoXTokenizer',
];

/** Classes of SentencePiece tokenizers: around byte-level pieces they lose most text. */
const SENTENCEPIECE_CLASSES: readonly string[] = [
  'LlamaTokenizer',
  'CodeLlamaTokenizer',
  'GemmaTokenizer',
  'T5Tokenizer',
  'XLMRobertaTokenizer',
];

/**
 * The pipeline of a class that builds its own around byte-level pieces, `undefined` for another.
 *
 * @param name with `Fast` at its end or without
 */
export function pipelineOfClass(name: string, { addPrefixSpace = false } = {}): ClassPipeline | undefined {
  const base = withoutFast(name);
  if (GPT2_CLASSES.includes(base)) {
    return { normalizers: [], preTokenizers: [{ type: 'byte-level', addPrefixSpace, useRegex: true }] };
  }
  if (base !== 'Qwen2Tokenizer') return undefined;
  const pattern = { regex: PRE_TOKENIZER_PATTERNS.qwen };
  return {
    normalizers: [{ type: 'nfc' }],
    preTokenizers: [
      { type: 'split', pattern, behavior: 'isolated', invert: false },
      { type: 'byte-level', addPrefixSpace, useRegex: false },
    ],
  };
}

/**
 * Whether a class of transformers gives the ids of a tokenizer.json with this model: the class runs the file as it is, or
 * builds the same steps. `undefined` for classes that are not known here.
 */
export function runsTokenizerJson(
  name: string,
  model: Pick<TokenizerModel, 'units' | 'normalizers' | 'preTokenizers' | 'wholePieceFirst'>,
): boolean | undefined {
  const base = withoutFast(name);
  if (base === 'PreTrainedTokenizer' || base === 'TokenizersBackend') return true;
  if (SENTENCEPIECE_CLASSES.includes(base)) return model.units === 'byte' ? false : undefined;
  const { normalizers, preTokenizers } = model;
  const last = preTokenizers.at(-1);
  const addPrefixSpace = last?.type === 'byte-level' && last.addPrefixSpace;
  const pipeline = pipelineOfClass(name, { addPrefixSpace });
  // NFC, which its own files have, came with transformers 5.
  if (pipeline === undefined || base === 'GPTNeoXTokenizer') return undefined;
  const own = { normalizers, preTokenizers: preTokenizers.map(asIsolated) };
  return !model.wholePieceFirst && JSON.stringify(own) === JSON.stringify(pipeline);
}

function withoutFast(name: string): string {
  return name.replace(/Fast$/, '');
}

// The patterns of these classes match every character, so that nothing lies between the matches.
function asIsolated(step: PreTokenizerStep): PreTokenizerStep {
  return step.type === 'split' && step.behavior === 'removed' && step.invert
    ? { ...step, behavior: 'isolated', invert: false }
    : step;
}
