// The pieces that the npm packages llama-tokenizer-js and llama3-tokenizer-js (MIT) carry: Base64 of lines, in the order of
// ids. A package is read as text and not run: running it builds hundreds of thousands of strings that nobody needs here.
// What the pieces must be is known to llama2.ts and llama3.ts.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { FormatError, InputError } from '../errors.ts';

const PIECES = /llama_vocab_base64 = "([A-Za-z0-9+/=]+)"/;

const require = createRequire(import.meta.url);

/** Where the pieces of a built-in vocabulary come from. */
export interface PackedSource {
  /** The built-in vocabulary. */
  readonly name: string;
  /** The npm package that holds its pieces. */
  readonly packageName: string;
}

/**
 * The text of the package's module.
 *
 * @throws InputError when the package is not installed
 */
export async function readPackedModule({ name, packageName }: PackedSource): Promise<string> {
  try {
    return await readFile(require.resolve(packageName), 'latin1');
  } catch (cause) {
    throw new InputError(`${name}: the npm package ${packageName}, which holds its pieces, cannot be read`, {
      hint: 'Install the dependencies again, or give the path of a tokenizer file.',
      cause,
    });
  }
}

/**
 * The pieces in the text of a package's module, by id.
 *
 * @throws FormatError when it holds none
 */
export function parsePackedPieces(text: string, source: PackedSource): string[] {
  const packed = PIECES.exec(text)?.[1];
  if (packed === undefined) throw unexpectedPieces(source, 'no list of pieces');
  return Buffer.from(packed, 'base64').toString('utf8').split('\n');
}

/** The error for a package that holds something else than is known of it. */
export function unexpectedPieces({ name, packageName }: PackedSource, detail: string): FormatError {
  return new FormatError(`${name}: ${packageName} has ${detail}`, {
    hint: `Install the version of ${packageName} that package.json names, or give the path of a tokenizer file.`,
  });
}
