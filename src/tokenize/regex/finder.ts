// Finds all matches of what a step looks for: a text as it stands, or a regular expression.
import type { TextPattern } from '../../core/model.ts';
import { characterLength } from '../text/aligned-text.ts';
import { compileRegex } from './regex.ts';

/** Finds all matches of a pattern. */
export interface Finder {
  /** Start and end of each match, in order, without overlap: `[start0, end0, start1, end1, …]`. */
  findAll(text: string): readonly number[];
}

/**
 * Builds the finder of a pattern.
 *
 * @param what what the pattern belongs to, for messages: `pre-tokenizer`, `normalizer`
 * @throws FormatError for a regular expression that cannot be done exactly
 */
export function createFinder(pattern: TextPattern, what: string): Finder {
  if ('text' in pattern) return { findAll: (text) => findText(text, pattern.text) };
  const regex = compileRegex(pattern.regex, { what, syntax: pattern.syntax ?? 'oniguruma' });
  return { findAll: (text) => regex.findAll(text) };
}

// An empty text is found between all characters, as an empty regular expression is.
function findText(text: string, wanted: string): number[] {
  const matches: number[] = [];
  if (wanted === '') {
    if (text === '') return matches;
    for (let position = 0; position < text.length; position += characterLength(text, position)) {
      matches.push(position, position);
    }
    matches.push(text.length, text.length);
    return matches;
  }
  for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + wanted.length)) {
    matches.push(start, start + wanted.length);
  }
  return matches;
}
