// Options as a person at the command line knows them: the library's messages name `vocabSize`, the flag is --vocab-size.
// Messages are sentences, so names are found word by word; only words that are an option of the command's flags are touched.
// A name of one word ("scripts") is a word of the language too: it is the option only in front of a message, with a colon.
import type { Flags } from '../declare/flag.ts';

/** `vocab-size` -> `vocabSize`. */
export function toCamelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The message with its options spelt as flags.
 *
 * @param flags those of the command
 * @example
 * ```ts
 * spellAsFlags('vocabSize: 0 is not a whole number', TRAIN_FLAGS); // '--vocab-size: 0 is not a whole number'
 * ```
 */
export function spellAsFlags(message: string, flags: Flags): string {
  const flagOf = new Map(Object.entries(flags).map(([name, { option }]) => [option ?? toCamelCase(name), `--${name}`]));
  const spelt = message
    .replace(/^((?:training options? )?)([a-z]+)(?=:)/, (all, _, word: string) => flagOf.get(word) ?? all)
    // Words end at white space and punctuation; a path or a file name is one word and no option.
    .replaceAll(/[\w./-]*\w/g, (word) => (/[A-Z.]/.test(word) ? (flagOf.get(word) ?? word) : word));
  return spelt.replaceAll(/training options? (?=--)/g, '');
}
