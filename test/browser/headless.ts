// Bundles a page, serves it on this machine, opens it in a headless Chromium and waits for what it sends back.
// Neither the bundler nor the browser has to be there: what is missing is said, and the tests are skipped.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { skipUnless } from '../skip.ts';

/** Where Chromium and its relatives are usually found; `CHROMIUM` in the environment names another place. */
const BROWSER_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const TIMEOUT_MS = 60_000;

/** Why tests are skipped without it. */
export const NO_BROWSER = 'there is no Chromium: install it, or name another place with CHROMIUM';

/** Path of the browser, `undefined` where there is none. */
export const browserPath: string | undefined = [process.env.CHROMIUM ?? '', ...BROWSER_PATHS].find(
  (path) => path !== '' && existsSync(path),
);

const bundler = await import('rolldown').catch(() => undefined);

/** Skips the tests where there is no browser or no bundler. */
export const needsBrowser =
  browserPath === undefined
    ? skipUnless(false, NO_BROWSER)
    : skipUnless(bundler !== undefined, 'the npm package rolldown is not installed');

/** Bundles a file of this folder into one minified ES module. */
export async function bundlePage(file: string): Promise<string> {
  const build = await bundler!.rolldown({
    input: fileURLToPath(new URL(file, import.meta.url)),
    platform: 'browser',
    // A package or a module of Node that is left over after tree-shaking would fail in the browser: it must not be.
    onLog: (_, log) => {
      throw new Error(log.message);
    },
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  if (output.length !== 1) throw new Error(`the bundle has ${output.length} files`);
  return output[0].code;
}

/** Opens a page that loads `script`, can fetch `files`, and posts its result to /output. */
export async function runInBrowser<T>(
  script: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<T> {
  const { server, address, output } = await serve<T>({
    ...files,
    '/': '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>',
    '/page.js': script,
  });
  const profile = await mkdtemp(join(tmpdir(), 'vocab-merge-browser-'));
  // A group of its own, so that its helpers end with it.
  const browser = spawn(browserPath!, [...FLAGS, `--user-data-dir=${profile}`, address], {
    stdio: 'ignore',
    detached: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    browser.on('error', reject);
    browser.on('exit', (code) => reject(new Error(`the browser ended with ${code} before the page had answered`)));
    timer = setTimeout(() => reject(new Error(`the page has not answered in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([output, failed]);
  } finally {
    clearTimeout(timer);
    failed.catch(() => {});
    const ended = new Promise((resolve) => browser.once('exit', resolve));
    if (browser.exitCode === null && browser.pid !== undefined) {
      process.kill(-browser.pid, 'SIGKILL');
      await ended;
    }
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function serve<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ server: Server; address: string; output: Promise<T> }> {
  const types: Record<string, string> = { '/': 'text/html', '/page.js': 'text/javascript' };
  let resolveOutput: (value: T) => void;
  let rejectOutput: (error: Error) => void;
  const output = new Promise<T>((resolve, reject) => {
    resolveOutput = resolve;
    rejectOutput = reject;
  });
  output.catch(() => {});
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      response.end();
      const value = JSON.parse(Buffer.concat(parts).toString()) as T & { error?: string };
      if (value.error !== undefined) rejectOutput(new Error(value.error));
      else resolveOutput(value);
    } else if (path in files) {
      response.writeHead(200, { 'content-type': types[path] ?? 'application/octet-stream' }).end(files[path]);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, output };
}
