// Reads vocab.json and merges.txt, the pair of files that byte-level tokenizers had before tokenizer.json. The pipeline is not in
// them: it follows from the class that tokenizer_config.json names, GPT-2's where there is none. Classes whose pipeline is not
// known here are refused. Spec: transformers convert_slow_tokenizer.py, the converters of the classes named below.
import { isObject } from '../../../core/json-object.ts';
import type { AddedToken, MergeList, TokenizerModel } from '../../../core/model.ts';
import { isUtf8 } from '../../../core/unicode/utf8.ts';
import { FormatError } from '../../../errors.ts';
import { type ClassPipeline, pipelineOfClass } from '../../document/tokenizer-classes.ts';
import { JsonSweep } from '../../json/json-sweep.ts';
import { buildListedModel } from '../../listed-model.ts';
import { MergeListBuilder } from '../../merge-list-builder.ts';
import type { PieceTable } from '../../piece-table.ts';
import { readVocab } from './scan-tokenizer-json.ts';

/** The files, by what they hold. */
export interface Gpt2Files {
  /** vocab.json: id of each piece, in the byte-level alphabet. */
  readonly vocab: Uint8Array;
  /** merges.txt: a line for each merge, best first. */
  readonly merges: Uint8Array;
  /** Parsed tokenizer_config.json. */
  readonly config?: unknown;
  /** Parsed added_tokens.json: id of each added token. */
  readonly addedTokens?: unknown;
  /** Name of vocab.json, for error messages. */
  readonly source?: string;
  /** Name of merges.txt, for error messages. */
  readonly mergesSource?: string;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const HASH = 0x23;

type Json = Readonly<Record<string, unknown>>;

/**
 * The neutral model of a vocab.json and its merges.txt.
 *
 * @throws FormatError when a file is broken, or the class of the tokenizer is not known
 * @example
 * ```ts
 * const model = parseGpt2Model({ vocab: await readFile('vocab.json'), merges: await readFile('merges.txt') });
 * ```
 */
export function parseGpt2Model(files: Gpt2Files): TokenizerModel {
  const { source = 'vocab.json', mergesSource = 'merges.txt' } = files;
  const config = isObject(files.config) ? files.config : {};
  const sweep = new JsonSweep(files.vocab, source);
  const vocab = readVocab(sweep, source, 'the vocabulary');
  sweep.readEnd();
  const names = {
    bosPiece: contentOf(config.bos_token) ?? '',
    eosPiece: contentOf(config.eos_token) ?? '',
    padPiece: contentOf(config.pad_token) ?? '',
  };
  return buildListedModel({
    source,
    units: 'byte',
    vocab,
    merges: readMergeLines(files.merges, vocab, mergesSource),
    wholePieceFirst: false,
    ...readPipelineOfClass(config, source),
    addedTokens: collectAddedTokens({ config, listed: files.addedTokens, vocab, source }),
    byteFallback: false,
    unkPiece: '',
    ...names,
  });
}

function readPipelineOfClass(config: Json, source: string): ClassPipeline {
  const name = String(config.tokenizer_class ?? 'GPT2Tokenizer');
  const pipeline = pipelineOfClass(name, { addPrefixSpace: config.add_prefix_space === true });
  if (pipeline !== undefined) return pipeline;
  const className = name.replace(/Fast$/, '');
  throw new FormatError(
    `${source}: a tokenizer of the class ${className} cannot be read from vocab.json and merges.txt`,
    { hint: 'Save it with save_pretrained in transformers and give the tokenizer.json that comes out.' },
  );
}

// Of tokenizer_config.json by id, of added_tokens.json, and the names of the special tokens, which are pieces.
function collectAddedTokens({
  config,
  listed,
  vocab,
  source,
}: {
  readonly config: Json;
  readonly listed: unknown;
  readonly vocab: PieceTable;
  readonly source: string;
}): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  const add = (id: unknown, content: string, token: Json): void => {
    if (!Number.isInteger(id) || Number(id) < 0) {
      throw new FormatError(
        `${source}: the added token ${JSON.stringify(content)} beside it has the id ${JSON.stringify(id)}`,
      );
    }
    const flag = (name: string, fallback = false): boolean =>
      typeof token[name] === 'boolean' ? token[name] : fallback;
    tokens.set(content, {
      id: Number(id),
      content,
      special: flag('special', true),
      singleWord: flag('single_word'),
      lstrip: flag('lstrip'),
      rstrip: flag('rstrip'),
      normalized: flag('normalized'),
    });
  };
  const decoder = isObject(config.added_tokens_decoder) ? config.added_tokens_decoder : {};
  for (const [id, token] of Object.entries(decoder)) {
    const content = contentOf(token);
    if (content !== undefined) add(Number(id), content, { special: false, ...(token as Json) });
  }
  for (const [content, id] of Object.entries(isObject(listed) ? listed : {})) {
    if (!tokens.has(content)) add(id, content, {});
  }
  for (const key of ['bos_token', 'eos_token', 'unk_token', 'pad_token', 'sep_token', 'cls_token', 'mask_token']) {
    const content = contentOf(config[key]);
    const id = content === undefined ? -1 : vocab.findText(content);
    if (content !== undefined && id >= 0 && !tokens.has(content)) {
      add(id, content, isObject(config[key]) ? { ...(config[key] as Json), special: true } : {});
    }
  }
  // GPT-2's own files name no special token; the one it has stands in the vocabulary.
  const end = '<|endoftext|>';
  if (tokens.size === 0 && vocab.findText(end) >= 0) add(vocab.findText(end), end, {});
  return [...tokens.values()];
}

function contentOf(token: unknown): string | undefined {
  const content = isObject(token) ? token.content : token;
  return typeof content === 'string' && content !== '' ? content : undefined;
}

/**
 * Reads the lines of a merges.txt.
 *
 * @throws FormatError for a line that is no merge, or of pieces that are not there
 */
export function readMergeLines(bytes: Uint8Array, vocab: PieceTable, source: string): MergeList {
  const builder = new MergeListBuilder(vocab, {
    expectedMerges: Math.max(256, Math.min(2 ** 18, bytes.length >> 3)),
    source,
  });
  let lineNumber = 0;
  for (let at = 0; at < bytes.length; ) {
    lineNumber++;
    let end = bytes.indexOf(LINE_FEED, at);
    if (end < 0) end = bytes.length;
    const lineEnd = end > at && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    const isVersion = lineNumber === 1 && bytes[at] === HASH && bytes[at + 1] === 0x76;
    if (lineEnd > at && !isVersion) {
      if (!isUtf8(bytes, at, lineEnd) || !builder.addText(bytes, at, lineEnd)) {
        throw new FormatError(`${source}: line ${lineNumber} is not two pieces with a space between them`, {
          hint: 'Give the merges.txt that lies beside vocab.json.',
        });
      }
    }
    at = end + 1;
  }
  return builder.build();
}
