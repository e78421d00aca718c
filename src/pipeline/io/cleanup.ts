// What has to be undone when the process is stopped in the middle: temporary files and folders.
// The library only keeps the list; a program that wants Ctrl-C to leave nothing behind calls `runCleanups` from its own
// signal handlers, or lets `cleanUpOnSignals` install them. Nothing is installed by importing this file.

type Cleanup = () => void;

const cleanups = new Set<Cleanup>();

/**
 * Adds something to undo if the process is stopped; it must be synchronous.
 *
 * @returns takes it off the list again, without running it
 */
export function registerCleanup(cleanup: Cleanup): () => void {
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
  };
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
 * @param onSignal called between the two, to say a last word
 * @returns takes the handlers off again
 */
export function cleanUpOnSignals(onSignal?: (signal: NodeJS.Signals) => void): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    // The handlers stay until everything is undone: an impatient second Ctrl-C must not end it half-way.
    runCleanups();
    onSignal?.(signal);
    remove();
    // With the handler gone, the signal has its usual effect, and the parent sees why the process ended.
    process.kill(process.pid, signal);
  };
  const remove = (): void => {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  return remove;
}
