// SentencePiece's normalization without a charsmap, as its options say: the oracle of tokenize/normalizer.ts for fuzzing.
// User-defined symbols are not handled here.
import type { TokenizerModel } from '../../src/core/model.ts';

/** The text that is segmented. */
export function normalizePlainly({ normalizer, treatWhitespaceAsSuffix }: TokenizerModel, input: string): string {
  const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = normalizer;
  const space = escapeWhitespaces ? '\u2581' : ' ';
  let text = input.toWellFormed();
  if (removeExtraWhitespaces) text = text.replace(/ +/g, ' ').replace(/^ /, '');
  if (text === '') return '';
  if (addDummyPrefix && !treatWhitespaceAsSuffix) text = ` ${text}`;
  text = text.replaceAll(' ', space);
  // What looks like a space is one by now: `▁` in the text goes as well, even the prefix.
  while (removeExtraWhitespaces && text.endsWith(space)) text = text.slice(0, -1);
  return addDummyPrefix && treatWhitespaceAsSuffix ? text + space : text;
}
