// Encodes many texts on several threads, the caller's among them. Every other opens the model for itself, once, and texts go out in
// portions to whichever thread is free; the results do not depend on that. A small batch is the caller's alone.

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { checkWhole } from '../../core/check-whole.ts';
import { partTexts } from '../../core/piece-texts.ts';
import { type EncodeOptions, type Tokenizer, utf8EncoderOf } from '../../tokenize/tokenizer.ts';
import {
  type EncodedTexts,
  type EncodeRequest,
  type EncodingThread,
  encodeTexts,
  startEncodingThread,
  type TextsOrLines,
} from './encode-batch-thread.ts';
import { findWorkerFile } from './worker-file.ts';

/** UTF-16 units that go to a thread at a time: some milliseconds of work, so that threads end together. */
const PORTION_UNITS = 1 << 18;
/** Texts that go to a thread at a time, however short they are. */
const PORTION_TEXTS = 1 << 14;
/** Portions a thread has in hand: the one it works on and the next, so that it never waits for the caller. */
const IN_HAND = 2;
/** Text that pays for starting a thread and opening the model in it, about 100 ms, in UTF-16 units. */
const UNITS_PER_THREAD = 4_000_000;
/** More threads than any machine has processors are a mistake. */
const MAX_THREADS = 1024;

/** Options of {@link createBatchEncoder}. */
export interface BatchEncoderOptions {
  /** Threads that encode, the calling one among them. Default: as many as the machine has processors. */
  readonly threads?: number;
}

/** Options of {@link encodeBatch}. */
export interface EncodeBatchOptions extends EncodeOptions, BatchEncoderOptions {}

/** Ids of a batch, one text after the other. */
export interface EncodedBatch {
  readonly ids: Int32Array;
  /** Where the ids of each text start, and the end of the last: `[texts + 1]`. */
  readonly idStarts: Uint32Array;
}

/** Threads that are kept for one batch after the other. */
export interface BatchEncoder {
  /** Threads at work, with the calling one, which encodes for some milliseconds at a time. */
  readonly threads: number;
  /**
   * Ids of each text, in the order of `texts`. The arrays are views of a few large ones.
   * @throws OptionError when bos or eos is asked for and the model has none
   */
  encode(texts: readonly string[], options?: EncodeOptions): Promise<Int32Array[]>;
  /**
   * Ids of all texts in one array, for many short texts: an array for each would cost more than encoding it.
   * @throws OptionError as `encode`
   */
  encodeFlat(texts: readonly string[], options?: EncodeOptions): Promise<EncodedBatch>;
  /** Number of tokens of each text, `[texts]`, without bos and eos. */
  countTokens(texts: readonly string[]): Promise<Uint32Array>;
  /** Ends the threads. They do not keep the process alive, but their memory stays in use until then. */
  close(): Promise<void>;
}

/**
 * Starts threads that encode with the model of `tokenizer`.
 *
 * @throws OptionError when `threads` is not a whole number from 1 on
 * @example
 * ```ts
 * const encoder = createBatchEncoder(tokenizer, { threads: 4 });
 * for await (const lines of batches) for (const ids of await encoder.encode(lines)) console.log(ids.length);
 * await encoder.close();
 * ```
 */
export function createBatchEncoder(tokenizer: Tokenizer, options: BatchEncoderOptions = {}): BatchEncoder {
  const wanted = options.threads ?? availableParallelism();
  checkWhole('threads', wanted, 1, MAX_THREADS);
  const threads = startThreads(tokenizer, wanted - 1);

  async function run(texts: readonly string[], request: EncodeRequest): Promise<readonly EncodedTexts[]> {
    if (threads.length === 0) return [encodeTexts(tokenizer, texts, request)];
    const ends = portionEnds(texts);
    const results: EncodedTexts[] = new Array(ends.length);
    let next = 0;
    const work = async (thread: EncodingThread<true, TextsOrLines>): Promise<void> => {
      while (next < ends.length) {
        const portion = next++;
        results[portion] = await thread.encode(texts.slice(ends[portion - 1] ?? 0, ends[portion]), request);
      }
    };
    const asked = threads.flatMap((thread) => Array.from({ length: IN_HAND }, () => work(thread)));
    const workHere = async (): Promise<void> => {
      while (next < ends.length) {
        const portion = next++;
        results[portion] = encodeTexts(tokenizer, texts.slice(ends[portion - 1] ?? 0, ends[portion]), request);
        // The others' answers come in between.
        await setImmediate();
      }
    };
    await Promise.all([...asked, workHere()]);
    return results;
  }

  async function runChecked(texts: readonly string[], encodeOptions: EncodeOptions): Promise<readonly EncodedTexts[]> {
    // The check of bos and eos is the tokenizer's own.
    tokenizer.encode('', encodeOptions);
    return run(texts, encodeOptions);
  }

  return {
    threads: threads.length + 1,
    async encode(texts, encodeOptions = {}) {
      return viewsOf(await runChecked(texts, encodeOptions), texts.length);
    },
    async encodeFlat(texts, encodeOptions = {}) {
      return joined(await runChecked(texts, encodeOptions), texts.length);
    },
    async countTokens(texts) {
      const counts = new Uint32Array(texts.length);
      let at = 0;
      for (const { idStarts } of await run(texts, { countOnly: true })) {
        for (let i = 1; i < idStarts.length; i++) counts[at++] = idStarts[i]! - idStarts[i - 1]!;
      }
      return counts;
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

/** UTF-8 bytes that are encoded in the calling thread before others are started: less does not pay for them. */
const BYTES_BEFORE_THREADS = 3 * UNITS_PER_THREAD;

/** Parts that the calling thread encodes before it waits for another: half a second of work, in which a thread can start. */
const ENCODED_AHEAD = 32;

/** What {@link encodeStream} runs with. */
export interface EncodeStreamOptions extends BatchEncoderOptions, EncodeRequest {
  /** Bytes to come; a short stream is encoded in the calling thread. Default: it is found out. */
  readonly totalBytes?: number;
}

/**
 * Encodes texts as they come, on several threads where there are enough of them; memory does not grow with the stream.
 *
 * @param parts texts, or whole lines of UTF-8 whose buffers are taken
 * @returns the encoded parts, in the order of `parts`; large ones are divided
 * @throws OptionError as {@link createBatchEncoder}, and for bos or eos that the model does not have
 */
export async function* encodeStream(
  tokenizer: Tokenizer,
  parts: AsyncIterable<TextsOrLines>,
  options: EncodeStreamOptions = {},
): AsyncGenerator<EncodedTexts> {
  const { threads: wanted = availableParallelism(), totalBytes = 0, ...request } = options;
  checkWhole('threads', wanted, 1, MAX_THREADS);
  tokenizer.encode('', request);
  let threads: EncodingThread<true, TextsOrLines>[] | undefined;
  const inHand: (EncodedTexts | Promise<EncodedTexts>)[] = [];
  const loads: number[] = [];
  let bytes = 0;
  try {
    for await (const part of dividedParts(parts)) {
      if (threads === undefined) {
        bytes += bytesOf(part);
        if (Math.max(bytes, totalBytes) < BYTES_BEFORE_THREADS) {
          yield encodeTexts(tokenizer, part, request);
          continue;
        }
        // This thread encodes, too, what the others have no hand free for.
        threads = startThreads(tokenizer, wanted - 1);
        loads.push(...threads.map(() => 0));
      }
      const thread = loads.findIndex((load) => load < IN_HAND);
      if (thread < 0) inHand.push(encodeTexts(tokenizer, part, request));
      else {
        loads[thread]!++;
        const encoded = threads[thread]!.encode(part, request).finally(() => {
          loads[thread]!--;
        });
        // Whoever takes it sees the failure.
        encoded.catch(() => {});
        inHand.push(encoded);
      }
      if (inHand.length > threads.length * (IN_HAND + ENCODED_AHEAD)) yield await inHand.shift()!;
    }
    for (const encoded of inHand) yield await encoded;
  } finally {
    await Promise.all((threads ?? []).map((thread) => thread.close()));
  }
}

async function* dividedParts(parts: AsyncIterable<TextsOrLines>): AsyncGenerator<TextsOrLines> {
  for await (const part of parts) {
    if (part instanceof Uint8Array) yield part;
    else {
      let start = 0;
      for (const end of portionEnds(part)) {
        yield part.slice(start, end);
        start = end;
      }
    }
  }
}

// Nearly: what matters is whether there is much.
function bytesOf(part: TextsOrLines): number {
  return part instanceof Uint8Array ? part.length : part.reduce((sum, text) => sum + text.length, 0);
}

/**
 * Ids of many texts at once, on several threads where there is enough text to pay for starting them (some megabytes
 * each). For one batch after another use {@link createBatchEncoder}, which keeps its threads.
 *
 * @throws OptionError when `threads` is not a whole number from 1 on, or bos or eos is asked for and the model has none
 * @example
 * ```ts
 * const ids = await encodeBatch(tokenizer, ['人工智能', '词表'], { threads: 8 });
 * ids[0]; // [29871, 30313, 31041, 31676, 30815]
 * ```
 */
export async function encodeBatch(
  tokenizer: Tokenizer,
  texts: readonly string[],
  options: EncodeBatchOptions = {},
): Promise<Int32Array[]> {
  const { threads = availableParallelism(), ...encodeOptions } = options;
  checkWhole('threads', threads, 1, MAX_THREADS);
  let units = 0;
  for (const text of texts) units += text.length;
  const worthwhile = Math.floor(units / UNITS_PER_THREAD);
  const encoder = createBatchEncoder(tokenizer, { threads: Math.max(1, Math.min(threads, worthwhile)) });
  try {
    return await encoder.encode(texts, encodeOptions);
  } finally {
    await encoder.close();
  }
}

// None where nothing has been compiled.
function startThreads(tokenizer: Tokenizer, count: number): EncodingThread<true, TextsOrLines>[] {
  const file = count > 0 ? findWorkerFile('threads/encode-batch-worker') : undefined;
  if (file === undefined) return [];
  const parts = partTexts(tokenizer.model);
  return Array.from({ length: count }, () => {
    const thread = startEncodingThread<true>(file, parts);
    // While a thread started, the calling one has learnt what its texts are made of: the first request after that tells it.
    let mayLearn = false;
    const isReady = thread.ready.then(() => {
      mayLearn = true;
    });
    isReady.catch(() => {});
    return {
      ...thread,
      encode(texts, request) {
        const remembered = mayLearn ? utf8EncoderOf(tokenizer)?.remembered() : undefined;
        mayLearn = false;
        return thread.encode(texts, { ...request, ...(remembered !== undefined && { remembered }) });
      },
    };
  });
}

/** Where each portion ends, as indices into `texts`. */
function portionEnds(texts: readonly string[]): number[] {
  const ends: number[] = [];
  let units = 0;
  let start = 0;
  texts.forEach((text, i) => {
    units += text.length;
    if (units < PORTION_UNITS && i + 1 - start < PORTION_TEXTS && i + 1 < texts.length) return;
    ends.push(i + 1);
    start = i + 1;
    units = 0;
  });
  return ends;
}

function viewsOf(parts: readonly EncodedTexts[], count: number): Int32Array[] {
  const views: Int32Array[] = new Array(count);
  let at = 0;
  for (const { ids, idStarts } of parts) {
    for (let i = 1; i < idStarts.length; i++) views[at++] = ids.subarray(idStarts[i - 1]!, idStarts[i]!);
  }
  return views;
}

function joined(parts: readonly EncodedTexts[], count: number): EncodedBatch {
  const ids = new Int32Array(parts.reduce((sum, part) => sum + part.ids.length, 0));
  const idStarts = new Uint32Array(count + 1);
  let end = 0;
  let at = 0;
  for (const part of parts) {
    ids.set(part.ids, end);
    for (let i = 1; i < part.idStarts.length; i++) idStarts[++at] = end + part.idStarts[i]!;
    end += part.ids.length;
  }
  return { ids, idStarts };
}
