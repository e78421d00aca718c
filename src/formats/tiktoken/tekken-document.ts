// A tekken.json as a document, with its tokenizer.json where that can say the same. Special tokens have the first ids there, so
// that new pieces go behind: as further ranks, with a default_vocab_size that counts them. Ranks past the old size, which
// stand in the file for larger vocabularies and do not count, give their place to the new ones.
// Spec: mistralai/mistral-common src/mistral_common/tokens/tokenizers/tekken.py.
import type { TokenizerModel } from '../../core/model.ts';
import type { VocabularyPatch } from '../../core/patch.ts';
import { FormatError } from '../../errors.ts';
import { createListedDocument, type MainPart } from '../document/listed-document.ts';
import { JsonSweep } from '../json/json-sweep.ts';
import { type Insertion, printLike, splice, type Tail, tailOf } from '../json/splice.ts';
import type { SkippedFile, TokenizerDocument } from '../tokenizer-document.ts';
import { checkListable, derivedJsonPart } from '../tokenizer-json/build-listed-json.ts';
import { newRanks } from './new-ranks.ts';
import { parseTekkenModel } from './tekken-file.ts';
import type { RankedFile } from './tiktoken-document.ts';

/**
 * The document of a tekken.json.
 *
 * @throws FormatError when a file beside it is damaged
 */
export function createTekkenDocument(file: RankedFile): TokenizerDocument {
  const { fileName, bytes, model, companions, source } = file;
  const own = tekkenPart(fileName, bytes, source);
  const skipped: SkippedFile[] = [];
  try {
    checkListable(model, { source });
    const main = derivedJsonPart(model, { source, addBos: true });
    return createListedDocument({ source, model, main, others: [own], companions });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    skipped.push({ file: 'tokenizer.json', reason: error.message });
  }
  return createListedDocument({ source, model, main: own, companions, skipped });
}

function tekkenPart(name: string, bytes: Uint8Array, source: string): MainPart {
  return {
    names: [name],
    contents: () => [bytes],
    apply: (patch, model) => tekkenPart(name, splice(bytes, insertionsOf(bytes, patch, model, source)), source),
    parse: () => parseTekkenModel(bytes, { source }),
  };
}

interface Places {
  /** Behind the last rank that counts. */
  readonly keptEnd: number;
  readonly vocab: Tail;
  /** Number of ranks in the file. */
  readonly rankCount: number;
  /** Spans of the numbers of the configuration. */
  readonly sizes: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
}

function insertionsOf(
  bytes: Uint8Array,
  patch: VocabularyPatch,
  model: TokenizerModel,
  source: string,
): readonly Insertion[] {
  const [token] = patch.addedTokens;
  if (token !== undefined) {
    throw new FormatError(
      `special tokens have the first ids in tekken.json, and ${JSON.stringify(token.content)} is to have the id ${token.id}`,
      { hint: 'Name one of the reserved special tokens in the file instead.' },
    );
  }
  const specialCount = model.addedTokens.length;
  const size = model.pieces.length;
  const { keptEnd, vocab, rankCount, sizes } = findPlaces(bytes, size - specialCount, source);
  const entries = newRanks(model, patch).map(({ id, bytes: pieceBytes, base64 }, i) => {
    if (id !== size + i)
      throw new FormatError(`the ids of new pieces go on from ${size} in tekken.json, one has ${id}`);
    return `${vocab.space}${printLike(vocab, entryLike(vocab.sample, id - specialCount, base64, pieceBytes))}`;
  });
  const newSize = size + entries.length;
  const setSize = (key: string, value: number): Insertion[] => {
    const span = sizes.get(key);
    return span === undefined ? [] : [{ at: span.start, end: span.end, text: String(value) }];
  };
  const countsAll = sizeAt(bytes, sizes.get('num_vocab_tokens')) === rankCount;
  return [
    ...setSize('default_vocab_size', newSize),
    ...(countsAll ? setSize('num_vocab_tokens', newSize - specialCount) : []),
    { at: keptEnd, end: vocab.end, text: entries.map((entry) => `,${entry}`).join('') },
  ];
}

// Keys in the order of the file; loaders want these three and no other.
function entryLike(sample: string, rank: number, base64: string, bytes: Uint8Array): Record<string, unknown> {
  let text: string | null = null;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Part of a character.
  }
  const values: Record<string, unknown> = { rank, token_bytes: base64, token_str: text };
  return Object.fromEntries(Object.keys(JSON.parse(sample) as object).map((key) => [key, values[key] ?? null]));
}

function findPlaces(bytes: Uint8Array, keptRanks: number, source: string): Places {
  const sizes = new Map<string, { start: number; end: number }>();
  let vocab: Tail | undefined;
  let keptEnd = -1;
  let rankCount = 0;
  const sweep = new JsonSweep(bytes, source);
  sweep.readObject(() => {
    const name = sweep.text();
    if (name === 'config') {
      sweep.readObject(() => {
        const key = sweep.text();
        const start = sweep.at;
        sweep.skipValue();
        sizes.set(key, { start, end: sweep.at });
      });
    } else if (name === 'vocab') {
      const start = sweep.at;
      vocab = tailOf(sweep, 'list');
      const again = new JsonSweep(bytes, source);
      again.at = start;
      again.readList(() => {
        let rank = -1;
        again.readObject(() => {
          if (again.isText('rank')) rank = again.readInteger();
          else again.skipValue();
        });
        if (rank !== rankCount) throw new FormatError(`${source}: "vocab"[${rankCount}] has the rank ${rank}`);
        if (++rankCount === keptRanks) keptEnd = again.at;
      });
    } else sweep.skipValue();
  });
  if (vocab === undefined || keptEnd < 0) throw new FormatError(`${source}: has fewer ranks than it counts`);
  return { keptEnd, vocab, rankCount, sizes };
}

function sizeAt(bytes: Uint8Array, span: { readonly start: number; readonly end: number } | undefined): number {
  return span === undefined ? -1 : Number(new TextDecoder().decode(bytes.subarray(span.start, span.end)));
}
