// What worker threads tell the one that has started them: that they failed, and how far they are. An error loses its class
// and its code between threads, and progress is for a person, who needs no more than ten reports a second.
import { messageOf, VocabMergeError } from '../../errors.ts';

/** An error on its way between threads. */
export interface ThreadFailure {
  readonly code: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
  /** True for an error of this library. */
  readonly isOwn: boolean;
}

/** An error as it can be sent. */
export function failureOf(error: unknown): ThreadFailure {
  const { code, hint } = error as Partial<VocabMergeError>;
  const message = messageOf(error);
  return { code, message, hint, isOwn: error instanceof VocabMergeError };
}

/** The error again, as far as its class matters. */
export function errorFrom({ code, message, hint, isOwn }: ThreadFailure): Error {
  if (isOwn) return new VocabMergeError(code ?? 'THREAD', message, hint === undefined ? {} : { hint });
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

const REPORT_MS = 100;

/** Hands reports on to `post`, and leaves out those that come too soon after another. */
export function createReporter<Report>(post: (report: Report) => void): (report: Report) => void {
  let reportedAt = performance.now();
  return (report) => {
    if (performance.now() - reportedAt < REPORT_MS) return;
    reportedAt = performance.now();
    post(report);
  };
}
