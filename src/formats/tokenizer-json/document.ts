// A tokenizer.json that lists its merges, with the files beside it, as the document that takes up patches. The text of the
// file is kept: what a patch adds goes behind the last piece, merge and added token, laid out as those are, and every other
// byte stays. Files that say the same as a SentencePiece model have its document instead (sentencepiece/document.ts).
// Spec: https://huggingface.co/docs/tokenizers, as its Rust crate serializes it (version "1.0").

import type { TokenizerModel } from '../../core/model.ts';
import type { NewMerge, VocabularyPatch } from '../../core/patch.ts';
import { spellByteLevel } from '../../core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { addedTokenJson } from '../added-token.ts';
import { type CompanionFiles, parseCompanion } from '../companion-files.ts';
import { createListedDocument, type MainPart } from '../document/listed-document.ts';
import { newVocabEntries } from '../document/vocab-entries.ts';
import { JsonSweep } from '../json/json-sweep.ts';
import { appendIds, appendTo, type Insertion, printLike, splice, type Tail, tailOf } from '../json/splice.ts';
import type { TokenizerDocument } from '../tokenizer-document.ts';
import { gpt2Part } from './gpt2-document.ts';
import { parseTokenizerJsonModel } from './read/model-from-tokenizer-json.ts';
import { readVocab } from './read/scan-tokenizer-json.ts';
import { renumberTokenizerJson } from './renumber-json.ts';

/** Options of {@link parseTokenizerJsonDocument}. */
export interface TokenizerJsonDocumentOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
  /**
   * Text of the files beside it by name, such as tokenizer_config.json: they are carried on. vocab.json and merges.txt are
   * extended too.
   */
  readonly companions?: CompanionFiles;
}

/**
 * Reads a tokenizer.json of a BPE tokenizer that lists its merges, byte-level ones among them.
 *
 * Where a patch adds pieces, added tokens that the vocabulary lacks are listed in it too, under their own ids: the Rust
 * engine gives the last of them the id of the first piece behind them otherwise.
 *
 * @param bytes the whole file
 * @throws FormatError as `parseTokenizerJsonModel` does, for a file without a list of merges to extend, and when a file beside
 *   it is damaged
 * @example
 * ```ts
 * const base = parseTokenizerJsonDocument(await readFile('qwen/tokenizer.json'));
 * base.apply(patch).files().get('tokenizer.json');
 * ```
 */
export function parseTokenizerJsonDocument(
  bytes: Uint8Array,
  options: TokenizerJsonDocumentOptions = {},
): TokenizerDocument {
  const { source = 'tokenizer.json', companions = new Map() } = options;
  const config = parseCompanion(companions, 'tokenizer_config.json', source);
  return createTokenizerJsonDocument({ model: parseTokenizerJsonModel(bytes, { source, config }), bytes, ...options });
}

/** What {@link createTokenizerJsonDocument} puts together. */
export interface TokenizerJsonParts extends TokenizerJsonDocumentOptions {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** What `parseTokenizerJsonModel` made of it. */
  readonly model: TokenizerModel;
}

/**
 * The document of a file that was read already.
 *
 * @throws FormatError for a file without a list of merges to extend, and when a file beside it is damaged
 */
export function createTokenizerJsonDocument(parts: TokenizerJsonParts): TokenizerDocument {
  const { bytes, model, source = 'tokenizer.json', companions = new Map<string, string>() } = parts;
  if (model.merges === undefined) {
    throw new FormatError(`${source}: says the same as a SentencePiece model, whose merges follow from scores`, {
      hint: 'Give its model to buildSentencePiece.',
    });
  }
  const [vocab, merges] = [companions.get('vocab.json'), companions.get('merges.txt')];
  const hasPair = vocab !== undefined && merges !== undefined && model.units === 'byte';
  return createListedDocument({
    source,
    model,
    main: tokenizerJsonPart(bytes, source),
    others: hasPair ? [gpt2Part({ vocab: encodeUtf8(vocab), merges: encodeUtf8(merges), source })] : [],
    companions,
  });
}

/** A tokenizer.json as a part of a document. */
export function tokenizerJsonPart(bytes: Uint8Array, source: string): MainPart {
  return {
    names: ['tokenizer.json'],
    contents: () => [bytes],
    apply: (patch, model) => tokenizerJsonPart(splice(bytes, insertionsOf(bytes, model, patch, source)), source),
    renumber: (newIds, model) => tokenizerJsonPart(renumberTokenizerJson({ bytes, model, newIds, source }), source),
    parse: (companions) =>
      parseTokenizerJsonModel(bytes, { source, config: parseCompanion(companions, 'tokenizer_config.json', source) }),
  };
}

interface Tails {
  readonly vocab: Tail;
  readonly merges: Tail;
  readonly addedTokens: Tail;
  /** Where `model.vocab` begins. */
  readonly vocabAt: number;
}

function insertionsOf(
  bytes: Uint8Array,
  model: TokenizerModel,
  patch: VocabularyPatch,
  source: string,
): readonly Insertion[] {
  const tails = findTails(bytes, source);
  const spell = (piece: string): string => (model.units === 'byte' ? spellByteLevel(piece) : piece);
  const newTexts = new Map(patch.pieces.map(({ id, piece }) => [id, piece]));
  const spellId = (id: number): string => spell(newTexts.get(id) ?? model.pieces[id]!);
  const sweep = new JsonSweep(bytes, source);
  sweep.at = tails.vocabAt;
  const vocab = readVocab(sweep, source);
  const isPair = tails.merges.isEmpty || tails.merges.sample.startsWith('[');
  const mergeOf = ({ leftId, rightId }: NewMerge): unknown => {
    const pair = [spellId(leftId), spellId(rightId)];
    if (isPair) return pair;
    if (!pair.some((part) => part.includes(' '))) return pair.join(' ');
    throw new FormatError(`${source}: lists merges as texts, which cannot hold the merge of ${JSON.stringify(pair)}`);
  };
  const print = (tail: Tail, values: readonly unknown[]): Insertion =>
    appendTo(
      tail,
      values.map((value) => printLike(tail, value)),
    );
  return [
    appendIds(
      tails.vocab,
      newVocabEntries(model, patch, (text) => vocab.findText(text) >= 0),
    ),
    print(tails.merges, patch.merges.map(mergeOf)),
    print(
      tails.addedTokens,
      patch.addedTokens.map((token) => addedTokenJson(token, token.id)),
    ),
  ];
}

function findTails(bytes: Uint8Array, source: string): Tails {
  const sweep = new JsonSweep(bytes, source);
  const found: { -readonly [K in keyof Tails]?: Tails[K] } = {};
  sweep.readObject(() => {
    const name = sweep.text();
    if (name === 'added_tokens') found.addedTokens = tailOf(sweep, 'list');
    else if (name === 'model') {
      sweep.readObject(() => {
        const name = sweep.text();
        if (name === 'vocab') {
          found.vocabAt = sweep.at;
          found.vocab = tailOf(sweep, 'object');
        } else if (name === 'merges') found.merges = tailOf(sweep, 'list');
        else sweep.skipValue();
      });
    } else sweep.skipValue();
  });
  const { vocab, merges, addedTokens, vocabAt } = found;
  if (vocab === undefined || vocabAt === undefined || merges === undefined || addedTokens === undefined) {
    throw new FormatError(`${source}: has no ${merges === undefined ? '"model.merges"' : '"added_tokens"'} to add to`);
  }
  return { vocab, merges, addedTokens, vocabAt };
}
