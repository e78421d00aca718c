// The document of a tokenizer file of any kind that is no SentencePiece model: what extends it goes into which files is
// decided in the folders of the formats.
import type { TokenizerModel } from '../../core/model.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { createListedDocument } from '../document/listed-document.ts';
import { createGgufDocument } from '../gguf/gguf-document.ts';
import { createTekkenDocument } from '../tiktoken/tekken-document.ts';
import { createTiktokenDocument } from '../tiktoken/tiktoken-document.ts';
import type { TokenizerDocument } from '../tokenizer-document.ts';
import { derivedJsonPart } from '../tokenizer-json/build-listed-json.ts';
import { createTokenizerJsonDocument } from '../tokenizer-json/document.ts';
import { gpt2Part } from '../tokenizer-json/gpt2-document.ts';
import { kindOfVocabulary, type VocabularyFile } from './parse-vocabulary.ts';

/**
 * Opens the document of a file that was read already.
 *
 * @param model what `parseVocabulary` made of it; no SentencePiece model
 * @throws FormatError when no file could hold an extension of it, or a file beside it is damaged
 * @example
 * ```ts
 * const file = { fileName: 'tekken.json', bytes: await readFile('tekken.json') };
 * const document = openDocument(file, parseVocabulary(file));
 * [...document.files().keys()]; // ['tokenizer.json', 'tekken.json', 'tokenizer_config.json']
 * ```
 */
export function openDocument(file: VocabularyFile, model: TokenizerModel): TokenizerDocument {
  const { fileName, bytes, files: companions = new Map<string, string>(), label: source = fileName } = file;
  switch (kindOfVocabulary(fileName, bytes)) {
    case 'tekken.json':
      return createTekkenDocument({ fileName, bytes, model, companions, source });
    case 'tiktoken':
      return createTiktokenDocument({ fileName, bytes, model, companions, source });
    case 'gguf':
      return createGgufDocument({ fileName, bytes, model, source });
    case 'vocab.json': {
      const merges = encodeUtf8(companions.get('merges.txt') ?? '');
      const others = [gpt2Part({ vocab: bytes, merges, source })];
      return createListedDocument({ source, model, main: derivedJsonPart(model, { source }), others, companions });
    }
    default:
      return createTokenizerJsonDocument({ bytes, model, companions, source });
  }
}
