// A tokenizer.json that lists its merges, with the files beside it, as the document that takes up patches. The text of the
// file is kept: what a patch adds goes behind the last piece, merge and added token, laid out as those are, and every other
// byte stays. Files that say the same as a SentencePiece model have its document instead (sentencepiece/document.ts).
// Spec: https://huggingface.co/docs/tokenizers, as its Rust crate serializes it (version "1.0").
import type { TokenizerModel } from '../../core/model.ts';
import { isEmptyPatch, type NewMerge, type VocabularyPatch } from '../../core/patch.ts';
import { spellByteLevel } from '../../core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import { writeAddedToken } from '../added-token.ts';
import { CHAT_TEMPLATES, type CompanionFiles, parseCompanion } from '../companion-files.ts';
import { editJson } from '../json-edit.ts';
import { JsonSweep } from '../json-sweep.ts';
import type { TokenizerDocument } from '../tokenizer-document.ts';
import { addedTokenJson } from './build-tokenizer-json.ts';
import { parseTokenizerJsonModel } from './model-from-tokenizer-json.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Options of {@link parseTokenizerJsonDocument}. */
export interface TokenizerJsonDocumentOptions {
  /** Name of the file, for error messages. */
  readonly source?: string;
  /** Text of the files beside it by name, such as tokenizer_config.json: they are carried on. */
  readonly companions?: CompanionFiles;
}

/** Files that are carried on, in this order. */
const COMPANIONS: readonly string[] = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  ...CHAT_TEMPLATES,
];

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
  const { bytes, model, source = 'tokenizer.json', companions = new Map() } = parts;
  if (model.merges === undefined) {
    throw new FormatError(`${source}: says the same as a SentencePiece model, whose merges follow from scores`, {
      hint: 'Give its model to buildSentencePiece.',
    });
  }
  for (const name of COMPANIONS) if (name.endsWith('.json')) parseCompanion(companions, name, source);
  const files = new Map<string, string | Uint8Array>([['tokenizer.json', bytes]]);
  for (const name of COMPANIONS) {
    const text = companions.get(name);
    if (text !== undefined) files.set(name, text);
  }
  const document: TokenizerDocument = {
    model,
    vocabularyFile: { name: 'tokenizer.json', bytes },
    training: {
      splitDigits: model.preTokenizers.some((step) => step.type === 'digits' && step.individual),
      vocabSize: undefined,
      selfTestSamples: 0,
    },
    skipped: [],
    apply: (patch) =>
      isEmptyPatch(patch)
        ? document
        : parseTokenizerJsonDocument(splice(bytes, insertionsOf(bytes, model, patch, source)), {
            source,
            companions: extendCompanions(companions, patch, source),
          }),
    files: () => files,
  };
  return document;
}

/** Where a list or an object of a file ends, and how its last entry is laid out. */
interface Tail {
  /** Behind the last entry, or behind the opening bracket. */
  readonly end: number;
  readonly isEmpty: boolean;
  /** White space in front of the last entry. */
  readonly space: string;
  /** Text of the last entry's value. */
  readonly sample: string;
  /** What stands between the name and the value of a member. */
  readonly colon: string;
}

interface Tails {
  readonly vocab: Tail;
  readonly merges: Tail;
  readonly addedTokens: Tail;
  /** The span of `model.vocab`. */
  readonly vocabText: string;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

function insertionsOf(
  bytes: Uint8Array,
  model: TokenizerModel,
  patch: VocabularyPatch,
  source: string,
): readonly Insertion[] {
  const tails = findTails(bytes, source);
  const tokenIds = new Set([...model.addedTokens, ...patch.addedTokens].map(({ id }) => id));
  const spell = (piece: string): string => (model.units === 'byte' ? spellByteLevel(piece) : piece);
  const newTexts = new Map(patch.pieces.map(({ id, piece }) => [id, piece]));
  const spellId = (id: number): string => spell(newTexts.get(id) ?? model.pieces[id]!);

  const present = JSON.parse(tails.vocabText) as Record<string, number>;
  const listed = new Map<number, string>();
  for (const { id, piece } of patch.pieces) if (!tokenIds.has(id)) listed.set(id, spell(piece));
  if (patch.pieces.length > 0) {
    for (const { id, content } of [...model.addedTokens, ...patch.addedTokens]) {
      if (!Object.hasOwn(present, content)) listed.set(id, content);
    }
  }
  const vocab = [...listed].sort(([a], [b]) => a - b);
  const isPair = tails.merges.isEmpty || tails.merges.sample.startsWith('[');
  const mergeOf = ({ leftId, rightId }: NewMerge): unknown => {
    const pair = [spellId(leftId), spellId(rightId)];
    if (isPair) return pair;
    if (!pair.some((part) => part.includes(' '))) return pair.join(' ');
    throw new FormatError(`${source}: lists merges as texts, which cannot hold the merge of ${JSON.stringify(pair)}`);
  };
  const print = (tail: Tail, values: readonly unknown[]): Insertion =>
    append(
      tail,
      values.map((value) => printLike(tail, value)),
    );
  return [
    append(
      tails.vocab,
      vocab.map(([id, text]) => `${JSON.stringify(text)}${tails.vocab.colon}${id}`),
    ),
    print(tails.merges, patch.merges.map(mergeOf)),
    print(
      tails.addedTokens,
      patch.addedTokens.map((token) => addedTokenJson(token, token.id)),
    ),
  ];
}

function append({ end, isEmpty, space }: Tail, entries: readonly string[]): Insertion {
  const text = entries.map((entry) => `${space}${entry}`).join(',');
  return { at: end, text: isEmpty || text === '' ? text : `,${text}` };
}

// Entries are texts, lists of texts and objects of plain values.
function printLike({ sample, space }: Tail, value: unknown): string {
  if (sample.includes('\n')) {
    return JSON.stringify(value, null, 2).replaceAll('\n', `\n${space.slice(space.lastIndexOf('\n') + 1)}`);
  }
  if (space === '' || typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((part) => JSON.stringify(part)).join(', ')}]`;
  const members = Object.entries(value as object).map(
    ([key, part]) => `${JSON.stringify(key)}: ${JSON.stringify(part)}`,
  );
  return `{${members.join(', ')}}`;
}

function splice(bytes: Uint8Array, insertions: readonly Insertion[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const insertion of [...insertions].sort((a, b) => a.at - b.at)) {
    parts.push(bytes.subarray(at, insertion.at), encodeUtf8(insertion.text));
    at = insertion.at;
  }
  parts.push(bytes.subarray(at));
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let to = 0;
  for (const part of parts) {
    joined.set(part, to);
    to += part.length;
  }
  return joined;
}

function findTails(bytes: Uint8Array, source: string): Tails {
  const sweep = new JsonSweep(bytes, source);
  const found: { -readonly [K in keyof Tails]?: Tails[K] } = {};
  const nameOf = (length: number): string => String.fromCharCode(...sweep.units.subarray(0, Math.min(length, 20)));
  sweep.readObject((length) => {
    const name = nameOf(length);
    if (name === 'added_tokens') found.addedTokens = tailOf(sweep, 'list');
    else if (name === 'model') {
      sweep.readObject((length) => {
        const name = nameOf(length);
        const start = sweep.at;
        if (name === 'vocab') {
          found.vocab = tailOf(sweep, 'object');
          found.vocabText = decoder.decode(bytes.subarray(start, sweep.at));
        } else if (name === 'merges') found.merges = tailOf(sweep, 'list');
        else sweep.skipValue();
      });
    } else sweep.skipValue();
  });
  const { vocab, merges, addedTokens, vocabText } = found;
  if (vocab === undefined || vocabText === undefined || merges === undefined || addedTokens === undefined) {
    throw new FormatError(`${source}: has no ${merges === undefined ? '"model.merges"' : '"added_tokens"'} to add to`);
  }
  return { vocab, merges, addedTokens, vocabText };
}

/** Steps over a list or an object and tells how it ends. */
function tailOf(sweep: JsonSweep, kind: 'list' | 'object'): Tail {
  const { bytes } = sweep;
  let before = sweep.at + 1;
  let end = before;
  let start = before;
  let count = 0;
  const visit = (): void => {
    before = end;
    start = sweep.at;
    sweep.skipValue();
    end = sweep.at;
    count++;
  };
  if (kind === 'list') sweep.readList(visit);
  else sweep.readObject(visit);
  const head = decoder.decode(bytes.subarray(before, start));
  return {
    end,
    isEmpty: count === 0,
    space: /^[\s,]*/.exec(head)![0].replace(',', ''),
    sample: decoder.decode(bytes.subarray(start, end)),
    colon: /\s*:\s*$/.exec(head)?.[0] ?? ': ',
  };
}

/** Files beside it that list tokens by id list the new ones too; nothing else in them changes. */
function extendCompanions(
  companions: CompanionFiles,
  { addedTokens }: VocabularyPatch,
  source: string,
): CompanionFiles {
  const files = new Map(companions);
  const edit = (name: string, parent: string | undefined, edits: Parameters<typeof editJson>[1]): void => {
    const json = parseCompanion(files, name, source);
    if (json === undefined || (parent !== undefined && !(parent in json))) return;
    files.set(name, editJson(files.get(name)!, edits, { source: `${name} beside ${source}` }));
  };
  const decoder = 'added_tokens_decoder';
  edit(
    'tokenizer_config.json',
    decoder,
    addedTokens.map((token) => ({ path: [decoder, String(token.id)], value: writeAddedToken(token) })),
  );
  edit(
    'added_tokens.json',
    undefined,
    addedTokens.map(({ content, id }) => ({ path: [content], value: id })),
  );
  return files;
}
