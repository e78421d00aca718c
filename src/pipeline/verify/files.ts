// The files that verify gives to the engines: the one with the vocabulary, of whatever kind, and the tokenizer.json beside it.
// Where there is no tokenizer.json, the one that an extension of it would be written with stands in, and is marked as such; so
// does a tokenizer.model for a SentencePiece vocabulary in a GGUF.
import { isSentencePieceModel, type TokenizerModel } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import { parseCompanion } from '../../formats/companion-files.ts';
import { parseGgufMetadata } from '../../formats/gguf/gguf-metadata.ts';
import { buildSentencePiece } from '../../formats/sentencepiece/document.ts';
import { tokenizerJsonOptions } from '../../formats/tokenizer-json/tokenizer-config.ts';
import { buildTokenizerJson, serializeTokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { openDocument } from '../../formats/vocabulary/open-document.ts';
import { kindOfVocabulary, parseVocabulary, type VocabularyFile } from '../../formats/vocabulary/parse-vocabulary.ts';
import { findBuiltinVocabulary } from '../../vocab/builtin-vocabularies.ts';
import { fetchTokenizerFolder, type HubOptions, parseHubReference } from '../../vocab/hub.ts';
import { decodeUtf8, readTokenizerFiles, type TokenizerFiles } from '../../vocab/tokenizer-files.ts';
import { sha256Of } from '../io/sha256.ts';

/** A file of bytes. */
export interface VerifyBytes {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** What there is to verify. */
export interface VerifyFiles {
  /** The source as it was named. */
  readonly name: string;
  /** The file with the vocabulary, unless that is a tokenizer.json. */
  readonly own: (VocabularyFile & { readonly label: string; readonly sha256: string }) | undefined;
  /** The `.model` file, or why there is none. */
  readonly model: VerifyBytes | { readonly reason: string };
  /** A GGUF with nothing but a vocabulary, as it lies there. */
  readonly gguf: VerifyBytes | undefined;
  /** The tokenizer.json, or why there is none. */
  readonly json:
    | {
        readonly label: string;
        readonly text: string;
        readonly sha256: string;
        /** It does not lie in the folder: it is made from the model. */
        readonly isDerived: boolean;
      }
    | { readonly reason: string };
  /** Parsed tokenizer_config.json, `{}` when there is none. */
  readonly config: Record<string, unknown>;
}

/**
 * Reads the files.
 *
 * @param source a folder, a file with a vocabulary, a built-in name, or `hf://owner/repo[@revision]`
 * @throws InputError, FormatError, NetworkError as `loadTokenizer` does
 */
export async function readVerifyFiles(source: string, options: HubOptions = {}): Promise<VerifyFiles> {
  const { fileName, label, bytes, files } = await filesOf(source, options);
  const kind = kindOfVocabulary(fileName, bytes);
  const config = parseCompanion(files, 'tokenizer_config.json', label) ?? {};
  if (kind === 'tokenizer.json') {
    const json = { label, text: decodeUtf8(bytes, label), sha256: sha256Of(bytes), isDerived: false };
    const model = { reason: `${source} has no tokenizer.model` };
    return { name: source, own: undefined, model, gguf: undefined, json, config };
  }
  const own = { fileName, label, bytes, files, sha256: sha256Of(bytes) };
  const parsed = parseVocabulary(own);
  const isSentencePiece = isSentencePieceModel(parsed);
  return {
    name: source,
    own,
    model:
      kind === 'sentencepiece'
        ? { label, bytes }
        : isSentencePiece
          ? {
              label: `tokenizer.model made from ${nameIn(label)}`,
              bytes: buildSentencePiece(parsed, { source: label }).bytes,
            }
          : { reason: `${source} is a ${kind} file, no SentencePiece model` },
    gguf: kind === 'gguf' && hasNoTensors(bytes) ? { label, bytes } : undefined,
    json: jsonOf({ own, parsed, config, isSentencePiece }),
    config,
  };
}

async function filesOf(source: string, options: HubOptions): Promise<TokenizerFiles> {
  const builtin = findBuiltinVocabulary(source);
  if (builtin !== undefined) {
    const opened = await builtin.open();
    return { fileName: 'tokenizer.model', label: source, bytes: opened.bytes, files: new Map() };
  }
  const reference = parseHubReference(source);
  if (reference === undefined) return readTokenizerFiles(source);
  return readTokenizerFiles(await fetchTokenizerFolder(reference, options), { label: source });
}

interface Parts {
  readonly own: VocabularyFile & { readonly label: string };
  readonly parsed: TokenizerModel;
  readonly config: Record<string, unknown>;
  readonly isSentencePiece: boolean;
}

function jsonOf({ own, parsed, config, isSentencePiece }: Parts): VerifyFiles['json'] {
  const { label } = own;
  const beside = own.files?.get('tokenizer.json');
  const describe = (text: string, isDerived: boolean) => ({
    label: isDerived ? `tokenizer.json made from ${nameIn(label)}` : label.replace(/[^/\\]*$/, 'tokenizer.json'),
    text,
    sha256: sha256Of(new TextEncoder().encode(text)),
    isDerived,
  });
  if (beside !== undefined) return describe(beside, false);
  // A model that tokenizer.json cannot express (word and char models, ▁ as suffix) has none; that is not an error here.
  try {
    if (isSentencePiece) {
      return describe(serializeTokenizerJson(buildTokenizerJson(parsed, tokenizerJsonOptions(config))), true);
    }
    const document = openDocument(own, parsed);
    const made = document.files().get('tokenizer.json');
    if (made !== undefined) return describe(decodeUtf8(made as Uint8Array, 'tokenizer.json'), true);
    return { reason: document.skipped[0]?.reason ?? 'it cannot be written as tokenizer.json' };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { reason: error.message };
  }
}

function nameIn(label: string): string {
  return label.replace(/^.*[/\\]/, '');
}

// One with tensors is not whole here: of a model only the beginning is read.
function hasNoTensors(bytes: Uint8Array): boolean {
  const metadata = parseGgufMetadata(bytes);
  return 'entries' in metadata && metadata.tensorCount === 0;
}
