// Lets timers, input and signals run in the middle of long computations, which is what makes them cancellable.
// When to call it is the caller's matter: by counting work, never by a clock, so that runs stay comparable.

/**
 * Waits for one turn of the event loop.
 *
 * @throws the reason of `signal` when it was aborted, before or during the wait
 */
export async function yieldToEventLoop(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}

/** Runs a generator to its end; each of its yields says how much was done, 1 being time for a pause. */
export type StepRunner = <T>(steps: Generator<number, T>) => Promise<T>;
