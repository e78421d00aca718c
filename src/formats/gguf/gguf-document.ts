// The vocabulary in a GGUF file as a document: its tokenizer.json, which transformers and others load. The file itself is not
// written back, because it holds the model; a new one without tensors comes from build-gguf.ts.
// Spec: ggml-org/ggml docs/gguf.md.
import type { TokenizerModel } from '../../core/model.ts';
import { createListedDocument } from '../document/listed-document.ts';
import type { TokenizerDocument } from '../tokenizer-document.ts';
import { derivedJsonPart } from '../tokenizer-json/build-listed-json.ts';
import { parseGgufMetadata } from './gguf-metadata.ts';

/** A file that was read already. */
export interface GgufFile {
  readonly fileName: string;
  /** Its metadata at least. */
  readonly bytes: Uint8Array;
  readonly model: TokenizerModel;
  /** Name of the file, for error messages. */
  readonly source: string;
}

/**
 * The document of a byte-level vocabulary in a GGUF file.
 *
 * @throws FormatError when tokenizer.json cannot say the same
 */
export function createGgufDocument({ fileName, bytes, model, source }: GgufFile): TokenizerDocument {
  const metadata = parseGgufMetadata(bytes, { source });
  const entries = 'entries' in metadata ? metadata.entries : new Map<string, unknown>();
  const template = entries.get('tokenizer.chat_template');
  return createListedDocument({
    source,
    model,
    main: derivedJsonPart(model, { source, addBos: entries.get('tokenizer.ggml.add_bos_token') === true }),
    companions: new Map(typeof template === 'string' ? [['chat_template.jinja', template]] : []),
    skipped: [
      { file: fileName, reason: 'it holds the model too: make a GGUF of the vocabulary with `vocab-merge gguf`' },
    ],
  });
}
