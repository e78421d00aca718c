// The normalizer, pre-tokenizer and decoder of a tokenizer.json as the steps of a neutral model, one by one and exactly.
// A component that has no such step is refused by name; so are decoders that do not undo the steps, because decoding
// follows from the steps here. Spec: https://huggingface.co/docs/tokenizers/components, and its Rust sources for defaults.
import {
  type NormalizerSpec,
  type NormalizerStep,
  type PreTokenizerStep,
  SPACE_SYMBOL,
  type SplitBehavior,
  type TextPattern,
} from '../../../core/model.ts';
import { NO_NORMALIZATION } from '../../listed-model.ts';
import { flattenComponents } from './read-pipeline.ts';
import type { TokenizerJson, TokenizerJsonComponent } from './types.ts';

/** Throws; is given what cannot be read, such as `normalizer Nmt`. */
export type Refuse = (what: string) => never;

/** The steps of a pipeline, and what one piece is spelled in. */
export interface PipelineSteps {
  readonly units: 'utf16' | 'byte';
  readonly normalizers: readonly NormalizerStep[];
  readonly preTokenizers: readonly PreTokenizerStep[];
  /** Only the writing of spaces as `▁`, and the `▁` in front: what decoding must undo. */
  readonly normalizer: NormalizerSpec;
}

const BEHAVIORS: Readonly<Record<string, SplitBehavior>> = {
  Removed: 'removed',
  Isolated: 'isolated',
  MergedWithPrevious: 'merged-with-previous',
  MergedWithNext: 'merged-with-next',
  Contiguous: 'contiguous',
};

/**
 * Reads the steps of a BPE tokenizer.
 *
 * @param refuse throws; called for the first component that cannot be read
 */
export function readSteps(json: TokenizerJson, refuse: Refuse): PipelineSteps {
  const allNormalizers = flattenComponents(json.normalizer, 'normalizers', refuse).map((part) =>
    readNormalizer(part, refuse),
  );
  const allPreTokenizers = flattenComponents(json.pre_tokenizer, 'pretokenizers', refuse).map((part) =>
    readPreTokenizer(part, refuse),
  );
  const byteLevelAt = allPreTokenizers.findIndex(({ type }) => type === 'byte-level');
  if (byteLevelAt >= 0) {
    // Steps behind it see the byte-level alphabet instead of the text: they can cut it, but not rewrite it.
    const rewriting = allPreTokenizers
      .slice(byteLevelAt + 1)
      .find(({ type }) => type === 'byte-level' || type === 'metaspace');
    if (rewriting !== undefined) {
      refuse(`pre-tokenizer ${rewriting.type === 'metaspace' ? 'Metaspace' : 'ByteLevel'} behind ByteLevel`);
    }
    checkDecoder(json, ['ByteLevel'], refuse);
    return {
      units: 'byte',
      normalizers: allNormalizers,
      preTokenizers: allPreTokenizers,
      normalizer: NO_NORMALIZATION,
    };
  }
  const { normalizers, normalizer } = takeSpaceSteps(allNormalizers);
  const preTokenizers = normalizer.escapeWhitespaces
    ? allPreTokenizers.filter((step) => !isIdle(step))
    : allPreTokenizers;
  const metaspace = preTokenizers.find((step) => step.type === 'metaspace');
  if (metaspace !== undefined && metaspace.replacement !== SPACE_SYMBOL) {
    refuse(`Metaspace with the replacement ${JSON.stringify(metaspace.replacement)}`);
  }
  const hasPrefix = normalizer.addDummyPrefix || (metaspace !== undefined && metaspace.prepend !== 'never');
  checkSpaceDecoder(json, { hasSymbols: normalizer.escapeWhitespaces || metaspace !== undefined, hasPrefix }, refuse);
  return { units: 'utf16', normalizers, preTokenizers, normalizer };
}

function readNormalizer(part: TokenizerJsonComponent, refuse: Refuse): NormalizerStep {
  switch (part.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
    case 'Lowercase':
      return { type: part.type.toLowerCase() as 'nfc' };
    case 'Prepend':
      return { type: 'prepend', text: textOf(part.prepend, 'normalizer Prepend', refuse) };
    case 'Replace':
      return {
        type: 'replace',
        pattern: patternOf(part, refuse),
        content: textOf(part.content, 'normalizer Replace', refuse),
      };
    case 'Strip':
      return { type: 'strip', left: part.strip_left === true, right: part.strip_right === true };
    default:
      return refuse(`normalizer ${part.type}`);
  }
}

function readPreTokenizer(part: TokenizerJsonComponent, refuse: Refuse): PreTokenizerStep {
  switch (part.type) {
    case 'Split':
      return {
        type: 'split',
        pattern: patternOf(part, refuse),
        behavior: behaviorOf(part, refuse),
        invert: part.invert === true,
      };
    case 'CharDelimiterSplit':
      return {
        type: 'split',
        pattern: { text: textOf(part.delimiter, 'pre-tokenizer CharDelimiterSplit', refuse) },
        behavior: 'removed',
        invert: false,
      };
    case 'ByteLevel':
      return { type: 'byte-level', addPrefixSpace: part.add_prefix_space === true, useRegex: part.use_regex !== false };
    case 'Digits':
      return { type: 'digits', individual: part.individual_digits === true };
    case 'Punctuation':
      return { type: 'punctuation', behavior: part.behavior === undefined ? 'isolated' : behaviorOf(part, refuse) };
    case 'Whitespace':
      return { type: 'whitespace' };
    case 'WhitespaceSplit':
      return { type: 'whitespace-split' };
    case 'Metaspace': {
      const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? 'never' : 'always');
      if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') {
        return refuse(`Metaspace with the prepend_scheme ${JSON.stringify(scheme)}`);
      }
      const replacement = textOf(part.replacement ?? SPACE_SYMBOL, 'pre-tokenizer Metaspace', refuse);
      return { type: 'metaspace', replacement, prepend: scheme, split: part.split !== false };
    }
    default:
      return refuse(`pre-tokenizer ${part.type}`);
  }
}

function patternOf(part: TokenizerJsonComponent, refuse: Refuse): TextPattern {
  const { String: text, Regex: regex } = (part.pattern ?? {}) as { String?: unknown; Regex?: unknown };
  // An empty pattern stands between all characters, which no published tokenizer means.
  if (typeof text === 'string' && text !== '') return { text };
  if (typeof regex === 'string' && regex !== '') return { regex };
  return refuse(`${part.type} of the pattern ${JSON.stringify(part.pattern ?? null)}`);
}

function behaviorOf(part: TokenizerJsonComponent, refuse: Refuse): SplitBehavior {
  return BEHAVIORS[String(part.behavior)] ?? refuse(`${part.type} with the behavior ${JSON.stringify(part.behavior)}`);
}

function textOf(value: unknown, where: string, refuse: Refuse): string {
  return typeof value === 'string' && value.isWellFormed() ? value : refuse(`${where} with ${JSON.stringify(value)}`);
}

// `Replace " " by "▁"` at the end, with `Prepend "▁"` in front of it or not, is what the model's NormalizerSpec says.
function takeSpaceSteps(steps: readonly NormalizerStep[]): Pick<PipelineSteps, 'normalizers' | 'normalizer'> {
  const last = steps.at(-1);
  if (
    last?.type !== 'replace' ||
    !('text' in last.pattern) ||
    last.pattern.text !== ' ' ||
    last.content !== SPACE_SYMBOL
  ) {
    return { normalizers: steps, normalizer: NO_NORMALIZATION };
  }
  const before = steps.at(-2);
  const addDummyPrefix = before?.type === 'prepend' && (before.text === SPACE_SYMBOL || before.text === ' ');
  return {
    normalizers: steps.slice(0, addDummyPrefix ? -2 : -1),
    normalizer: { ...NO_NORMALIZATION, addDummyPrefix, escapeWhitespaces: true },
  };
}

// Gemma's Split at spaces, of which the normalizer has left none.
function isIdle(step: PreTokenizerStep): boolean {
  return step.type === 'split' && 'text' in step.pattern && step.pattern.text.includes(' ') && !step.invert;
}

function checkDecoder(json: TokenizerJson, wanted: readonly string[], refuse: Refuse): void {
  const types = flattenComponents(json.decoder, 'decoders', refuse).map(({ type }) => type);
  if (types.join() !== wanted.join())
    refuse(`the decoder ${types.join(' and ') || 'null'} instead of ${wanted.join()}`);
}

// Of `▁` back to spaces, bytes to characters, all tokens to one text, and the space in front taken off.
function checkSpaceDecoder(
  json: TokenizerJson,
  { hasSymbols, hasPrefix }: { readonly hasSymbols: boolean; readonly hasPrefix: boolean },
  refuse: Refuse,
): void {
  const parts = flattenComponents(json.decoder, 'decoders', refuse);
  let undoesSymbols = false;
  let undoesPrefix = false;
  let undoesBytes = false;
  let isFused = false;
  for (const part of parts) {
    const pattern = (part.pattern ?? {}) as { String?: unknown };
    if (part.type === 'Replace' && pattern.String === SPACE_SYMBOL && part.content === ' ') undoesSymbols = true;
    else if (part.type === 'Strip' && isFused && part.content === ' ' && part.start === 1 && part.stop === 0)
      undoesPrefix = true;
    else if (part.type === 'Fuse') isFused = true;
    else if (part.type === 'ByteFallback') undoesBytes = true;
    else refuse(`the decoder ${part.type}`);
  }
  // Without a decoder, tokens are joined with spaces between them.
  if (parts.length === 0) refuse('no decoder');
  if (undoesSymbols !== hasSymbols)
    refuse(`a decoder that ${undoesSymbols ? 'makes' : 'leaves'} ▁ ${undoesSymbols ? 'spaces' : 'as it is'}`);
  if (undoesPrefix !== hasPrefix) refuse(`a decoder that ${undoesPrefix ? 'takes off' : 'leaves'} the space in front`);
  const byteFallback = (json.model as { byte_fallback?: unknown }).byte_fallback === true;
  if (undoesBytes !== byteFallback)
    refuse(`a decoder that ${undoesBytes ? 'joins bytes, without' : 'leaves bytes of'} byte_fallback`);
}
