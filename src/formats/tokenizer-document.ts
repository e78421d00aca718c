// The lossless source behind a TokenizerModel: the files of a tokenizer, which take up a patch and are written back. What a
// patch does not touch comes out as it was read. No I/O here and no format: each format's folder has its document.
import type { TokenizerModel } from '../core/model.ts';
import type { VocabularyPatch } from '../core/patch.ts';

/** What a file says of the training of its vocabulary beyond what encoding needs. */
export interface TrainingFacts {
  /** Numbers were split into digits before pieces were learnt. */
  readonly splitDigits: boolean;
  /** Number of pieces that the file declares, which may be another than it has; undefined when it declares none. */
  readonly vocabSize: number | undefined;
  /** Texts with the pieces that they must encode to; loaders of the file may check them. */
  readonly selfTestSamples: number;
}

/** A file that a tokenizer cannot have. */
export interface SkippedFile {
  readonly file: string;
  /** Why, as a sentence. */
  readonly reason: string;
}

/** The files of a tokenizer, ready to be extended. Documents are never changed: methods give new ones. */
export interface TokenizerDocument {
  readonly model: TokenizerModel;
  /** The file that holds the vocabulary, under the name that loaders look for; its hash is the tokenizer's. */
  readonly vocabularyFile: { readonly name: string; readonly bytes: Uint8Array };
  readonly training: TrainingFacts;
  /** Files that this tokenizer cannot have, such as a tokenizer.json for a model with `▁` as suffix. */
  readonly skipped: readonly SkippedFile[];
  /**
   * The document with the changes of a patch, all other ids and all other content as before.
   *
   * @throws FormatError when the format cannot express the patch, or the result would not load
   */
  apply(patch: VocabularyPatch): TokenizerDocument;
  /**
   * The document with the pieces of these ids alone; the new id of a piece is its place in the list, and the files beside the
   * vocabulary follow. Undefined where the format cannot leave pieces out.
   *
   * @param ids ascending; special and added tokens must be among them
   * @throws FormatError naming one that is not, or when the result would not load
   */
  readonly keep?: ((ids: ArrayLike<number>) => TokenizerDocument) | undefined;
  /**
   * The document with other scores, `[idCount]`; undefined where merges are listed instead.
   *
   * @throws FormatError when there are more or fewer scores than ids
   */
  readonly rescore?: ((pieceScores: Float32Array) => TokenizerDocument) | undefined;
  /**
   * A document of these pieces alone, best first, behind the same normalizer: what `merge` takes. Undefined where the format
   * has none.
   */
  readonly buildExtension?: ((pieces: readonly string[]) => TokenizerDocument) | undefined;
  /**
   * Every file of the tokenizer by name: those that were read, and those that transformers asks for and that were missing.
   * Made on first use.
   */
  files(): ReadonlyMap<string, string | Uint8Array>;
}
