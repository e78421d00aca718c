// What became of the input: every line that was read is counted as kept, empty or dropped with the reason,
// with its bytes. Filled while the corpus is read, so a progress display can watch it.
import type { InputHash } from './input-hash.ts';

/** Counts of one pass over a corpus. */
export interface CorpusStats {
  /** Files that have been opened. */
  files: number;
  /** Bytes on the disk of all files to read; 0 while unknown, standard input not counted. */
  totalBytes: number;
  /** Bytes read so far, as they lie on the disk (compressed). */
  bytesRead: number;
  /** Lines of the text: the lines of text files, and those within each record of the other formats. */
  lines: number;
  /** Sentences handed out: lines, or parts of lines that were split. */
  kept: number;
  /** UTF-8 bytes of the sentences handed out. */
  keptBytes: number;
  /** Lines with nothing but white space. */
  empty: number;
  /** Lines longer than `maxLineBytes` that were handed out in parts; nothing of them is lost. */
  split: number;
  /** Sentences that had been seen before, with `dedupe`. */
  duplicates: number;
  /** Their UTF-8 bytes. */
  duplicateBytes: number;
  /** Sentences that the weight of their source left out, with `mix`. */
  outOfMix: number;
  outOfMixBytes: number;
  /** Sentences that `sampleShare` left out, and entries of tables that `sampleThreshold` did. */
  outOfSample: number;
  outOfSampleBytes: number;
  /** Documents that sentences have come from, by `document`. */
  documents: number;
  /** Records without the field or column, or with something else than text in it. */
  withoutText: number;
  /** Invalid UTF-8 sequences, each replaced by U+FFFD. */
  invalidUtf8: number;
  /** NUL characters, which no vocabulary can hold, taken out of the text. */
  nulCharacters: number;
  /** The inputs that were read to their ends, in the order of reading, with the hashes of their texts. */
  inputs: InputHash[];
}

/** Stats of a corpus of which nothing has been read. */
export function emptyStats(): CorpusStats {
  return {
    files: 0,
    totalBytes: 0,
    bytesRead: 0,
    lines: 0,
    kept: 0,
    keptBytes: 0,
    empty: 0,
    split: 0,
    duplicates: 0,
    duplicateBytes: 0,
    outOfMix: 0,
    outOfMixBytes: 0,
    outOfSample: 0,
    outOfSampleBytes: 0,
    documents: 0,
    withoutText: 0,
    invalidUtf8: 0,
    nulCharacters: 0,
    inputs: [],
  };
}
