// A tiktoken file as a document: its tokenizer.json, and the file itself with new ranks behind, where loaders take the ids of
// special tokens from a table. Where they count them from the number of ranks, as Llama 3's does, more ranks would move every
// special token: that file is not written, and the document says so.
// Source: meta-llama/llama3 llama/tokenizer.py; QwenLM/Qwen tokenization_qwen.py; openai/tiktoken tiktoken_ext/openai_public.py.
import { counted } from '../../core/counted.ts';
import type { TokenizerModel } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import type { CompanionFiles } from '../companion-files.ts';
import { createListedDocument, type VocabularyPart } from '../document/listed-document.ts';
import type { TokenizerDocument } from '../tokenizer-document.ts';
import { derivedJsonPart } from '../tokenizer-json/build-listed-json.ts';
import { appendLines } from '../tokenizer-json/gpt2-document.ts';
import type { TiktokenEncoding } from './known-encodings.ts';
import { newRanks } from './new-ranks.ts';
import { encodingOf } from './tiktoken-file.ts';

/** A file of ranks that was read already. */
export interface RankedFile {
  /** Name without folder; the extended file has it too. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly model: TokenizerModel;
  readonly companions: CompanionFiles;
  /** Name of the file, for error messages. */
  readonly source: string;
}

/**
 * The document of a tiktoken file.
 *
 * @throws FormatError when tokenizer.json cannot say the same, or a file beside it is damaged
 */
export function createTiktokenDocument({ fileName, bytes, model, companions, source }: RankedFile): TokenizerDocument {
  return createListedDocument({
    source,
    model,
    main: derivedJsonPart(model, { source, addBos: model.bosPiece !== '' }),
    others: [ranksPart(fileName, bytes, encodingOf(bytes, source))],
    companions,
  });
}

function ranksPart(name: string, bytes: Uint8Array, encoding: TiktokenEncoding | undefined): VocabularyPart {
  return {
    names: [name],
    contents: () => [bytes],
    apply(patch, model) {
      if (encoding === undefined) {
        throw new FormatError('it is not known how loaders of this file give special tokens their ids');
      }
      if (encoding.countsSpecialTokens) {
        const moved = counted(model.addedTokens.length, 'special token');
        throw new FormatError(
          `its loaders count the ids of special tokens from the number of ranks: more ranks would move ${moved}`,
        );
      }
      const lines = newRanks(model, patch).map(({ base64, id }) => `${base64} ${id}`);
      return ranksPart(name, appendLines(bytes, lines), encoding);
    },
  };
}
