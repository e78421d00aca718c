// What has to be undone when the process is stopped in the middle: temporary files and folders.
// The library only keeps the list; a program that wants Ctrl-C to leave nothing behind calls `runCleanups` from its own
// signal handlers, or lets `cleanUpOnSignals` install them. Nothing is installed by importing this file.

type Cleanup = () => void;

const cleanups = new Set<Cleanup>();

/** Takes up listening for signals, or leaves it, as there is something to undo or not. */
let listen: (() => void) | undefined;

/**
 * Adds something to undo if the process is stopped; it must be synchronous.
 *
 * @returns takes it off the list again, without running it
 */
export function registerCleanup(cleanup: Cleanup): () => void {
  cleanups.add(cleanup);
  listen?.();
  return () => {
    cleanups.delete(cleanup);
    listen?.();
  };
}

/** Keeps signals from ending the process between a step and the registration of what undoes it. */
export function holdSignals(): () => void {
  return registerCleanup(() => {});
}

/** Runs and forgets everything on the list, the latest first. A cleanup that fails does not stop the others. */
export function runCleanups(): void {
  const pending = [...cleanups].reverse();
  cleanups.clear();
  for (const cleanup of pending) {
    try {
      cleanup();
    } catch {
      // The process is on its way out: the rest matters more than this one.
    }
  }
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Makes SIGINT (Ctrl-C), SIGTERM and SIGHUP run the cleanups, then end the process as the signal would have.
 *
 * While there is nothing to undo, nobody listens: JavaScript hears a signal only between two computations, and the system ends
 * the process at once, also in the middle of a long one.
 *
 * @param onSignal called between the two, to say a last word
 * @returns takes the handlers off again
 */
export function cleanUpOnSignals(onSignal?: (signal: NodeJS.Signals) => void): () => void {
  let isListening = false;
  let isStopped = false;
  const stop = (signal: NodeJS.Signals): void => {
    // The handlers stay until everything is undone: an impatient second Ctrl-C must not end it half-way.
    runCleanups();
    onSignal?.(signal);
    remove();
    // With the handler gone, the signal has its usual effect, and the parent sees why the process ended.
    process.kill(process.pid, signal);
  };
  const take = (): void => {
    for (const signal of STOP_SIGNALS) process.on(signal, stop);
    isListening = true;
  };
  const leave = (): void => {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
    isListening = false;
  };
  const update = (): void => {
    if (cleanups.size > 0 && !isListening) take();
    // A signal may have come already: it is heard when the event loop has turned, which it has after the second of these.
    else if (cleanups.size === 0 && isListening) setImmediate(() => setImmediate(leaveIfIdle));
  };
  const leaveIfIdle = (): void => {
    if (!isStopped && cleanups.size === 0 && isListening) leave();
  };
  const remove = (): void => {
    isStopped = true;
    listen = undefined;
    leave();
  };
  listen = update;
  update();
  return remove;
}
