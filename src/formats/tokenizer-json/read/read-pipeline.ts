// Reads the normalizer and pre-tokenizer of a tokenizer.json back into a NormalizerSpec, where they say the same as one.
// It knows the ways LLaMA-family and SpmConverter tokenizers are written, old and new; anything else is refused by name,
// because guessing would give wrong ids silently. Spec: https://huggingface.co/docs/tokenizers/components
import { isObject } from '../../../core/json-object.ts';
import { type NormalizerSpec, SPACE_SYMBOL } from '../../../core/model.ts';
import { decodeBase64 } from '../../base64.ts';
import type { TokenizerJson, TokenizerJsonComponent } from './types.ts';

/** The spec, and whether text is also split in front of every `▁`. */
export interface Pipeline {
  readonly normalizer: NormalizerSpec;
  /** Metaspace with `split`: a piece with `▁` inside can never be matched. */
  readonly splitsAtSpaces: boolean;
}

/**
 * Reads the pipeline of a tokenizer.json.
 *
 * @param fail throws; is given what cannot be expressed, such as `normalizer NFKC`
 */
export function readPipeline(json: TokenizerJson, fail: (problem: string) => never): Pipeline {
  let charsmap = new Uint8Array(0);
  let addDummyPrefix = false;
  let removeExtraWhitespaces = false;
  let escapeWhitespaces = false;
  let splitsAtSpaces = false;

  for (const part of flattenComponents(json.normalizer, 'normalizers', fail)) {
    if (part.type === 'Precompiled') {
      const text = part.precompiled_charsmap ?? '';
      charsmap =
        (typeof text === 'string' ? decodeBase64(text) : undefined) ?? fail('a charsmap that is not Base64 text');
    } else if (part.type === 'Prepend' && (part.prepend === SPACE_SYMBOL || part.prepend === ' ')) {
      addDummyPrefix = true;
    } else if (part.type === 'Replace' && patternOf(part).String === ' ' && part.content === SPACE_SYMBOL) {
      escapeWhitespaces = true;
    } else if (part.type === 'Replace' && isTrimming(part)) {
      removeExtraWhitespaces = true;
    } else if (part.type !== 'Strip') {
      // Strip comes with the collapsing of spaces, which is what decides.
      fail(`normalizer ${describeComponent(part)}`);
    }
  }
  for (const part of flattenComponents(json.pre_tokenizer, 'pretokenizers', fail)) {
    if (part.type === 'Metaspace' && (part.replacement ?? SPACE_SYMBOL) === SPACE_SYMBOL) {
      escapeWhitespaces = true;
      const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? 'never' : 'always');
      if (scheme !== 'never') addDummyPrefix = true;
      if (part.split !== false) splitsAtSpaces = true;
    } else if (part.type === 'WhitespaceSplit') {
      removeExtraWhitespaces = true;
    } else fail(`pre-tokenizer ${describeComponent(part)}`);
  }
  return {
    normalizer: {
      name: charsmap.length > 0 ? 'user_defined' : 'identity',
      precompiledCharsmap: charsmap,
      addDummyPrefix,
      removeExtraWhitespaces,
      escapeWhitespaces,
    },
    splitsAtSpaces,
  };
}

/** Sequences within each other that are looked into; published files have two at most. */
const MAX_DEPTH = 32;

/** A component's parts in order: those of a Sequence and of Sequences inside, or the component itself; none of null. */
export function flattenComponents(
  component: TokenizerJsonComponent | null,
  listName: string,
  fail: (problem: string) => never,
  depth = 0,
): TokenizerJsonComponent[] {
  if (component === null) return [];
  if (component.type !== 'Sequence') return [component];
  if (depth === MAX_DEPTH) return fail(`more than ${MAX_DEPTH} Sequences within each other`);
  const parts = component[listName];
  if (!Array.isArray(parts)) return fail(`a Sequence that has no list "${listName}"`);
  return parts.flatMap((part: unknown) => {
    if (isObject(part) && typeof part.type === 'string') {
      return flattenComponents(part as TokenizerJsonComponent, listName, fail, depth + 1);
    }
    const shown = typeof part === 'object' && part !== null ? 'an entry without a type' : JSON.stringify(part);
    return fail(`${shown} in its "${listName}"`);
  });
}

function patternOf(part: TokenizerJsonComponent): { String?: unknown; Regex?: unknown } {
  return typeof part.pattern === 'object' && part.pattern !== null ? part.pattern : {};
}

// ` {2,}` to one space or `▁`, and this project's trimming of both ends.
function isTrimming(part: TokenizerJsonComponent): boolean {
  const regex = patternOf(part).Regex;
  if (regex === ' {2,}') return part.content === ' ' || part.content === SPACE_SYMBOL;
  return part.content === '' && typeof regex === 'string' && regex.startsWith('(?<![\\s\\S]) +|');
}

function describeComponent(part: TokenizerJsonComponent): string {
  return part.type === 'Replace' ? `Replace of ${JSON.stringify(part.pattern)}` : String(part.type);
}
