// Text that lies on a Hugging Face hub: the files of a dataset repository at one commit, read in ranges, so that nothing is kept on
// the disk and memory stays flat. A read that fails is tried again from where it was, after a pause; what cannot be had in
// full ends in an error, never in less text. Which of the files are read, and what is in them, is not its business.

import { InputError, NetworkError, VocabMergeError } from '../../errors.ts';
import { isCommit, openHub } from './hub-access.ts';

/** A dataset repository, and what of it is meant. */
export interface DatasetReference {
  /** `owner/name`. */
  readonly name: string;
  readonly revision: string;
  /** A path, a folder, or a pattern; `''` is all of it. */
  readonly path: string;
}

/** A file of a dataset. */
export interface DatasetFile {
  /** `hf://datasets/owner/name@commit/path`, which {@link openDatasetFile} takes. */
  readonly address: string;
  /** Path within the repository. */
  readonly path: string;
  readonly size: number;
  /** What changes with its contents: SHA-256 of large files, else the hash that git has. */
  readonly etag: string;
}

/** A file that can be read in ranges. */
export interface RangedFile {
  readonly size: number;
  /** All bytes from a place on. */
  stream(start: number): AsyncGenerator<Uint8Array>;
  /** The bytes of a range. */
  read(start: number, end: number): Promise<Uint8Array>;
}

const PREFIX = 'hf://datasets/';

/** True for what names files of a dataset. */
export function isDatasetAddress(input: string): boolean {
  return input.startsWith(PREFIX);
}

/**
 * Parses `hf://datasets/owner/name[@revision][/path]`.
 *
 * @throws InputError when it names no repository
 */
export function parseDatasetReference(address: string): DatasetReference {
  const match = /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@([\w.%-]+))?(?:\/(.*))?$/s.exec(
    address.slice(PREFIX.length),
  );
  if (match === null) {
    throw new InputError(`${address}: is not hf://datasets/owner/name/path or hf://datasets/owner/name@revision/path`, {
      hint: 'Such as hf://datasets/owner/name/data/*.parquet; a slash in a revision is written %2F.',
    });
  }
  return {
    name: match[1]!,
    revision: decodeURIComponent(match[2] ?? 'main'),
    path: (match[3] ?? '').replace(/\/$/, ''),
  };
}

/**
 * The files below a folder of a dataset, at the commit that its revision is now, in the order of the hub.
 *
 * @throws NetworkError when the hub refuses, or cannot be reached
 */
export async function listDatasetFiles({ name, revision }: DatasetReference, folder: string): Promise<DatasetFile[]> {
  const { library, shared, exchange } = await openHub({});
  const label = `${PREFIX}${name}${revision === 'main' ? '' : `@${revision}`}`;
  const { sha } = await patiently(() =>
    exchange(label, () => library.datasetInfo({ ...shared, name, revision, additionalFields: ['sha'] })),
  );
  if (typeof sha !== 'string' || !isCommit(sha)) {
    throw new NetworkError(`${label}: the hub's answer names no commit`, { hint: 'Check the endpoint.' });
  }
  return patiently(() =>
    exchange(label, async () => {
      const files: DatasetFile[] = [];
      const place = { ...shared, repo: { type: 'dataset', name } as const, revision: sha, recursive: true };
      for await (const { type, path, size, oid = '', lfs } of library.listFiles({ ...place, path: folder })) {
        // An empty file has no range to ask for, and no text.
        if (type !== 'file' || size === 0) continue;
        files.push({ address: `${PREFIX}${name}@${sha}/${path}`, path, size, etag: lfs?.oid ?? oid });
      }
      return files;
    }),
  );
}

/** Bytes asked for at once: little at first, which may be all that is wanted. */
const FIRST_BYTES = 1 << 16;
const BLOCK_BYTES = 1 << 22;
/** A block that has not come by then is asked for again. */
const BLOCK_MS = 120_000;

/**
 * Opens a file that {@link listDatasetFiles} has found.
 *
 * @throws NetworkError, from here or while it is read, when it cannot be had in full
 */
export async function openDatasetFile(address: string): Promise<RangedFile> {
  const key = `${process.env.HF_ENDPOINT} ${address}`;
  if (lastOpened?.key !== key) lastOpened = { key, file: open(address) };
  const { file } = lastOpened;
  // One that failed is opened anew by whoever comes next.
  return file.catch((error: unknown) => {
    lastOpened = undefined;
    throw error;
  });
}

// A file is opened for its size, its beginning, and each of its sections.
let lastOpened: { readonly key: string; readonly file: Promise<RangedFile> } | undefined;

async function open(address: string): Promise<RangedFile> {
  const { name, revision, path } = parseDatasetReference(address);
  const { library, shared, exchange, notFound } = await openHub({});
  const place = { ...shared, repo: { type: 'dataset', name } as const, path, revision };
  const locate = async (): Promise<{ size: number; blob: Blob }> => {
    const info = await exchange(address, () => library.fileDownloadInfo(place));
    if (info === null) throw notFound(address);
    // A server that has no ranges would send all of the file for every block.
    const ranged: typeof fetch = async (input, init) => {
      const response = await shared.fetch(input, { ...init, signal: AbortSignal.timeout(BLOCK_MS) });
      if (response.status === 206) return response;
      await response.body?.cancel();
      throw new Error(response.ok ? 'the server sends no ranges' : `HTTP ${response.status}`);
    };
    const blob = await library.downloadFile({ ...place, fetch: ranged, downloadInfo: info, xet: false });
    return { size: info.size, blob: blob! };
  };
  let opened: { size: number; blob: Blob } | undefined = await patiently(locate);
  const { size } = opened;

  async function readOnce(start: number, end: number): Promise<Uint8Array> {
    try {
      // Addresses of files are signed for a time: they are asked for again after a failure.
      opened ??= await locate();
      const { blob } = opened;
      // The library asks without a range for all of a blob.
      const whole = start === 0 && end === size ? [blob.slice(0, 1), blob.slice(1, end)] : [blob.slice(start, end)];
      const parts = [];
      for (const each of whole.filter((part) => part.size > 0)) {
        parts.push(new Uint8Array(await exchange(address, () => each.arrayBuffer())));
      }
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      if (opened.size === size && bytes.length === end - start) return bytes;
      throw new NetworkError(`${address}: ${bytes.length} of ${end - start} bytes arrived`, { hint: 'Try again.' });
    } catch (error) {
      opened = undefined;
      throw error;
    }
  }
  const read = async (start: number, end: number): Promise<Uint8Array> =>
    end <= start ? new Uint8Array(0) : patiently(() => readOnce(start, Math.min(end, size)));

  return {
    size,
    read,
    async *stream(start) {
      let length = FIRST_BYTES;
      let at = start;
      const ask = (): Promise<Uint8Array> | undefined => {
        if (at >= size) return undefined;
        const [from, to] = [at, Math.min(size, at + length)];
        at = to;
        length = Math.min(BLOCK_BYTES, 4 * length);
        const block = read(from, to);
        // It is told where it is waited for; nobody may wait for it.
        block.catch(() => {});
        return block;
      };
      for (let next = ask(); next !== undefined; ) {
        const block = await next;
        // The first block may be all that is looked at.
        if (at <= start + FIRST_BYTES) {
          yield block;
          next = ask();
        } else {
          next = ask();
          yield block;
        }
      }
    },
  };
}

const TRIES = 8;
const FIRST_PAUSE_MS = 250;

/**
 * Runs an exchange, again after a pause where it fails for a reason that may pass: eight times in half a minute.
 *
 * @param pauseMs the first pause; each is twice the one before
 * @throws what the last try has thrown
 */
export async function patiently<T>(run: () => Promise<T>, pauseMs = FIRST_PAUSE_MS): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await run();
    } catch (error) {
      if (tries === TRIES || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (tries - 1)));
    }
  }
}

// A refusal stays one; everything else is the network's, or the hub's for the moment.
function mayPass(error: unknown): boolean {
  if (!(error instanceof VocabMergeError)) return true;
  if (!(error instanceof NetworkError)) return false;
  const { status = 0 } = error;
  return status < 400 || status >= 500 || status === 408 || status === 429;
}
