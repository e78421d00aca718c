// vocab.json and merges.txt as a part of a document, beside a tokenizer.json that says the same. New pieces go behind
// the last one of vocab.json, new merges behind the last line of merges.txt, and every other byte stays; what leaves leaves
// with its line.
// Spec: as for gpt2-files.ts, which reads the pair.

import { joinBytes } from '../../core/grown.ts';
import { ABSENT_PIECE, type MergeList, PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { keptMerges } from '../../core/patch.ts';
import { spellByteLevel } from '../../core/unicode/byte-level.ts';
import { encodeUtf8 } from '../../core/unicode/utf8.ts';
import { FormatError } from '../../errors.ts';
import type { VocabularyPart } from '../document/listed-document.ts';
import { newVocabEntries } from '../document/vocab-entries.ts';
import { JsonSweep } from '../json/json-sweep.ts';
import { createRewriter } from '../json/rewriter.ts';
import { appendIds, splice, tailOf } from '../json/splice.ts';
import { readMergeLines } from './read/gpt2-files.ts';
import { readVocab } from './read/scan-tokenizer-json.ts';
import { renumberHere } from './renumber-json.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const HASH = 0x23;
const LETTER_V = 0x76;

/** The two files, as a person has them. */
export interface Gpt2Pair {
  readonly vocab: Uint8Array;
  readonly merges: Uint8Array;
  /** Name of the tokenizer, for error messages. */
  readonly source: string;
}

/** The pair as a part of a document. */
export function gpt2Part({ vocab, merges, source }: Gpt2Pair): VocabularyPart {
  return {
    names: ['vocab.json', 'merges.txt'],
    contents: () => [vocab, merges],
    apply(patch, model) {
      const isPresent = checkSame({ vocab, merges, source }, model);
      const newTexts = new Map(patch.pieces.map(({ id, piece }) => [id, piece]));
      const spell = (id: number): string => spellByteLevel(newTexts.get(id) ?? model.pieces[id]!);
      const lines = patch.merges.map(({ leftId, rightId }) => `${spell(leftId)} ${spell(rightId)}`);
      const tail = tailOf(new JsonSweep(vocab, source), 'object');
      return gpt2Part({
        vocab: splice(vocab, [appendIds(tail, newVocabEntries(model, patch, isPresent))]),
        merges: appendLines(merges, lines),
        source,
      });
    },
    renumber(newIds, model) {
      checkSame({ vocab, merges, source }, model);
      return gpt2Part({
        vocab: renumberVocab(vocab, newIds, source),
        merges: keepLines(merges, keptMerges(model.merges!, newIds)),
        source,
      });
    },
  };
}

// The pair must hold the vocabulary that the patch was made for; added tokens may be in it or not.
function checkSame({ vocab, merges, source }: Gpt2Pair, model: TokenizerModel): (name: string) => boolean {
  const differs = (what: string): never => {
    throw new FormatError(
      `the ${what} beside ${source} is of another vocabulary, so that it cannot be extended with it`,
    );
  };
  const sweep = new JsonSweep(vocab, `vocab.json beside ${source}`);
  const table = readVocab(sweep, `vocab.json beside ${source}`, 'the vocabulary');
  const contents = new Map(model.addedTokens.map(({ content, id }) => [id, content]));
  let found = 0;
  for (const [id, piece] of model.pieces.entries()) {
    const type = model.pieceTypes[id];
    if (type === ABSENT_PIECE) continue;
    const content = contents.get(id);
    const listed = table.findText(content ?? (type === PIECE_TYPE.normal ? spellByteLevel(piece) : piece));
    if (listed === id) found++;
    else if (content === undefined || listed >= 0) differs('vocab.json');
  }
  if (found < table.count) differs('vocab.json');
  const list = readMergeLines(merges, table, `merges.txt beside ${source}`);
  if (model.merges === undefined || !isSameList(list, model.merges)) differs('merges.txt');
  return (name) => table.findText(name) >= 0;
}

function isSameList(a: MergeList, b: MergeList): boolean {
  const isSame = (x: Int32Array, y: Int32Array) => x.length === y.length && x.every((id, i) => id === y[i]);
  return isSame(a.leftIds, b.leftIds) && isSame(a.rightIds, b.rightIds);
}

function renumberVocab(vocab: Uint8Array, newIds: Int32Array, source: string): Uint8Array {
  const sweep = new JsonSweep(vocab, `vocab.json beside ${source}`);
  const rewriter = createRewriter(sweep);
  rewriter.filter('object', () => renumberHere(sweep, rewriter, newIds));
  return rewriter.finish();
}

// Merges are numbered as gpt2-files.ts reads them: the first line may name the version, empty lines are none.
function keepLines(bytes: Uint8Array, isKept: (merge: number) => boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  let merge = 0;
  for (let at = 0; at < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, at);
    const end = feed < 0 ? bytes.length : feed + 1;
    const isVersion = at === 0 && bytes[0] === HASH && bytes[1] === LETTER_V;
    const isEmpty = bytes[at] === LINE_FEED || (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED);
    if (isVersion || isEmpty || isKept(merge++)) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return joinBytes(parts);
}

/** Lines behind the last one, ended as the first is. */
export function appendLines(bytes: Uint8Array, lines: readonly string[]): Uint8Array {
  if (lines.length === 0) return bytes;
  const first = bytes.indexOf(LINE_FEED);
  const end = first > 0 && bytes[first - 1] === CARRIAGE_RETURN ? '\r\n' : '\n';
  const gap = bytes.length > 0 && bytes.at(-1) !== LINE_FEED ? end : '';
  return joinBytes([bytes, encodeUtf8(`${gap}${lines.map((line) => `${line}${end}`).join('')}`)]);
}
