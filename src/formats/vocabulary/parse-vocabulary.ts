// Tells what kind of tokenizer file some bytes are, and reads any of them into the neutral model: the one door for those who do
// not know what they were given. The readers of the kinds are in the folders of their formats.
import type { TokenizerModel } from '../../core/model.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { addedTokensOfConfig, namedToken } from '../added-token.ts';
import { type CompanionFiles, parseCompanion } from '../companion-files.ts';
import { isGguf, parseGgufMetadata } from '../gguf/gguf-metadata.ts';
import { modelFromGguf } from '../gguf/model-from-gguf.ts';
import { parseTokenizerModel } from '../sentencepiece/model-from-proto.ts';
import { parseTekkenModel } from '../tiktoken/tekken-file.ts';
import { isTiktoken, parseTiktokenModel } from '../tiktoken/tiktoken-file.ts';
import { parseGpt2Model, parseTokenizerJsonModel } from '../tokenizer-json/tokenizer-json.ts';

/** Kinds of files that hold a vocabulary. */
export type VocabularyKind = 'sentencepiece' | 'tokenizer.json' | 'vocab.json' | 'tiktoken' | 'tekken.json' | 'gguf';

/** Bytes in which a tekken.json under another name shows that it is one. */
const SNIFFED_BYTES = 4096;
const OPEN_BRACE = 0x7b;

/**
 * The kind of a file by its name, where that says it, else by its first bytes. A file that is nothing known is taken for a
 * SentencePiece model, whose reader says what it looks like.
 *
 * @example
 * ```ts
 * kindOfVocabulary('tokenizer.json', new Uint8Array(0)); // 'tokenizer.json'
 * ```
 */
export function kindOfVocabulary(fileName: string, bytes: Uint8Array): VocabularyKind {
  if (isGguf(bytes)) return 'gguf';
  if (fileName.endsWith('.gguf')) return 'gguf';
  if (fileName === 'vocab.json' || fileName === 'tekken.json') return fileName;
  if (fileName.endsWith('.json') || bytes[0] === OPEN_BRACE) {
    const start = String.fromCharCode(...bytes.subarray(0, SNIFFED_BYTES));
    return /"(token_bytes|default_num_special_tokens)"/.test(start) ? 'tekken.json' : 'tokenizer.json';
  }
  return fileName.endsWith('.tiktoken') || isTiktoken(bytes) ? 'tiktoken' : 'sentencepiece';
}

/** A file with a vocabulary, and the text files beside it. */
export interface VocabularyFile {
  /** Name without folder; decides the kind together with the bytes. */
  readonly fileName: string;
  /** The whole file; of a GGUF the metadata is enough. */
  readonly bytes: Uint8Array;
  /** Text of the files beside it by name: tokenizer_config.json, merges.txt for a vocab.json, and so on. */
  readonly files?: CompanionFiles;
  /** Name of the file for error messages; default `fileName`. */
  readonly label?: string;
}

/**
 * The neutral model of a tokenizer file of any kind: SentencePiece `.model`, tokenizer.json, vocab.json with merges.txt,
 * tiktoken, tekken.json, GGUF.
 *
 * @throws FormatError when the file is damaged, or has a component that cannot be run exactly
 * @throws OptionError for a tiktoken file whose pattern is not known
 * @example
 * ```ts
 * const bytes = new Uint8Array(await (await fetch('tokenizer.json')).arrayBuffer());
 * const tokenizer = createTokenizer(parseVocabulary({ fileName: 'tokenizer.json', bytes }));
 * ```
 */
export function parseVocabulary(file: VocabularyFile): TokenizerModel {
  const { fileName, bytes, files = new Map<string, string>(), label: source = fileName } = file;
  const config = () => parseCompanion(files, 'tokenizer_config.json', source);
  switch (kindOfVocabulary(fileName, bytes)) {
    case 'sentencepiece':
      return parseTokenizerModel(bytes, { source });
    case 'tokenizer.json':
      return parseTokenizerJsonModel(bytes, { source, config: config() });
    case 'tekken.json':
      return parseTekkenModel(bytes, { source });
    case 'tiktoken':
      return parseTiktokenModel(bytes, { source, ...tiktokenOptions(config()) });
    case 'vocab.json': {
      const merges = files.get('merges.txt');
      if (merges === undefined) {
        throw new FormatError(`${source}: has no merges.txt beside it`, { hint: 'Put both files into one folder.' });
      }
      const addedTokens = parseCompanion(files, 'added_tokens.json', source);
      const mergesSource = `merges.txt beside ${source}`;
      return parseGpt2Model({
        vocab: bytes,
        merges: encodeUtf8(merges),
        config: config(),
        addedTokens,
        source,
        mergesSource,
      });
    }
    case 'gguf': {
      const metadata = parseGgufMetadata(bytes, { source });
      // The file is given as a whole, so that what is missing is not there.
      return 'entries' in metadata ? modelFromGguf(metadata, { source }) : refuseShort(source, metadata.neededBytes);
    }
  }
}

// What a tokenizer_config.json beside a tiktoken file says of the special tokens, which the file has not.
function tiktokenOptions(config: Record<string, unknown> | undefined) {
  const tokens = addedTokensOfConfig(config);
  const nameOf = (key: string) => namedToken(config?.[key]);
  const names = { bosPiece: nameOf('bos_token'), eosPiece: nameOf('eos_token'), padPiece: nameOf('pad_token') };
  return {
    ...(tokens.length > 0 && { specialTokens: new Map(tokens.map(({ content, id }) => [content, id])) }),
    ...(Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined)) as Record<string, string>),
  };
}

function refuseShort(source: string, neededBytes: number): never {
  throw new FormatError(`${source}: is cut off: its metadata takes ${neededBytes} bytes and more`, {
    hint: 'Get the file again.',
  });
}
