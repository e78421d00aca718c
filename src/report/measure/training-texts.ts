// Which of the compared texts a tokenizer has learnt from, by the SHA-256 of the text. On those its figures flatter it.
// Hashes are of whole inputs: a text that shares only some lines with the training text is not found. Pure; the hashes
// come from a manifest and from reading.

/** An input that a tokenizer's pieces were learnt from. */
export interface TrainingText {
  readonly name: string;
  /** SHA-256 of its bytes as they are without compression, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** A text that was compared although a tokenizer has learnt from it. */
export interface HeldOutWarning {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  /** Name of the compared text. */
  readonly text: string;
  /** Name of the input in the manifest. */
  readonly trainingText: string;
  readonly sha256: string;
}

/**
 * Finds the texts that are not held out.
 *
 * @example
 * ```ts
 * const sha256 = '9f86d081…';
 * findTrainingTexts(
 *   [{ name: 'merged', trainedOn: [{ name: 'zh.txt.gz', sha256 }] }],
 *   [{ name: 'zh', hashes: [sha256] }],
 * ); // [{ tokenizer: 'merged', text: 'zh', trainingText: 'zh.txt.gz', sha256: '9f86d081…' }]
 * ```
 */
export function findTrainingTexts(
  tokenizers: readonly { readonly name: string; readonly trainedOn: readonly TrainingText[] }[],
  texts: readonly { readonly name: string; readonly hashes: readonly string[] }[],
): HeldOutWarning[] {
  const warnings: HeldOutWarning[] = [];
  for (const { name: tokenizer, trainedOn } of tokenizers) {
    const names = new Map(trainedOn.map(({ name, sha256 }) => [sha256, name]));
    for (const { name: text, hashes } of texts) {
      for (const sha256 of hashes) {
        const trainingText = names.get(sha256);
        if (trainingText !== undefined) warnings.push({ tokenizer, text, trainingText, sha256 });
      }
    }
  }
  return warnings;
}
