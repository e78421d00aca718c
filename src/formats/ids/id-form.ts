// Ids as bytes, in the forms that files of ids are made of: JSON lines, or integers of one size, little-endian.
// Which file has which form is decided in pipeline/encode.

/** `json`: an array of each text, in a line of its own; others: integers, one text after the other. */
export type IdForm = 'json' | IdType;

/** Integer types of ids, by their names in NumPy. */
export type IdType = 'uint16' | 'int32' | 'uint32';

/** The smallest unsigned type that holds all ids of a vocabulary. */
export function idTypeOf(vocabSize: number): 'uint16' | 'uint32' {
  return vocabSize <= 0x10000 ? 'uint16' : 'uint32';
}

/**
 * Ids in a form.
 *
 * @param idStarts where the ids of each text start, and the end of the last: `[texts + 1]`
 */
export function formIds(ids: Int32Array, idStarts: Uint32Array, form: IdForm): Uint8Array<ArrayBuffer> {
  if (form === 'json') return jsonLines(ids, idStarts);
  // Little-endian, as every system that trainers run on.
  const values = form === 'uint16' ? new Uint16Array(ids) : new Int32Array(ids);
  return new Uint8Array(values.buffer);
}

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const LINE_FEED = 0x0a;
const ZERO = 0x30;

function jsonLines(ids: Int32Array, idStarts: Uint32Array): Uint8Array<ArrayBuffer> {
  const texts = idStarts.length - 1;
  // Ten digits and a comma at most; brackets and a line feed for each text.
  const bytes = new Uint8Array(ids.length * 11 + texts * 3);
  let at = 0;
  for (let text = 0; text < texts; text++) {
    bytes[at++] = OPEN;
    const start = idStarts[text]!;
    const end = idStarts[text + 1]!;
    for (let i = start; i < end; i++) {
      if (i > start) bytes[at++] = COMMA;
      const id = ids[i]!;
      let digits = 1;
      for (let limit = 10; limit <= id; limit *= 10) digits++;
      let rest = id;
      for (let place = at + digits - 1; place >= at; place--) {
        const left = (rest / 10) | 0;
        bytes[place] = ZERO + rest - left * 10;
        rest = left;
      }
      at += digits;
    }
    bytes[at++] = CLOSE;
    bytes[at++] = LINE_FEED;
  }
  return bytes.slice(0, at);
}
