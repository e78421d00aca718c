// The files that verify gives to the engines: tokenizer.model and tokenizer.json of a folder, or what stands for them.
// Where there is no tokenizer.json, the one that `merge` would write for the model stands in, and is marked as such.
import { FormatError, InputError } from '../../errors.ts';
import { parseCompanion } from '../../formats/companion-files.ts';
import { parseTokenizerModel } from '../../formats/sentencepiece/model-from-proto.ts';
import { tokenizerJsonOptions } from '../../formats/tokenizer-json/tokenizer-config.ts';
import { buildTokenizerJson, serializeTokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import { kindOfVocabulary } from '../../formats/vocabulary/parse-vocabulary.ts';
import { findBuiltinVocabulary } from '../../vocab/builtin-vocabularies.ts';
import { fetchTokenizerFolder, type HubOptions, parseHubReference } from '../../vocab/hub.ts';
import { decodeUtf8, readTokenizerFiles, type TokenizerFiles } from '../../vocab/tokenizer-files.ts';
import { sha256Of } from '../io/sha256.ts';

/** What there is to verify. */
export interface VerifyFiles {
  /** The source as it was named. */
  readonly name: string;
  /** The `.model` file. */
  readonly model: { readonly label: string; readonly bytes: Uint8Array; readonly sha256: string } | undefined;
  /** The tokenizer.json. */
  readonly json:
    | {
        readonly label: string;
        readonly text: string;
        readonly sha256: string;
        /** It does not lie in the folder: it is made from the model. */
        readonly isDerived: boolean;
      }
    | undefined;
  /** Parsed tokenizer_config.json, `{}` when there is none. */
  readonly config: Record<string, unknown>;
}

/**
 * Reads the files.
 *
 * @param source a folder, a `.model` file, a tokenizer.json, a built-in name, or `hf://owner/repo[@revision]`
 * @throws InputError, FormatError, NetworkError as `loadTokenizer` does
 */
export async function readVerifyFiles(source: string, options: HubOptions = {}): Promise<VerifyFiles> {
  const builtin = findBuiltinVocabulary(source);
  if (builtin !== undefined) {
    const opened = await builtin.open();
    if (!('bytes' in opened)) throw noFiles(source, builtin.kind);
    return withJson(source, { label: source, bytes: opened.bytes, text: undefined, config: {} });
  }
  const { fileName, label, bytes, files } = await filesOf(source, options);
  const config = parseCompanion(files, 'tokenizer_config.json', label) ?? {};
  const kind = kindOfVocabulary(fileName, bytes);
  if (kind !== 'tokenizer.json' && kind !== 'sentencepiece') throw noFiles(source, kind);
  if (kind === 'tokenizer.json') {
    const json = { label, text: decodeUtf8(bytes, label), sha256: sha256Of(bytes), isDerived: false };
    return { name: source, model: undefined, json, config };
  }
  return withJson(source, { label, bytes, text: files.get('tokenizer.json'), config });
}

function noFiles(source: string, kind: string): InputError {
  return new InputError(`${source}: is a ${kind} file, which no other engine here reads`, {
    hint: 'Give a tokenizer.model or a tokenizer.json.',
  });
}

async function filesOf(source: string, options: HubOptions): Promise<TokenizerFiles> {
  const reference = parseHubReference(source);
  if (reference === undefined) return readTokenizerFiles(source);
  return readTokenizerFiles(await fetchTokenizerFolder(reference, options), { label: source });
}

interface Parts {
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly text: string | undefined;
  readonly config: Record<string, unknown>;
}

function withJson(name: string, { label, bytes, text, config }: Parts): VerifyFiles {
  const model = { label, bytes, sha256: sha256Of(bytes) };
  const derived = text === undefined ? deriveJson(bytes, label, config) : undefined;
  const present = text ?? derived;
  const json =
    present === undefined
      ? undefined
      : {
          label: text === undefined ? `tokenizer.json made from ${label}` : label.replace(/[^/\\]*$/, 'tokenizer.json'),
          text: present,
          sha256: sha256Of(new TextEncoder().encode(present)),
          isDerived: text === undefined,
        };
  return { name, model, json, config };
}

// A model that tokenizer.json cannot express (word and char models, ▁ as suffix) has none; that is not an error here.
function deriveJson(bytes: Uint8Array, label: string, config: Record<string, unknown>): string | undefined {
  const model = parseTokenizerModel(bytes, { source: label });
  try {
    return serializeTokenizerJson(buildTokenizerJson(model, tokenizerJsonOptions(config)));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
