// Tells whether a piece belongs wholly to chosen Unicode scripts. Scripts are those of core/unicode/scripts.ts (Unicode 9.0.0).
// It deliberately makes no exceptions for digits or punctuation: both are of script Common, and base vocabularies have
// their own rules for them.
import { SPACE_SYMBOL } from '../../core/model.ts';
import { scriptCount, scriptIdsOf, scriptOf } from '../../core/unicode/scripts.ts';
import { OptionError } from '../../errors.ts';

const SPACE_SYMBOL_CODE = SPACE_SYMBOL.codePointAt(0)!;

/**
 * Builds the test: true for a piece with at least one character of the named scripts and, besides `▁`, no other.
 *
 * @param scripts Unicode's script names, in any case
 * @throws OptionError when no script is named or a name is unknown
 * @example
 * ```ts
 * const isHan = createScriptFilter(['Han']);
 * isHan('▁中文'); // true
 * isHan('中文。'); // false: `。` is of script Common
 * isHan('▁▁'); // false
 * ```
 */
export function createScriptFilter(scripts: readonly string[]): (piece: string) => boolean {
  const chosen = chosenScripts(scripts);
  return (piece) => {
    let found = false;
    for (let i = 0; i < piece.length; i++) {
      const codePoint = piece.codePointAt(i)!;
      if (codePoint > 0xffff) i++;
      if (codePoint === SPACE_SYMBOL_CODE) continue;
      if (chosen[scriptOf(codePoint)] === 0) return false;
      found = true;
    }
    return found;
  };
}

/**
 * 1 for each of the named scripts, `[scriptCount]`.
 *
 * @throws OptionError when no script is named or a name is unknown
 */
export function chosenScripts(names: readonly string[]): Uint8Array {
  if (names.length === 0) {
    throw new OptionError('scripts: no script is named', {
      hint: 'Name scripts, such as Han, or leave the option out.',
    });
  }
  const chosen = new Uint8Array(scriptCount);
  for (const id of scriptIdsOf(names)) chosen[id] = 1;
  return chosen;
}
