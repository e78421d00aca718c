// The published tokenizer.json files of the shared fixtures, opened by us and by the Rust engine, and texts with their ids.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { byteLevelBytes } from '../../src/core/unicode/byte-level.ts';
import { parseTokenizerJsonModel } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { createTokenizer, type Tokenizer, type TokenWithOffsets } from '../../src/tokenize/tokenizer.ts';
import { sharedPath } from '../shared.ts';

/** Folders of fixtures/byte-level with a tokenizer.json. */
export const PUBLISHED = [
  'llama3.1',
  'qwen2.5',
  'qwen3',
  'gpt4o',
  'gpt2',
  'deepseek-v3',
  'mistral-nemo',
  'gemma2',
] as const;

export type PublishedName = (typeof PUBLISHED)[number];

/** The bytes of a published tokenizer.json. */
export function publishedJson(name: PublishedName): Uint8Array {
  return gunzipSync(readFileSync(sharedPath(`fixtures/byte-level/${name}/tokenizer.json.gz`)));
}

/** A published tokenizer, opened by us. */
export function openPublished(name: PublishedName): Tokenizer {
  return createTokenizer(parseTokenizerJsonModel(publishedJson(name)));
}

/** The same, opened by the reference. */
export function openReference(name: PublishedName): RustTokenizer {
  return RustTokenizer.fromString(new TextDecoder().decode(publishedJson(name)));
}

/** A text with its ids by every published tokenizer. */
export type GoldenText = { readonly text: string } & Readonly<Record<PublishedName, readonly number[]>>;

/** The 4,695 texts with the reference's ids. */
export function readGoldenTexts(): GoldenText[] {
  const lines = gunzipSync(readFileSync(sharedPath('fixtures/byte-level/golden.jsonl.gz')))
    .toString()
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** Lines of a file of held-out text. */
export function readHeldOutLines(name: string): string[] {
  return gunzipSync(readFileSync(sharedPath(`corpus/heldout/${name}.txt.gz`)))
    .toString()
    .split('\n');
}

/** What the reference says of texts, in the form in which {@link Tokenizer.encodeWithOffsets} says it. */
export async function encodeByReference(
  reference: RustTokenizer,
  texts: readonly string[],
): Promise<TokenWithOffsets[][]> {
  const encodings = await reference.encodeBatch([...texts], { addSpecialTokens: false });
  return encodings.map((encoding, i) => {
    // The reference counts characters.
    const starts: number[] = [];
    let unit = 0;
    for (const character of texts[i]!.toWellFormed()) {
      starts.push(unit);
      unit += character.length;
    }
    starts.push(unit);
    const ids = encoding.getIds();
    const pieces = encoding.getTokens();
    return encoding.getOffsets().map(([start, end], k) => ({
      id: ids[k]!,
      piece: pieces[k]!,
      start: starts[start!]!,
      end: starts[end!]!,
    }));
  });
}

/** A piece in the reference's spelling, as a person reads it: bytes that are no character as `<0xE4>`. */
export function surfaceOfReference(piece: string, isByteLevel: boolean): string {
  const bytes = isByteLevel ? byteLevelBytes(piece) : undefined;
  if (bytes === undefined) return piece;
  let surface = '';
  for (let at = 0; at < bytes.length; ) {
    let length = Math.min(4, bytes.length - at);
    for (; length > 0; length--) {
      try {
        surface += new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(at, at + length));
        break;
      } catch {
        // Shorter then.
      }
    }
    if (length === 0) surface += `<0x${bytes[at]!.toString(16).toUpperCase().padStart(2, '0')}>`;
    at += Math.max(1, length);
  }
  return surface;
}
