// Reads the bytes of a tokenizer.json in one sweep: the vocabulary and the merges of a BPE model into tables, everything
// else with JSON.parse. Llama 3.1's file has 128,000 pieces and 280,147 merges; as objects and strings they take longer to
// make than to read. It decides nothing about the pipeline: model-from-tokenizer-json.ts does.
import type { MergeList } from '../../../core/model.ts';
import { encodeUtf8 } from '../../../core/unicode/utf8.ts';
import { FormatError } from '../../../errors.ts';
import { JsonSweep } from '../../json/json-sweep.ts';
import { MergeListBuilder } from '../../merge-list-builder.ts';
import { MAX_VOCAB_SIZE, PieceTable } from '../../piece-table.ts';
import { completeTokenizerJson, parseTokenizerJson } from './parse-tokenizer-json.ts';
import { type BpeModelJson, isBpeModelJson, type TokenizerJson } from './types.ts';

/** A tokenizer.json as {@link scanTokenizerJson} reads it. */
export interface TokenizerJsonScan {
  /** The document, but `model.vocab` and `model.merges` are empty where `bpe` holds them. */
  readonly json: TokenizerJson;
  /** What a BPE model lists; undefined for other models. */
  readonly bpe: ListedBpe | undefined;
  /** The whole document as an object. */
  parseAll(): TokenizerJson;
}

/** Vocabulary and merges of a BPE model as the file spells them. */
export interface ListedBpe {
  readonly vocab: PieceTable;
  readonly merges: MergeList;
}

const QUOTE = 0x22;
const HASH = 0x23;
const LETTER_V = 0x76;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
/** Lines of old merges files that are no merges start so; the engine skips them in tokenizer.json, too. */
const VERSION_MARK = '#version';

/**
 * Sweeps over a tokenizer.json.
 *
 * @throws FormatError when it is not JSON, not UTF-8, not a tokenizer.json, or its vocabulary or merges are broken
 */
export function scanTokenizerJson(bytes: Uint8Array, { source = 'tokenizer.json' } = {}): TokenizerJsonScan {
  const parseAll = () => parseTokenizerJson(new TextDecoder().decode(bytes), { source });
  const sweep = new JsonSweep(bytes, source);
  const fields: [string, unknown][] = [];
  let listed: ReturnType<typeof scanModel> | undefined;
  if (sweep.peek() !== OPEN_BRACE) return { json: parseAll(), bpe: undefined, parseAll };
  sweep.readObject(() => {
    const name = sweep.text();
    if (name === 'model' && sweep.peek() === OPEN_BRACE) {
      listed = scanModel(sweep, source);
      fields.push([name, listed.model]);
    } else fields.push([name, sweep.parseValue()]);
  });
  sweep.readEnd();
  const json = completeTokenizerJson(Object.fromEntries(fields), source);
  if (!isBpeModelJson(json.model)) return { json: parseAll(), bpe: undefined, parseAll };
  if (listed?.vocab === undefined) throw new FormatError(`${source}: "model.vocab" is not an object`);
  const merges = listed.readMerges();
  return { json, bpe: { vocab: listed.vocab, merges }, parseAll };
}

// The fields of the model; of vocab and merges only that they are there.
function scanModel(sweep: JsonSweep, source: string) {
  const fields: [string, unknown][] = [];
  let vocab: PieceTable | undefined;
  let merges: MergeList | undefined;
  let mergesAt = -1;
  sweep.readObject(() => {
    const name = sweep.text();
    if (name === 'vocab' && sweep.peek() === OPEN_BRACE) {
      vocab = readVocab(sweep, source);
      fields.push([name, {}]);
    } else if (name === 'merges' && sweep.peek() === OPEN_BRACKET) {
      mergesAt = sweep.at;
      fields.push([name, []]);
      if (vocab === undefined) sweep.skipValue();
      else merges = readMerges(sweep, vocab, source);
    } else fields.push([name, sweep.parseValue()]);
  });
  return {
    model: Object.fromEntries(fields) as Partial<BpeModelJson>,
    vocab,
    readMerges(): MergeList {
      if (merges !== undefined) return merges;
      if (mergesAt < 0) throw new FormatError(`${source}: "model.merges" is not a list`);
      sweep.at = mergesAt;
      return readMerges(sweep, vocab!, source);
    },
  };
}

/**
 * Vocabulary and merges of a BPE model that was parsed as a whole.
 *
 * @throws FormatError as {@link scanTokenizerJson}
 */
export function scanBpeModel(model: TokenizerJson['model'], { source = 'tokenizer.json' } = {}): ListedBpe {
  const { vocab, merges } = model as BpeModelJson;
  const sweep = new JsonSweep(encodeUtf8(JSON.stringify({ vocab, merges })), source);
  const { vocab: table, readMerges } = scanModel(sweep, source);
  if (table === undefined) throw new FormatError(`${source}: "model.vocab" is not an object`);
  return { vocab: table, merges: readMerges() };
}

/**
 * Reads an object of ids by piece, as `model.vocab` and vocab.json have it.
 *
 * @throws FormatError for ids that are no whole numbers, too high or given twice, and for pieces named twice
 */
export function readVocab(sweep: JsonSweep, source: string, name = '"model.vocab"'): PieceTable {
  const fail = (problem: string): never => {
    throw new FormatError(`${source}: ${name} ${problem}`, { hint: 'Get the file again, or from its author.' });
  };
  // A line of a vocabulary has some 20 bytes.
  const table = new PieceTable({ expectedPieces: Math.max(256, Math.min(2 ** 18, sweep.bytes.length >> 6)) });
  for (let more = sweep.enterObject(); more; more = sweep.nextMember()) {
    const { textBytes, textStart, textEnd } = sweep;
    const start = sweep.at;
    const id = sweep.readInteger();
    if (id < 0 || id >= MAX_VOCAB_SIZE) {
      sweep.at = start;
      sweep.skipValue();
      const value = new TextDecoder().decode(sweep.bytes.subarray(start, sweep.at));
      fail(
        `gives ${JSON.stringify(sweep.text())} the id ${value.slice(0, 40)}; ids must be whole numbers below ${MAX_VOCAB_SIZE}`,
      );
    }
    if (!table.add(textBytes, textStart, textEnd, id)) fail(`names ${JSON.stringify(sweep.text())} twice`);
  }
  if (table.count === 0) fail('is empty');
  const repeated = table.findRepeatedId();
  if (repeated !== undefined) {
    const [first, second] = repeated.map((n) => JSON.stringify(table.textOf(n)));
    fail(`gives the id ${table.idOf(repeated[0])} to both ${first} and ${second}; each id must be there once`);
  }
  return table;
}

function readMerges(sweep: JsonSweep, table: PieceTable, source: string): MergeList {
  const expectedMerges = Math.max(256, Math.min(2 ** 20, sweep.bytes.length >> 5));
  const builder = new MergeListBuilder(table, { expectedMerges, source });
  let number = 0;
  const fail = (start: number): never => {
    sweep.at = start;
    sweep.skipValue();
    const shown = new TextDecoder().decode(sweep.bytes.subarray(start, sweep.at));
    throw new FormatError(`${source}: merge ${number} is not a pair of pieces, but ${shown.slice(0, 80)}`);
  };
  const readPair = (start: number): void => {
    let parts = 0;
    sweep.readList(() => {
      if (parts === 2 || sweep.peek() !== QUOTE) fail(start);
      sweep.readText();
      if (sweep.textStart === sweep.textEnd) fail(start);
      builder.addPart(sweep.textBytes, sweep.textStart, sweep.textEnd);
      parts++;
    });
    if (parts < 2) fail(start);
  };
  for (let more = sweep.enterList(); more; more = sweep.nextItem()) {
    const start = sweep.at;
    number = builder.count;
    const first = sweep.peek();
    if (first === QUOTE) {
      sweep.readText();
      const { textBytes, textStart, textEnd } = sweep;
      const mayBeMark = textBytes[textStart] === HASH && textBytes[textStart + 1] === LETTER_V;
      if (mayBeMark && sweep.text().startsWith(VERSION_MARK)) continue;
      if (!builder.addText(textBytes, textStart, textEnd)) fail(start);
    } else if (first === OPEN_BRACKET) readPair(start);
    else fail(start);
  }
  return builder.build();
}
