// Every failure this library reports on purpose, as one small family of errors.
// A message says where and what and which limit; the hint says the next step. Nothing here prints or exits:
// the command line turns these into one `error:` line, one `hint:` line and an exit status.

/** Options shared by every {@link VocabMergeError}. */
export interface VocabMergeErrorOptions {
  /** The next step, as one sentence for a person. */
  readonly hint?: string;
  /** The error underneath, if there was one. */
  readonly cause?: unknown;
}

/**
 * Base class of every error the library throws on purpose.
 *
 * @example
 * ```ts
 * try {
 *   await loadTokenizer('./broken.model');
 * } catch (error) {
 *   if (error instanceof VocabMergeError) console.error(error.code, error.message, error.hint);
 * }
 * ```
 */
export class VocabMergeError extends Error {
  /** Stable, machine-readable name of the failure: `FORMAT`, `INPUT`, `OPTION`, `OUTPUT`, `NETWORK`, `AUDIT`, `USAGE`. */
  readonly code: string;
  /** The next step for a person, or `undefined` when the message says it all. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: VocabMergeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** A file is not what its format says: bad magic, length, offset or field. `code` is `FORMAT`. */
export class FormatError extends VocabMergeError {
  constructor(message: string, options?: VocabMergeErrorOptions) {
    super('FORMAT', message, options);
  }
}

/** An input is missing, unreadable, empty or unusable as what it was given for. `code` is `INPUT`. */
export class InputError extends VocabMergeError {
  constructor(message: string, options?: VocabMergeErrorOptions) {
    super('INPUT', message, options);
  }
}

/** An option's value is out of range, or two options contradict each other. `code` is `OPTION`. */
export class OptionError extends VocabMergeError {
  constructor(message: string, options?: VocabMergeErrorOptions) {
    super('OPTION', message, options);
  }
}

/** An output cannot be written: permissions, a full disk, a folder in the way. `code` is `OUTPUT`. */
export class OutputError extends VocabMergeError {
  constructor(message: string, options?: VocabMergeErrorOptions) {
    super('OUTPUT', message, options);
  }
}

/** A download failed. `code` is `NETWORK`. */
export class NetworkError extends VocabMergeError {
  /** HTTP status of a refusal, `undefined` when no answer came. */
  readonly status: number | undefined;

  constructor(message: string, options: VocabMergeErrorOptions & { readonly status?: number } = {}) {
    super('NETWORK', message, options);
    this.status = options.status;
  }
}

/** An audit found what its caller asked to fail on. `code` is `AUDIT`. */
export class AuditError extends VocabMergeError {
  constructor(message: string, options?: VocabMergeErrorOptions) {
    super('AUDIT', message, options);
  }
}

/** The command line was called wrongly; the command line exits with 2. `code` is `USAGE`. */
export class UsageError extends VocabMergeError {
  constructor(message: string, options?: VocabMergeErrorOptions) {
    super('USAGE', message, options);
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
