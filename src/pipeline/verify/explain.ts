// Says why an engine that reads tokenizer.json gives other ids than SentencePiece: by working out what that file asks for
// where it cannot say what the model says. A difference is explained only when the file says all that it can say of the
// model, and the engine's ids are exactly those; nothing is excused by the look of a text.
import {
  type MergeList,
  PIECE_TYPE,
  type PreTokenizerStep,
  SPACE_SYMBOL,
  specialToken,
  type TokenizerModel,
} from '../../core/model.ts';
import { toByteUnits } from '../../core/unicode/byte-level.ts';
import { categoryOf, UNASSIGNED } from '../../core/unicode/categories.ts';
import { nameOfPreTokenizer, REWORDED_PATTERNS } from '../../formats/gguf/pre-tokenizers.ts';
import { deriveMerges } from '../../formats/tokenizer-json/read/bpe-merges.ts';
import { splitMerge } from '../../formats/tokenizer-json/read/bpe-scores.ts';
import { type BpeModelJson, isBpeModelJson, type TokenizerJson } from '../../formats/tokenizer-json/read/types.ts';
import { createTokenizer, type Tokenizer } from '../../tokenize/tokenizer.ts';

/** Why ids differ, for reasons that lie in the file format. */
export type KnownCause =
  | 'spelled-token'
  | 'tied-scores'
  | 'missing-character'
  | 'leading-space'
  | 'not-normalized'
  | 'reworded-pattern'
  | 'taken-for-a-token'
  | 'javascript-space'
  | 'newer-unicode';

/** One sentence for each cause. */
export const KNOWN_CAUSES: Readonly<Record<KnownCause, string>> = {
  'spelled-token':
    'the text spells a special or added token: SentencePiece reads it as text, Hugging Face engines as the token',
  'tied-scores':
    'pieces tie in score: SentencePiece takes the leftmost pair, the list of merges in tokenizer.json cannot say so',
  'missing-character':
    'a piece holds a character that is no piece: SentencePiece builds it, Hugging Face engines see bytes there',
  'not-normalized': 'the text is not in NFC, and llama.cpp does not normalize',
  'reworded-pattern':
    'llama.cpp has the pattern that cuts text in other words, which do not mean the same for letters outside ASCII',
  'taken-for-a-token':
    'llama.cpp takes pieces that are spelled as some models spell their special tokens, such as </s>, for special tokens',
  'javascript-space':
    "@huggingface/tokenizers has GPT-2's pattern as a regular expression of JavaScript, whose spaces lack U+0085 and have U+FEFF",
  'newer-unicode':
    '@huggingface/tokenizers has the Unicode of this Node, which knows letters or marks of the text that the reference, with 16.0, does not',
  'leading-space': 'the text starts with a space, before which the Metaspace of tokenizer.json puts no further one',
};

/** Ids that tokenizer.json asks for, and what makes them differ from the model's. */
export interface JsonReading {
  readonly ids: readonly number[];
  readonly causes: readonly KnownCause[];
}

/**
 * Creates a function that reads a text as engines of tokenizer.json are bound to.
 *
 * @param tokenizer the model that the file stands for
 */
export function createJsonReader(json: TokenizerJson, tokenizer: Tokenizer): (text: string) => JsonReading {
  const tokens = new Map(json.added_tokens.map(({ content, id }) => [content, id]));
  const longestFirst = [...tokens.keys()].filter((content) => content !== '').sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${longestFirst.map(escapePattern).join('|')})`);
  const metaspace = json.pre_tokenizer?.type === 'Metaspace' ? json.pre_tokenizer.prepend_scheme : undefined;
  const byMerges = isBpeModelJson(json.model) ? openByMerges(json.model, tokenizer) : undefined;

  function normalize(segment: string, isFirst: boolean): string {
    if (metaspace === undefined) return tokenizer.normalize(segment);
    const escaped = segment.replaceAll(' ', SPACE_SYMBOL);
    const isWanted = metaspace === 'always' || (metaspace === 'first' && isFirst);
    return isWanted && !escaped.startsWith(SPACE_SYMBOL) ? SPACE_SYMBOL + escaped : escaped;
  }

  // Ids of a segment, and why they are not the model's, if they are not.
  function encodeSegment(normalized: string): { ids: readonly number[]; cause?: KnownCause } {
    const wanted = tokenizer.encodePieceText(normalized);
    const merged = byMerges?.encodePieceText(normalized) ?? wanted;
    if (merged.length === wanted.length && merged.every((id, i) => id === wanted[i])) return { ids: wanted };
    // More bytes than in SentencePiece's ids: characters that it joined to a piece.
    return { ids: merged, cause: byteCount(merged) > byteCount(wanted) ? 'missing-character' : 'tied-scores' };
  }

  function byteCount(ids: readonly number[]): number {
    return ids.filter((id) => id === tokenizer.unkId || tokenizer.model.pieceTypes[id] === PIECE_TYPE.byte).length;
  }

  return (text) => {
    const ids: number[] = [];
    const causes = new Set<KnownCause>();
    const parts = longestFirst.length === 0 ? [text] : text.split(pattern);
    parts.forEach((part, i) => {
      if (part === '') return;
      if (i % 2 === 1) {
        ids.push(tokens.get(part)!);
        causes.add('spelled-token');
        return;
      }
      const normalized = normalize(part, i === 0);
      if (i === 0 && normalized !== tokenizer.normalize(part)) causes.add('leading-space');
      const segment = encodeSegment(normalized);
      if (segment.cause !== undefined) causes.add(segment.cause);
      // Not spread: a long line has more ids than a call takes arguments.
      for (const id of segment.ids) ids.push(id);
    });
    return { ids, causes: [...causes] };
  };
}

/**
 * Pieces that llama.cpp makes special tokens by their text alone.
 * Source: ggml-org/llama.cpp src/llama-vocab.cpp (2026), llama_vocab::impl::load, "auto-detect special tokens by text".
 */
const LLAMA_CPP_TOKENS: readonly string[] = [
  ...['<|eot_id|>', '<|im_end|>', '<|end|>', '<end_of_turn>', '<|endoftext|>', '<|end_of_text|>', '<EOT>', '_<EOT>'],
  ...[
    '[EOT]',
    '[EOS]',
    '<｜end▁of▁sentence｜>',
    '<end_of_utterance>',
    '<|eom_id|>',
    '</s>',
    '<eos>',
    '<turn|>',
    '[e~[',
  ],
  ...['<|return|>', '<|call|>', '<|flush|>', '<|calls|>', '<|tool_response>'],
  ...['<|fim_prefix|>', '<fim-prefix>', '<fim_prefix>', '<｜fim▁begin｜>', '<PRE>', '<|code_prefix|>', '<|prefix|>'],
  ...['<|fim_suffix|>', '<fim-suffix>', '<fim_suffix>', '<｜fim▁hole｜>', '<SUF>', '<|code_suffix|>', '<|suffix|>'],
  ...['<|fim_middle|>', '<fim-middle>', '<fim_middle>', '<｜fim▁end｜>', '<MID>', '<|code_middle|>', '<|middle|>'],
  ...['<|fim_pad|>', '<fim-pad>', '<fim_pad>', '<PAD>', '[PAD]'],
  ...['<|fim_repo|>', '<|repo_name|>', '<fim-repo>', '<REPO>', '<reponame>', '<|file_sep|>'],
];

/**
 * Creates a function that reads a text as llama.cpp is bound to: without normalization, by its own wording of a pattern, and
 * with further special tokens.
 */
export function createLlamaCppReader(model: TokenizerModel): (text: string) => JsonReading {
  const reworded = REWORDED_PATTERNS.get(nameOfPreTokenizer(model) ?? '');
  const { normalize } = createTokenizer(model);
  const taken = LLAMA_CPP_TOKENS.flatMap((content) => {
    const id = model.units === 'byte' ? model.pieces.indexOf(toByteUnits(content)) : -1;
    return model.pieceTypes[id] === PIECE_TYPE.normal ? [specialToken(id, content)] : [];
  });
  const { encode } = createTokenizer({
    ...model,
    normalizers: [],
    addedTokens: [...model.addedTokens, ...taken].sort((a, b) => a.id - b.id),
    ...(reworded !== undefined && { preTokenizers: stepsOf(reworded) }),
  });
  return (text) => {
    const causes: KnownCause[] = [];
    if (normalize(text) !== text) causes.push('not-normalized');
    if (reworded !== undefined) causes.push('reworded-pattern');
    if (taken.some(({ content }) => text.includes(content))) causes.push('taken-for-a-token');
    return { ids: encode(text), causes };
  };
}

const JAVASCRIPT_SPACES = '\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const JAVASCRIPT_GPT2 =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+" +
  `| ?[^${JAVASCRIPT_SPACES}\\p{L}\\p{N}]+|[${JAVASCRIPT_SPACES}]+(?![^${JAVASCRIPT_SPACES}])|[${JAVASCRIPT_SPACES}]+`;

/**
 * Creates a function that reads a text as @huggingface/tokenizers cuts it: with the regular expressions of JavaScript, and the
 * Unicode that they have here.
 */
export function createJavaScriptReader(model: TokenizerModel): (text: string) => JsonReading {
  const hasOwnPattern = model.preTokenizers.some((step) => step.type === 'byte-level' && step.useRegex);
  const preTokenizers = model.preTokenizers.flatMap((step) =>
    step.type === 'byte-level' && step.useRegex ? stepsOf(JAVASCRIPT_GPT2, step.addPrefixSpace) : [step],
  );
  // Late characters of the texts so far: the classes of a pattern may have more than occur in a text.
  const known = new Set<string>();
  let tokenizer = createTokenizer({ ...model, preTokenizers });
  return (text) => {
    const causes: KnownCause[] = hasOwnPattern && /[\u0085\ufeff]/.test(text) ? ['javascript-space'] : [];
    const late = [...new Set(text)].filter((character) => isLate(character));
    if (late.length > 0) causes.push('newer-unicode');
    if (late.some((character) => !known.has(character))) {
      for (const character of late) known.add(character);
      const steps = preTokenizers.map((step) =>
        step.type === 'split' && 'regex' in step.pattern
          ? { ...step, pattern: { ...step.pattern, regex: withCharacters(step.pattern.regex, [...known]) } }
          : step,
      );
      tokenizer = createTokenizer({ ...model, preTokenizers: steps });
    }
    return { ids: tokenizer.encode(text), causes };
  };
}

/** True for a character that this Node's Unicode assigns and the reference's does not. */
function isLate(character: string): boolean {
  return categoryOf(character.codePointAt(0)!) === UNASSIGNED && /\P{Cn}/u.test(character);
}

/** A pattern whose classes of characters, such as `\p{L}`, have these characters too where they are of the class here. */
function withCharacters(regex: string, characters: readonly string[]): string {
  let isInClass = false;
  return regex.replace(/\\p\{(\w+)\}|\\.|[[\]]/gsu, (part, name: string | undefined) => {
    if (part === '[' || part === ']') isInClass = part === '[';
    if (name === undefined) return part;
    const more = characters.filter((character) => new RegExp(part, 'u').test(character)).join('');
    return isInClass ? part + more : `[${part}${more}]`;
  });
}

function stepsOf(regex: string, addPrefixSpace = false): PreTokenizerStep[] {
  return [
    { type: 'split', pattern: { regex }, behavior: 'isolated', invert: false },
    { type: 'byte-level', addPrefixSpace, useRegex: false },
  ];
}

/**
 * The tokenizer with merges as the file lists them; engines find its other tokens in the text before they merge.
 * `undefined` when the file does not say the same as the model as far as it can: other pieces or ids, or other merges than
 * follow from the pieces, best score first. Only the order of equal scores is the file's own.
 */
function openByMerges(json: BpeModelJson, { model }: Tokenizer): Tokenizer | undefined {
  const merges = readFaithfulMerges(json, model);
  if (merges === undefined) return undefined;
  const isText = (type: number): boolean => type === PIECE_TYPE.userDefined || type === PIECE_TYPE.unused;
  const pieceTypes = model.pieceTypes.map((type) => (isText(type) ? PIECE_TYPE.normal : type));
  return createTokenizer({ ...model, pieceTypes, merges, byteFallback: json.byte_fallback === true });
}

function readFaithfulMerges(json: BpeModelJson, model: TokenizerModel): MergeList | undefined {
  const { pieces, pieceScores } = model;
  const vocab = new Map(Object.entries(json.vocab));
  if (vocab.size !== pieces.length || pieces.some((piece, id) => vocab.get(piece) !== id)) return undefined;
  const derived = deriveMerges(model);
  if (derived.resultIds.length !== json.merges.length) return undefined;
  const unseen = new Set<number>();
  derived.leftIds.forEach((left, i) => {
    unseen.add(left * pieces.length + derived.rightIds[i]!);
  });
  const leftIds = new Int32Array(json.merges.length);
  const rightIds = new Int32Array(json.merges.length);
  const resultIds = new Int32Array(json.merges.length);
  let lastScore = Number.POSITIVE_INFINITY;
  for (const [rank, merge] of json.merges.entries()) {
    const [left, right] = splitMerge(merge) ?? ['', ''];
    leftIds[rank] = vocab.get(left) ?? -1;
    rightIds[rank] = vocab.get(right) ?? -1;
    resultIds[rank] = vocab.get(left + right) ?? -1;
    const score = pieceScores[resultIds[rank]];
    // Deleted, so that a merge that is listed twice does not stand for another.
    if (!unseen.delete(leftIds[rank] * pieces.length + rightIds[rank])) return undefined;
    if (score === undefined || score > lastScore) return undefined;
    lastScore = score;
  }
  return { leftIds, rightIds, resultIds };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
