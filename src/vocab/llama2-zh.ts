// The shipped Chinese pieces for LLaMA's vocabulary: 33,000 of them, best first, as `vocab-merge extend` learnt them.
// It is data in vocab/; vocab/README.md tells from what text, by which command, and its hash.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { TokenizerModel } from '../core/model.ts';
import { InputError } from '../errors.ts';
import { buildLlama2 } from './llama2.ts';

/** Name of the file, for manifests and messages. */
export const LLAMA2_ZH_NAME = 'llama2-zh.txt.br';

/** SHA-256 of the decompressed file. */
const LLAMA2_ZH_SHA256 = '3295f3495b654f305414c0a0af2012783591fd1f966401f89493aefc0e2bdc79';

/** Pieces in it: LLaMA's 32,000 and these are 65,000. */
export const LLAMA2_ZH_PIECES = 33_000;

/** Pieces taken by default: LLaMA's 32,000 and these are 49,953, as in the published Chinese-LLaMA. */
export const LLAMA2_ZH_DEFAULT = 17_953;

// vocab/ lies beside src/ in the repository and beside dist/ in the package.
const location = new URL(`../../vocab/${LLAMA2_ZH_NAME}`, import.meta.url);

/**
 * The pieces, most useful first: any number of them from the front can be appended to the built-in `llama2`, with falling
 * scores below its last merge, and every one can be reached. They belong to that vocabulary and no other.
 *
 * @throws InputError when the package is incomplete
 * @example
 * ```ts
 * const pieces = await readLlama2ZhPieces();
 * const { merged } = await appendPieces(base, pieces.slice(0, 8000)); // 40,000 pieces
 * ```
 */
export async function readLlama2ZhPieces(): Promise<string[]> {
  const hint = 'Install the package again.';
  let bytes: Uint8Array;
  try {
    bytes = await promisify(brotliDecompress)(await readFile(location));
  } catch (cause) {
    throw new InputError(`${LLAMA2_ZH_NAME}: the shipped Chinese pieces are missing or damaged`, { cause, hint });
  }
  if (createHash('sha256').update(bytes).digest('hex') !== LLAMA2_ZH_SHA256) {
    throw new InputError(`${LLAMA2_ZH_NAME}: the shipped Chinese pieces are not those of this version`, { hint });
  }
  return new TextDecoder().decode(bytes).trimEnd().split('\n');
}

/**
 * True for a vocabulary that the shipped pieces were learnt for: LLaMA's 32,000 pieces with their scores, whatever file
 * they came from.
 */
export async function isLlama2(model: TokenizerModel): Promise<boolean> {
  const { pieces, pieceScores } = (await buildLlama2()).model;
  return (
    model.modelType === 'bpe' &&
    model.pieces.length === pieces.length &&
    pieces.every((piece, id) => model.pieces[id] === piece && model.pieceScores[id] === pieceScores[id])
  );
}
