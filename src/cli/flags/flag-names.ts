// Options as a person at the command line knows them: the library's messages name `vocabSize`, the flag is --vocab-size.
// Only names that the command has as flags are touched, and nothing else of a message.

/** Texts in which a single-word name is the option for certain: in front, or told to be one. */
const OPTION_PREFIX = '(?:training options? )?';

/**
 * The message with its options spelt as flags.
 *
 * @param names the flags of the command, without dashes
 * @example
 * ```ts
 * spellAsFlags('vocabSize: 0 is not a whole number', ['vocab-size']); // '--vocab-size: 0 is not a whole number'
 * ```
 */
export function spellAsFlags(message: string, names: readonly string[]): string {
  let spelt = message;
  for (const name of names) {
    const [first, ...rest] = name.split('-');
    const flag = `--${name}`;
    if (rest.length === 0) {
      // A word of the language as well: only where the message begins with it.
      spelt = spelt.replace(new RegExp(`^${OPTION_PREFIX}${name}(?=:)`), flag);
      continue;
    }
    // A repeated flag is a list in the library: --add-token, addTokens. A row count may stand in an object: base.rows.
    const camelCase = rest.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
    const inLibrary = `${first}${camelCase}s?|${first}\\.${rest.join('')}`;
    spelt = spelt.replace(new RegExp(`${OPTION_PREFIX}(?<![\\w./-])(?:${inLibrary})(?![\\w/-]|\\.\\w)`, 'g'), flag);
  }
  return spelt;
}
