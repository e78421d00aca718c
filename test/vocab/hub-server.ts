// A small stand-in for a model hub on a local port: the addresses that @huggingface/hub asks for (the revision's information,
// the files of a dataset, and a file by revision), with the failures that a real one shows.
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One repository of the stand-in. */
export interface FakeRepository {
  /** Files by commit. */
  readonly commits: Readonly<Record<string, Readonly<Record<string, Uint8Array | string>>>>;
  /** Branches and tags: name to commit. */
  readonly revisions: Readonly<Record<string, string>>;
  /** Token without which every request is answered 401. */
  readonly token?: string;
  /** Answer every request with this status. */
  readonly status?: number;
  /** Send only so many bytes of each file: `close` breaks the connection, `short` claims that this was all. */
  readonly truncate?: { readonly bytes: number; readonly how: 'close' | 'short' };
  /** How the next requests for more than one byte of a file fail: a status, or the connection breaks in the middle. */
  readonly failures?: (number | 'close')[];
}

/** A running stand-in. */
export interface FakeHub {
  readonly endpoint: string;
  /** By name, with `datasets/` in front of that of a dataset. */
  readonly repositories: Map<string, FakeRepository>;
  /** Requests since the start or the last clear: method, path and authorization. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Starts a stand-in on a free port of this machine. */
export async function startFakeHub(): Promise<FakeHub> {
  const repositories = new Map<string, FakeRepository>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    requests.push(`${request.method} ${pathname} ${request.headers.authorization ?? '-'}`);
    const place = pathname.replace(/^\/api\/models\//, '/api/');
    const info = /^\/api\/((?:datasets\/)?[^/]+\/[^/]+)\/revision\/([^/]+)$/.exec(place);
    const tree = /^\/api\/(datasets\/[^/]+\/[^/]+)\/tree\/([^/]+)(?:\/(.+))?$/.exec(place);
    const file = /^\/((?:datasets\/)?[^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const asked = info ?? tree ?? file;
    const repository = repositories.get(asked?.[1] ?? '');
    if (repository === undefined) return fail(response, 404, 'Repository not found', 'RepoNotFound');
    if (repository.status !== undefined) return fail(response, repository.status, 'as the test wants it');
    if (repository.token !== undefined && request.headers.authorization !== `Bearer ${repository.token}`) {
      return fail(response, 401, 'Invalid username or password.');
    }
    const revision = decodeURIComponent(asked![2]!);
    const commit = repository.revisions[revision] ?? revision;
    const files = repository.commits[commit];
    if (files === undefined) return fail(response, 404, 'Invalid rev id', 'RevisionNotFound');
    if (info) {
      const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ _id: '1', id: info[1], sha: commit, siblings, lastModified: '2024-01-01' }));
      return;
    }
    if (tree) {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(treeOf(files, tree[3] === undefined ? '' : `${tree[3]}/`)));
      return;
    }
    const content = files[file![3]!];
    if (content === undefined) return fail(response, 404, 'Entry not found', 'EntryNotFound');
    sendFile(response, Buffer.from(content), request.headers.range, repository);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repositories,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function treeOf(files: Readonly<Record<string, Uint8Array | string>>, below: string): object[] {
  return Object.entries(files)
    .filter(([path]) => path.startsWith(below))
    .map(([path, content]) => {
      const body = Buffer.from(content);
      const oid = createHash('sha256').update(body).digest('hex');
      return { type: 'file', path, size: body.length, oid: oid.slice(0, 40), lfs: { oid, size: body.length } };
    });
}

function sendFile(
  response: ServerResponse,
  body: Buffer,
  range: string | undefined,
  { truncate, failures }: FakeRepository,
): void {
  response.setHeader('ETag', `"${createHash('sha256').update(body).digest('hex')}"`);
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (from !== undefined) {
    const part = body.subarray(Number(from), Number(to) + 1);
    const failure = part.length > 1 ? failures?.shift() : undefined;
    if (typeof failure === 'number') {
      fail(response, failure, 'as the test wants it');
      return;
    }
    response.setHeader('Content-Range', `bytes ${from}-${Number(from) + part.length - 1}/${body.length}`);
    response.statusCode = 206;
    if (failure === 'close') {
      response.setHeader('Content-Length', part.length);
      response.write(part.subarray(0, part.length >> 1), () => response.destroy());
    } else response.end(part);
  } else if (truncate === undefined) response.end(body);
  else if (truncate.how === 'short') response.end(body.subarray(0, truncate.bytes));
  else {
    response.setHeader('Content-Length', body.length);
    response.write(body.subarray(0, truncate.bytes), () => response.destroy());
  }
}

function fail(response: ServerResponse, status: number, error: string, code?: string): void {
  response.statusCode = status;
  if (code !== undefined) response.setHeader('X-Error-Code', code);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ error }));
}
