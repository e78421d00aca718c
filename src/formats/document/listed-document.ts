// The document of a vocabulary that is no SentencePiece model, from the files that hold it: a tokenizer.json, vocab.json and
// merges.txt, ranks. Each file takes up a patch in its own way, see VocabularyPart; here they are kept together, with the
// files beside them. The formats are their folders' business.
import type { TokenizerModel } from '../../core/model.ts';
import { isEmptyPatch, newIdsOf, newIdsWithout, type VocabularyPatch } from '../../core/patch.ts';
import { FormatError } from '../../errors.ts';
import type { CompanionFiles } from '../companion-files.ts';
import type { SkippedFile, TokenizerDocument } from '../tokenizer-document.ts';
import { carryFiles, extendCarriedFiles, renumberCarriedFiles } from './carried-files.ts';

/** One file that holds the vocabulary, or a pair of files that do so together. */
export interface VocabularyPart {
  /** Names of the files; the first is the one that loaders ask for. */
  readonly names: readonly string[];
  /** Contents in the order of the names; may be made on first use. */
  contents(): readonly Uint8Array[];
  /**
   * The part with the additions of a patch.
   *
   * @param model the vocabulary before the patch
   * @throws FormatError saying why, when its format cannot hold them
   */
  apply(patch: VocabularyPatch, model: TokenizerModel): VocabularyPart;
  /**
   * The part with other ids; undefined where its format counts them.
   *
   * @param newIds of each old id, -1 for a piece that leaves: `[idCount]`
   * @param model the vocabulary before
   * @throws FormatError when a token that must stay is to leave
   */
  readonly renumber?: ((newIds: Int32Array, model: TokenizerModel) => VocabularyPart) | undefined;
}

/** The part that loaders prefer: what it says is what the document is. */
export interface MainPart extends VocabularyPart {
  apply(patch: VocabularyPatch, model: TokenizerModel): MainPart;
  readonly renumber?: ((newIds: Int32Array, model: TokenizerModel) => MainPart) | undefined;
  /**
   * Reads the vocabulary back.
   *
   * @throws FormatError when it would not load
   */
  parse(companions: CompanionFiles): TokenizerModel;
}

/** What {@link createListedDocument} puts together. */
export interface ListedDocumentParts {
  /** Name of the file that was read, for error messages. */
  readonly source: string;
  readonly model: TokenizerModel;
  readonly main: MainPart;
  /** Parts that say the same; one that cannot hold a patch is left out. */
  readonly others?: readonly VocabularyPart[];
  readonly companions: CompanionFiles;
  readonly skipped?: readonly SkippedFile[];
}

/**
 * Puts a document together.
 *
 * @throws FormatError when a file beside the vocabulary is damaged
 */
export function createListedDocument(given: ListedDocumentParts): TokenizerDocument {
  const { source, model, main, others = [], companions, skipped = [] } = given;
  const carried = carryFiles(companions, model, source);
  let files: Map<string, string | Uint8Array> | undefined;

  /** The document of changed parts; one that cannot follow is left out. */
  function change(
    changed: MainPart,
    files: CompanionFiles,
    follow: (part: VocabularyPart) => VocabularyPart,
  ): TokenizerDocument {
    const kept: VocabularyPart[] = [];
    const left: SkippedFile[] = [...skipped];
    for (const part of others) {
      try {
        kept.push(follow(part));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        for (const file of part.names) left.push({ file, reason: error.message });
      }
    }
    return createListedDocument({
      source,
      model: changed.parse(files),
      main: changed,
      others: kept,
      companions: files,
      skipped: left,
    });
  }

  function renumber(newIds: Int32Array): TokenizerDocument {
    const refuse = (): never => {
      throw new FormatError('pieces cannot be left out of it');
    };
    if (main.renumber === undefined) {
      throw new FormatError(`${source}: pieces cannot be left out of a ${main.names[0]}`, {
        hint: 'Save the tokenizer as tokenizer.json first, with save_pretrained of transformers.',
      });
    }
    return change(main.renumber(newIds, model), renumberCarriedFiles(companions, newIds, source), (part) =>
      part.renumber === undefined ? refuse() : part.renumber(newIds, model),
    );
  }

  const document: TokenizerDocument = {
    model,
    get vocabularyFile() {
      return { name: main.names[0]!, bytes: main.contents()[0]! };
    },
    training: {
      splitDigits: model.preTokenizers.some((step) => step.type === 'digits' && step.individual),
      vocabSize: undefined,
      selfTestSamples: 0,
    },
    skipped,
    apply(patch) {
      if (isEmptyPatch(patch)) return document;
      const { removed = [], ...additions } = patch;
      if (removed.length > 0) return renumber(newIdsWithout(model.pieces.length, removed)).apply(additions);
      const files = extendCarriedFiles(companions, patch, model, source);
      return change(main.apply(patch, model), files, (part) => part.apply(patch, model));
    },
    keep: main.renumber && ((ids) => renumber(newIdsOf(model.pieces.length, ids))),
    files() {
      if (files === undefined) {
        files = new Map();
        for (const { names, contents } of [main, ...others]) {
          for (const [i, content] of contents().entries()) files.set(names[i]!, content);
        }
        for (const [name, text] of carried) files.set(name, text);
      }
      return files;
    },
  };
  return document;
}
