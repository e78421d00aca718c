// How several threads share one request: they take its tasks one after the other from a counter in shared memory, and all give
// up when one fails or the caller cancels. What a task is, and what a thread answers, is the caller's. It starts no threads.

import type { TrainThread } from './train-threads.ts';

/** Places in the control of a request. */
export const CONTROL = {
  /** The next task that no thread has taken. */
  next: 0,
  /** The task whose turn it is, where the order matters. */
  turn: 1,
  /** Not 0 when all threads shall give up. */
  stop: 2,
} as const;
export const CONTROL_SIZE = 3;

/** Positions of a text that pay for starting a thread. */
export const POSITIONS_PER_THREAD = 1 << 19;

/** Between two looks at how far the threads are. */
const SHARE_MS = 200;

/** Visits tasks below `count` that no other thread has taken, until none is left or all shall stop. */
export function takeTasks(control: Int32Array, count: number, visit: (task: number) => void): void {
  while (Atomics.load(control, CONTROL.stop) === 0) {
    const task = Atomics.add(control, CONTROL.next, 1);
    if (task >= count) return;
    visit(task);
  }
}

/** Makes all threads give up their request soon. */
export function stopThreads(control: Int32Array): void {
  Atomics.store(control, CONTROL.stop, 1);
  Atomics.notify(control, CONTROL.turn);
}

/** What {@link requestAll} takes beside the request. */
export interface RequestOptions {
  readonly signal: AbortSignal | undefined;
  /** Tasks of the request, for progress only. */
  readonly tasks?: number | undefined;
  /** Is told now and then which share of the tasks has been taken, 0..1. */
  readonly onShare?: ((share: number) => void) | undefined;
}

/** Sends a request to all threads and waits for all of them. */
export async function requestAll<Request, Reply>(
  threads: readonly TrainThread<Request, Reply>[],
  build: (control: Int32Array) => Request,
  { signal, tasks = Number.POSITIVE_INFINITY, onShare }: RequestOptions,
): Promise<Reply[]> {
  signal?.throwIfAborted();
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_SIZE * Int32Array.BYTES_PER_ELEMENT));
  const stop = (): void => stopThreads(control);
  signal?.addEventListener('abort', stop, { once: true });
  const timer =
    onShare && setInterval(() => onShare(Math.min(1, Atomics.load(control, CONTROL.next) / tasks)), SHARE_MS);
  try {
    const message = build(control);
    const outcomes = await Promise.allSettled(
      threads.map((thread) => thread.request(message).catch(rethrowAfter(stop))),
    );
    signal?.throwIfAborted();
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function rethrowAfter(action: () => void): (error: unknown) => never {
  return (error) => {
    action();
    throw error;
  };
}

/** Memory that threads share. */
export function allocateShared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

/** Private memory, as {@link allocateShared} gives shared one. */
export function allocatePrivate(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}
