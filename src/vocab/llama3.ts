// The built-in base vocabulary `llama3`: the tiktoken file of Llama 3, rebuilt byte for byte. The pieces come from the npm
// package llama3-tokenizer-js (MIT). Its module is read as text, not run: running it builds 400,000 strings that nobody needs
// here. Nothing is downloaded. Provenance and hashes: vocab/README.md.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { byteLevelBytes } from '../core/unicode/byte-level.ts';
import { FormatError, InputError } from '../errors.ts';
import { encodeBase64 } from '../formats/base64.ts';

/** SHA-256 of the published tiktoken file, which {@link buildLlama3Ranks} has too. */
export const LLAMA3_SHA256 = '82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55';

const require = createRequire(import.meta.url);

/** The package keeps its pieces as Base64 of lines, in id order and GPT-2's byte alphabet. */
const VOCABULARY = /llama_vocab_base64 = "([A-Za-z0-9+/=]+)"/;

/**
 * Builds the tiktoken file of Llama 3, 128,000 ranks.
 *
 * @throws InputError when the package llama3-tokenizer-js is not installed
 * @throws FormatError when the package holds other pieces than expected
 * @example
 * ```ts
 * const model = parseTiktokenModel(await buildLlama3Ranks());
 * model.pieces.length; // 128256
 * ```
 */
export async function buildLlama3Ranks(): Promise<Uint8Array> {
  return ranksFromModuleText(await readModuleText());
}

/**
 * Builds the tiktoken file from the text of the package's module.
 *
 * @throws FormatError when it holds other pieces than Llama 3's
 */
export function ranksFromModuleText(text: string): Uint8Array {
  const vocabulary = VOCABULARY.exec(text)?.[1];
  if (vocabulary === undefined) throw unexpected('no list of pieces');
  const pieces = Buffer.from(vocabulary, 'base64').toString('utf8').split('\n');
  const lines = pieces.map((piece, rank) => {
    const bytes = byteLevelBytes(piece);
    if (bytes === undefined) throw unexpected(`the piece ${JSON.stringify(piece)}, which spells no bytes`);
    return `${encodeBase64(bytes)} ${rank}\n`;
  });
  const file = Buffer.from(lines.join(''), 'latin1');
  const sha256 = createHash('sha256').update(file).digest('hex');
  if (sha256 !== LLAMA3_SHA256)
    throw unexpected(`${pieces.length} pieces of SHA-256 ${sha256}, expected ${LLAMA3_SHA256}`);
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

async function readModuleText(): Promise<string> {
  try {
    return await readFile(require.resolve('llama3-tokenizer-js'), 'utf8');
  } catch (cause) {
    throw new InputError('llama3: the npm package llama3-tokenizer-js, which holds its pieces, cannot be read', {
      hint: 'Install the dependencies again, or give the path of a tokenizer.json.',
      cause,
    });
  }
}

function unexpected(detail: string): FormatError {
  return new FormatError(`llama3: llama3-tokenizer-js has ${detail}`, {
    hint: 'Install the version of llama3-tokenizer-js that package.json names, or give the path of a tokenizer.json.',
  });
}
