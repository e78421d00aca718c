// Reads Mistral's tekken.json: a pattern, ranked pieces in Base64, and special tokens that take the first ids. Only so many
// ranks count as the default vocabulary size leaves room for; the others stand in the file for larger vocabularies.
// Spec: mistralai/mistral-common src/mistral_common/tokens/tokenizers/tekken.py
import { counted } from '../../core/counted.ts';
import { doubled } from '../../core/grown.ts';
import { isObject } from '../../core/json-object.ts';
import type { TokenizerModel } from '../../core/model.ts';
import { FormatError } from '../../errors.ts';
import { decodeBase64Into } from '../base64.ts';
import { JsonSweep } from '../json/json-sweep.ts';
import { MAX_VOCAB_SIZE, PieceTable } from '../piece-table.ts';
import { buildRankedModel } from './ranked-model.ts';

/** Names of the first special tokens where the file does not list them, as files before version 7. */
const SPECIAL_NAMES: readonly string[] = [
  '<unk>',
  '<s>',
  '</s>',
  '[INST]',
  '[/INST]',
  '[AVAILABLE_TOOLS]',
  '[/AVAILABLE_TOOLS]',
  '[TOOL_RESULTS]',
  '[/TOOL_RESULTS]',
  '[TOOL_CALLS]',
  '[IMG]',
  '<pad>',
  '[IMG_BREAK]',
  '[IMG_END]',
  '[PREFIX]',
  '[MIDDLE]',
  '[SUFFIX]',
  '[SYSTEM_PROMPT]',
  '[/SYSTEM_PROMPT]',
  '[TOOL_CONTENT]',
];

const OPEN_BRACKET = 0x5b;
const QUOTE = 0x22;

type Fail = (problem: string) => never;

/**
 * The neutral model of a tekken.json.
 *
 * @throws FormatError when it is not JSON, not a tekken.json, or its ranks are broken
 * @example
 * ```ts
 * const model = parseTekkenModel(await readFile('tekken.json'), { source: 'tekken.json' });
 * model.bosPiece; // '<s>'
 * ```
 */
export function parseTekkenModel(bytes: Uint8Array, { source = 'tekken.json' } = {}): TokenizerModel {
  const fail: Fail = (problem) => {
    throw new FormatError(`${source}: ${problem}`, {
      hint: 'The file may be damaged, or of another kind: get it again.',
    });
  };
  const sweep = new JsonSweep(bytes, source);
  const fields = new Map<string, unknown>();
  let vocabAt = -1;
  sweep.readObject(() => {
    const name = sweep.text();
    if (name === 'vocab' && sweep.peek() === OPEN_BRACKET) {
      vocabAt = sweep.at;
      sweep.skipValue();
    } else fields.set(name, sweep.parseValue());
  });
  sweep.readEnd();
  const config = fields.get('config');
  if (!isObject(config) || typeof config.pattern !== 'string' || vocabAt < 0) {
    return fail('has no "config" with a "pattern" and a list "vocab", so it is not a tekken.json');
  }
  const sizeOf = (key: string): number => {
    const value = config[key];
    const isSize = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_VOCAB_SIZE;
    return isSize
      ? (value as number)
      : fail(`"config.${key}" is ${JSON.stringify(value)}, not a number up to ${MAX_VOCAB_SIZE}`);
  };
  const vocabSize = sizeOf('default_vocab_size');
  const specialCount = sizeOf('default_num_special_tokens');
  if (specialCount > vocabSize)
    fail(`has room for ${counted(vocabSize, 'id')}, fewer than its ${counted(specialCount, 'special token')}`);

  sweep.at = vocabAt;
  const vocab = readVocab(sweep, { specialCount, vocabSize, fail });
  return buildRankedModel({
    source,
    vocab,
    pattern: config.pattern,
    specialTokens: readSpecialTokens(fields.get('special_tokens'), specialCount, fail),
    bosPiece: '<s>',
    eosPiece: '</s>',
    padPiece: '<pad>',
  });
}

function readVocab(
  sweep: JsonSweep,
  { specialCount, vocabSize, fail }: { specialCount: number; vocabSize: number; fail: Fail },
): PieceTable {
  const vocab = new PieceTable({ spelling: 'bytes', expectedPieces: Math.max(256, vocabSize - specialCount) });
  let piece = new Uint8Array(1024);
  let entry = 0;
  sweep.readList(() => {
    let rank = -1;
    let length = -1;
    sweep.readObject(() => {
      if (sweep.isText('rank')) {
        rank = sweep.readInteger();
        if (rank < 0) sweep.skipValue();
      } else if (sweep.isText('token_bytes') && sweep.peek() === QUOTE) {
        sweep.readText();
        const { textBytes, textStart, textEnd } = sweep;
        if (textEnd - textStart > piece.length) piece = doubled(piece, textEnd - textStart);
        length = decodeBase64Into(textBytes, textStart, textEnd, piece);
      } else sweep.skipValue();
    });
    if (rank < 0 || rank >= MAX_VOCAB_SIZE) fail(`"vocab"[${entry}] has no "rank" below ${MAX_VOCAB_SIZE}`);
    if (length < 1) fail(`"vocab"[${entry}] has no "token_bytes" in Base64`);
    const id = rank + specialCount;
    if (id < vocabSize && !vocab.add(piece, 0, length, id))
      fail(`"vocab"[${entry}] is a piece that stands there twice`);
    entry++;
  });
  return vocab;
}

function readSpecialTokens(listed: unknown, count: number, fail: Fail): [number, string][] {
  const names: (string | undefined)[] = listed === undefined ? SPECIAL_NAMES.slice(0, count) : [];
  if (listed !== undefined && !Array.isArray(listed)) fail('"special_tokens" is not a list');
  for (const [i, token] of ((listed ?? []) as unknown[]).entries()) {
    const isToken = isObject(token) && typeof token.token_str === 'string' && Number.isInteger(token.rank);
    if (!isToken || Number(token.rank) < 0 || Number(token.rank) >= count) {
      fail(`"special_tokens"[${i}] needs a "token_str" and a "rank" below ${count}`);
    } else names[Number(token.rank)] = token.token_str as string;
  }
  return Array.from({ length: count }, (_, id) => [id, names[id] ?? `<SPECIAL_${id}>`]);
}
