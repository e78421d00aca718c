// How a Hugging Face hub is reached: its address, the token, and its failures in our words. What is fetched from it, and what of
// it is kept, is the business of others. The protocol is left to @huggingface/hub, which is loaded only when it is needed.

import { NetworkError, OptionError, type VocabMergeError } from '../../errors.ts';

/** How repositories are reached. */
export interface HubAccessOptions {
  /** Access token for private and gated repositories; default `HF_TOKEN`. */
  readonly token?: string | undefined;
  /** Address of the hub or of a mirror; default `HF_ENDPOINT`, else the public hub. */
  readonly endpoint?: string | undefined;
  /** Ends the download; the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** An opened hub. */
export interface HubAccess {
  readonly library: typeof import('@huggingface/hub');
  /** What every function of the library is given. */
  readonly shared: { readonly hubUrl?: string; readonly accessToken?: string; readonly fetch: typeof fetch };
  /** Runs one exchange with the hub and gives its failure in our words. */
  exchange<T>(what: string, run: () => Promise<T>): Promise<T>;
  /** The error for a file or a repository that is not there. */
  notFound(what: string): NetworkError;
}

/** A commit's hash, as git writes it. */
const COMMIT = /^[0-9a-f]{40}$/;

/** True for a full commit hash: what it names never changes. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/** @throws OptionError when the token or the endpoint is not well formed */
export async function openHub({
  token = process.env.HF_TOKEN,
  endpoint: address = process.env.HF_ENDPOINT,
  signal,
}: HubAccessOptions): Promise<HubAccess> {
  const endpoint = checkEndpoint(address);
  if (token && !token.startsWith('hf_')) {
    throw new OptionError('token: a hub access token starts with "hf_"', { hint: 'Check HF_TOKEN.' });
  }
  const library = await import('@huggingface/hub');
  return {
    library,
    shared: {
      ...(endpoint !== undefined && { hubUrl: endpoint }),
      ...(token && { accessToken: token }),
      fetch: ((input, init) => fetch(input, signal ? { ...init, signal } : init)) as typeof fetch,
    },
    async exchange(what, run) {
      try {
        return await run();
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof library.HubApiError) throw refused(what, error.statusCode, Boolean(token), error);
        throw unreachable(what, endpoint, error);
      }
    },
    notFound: (what) => refused(what, 404, Boolean(token)),
  };
}

const unreachableErrors = new WeakSet<VocabMergeError>();

/** True for the failures in which a copy from an earlier run is better than none. */
export function isUnreachable(error: unknown): boolean {
  return unreachableErrors.has(error as VocabMergeError);
}

function refused(what: string, status: number, hasToken: boolean, cause?: unknown): NetworkError {
  const reason = REASONS[status] ?? (status >= 500 ? 'the hub has a failure' : 'the hub refuses');
  const hints: Readonly<Record<number, string>> = {
    401: hasToken
      ? 'The token is not valid for it, or the name is wrong.'
      : 'Check the name; for a private or gated repository set HF_TOKEN.',
    403: 'Ask for access on the model’s page, with the account of your token.',
    404: 'Check the spelling of owner, repo and revision.',
    429: 'Wait a little, or set HF_TOKEN.',
  };
  const error = new NetworkError(`${what}: ${reason} (HTTP ${status})`, {
    hint: hints[status] ?? 'Try again later.',
    cause,
    status,
  });
  if (status >= 500 || status === 429) unreachableErrors.add(error);
  return error;
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'not found without authorization',
  403: 'access is not granted',
  404: 'not found',
  429: 'too many requests',
};

function unreachable(what: string, endpoint: string | undefined, cause: unknown): NetworkError {
  const where = endpoint === undefined ? 'the hub' : endpoint;
  const error = new NetworkError(`${what}: ${where} cannot be reached or breaks off: ${innermostReason(cause)}`, {
    hint: 'Check the network; HF_ENDPOINT names a mirror. What was downloaded once is used without network.',
    cause,
  });
  unreachableErrors.add(error);
  return error;
}

// fetch says only "fetch failed"; what happened is in its cause.
function innermostReason(error: unknown): string {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  if (!(current instanceof Error)) return String(current);
  return (current as NodeJS.ErrnoException).code ?? current.message;
}

/** The address of a hub without a slash at its end; `undefined` for the public one. @throws OptionError */
export function checkEndpoint(endpoint: string | undefined): string | undefined {
  if (!endpoint) return undefined;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new OptionError(`endpoint: ${JSON.stringify(endpoint)} is not an http or https address`, {
      hint: 'Check HF_ENDPOINT.',
    });
  }
  return endpoint.replace(/\/+$/, '');
}
