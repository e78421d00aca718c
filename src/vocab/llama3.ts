// The built-in base vocabulary `llama3`: the tiktoken file of Llama 3, rebuilt byte for byte. The pieces come from the npm
// package llama3-tokenizer-js (MIT), spelled in GPT-2's byte alphabet. Nothing is downloaded. Provenance and hashes:
// vocab/README.md.
import { createHash } from 'node:crypto';
import { byteLevelBytes } from '../core/unicode/byte-level.ts';
import { encodeBase64 } from '../formats/base64.ts';
import { parsePackedPieces, readPackedModule, unexpectedPieces } from './packed-pieces.ts';

/** SHA-256 of the published tiktoken file, which {@link buildLlama3Ranks} has too. */
export const LLAMA3_SHA256 = '82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55';

const SOURCE = { name: 'llama3', packageName: 'llama3-tokenizer-js' };

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
  return ranksFromModuleText(await readPackedModule(SOURCE));
}

/**
 * Builds the tiktoken file from the text of the package's module.
 *
 * @throws FormatError when it holds other pieces than Llama 3's
 */
export function ranksFromModuleText(text: string): Uint8Array {
  const pieces = parsePackedPieces(text, SOURCE);
  const lines = pieces.map((piece, rank) => {
    const bytes = byteLevelBytes(piece);
    if (bytes === undefined)
      throw unexpectedPieces(SOURCE, `the piece ${JSON.stringify(piece)}, which spells no bytes`);
    return `${encodeBase64(bytes)} ${rank}\n`;
  });
  const file = Buffer.from(lines.join(''), 'latin1');
  const sha256 = createHash('sha256').update(file).digest('hex');
  if (sha256 !== LLAMA3_SHA256)
    throw unexpectedPieces(SOURCE, `${pieces.length} pieces of SHA-256 ${sha256}, expected ${LLAMA3_SHA256}`);
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}
