// A worker thread that turns texts into ids, seen from both sides: how it is started and asked, and how it answers.
// What encodes in there is up to the worker file (encode-batch-worker.ts, verify-worker.ts). Texts go there and ids come
// back in flat typed arrays whose memory is handed over: a message of many strings costs as much as encoding them.
import { parentPort, Worker } from 'node:worker_threads';
import { doubled } from '../../core/grown.ts';
import { readUtf8Units } from '../../core/unicode/utf8.ts';
import { VocabMergeError } from '../../errors.ts';
import { formIds, type IdForm } from '../../formats/ids/id-form.ts';
import { type EncodeOptions, type Tokenizer, utf8EncoderOf } from '../../tokenize/tokenizer.ts';
import { errorFrom, failureOf, type ThreadFailure } from './thread-messages.ts';

/** Ids of several texts, one text after the other. */
export interface EncodedTexts {
  /** The ids in the form that was asked for; `ids` is empty then. */
  readonly data?: Uint8Array<ArrayBuffer>;
  readonly ids: Int32Array<ArrayBuffer>;
  /** Where the ids of each text start, and the end of the last: `[texts + 1]`. */
  readonly idStarts: Uint32Array<ArrayBuffer>;
}

/** Texts, or whole lines in UTF-8 (valid, and with the buffer to themselves). */
export type TextsOrLines = readonly string[] | Uint8Array<ArrayBuffer>;

/** What a thread is asked: ids, or (with `countOnly`) only how many; `ids` is empty then. */
export interface EncodeRequest extends EncodeOptions {
  readonly countOnly?: boolean;
  /** Gives `data`: ids as they are written to a file, made in the thread. */
  readonly form?: IdForm;
  /** What another thread has remembered of its texts: what it has learnt need not be learnt again. Its buffer is handed over. */
  readonly remembered?: Uint8Array<ArrayBuffer> | undefined;
}

/** A started thread, and the kinds of texts that it takes. */
export interface EncodingThread<Ready, Texts extends TextsOrLines = readonly string[]> {
  /** What the worker file had to say when it was ready; rejects when it could not get ready. */
  readonly ready: Promise<Ready>;
  /** Encodes texts, or lines of UTF-8 whose buffer is handed over; requests are answered in order. */
  encode(texts: Texts, request?: EncodeRequest): Promise<EncodedTexts>;
  /** Ends the thread; what it was asked and has not answered is rejected. */
  close(): Promise<void>;
}

type EncoderAnswer<Ready> =
  | { readonly kind: 'ready'; readonly value: Ready }
  | { readonly kind: 'encoded'; readonly encoded: EncodedTexts }
  | { readonly kind: 'failed'; readonly failure: ThreadFailure };

/** Starts a worker file; it keeps the process alive only while it has something to answer. */
export function startEncodingThread<Ready>(file: string, workerData: unknown): EncodingThread<Ready, TextsOrLines> {
  const worker = new Worker(file, { workerData });
  const waiting: { resolve: (encoded: EncodedTexts) => void; reject: (error: unknown) => void }[] = [];
  let failure: unknown;
  let open = 1;
  const settle = (): void => {
    if (--open === 0) worker.unref();
  };
  let isReady: (value: Ready) => void;
  let isNotReady: (error: unknown) => void;
  const ready = new Promise<Ready>((resolve, reject) => {
    isReady = resolve;
    isNotReady = reject;
  });
  // Whoever waits for `ready` sees the failure; nobody has to.
  ready.catch(() => {});
  const fail = (error: unknown): void => {
    failure ??= error;
    isNotReady(failure);
    for (const { reject } of waiting.splice(0)) reject(failure);
    void worker.terminate();
  };
  worker.on('message', (answer: EncoderAnswer<Ready>) => {
    if (answer.kind === 'ready') {
      isReady(answer.value);
      settle();
    } else if (answer.kind === 'encoded') {
      waiting.shift()!.resolve(answer.encoded);
      settle();
    } else fail(errorFrom({ ...answer.failure, isOwn: true }));
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new VocabMergeError('THREAD', 'the encoding thread has ended')));
  return {
    ready,
    encode(texts, request = {}) {
      if (failure !== undefined) return Promise.reject(failure);
      if (open++ === 0) worker.ref();
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        const packed = texts instanceof Uint8Array ? texts : packTexts(texts);
        const parts = packed instanceof Uint8Array ? [packed] : [packed.units, packed.ends];
        const { remembered } = request;
        const buffers = [...parts, ...(remembered === undefined ? [] : [remembered])].map(({ buffer }) => buffer);
        worker.postMessage({ packed, request }, buffers);
      });
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** Texts on their way to a thread, as UTF-16 units, one after the other. */
export interface PackedTexts {
  readonly units: Uint16Array<ArrayBuffer>;
  /** Where each text ends, `[texts]`. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

function packTexts(texts: readonly string[]): PackedTexts {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (let i = 0; i < texts.length; i++) {
    end += texts[i]!.length;
    ends[i] = end;
  }
  const units = new Uint16Array(end);
  Buffer.from(units.buffer).write(texts.join(''), 'utf16le');
  return { units, ends };
}

// Memory that is written for the first time costs as much as a tenth of encoding into it, so it is used again.
let keptUnits = new Uint16Array(0);
let keptIds = new Int32Array(1 << 16);
/** Units and ids for which memory is kept: blocks of lines are smaller, but for very long lines. */
const MAX_KEPT = 1 << 21;

/**
 * Lines of UTF-8 (which must be valid) as texts, without line ends, CR LF among them; no text behind the last line end.
 * The units are there until the next call.
 */
export function unpackLines(bytes: Uint8Array): PackedTexts {
  const { length } = bytes;
  const units = length <= keptUnits.length ? keptUnits : new Uint16Array(length);
  if (length <= MAX_KEPT) keptUnits = units;
  let ends = new Uint32Array(1024);
  let count = 0;
  let start = 0;
  let end = 0;
  for (let at = 0; at < length; ) {
    const lineFeed = bytes.indexOf(0x0a, at);
    const lineEnd = lineFeed < 0 ? length : lineFeed;
    end = readUtf8Units(bytes, at, lineEnd, units, end);
    if (end > start && units[end - 1] === 0x0d) end--;
    if (count === ends.length) ends = doubled(ends);
    ends[count++] = end;
    start = end;
    at = lineEnd + 1;
  }
  return { units: units.subarray(0, end), ends: ends.subarray(0, count) };
}

/** The texts as strings, for engines that take nothing else. */
export function unpackTexts(packed: PackedTexts | Uint8Array): string[] {
  const { units, ends } = packed instanceof Uint8Array ? unpackLines(packed) : packed;
  const all = Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString('utf16le');
  return Array.from(ends, (end, i) => all.slice(i === 0 ? 0 : ends[i - 1]!, end));
}

/** What a worker file does with texts. */
export type EncodeTexts = (texts: readonly string[], request: EncodeRequest) => EncodedTexts | Promise<EncodedTexts>;

/** The same for texts that have not been made strings. */
export type EncodePacked = (
  packed: PackedTexts | Uint8Array<ArrayBuffer>,
  request: EncodeRequest,
) => EncodedTexts | Promise<EncodedTexts>;

/**
 * Called once by a worker file: opens what encodes, says that it is ready, and answers until the thread is ended.
 * Errors are sent to the thread that started this one.
 */
export async function serveEncoding<Ready>(
  open: () => Promise<{ readonly ready: Ready; readonly encodePacked: EncodePacked }>,
): Promise<void> {
  const port = parentPort!;
  const answer = (value: EncoderAnswer<Ready>, transfer: ArrayBuffer[] = []): void => port.postMessage(value, transfer);
  const fail = (error: unknown): void => answer({ kind: 'failed', failure: failureOf(error) });
  // Requests may come before the engine is open; they wait for it, and for each other.
  let last: Promise<unknown> = open().then(({ ready, encodePacked }) => {
    answer({ kind: 'ready', value: ready });
    return encodePacked;
  });
  const opened = last as Promise<EncodePacked>;
  opened.catch(fail);
  port.on('message', ({ packed, request }: { packed: Parameters<EncodePacked>[0]; request: EncodeRequest }) => {
    last = last
      .then(() => opened)
      .then((encodePacked) => encodePacked(packed, request))
      .then((encoded) => {
        const { ids, idStarts, data } = encoded;
        answer({ kind: 'encoded', encoded }, [
          ids.buffer,
          idStarts.buffer,
          ...(data === undefined ? [] : [data.buffer]),
        ]);
      })
      .catch(fail);
  });
  await opened.catch(() => {});
}

/** Encodes texts with our own tokenizer, without an array of numbers for each: strings, their units, or lines of UTF-8. */
export function encodeTexts(
  tokenizer: Tokenizer,
  texts: TextsOrLines | PackedTexts,
  request: EncodeRequest = {},
): EncodedTexts {
  if (request.remembered !== undefined) utf8EncoderOf(tokenizer)?.learn(request.remembered);
  if ('units' in texts) {
    const { units, ends } = texts;
    return encodeEach(tokenizer, ends.length, (i) => units.subarray(i === 0 ? 0 : ends[i - 1]!, ends[i]!), request);
  }
  if (!(texts instanceof Uint8Array)) return encodeEach(tokenizer, texts.length, (i) => texts[i]!, request);
  const { addBos = false, addEos = false, countOnly = false } = request;
  const { bosId, eosId } = tokenizer;
  const encoded = utf8EncoderOf(tokenizer)?.encodeLines(texts, addBos ? bosId : -1, addEos ? eosId : -1);
  if (encoded === undefined) return encodeTexts(tokenizer, unpackLines(texts), request);
  const { ids, idStarts } = encoded;
  return countOnly ? { ids: new Int32Array(0), idStarts } : inForm(ids, idStarts, request);
}

function inForm(ids: Int32Array, idStarts: Uint32Array<ArrayBuffer>, { form }: EncodeRequest): EncodedTexts {
  if (form === undefined) return { ids: new Int32Array(ids), idStarts };
  return { ids: new Int32Array(0), idStarts, data: formIds(ids, idStarts, form) };
}

function encodeEach(
  tokenizer: Tokenizer,
  count: number,
  textAt: (i: number) => string | Uint16Array,
  request: EncodeRequest,
): EncodedTexts {
  const { addBos = false, addEos = false, countOnly = false } = request;
  const idStarts = new Uint32Array(count + 1);
  let end = 0;
  if (countOnly) {
    for (let i = 0; i < count; i++) {
      end += tokenizer.countTokens(textAt(i)) + Number(addBos) + Number(addEos);
      idStarts[i + 1] = end;
    }
    return { ids: new Int32Array(0), idStarts };
  }
  let ids = keptIds;
  for (let i = 0; i < count; i++) {
    const text = textAt(i);
    // Room for bos and eos is always kept; a text that does not fit is encoded again.
    if (addBos) ids[end++] = tokenizer.bosId;
    let length = tokenizer.encodeInto(text, ids, end);
    if (end + length + 2 > ids.length) {
      ids = doubled(ids, end + length + 2);
      length = tokenizer.encodeInto(text, ids, end);
    }
    end += length;
    if (addEos) ids[end++] = tokenizer.eosId;
    idStarts[i + 1] = end;
  }
  if (ids.length <= MAX_KEPT) keptIds = ids;
  return inForm(ids.subarray(0, end), idStarts, request);
}
