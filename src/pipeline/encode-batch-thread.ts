// A worker thread that turns texts into ids, seen from both sides: how it is started and asked, and how it answers.
// What encodes in there is up to the worker file (encode-batch-worker.ts, verify-worker.ts). Ids come back in flat typed
// arrays whose memory is handed over, not copied.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker } from 'node:worker_threads';
import { VocabMergeError } from '../errors.ts';
import type { EncodeOptions, Tokenizer } from '../tokenize/tokenizer.ts';

/** Ids of several texts, one text after the other. */
export interface EncodedTexts {
  readonly ids: Int32Array<ArrayBuffer>;
  /** Where the ids of each text start, and the end of the last: `[texts + 1]`. */
  readonly idStarts: Uint32Array<ArrayBuffer>;
}

/** What a thread is asked: ids, or (with `countOnly`) only how many; `ids` is empty then. */
export interface EncodeRequest extends EncodeOptions {
  readonly countOnly?: boolean;
}

/** A started thread. */
export interface EncodingThread<Ready> {
  /** What the worker file had to say when it was ready; rejects when it could not get ready. */
  readonly ready: Promise<Ready>;
  /** Encodes texts; requests are answered in order. */
  encode(texts: readonly string[], request?: EncodeRequest): Promise<EncodedTexts>;
  /** Ends the thread; what it was asked and has not answered is rejected. */
  close(): Promise<void>;
}

type Answer<Ready> =
  | { readonly kind: 'ready'; readonly value: Ready }
  | { readonly kind: 'encoded'; readonly encoded: EncodedTexts }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** An error on its way between threads, which keep neither its class nor its hint. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/**
 * Path of a worker file beside this one, without extension: the compiled one, also for code that runs from its sources
 * (tests), because Node cannot start a worker from TypeScript. `undefined` where nothing has been compiled.
 */
export function findWorkerFile(name: string): string | undefined {
  const isSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(new URL(isSource ? `../../dist/pipeline/${name}.js` : `./${name}.js`, import.meta.url));
  return !isSource || existsSync(path) ? path : undefined;
}

/** Starts a worker file; it keeps the process alive only while it has something to answer. */
export function startEncodingThread<Ready>(file: string, workerData: unknown): EncodingThread<Ready> {
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
  worker.on('message', (answer: Answer<Ready>) => {
    if (answer.kind === 'ready') {
      isReady(answer.value);
      settle();
    } else if (answer.kind === 'encoded') {
      waiting.shift()!.resolve(answer.encoded);
      settle();
    } else {
      const { code, message, hint } = answer.failure;
      fail(new VocabMergeError(code, message, hint === undefined ? {} : { hint }));
    }
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
        worker.postMessage({ texts, request });
      });
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** What a worker file does with texts. */
export type EncodeTexts = (texts: readonly string[], request: EncodeRequest) => EncodedTexts | Promise<EncodedTexts>;

/**
 * Called once by a worker file: opens what encodes, says that it is ready, and answers until the thread is ended.
 * Errors are sent to the thread that started this one.
 */
export async function serveEncoding<Ready>(
  open: () => Promise<{ readonly ready: Ready; readonly encodeTexts: EncodeTexts }>,
): Promise<void> {
  const port = parentPort!;
  const answer = (value: Answer<Ready>, transfer: ArrayBuffer[] = []): void => port.postMessage(value, transfer);
  const fail = (error: unknown): void => {
    const { code = 'THREAD', hint } = error as Partial<VocabMergeError>;
    answer({
      kind: 'failed',
      failure: { code, hint, message: error instanceof Error ? error.message : String(error) },
    });
  };
  // Requests may come before the engine is open; they wait for it, and for each other.
  let last: Promise<unknown> = open().then(({ ready, encodeTexts }) => {
    answer({ kind: 'ready', value: ready });
    return encodeTexts;
  });
  const opened = last as Promise<EncodeTexts>;
  opened.catch(fail);
  port.on('message', ({ texts, request }: { texts: string[]; request: EncodeRequest }) => {
    last = last
      .then(() => opened)
      .then((encodeTexts) => encodeTexts(texts, request))
      .then((encoded) => answer({ kind: 'encoded', encoded }, [encoded.ids.buffer, encoded.idStarts.buffer]))
      .catch(fail);
  });
  await opened.catch(() => {});
}

/** Encodes texts with our own tokenizer, without an array of numbers for each. */
export function encodeTexts(
  tokenizer: Tokenizer,
  texts: readonly string[],
  { addBos = false, addEos = false, countOnly = false }: EncodeRequest = {},
): EncodedTexts {
  const idStarts = new Uint32Array(texts.length + 1);
  if (countOnly) {
    const extra = Number(addBos) + Number(addEos);
    let total = 0;
    for (let i = 0; i < texts.length; i++) {
      total += tokenizer.countTokens(texts[i]!) + extra;
      idStarts[i + 1] = total;
    }
    return { ids: new Int32Array(0), idStarts };
  }
  let ids = new Int32Array(1024);
  let end = 0;
  const push = (id: number): void => {
    if (end === ids.length) {
      const larger = new Int32Array(2 * ids.length);
      larger.set(ids);
      ids = larger;
    }
    ids[end++] = id;
  };
  for (let i = 0; i < texts.length; i++) {
    if (addBos) push(tokenizer.bosId);
    tokenizer.forEachId(texts[i]!, push);
    if (addEos) push(tokenizer.eosId);
    idStarts[i + 1] = end;
  }
  return { ids: ids.slice(0, end), idStarts };
}
