// The files that verify makes from a model for engines with files of their own: ranks for tiktoken, a vocabulary-only GGUF for
// llama.cpp. Where an engine cannot run what the model says, there is no file, and a sentence says why.
import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { unitBytes } from '../../core/unicode/byte-level.ts';
import { FormatError } from '../../errors.ts';
import { encodeBase64 } from '../../formats/base64.ts';
import { buildGguf } from '../../formats/gguf/build-gguf.ts';
import type { TiktokenRanks } from './engines.ts';

/** A file, or why there is none. */
export type MadeFile = { readonly label: string; readonly data: Uint8Array | string } | { readonly reason: string };

/** The model as a GGUF file. */
export function makeGguf(model: TokenizerModel, name: string): MadeFile {
  try {
    return { label: 'GGUF', data: buildGguf(model, { name }).bytes };
  } catch (error) {
    if (error instanceof FormatError) return { reason: error.message };
    throw error;
  }
}

/** The ranks of a byte-level model, as JSON of {@link TiktokenRanks}. */
export function makeRanks(model: TokenizerModel): MadeFile {
  const [split, bytes, ...more] = model.preTokenizers;
  const isPlain = model.units === 'byte' && model.normalizers.length === 0 && model.wholePieceFirst;
  const isOneSplit =
    split?.type === 'split' && 'regex' in split.pattern && bytes?.type === 'byte-level' && more.length === 0;
  if (!isPlain || !isOneSplit) {
    return {
      reason:
        'tiktoken cuts text by one pattern, normalizes nothing, and takes whole pieces first; this tokenizer does not',
    };
  }
  const lines: string[] = [];
  model.pieces.forEach((piece, id) => {
    if (model.pieceTypes[id] !== PIECE_TYPE.normal) return;
    lines.push(`! ${id} ${encodeBase64(unitBytes(piece))}`);
  });
  const ranks: TiktokenRanks = {
    ranks: lines.join('\n'),
    special: Object.fromEntries(model.addedTokens.map(({ content, id }) => [content, id])),
    pattern: (split.pattern as { regex: string }).regex,
  };
  return { label: 'ranks', data: JSON.stringify(ranks) };
}
