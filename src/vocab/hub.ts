// Fetches a model repository's tokenizer files from a Hugging Face hub into the local cache.
// Only the few tokenizer files are fetched, never weights; of a GGUF the beginning, which holds its vocabulary. A commit that is
// in the cache is never asked for again; when the hub cannot be reached, the commit that the revision was last time is used.
// The protocol is left to @huggingface/hub, which is loaded only when a repository is asked for.
import { join } from 'node:path';
import { checkEndpoint, isCommit, isUnreachable, openHub } from '../corpus/hub/hub-access.ts';
import { InputError, NetworkError } from '../errors.ts';
import { defaultCacheDir, openRepositoryCache } from './hub-cache.ts';
import { chooseGguf, chooseTokenizerFiles, MAX_TOKENIZER_FILE_BYTES, readGgufBeginning } from './tokenizer-files.ts';

/** How repositories are reached. */
export interface HubOptions {
  /** Folder for downloaded files; default `VOCAB_MERGE_CACHE`, else the user cache of the operating system. */
  readonly cacheDir?: string;
  /** Access token for private and gated repositories; default `HF_TOKEN`. */
  readonly token?: string;
  /** Address of the hub or of a mirror; default `HF_ENDPOINT`, else the public hub. */
  readonly endpoint?: string;
  /** Ends the download; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** A repository and a revision, parsed from `hf://owner/repo[@revision]`. */
export interface HubReference {
  /** `owner/repo`. */
  readonly name: string;
  readonly revision: string;
}

/** The branch that is meant when none is named. */
const DEFAULT_REVISION = 'main';

/**
 * Parses `hf://owner/repo[@revision]`; `undefined` for a source of another kind.
 *
 * @throws InputError when it starts with `hf://` but names no repository
 * @example
 * ```ts
 * parseHubReference('hf://owner/repo@v1.0'); // { name: 'owner/repo', revision: 'v1.0' }
 * ```
 */
export function parseHubReference(source: string): HubReference | undefined {
  if (!source.startsWith('hf://')) return undefined;
  const match = /^hf:\/\/([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@([\w./-]+))?$/.exec(source);
  if (match === null) {
    throw new InputError(`${source}: is not hf://owner/repo or hf://owner/repo@revision`, {
      hint: 'Name a whole repository; its tokenizer.model or tokenizer.json is found in it.',
    });
  }
  return { name: match[1]!, revision: match[2] ?? DEFAULT_REVISION };
}

/**
 * Makes sure that the tokenizer files of a repository are in the cache, and gives their folder.
 *
 * @throws NetworkError when the hub refuses, cannot be reached and nothing is cached, or sends less than it announced
 * @throws InputError when the repository holds no tokenizer
 * @throws OptionError when the token or the endpoint is not well formed
 * @throws OutputError when the cache cannot be written
 */
export async function fetchTokenizerFolder(reference: HubReference, options: HubOptions = {}): Promise<string> {
  const { name, revision } = reference;
  const endpoint = checkEndpoint(options.endpoint ?? process.env.HF_ENDPOINT);
  const host = endpoint === undefined ? 'hub' : new URL(endpoint).host.replace(/[^\w.-]/g, '_');
  const cache = openRepositoryCache(join(options.cacheDir ?? defaultCacheDir(), host, name.replace('/', '--')));
  if (isCommit(revision)) {
    const folder = await cache.findCommit(revision);
    if (folder !== undefined) return folder;
  }
  const client = await openClient(reference, endpoint, options);
  const found = await client.findFiles().catch(async (error) => {
    const cached = isUnreachable(error) ? await cache.findRevision(revision) : undefined;
    const folder = cached === undefined ? undefined : await cache.findCommit(cached);
    if (folder === undefined) throw error;
    return { commit: cached!, names: [] };
  });
  let folder = await cache.findCommit(found.commit);
  if (folder === undefined) {
    const files = new Map<string, Uint8Array>();
    for (const fileName of found.names) files.set(fileName, await client.download(fileName, found.commit));
    folder = await cache.storeCommit(found.commit, files);
  }
  if (found.names.length > 0 && !isCommit(revision)) await cache.storeRevision(revision, found.commit);
  return folder;
}

interface HubClient {
  /** Commit of the revision, and the names of its tokenizer files. */
  findFiles(): Promise<{ commit: string; names: readonly string[] }>;
  download(fileName: string, commit: string): Promise<Uint8Array>;
}

async function openClient(
  { name, revision }: HubReference,
  endpoint: string | undefined,
  { token, signal }: HubOptions,
): Promise<HubClient> {
  const { library, shared, exchange, notFound } = await openHub({ token, endpoint, signal });
  const { downloadFile, fileDownloadInfo, modelInfo } = library;
  const label = `hf://${name}${revision === DEFAULT_REVISION ? '' : `@${revision}`}`;
  return {
    async findFiles() {
      const info = await exchange(label, () =>
        modelInfo({ ...shared, name, revision, additionalFields: ['sha', 'filePaths'] }),
      );
      if (typeof info.sha !== 'string' || !isCommit(info.sha)) {
        throw new NetworkError(`${label}: the hub's answer names no commit`, { hint: 'Check the endpoint.' });
      }
      const gguf = chooseGguf(info.filePaths);
      const names = chooseTokenizerFiles(info.filePaths) ?? (gguf === undefined ? undefined : [gguf]);
      if (names === undefined) {
        throw new InputError(
          `${label}: the repository has no tokenizer.model, tokenizer.json, single .model or .gguf file`,
          { hint: 'Name a repository whose top folder holds the tokenizer.' },
        );
      }
      return { commit: info.sha, names };
    },

    async download(path, commit) {
      const what = `${label}/${path}`;
      const place = { ...shared, repo: { type: 'model', name } as const, path, revision: commit };
      const info = await exchange(what, () => fileDownloadInfo(place));
      if (info === null) throw notFound(what);
      if (path.endsWith('.gguf')) {
        const blob = await exchange(what, () => downloadFile({ ...place, downloadInfo: info, xet: false }));
        const read = async (from: number, to: number): Promise<Uint8Array> => {
          const part = await exchange(what, () => blob!.slice(from, to).arrayBuffer());
          if (part.byteLength === to - from) return new Uint8Array(part);
          throw new NetworkError(`${what}: ${part.byteLength} of ${to - from} bytes arrived`, { hint: 'Try again.' });
        };
        return readGgufBeginning(read, { label: what, fileBytes: info.size });
      }
      if (info.size > MAX_TOKENIZER_FILE_BYTES) {
        throw new InputError(`${what}: has ${info.size} bytes, a tokenizer at most ${MAX_TOKENIZER_FILE_BYTES}`);
      }
      // Plain downloads: chunked transfer pays for gigabytes, not for a tokenizer.
      const bytes = await exchange(what, async () => {
        const blob = await downloadFile({ ...place, downloadInfo: info, xet: false });
        return new Uint8Array(await blob!.arrayBuffer());
      });
      if (bytes.length !== info.size) {
        throw new NetworkError(`${what}: ${bytes.length} of ${info.size} bytes arrived`, { hint: 'Try again.' });
      }
      return bytes;
    },
  };
}
