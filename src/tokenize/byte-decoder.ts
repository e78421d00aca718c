// Ids back to text where pieces are spelled in bytes, as the ByteLevel decoder of tokenizers 0.23.2 does it: the bytes of all
// pieces in a row, read as UTF-8. What is not UTF-8 becomes U+FFFD, one for each longest part that could have begun a character
// (Unicode 16, 3.9, "maximal subpart"), as the standard TextDecoder has it too.
import type { TokenizerModel } from '../core/model.ts';
import { type PieceTexts, pieceTextsOf, textOfId } from '../core/piece-texts.ts';
import { byteLevelBytes } from '../core/unicode/byte-level.ts';
import { encodeUtf8 } from '../core/unicode/utf8.ts';
import { checkId, type DecodingOptions, type IncrementalDecoder } from './decoder.ts';
import { contentsById } from './pipeline-normalizer.ts';
import { isSpelledInBytes } from './vocabulary.ts';

/** Builds decoders for `model`, whose pieces are spelled in bytes. */
export function createByteDecoderFactory(model: TokenizerModel): (options?: DecodingOptions) => IncrementalDecoder {
  const idCount = model.pieceTypes.length;
  let texts: PieceTexts | undefined;
  // Tokens are text, but an engine reads them as if they were spelled in the byte-level alphabet where they can be.
  const tokenBytes = new Map(
    [...contentsById(model)].map(([id, content]) => [id, byteLevelBytes(content) ?? encodeUtf8(content)]),
  );
  const specialIds = new Set(model.addedTokens.filter(({ special }) => special).map(({ id }) => id));

  return ({ keepSpecial = false } = {}) => {
    const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
    let bytes = new Uint8Array(256);
    let size = 0;

    const reserve = (length: number): void => {
      if (bytes.length >= size + length) return;
      const larger = new Uint8Array(2 * (size + length));
      larger.set(bytes);
      bytes = larger;
    };
    const add = (id: number): void => {
      checkId(id, idCount);
      const token = tokenBytes.get(id);
      if (token !== undefined) {
        if (!keepSpecial && specialIds.has(id)) return;
        reserve(token.length);
        bytes.set(token, size);
        size += token.length;
        return;
      }
      if (!isSpelledInBytes(model, id)) {
        const text = encodeUtf8(textOfId(model, id));
        reserve(text.length);
        bytes.set(text, size);
        size += text.length;
        return;
      }
      texts ??= pieceTextsOf(model);
      const { units, starts } = texts;
      const end = starts[id + 1]!;
      reserve(end - starts[id]!);
      for (let i = starts[id]!; i < end; i++) bytes[size++] = units[i]!;
    };
    const flush = (stream: boolean): string => {
      const text = utf8.decode(bytes.subarray(0, size), { stream });
      size = 0;
      return text;
    };
    return {
      push(id) {
        add(id);
        return flush(true);
      },
      end: () => flush(false),
      pushAll(ids) {
        for (const id of ids) add(id);
        return flush(true);
      },
    };
  };
}
