// Tells which lines belong to one document, for training that asks in how many documents a piece occurs. What a document
// is depends on the corpus, so the user says: a line, a record, a file, a source, or the records that share a field.

import type { CorpusFile } from '../read/expand-inputs.ts';

/** The choices, from small to large. */
export const DOCUMENT_UNITS = ['line', 'block', 'record', 'file', 'source'] as const;

/**
 * What counts as one document: a `line`; a `block` of lines up to an empty one; a `record`, that is a JSON value, a row or
 * an entry, and for text without records the whole file; a `file`; or all files of a `source`.
 */
export type DocumentUnit = (typeof DOCUMENT_UNITS)[number];

/** How documents are told apart. */
export interface DocumentOptions {
  /** Default `record`. */
  readonly document?: DocumentUnit | undefined;
  /**
   * Field of JSON objects, column of tables: records with the same value there are one document; of a URL the host counts.
   * Records without it, and text without records, go by `document`.
   */
  readonly documentField?: string | undefined;
}

/** Numbers documents as they come. */
export interface DocumentCounter {
  /** Number of documents so far. */
  readonly size: number;
  /** @param hasRecords false for plain text and for tables of counts, which have lines only */
  startFile(file: CorpusFile, hasRecords: boolean): void;
  /** @param key value of the document field */
  startRecord(key: string | undefined): void;
  /** Number of the document that a line belongs to. */
  documentOf(line: string): number;
}

/** A counter that has seen nothing. */
export function createDocumentCounter({ document = 'record' }: DocumentOptions): DocumentCounter {
  const byName = new Map<string, number>();
  let size = 0;
  let current = -1;
  // The document to go on with after records that said theirs.
  let ofFile = -1;
  let isBlockOpen = false;
  let isKeyed = false;

  const named = (name: string): number => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    byName.set(name, size);
    return size++;
  };

  return {
    get size() {
      return size;
    },
    startFile(file, hasRecords) {
      isBlockOpen = false;
      isKeyed = false;
      if (document === 'source') ofFile = named(`source ${file.source}`);
      else if (document === 'file' || (document === 'record' && !hasRecords)) ofFile = size++;
      current = ofFile;
    },
    startRecord(key) {
      isBlockOpen = false;
      isKeyed = key !== undefined;
      if (key !== undefined) current = named(`key ${siteOf(key)}`);
      else if (document === 'record') current = size++;
      else current = ofFile;
    },
    documentOf(line) {
      if (isKeyed || (document !== 'line' && document !== 'block')) return current;
      const isEmpty = line.trim() === '';
      if (!isEmpty && (document === 'line' || !isBlockOpen)) current = size++;
      isBlockOpen = !isEmpty;
      return current;
    },
  };
}

/** The host of a URL, anything else as it is: pages of one site are one document. */
function siteOf(key: string): string {
  if (!/^https?:\/\//i.test(key)) return key;
  return URL.canParse(key) ? new URL(key).host : key;
}
