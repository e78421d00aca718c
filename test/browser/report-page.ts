// Makes a report page from real tokenizers and opens it in a headless Chromium that has no network.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { buildComparisonPage } from '../../src/pipeline/build/comparison-page.ts';
import { type ComparedText, compareTokenizers } from '../../src/report/measure/compare-tokenizers.ts';
import { createPassageCollector } from '../../src/report/measure/passages.ts';
import type { PageTokenizer } from '../../src/report/page/collect-page-data.ts';
import type { PageLanguage } from '../../src/report/page/page-data.ts';
import { skipUnless } from '../skip.ts';
import { browserPath, NO_BROWSER } from './headless.ts';

const playwright = await import('playwright-core').catch(() => undefined);
const bundle = fileURLToPath(new URL('../../dist/report-page/page.js', import.meta.url));

const missing =
  browserPath === undefined
    ? NO_BROWSER
    : playwright === undefined
      ? 'the npm package playwright-core is not installed'
      : existsSync(bundle)
        ? undefined
        : 'dist/report-page is missing: npm run build';

/** Skips the tests where the page cannot be opened. */
export const needsBrowser = skipUnless(missing === undefined, missing ?? '');

/** Starts the browser. */
export function openBrowser(): Promise<Browser> {
  return playwright!.chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] });
}

/** Compares the texts and builds the page. */
export async function makePage(options: {
  readonly tokenizers: readonly PageTokenizer[];
  readonly texts: readonly ComparedText[];
  readonly language?: PageLanguage;
}): Promise<string> {
  const { tokenizers, texts, language } = options;
  const passages = createPassageCollector();
  const report = await compareTokenizers({
    tokenizers: tokenizers.map(({ entry }) => entry),
    texts: texts.map(passages.tap),
    bootstrap: { replicates: 100 },
  });
  return buildComparisonPage({ report, tokenizers, candidates: passages.candidates(), language });
}

/** A page that is open, and what it complained of. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings of the console, failed loads, and requests to anywhere but the file. */
  readonly complaints: string[];
  /** Milliseconds from navigation to the first painting with content, and to the last chart. */
  readonly paintedMs: number;
  readonly readyMs: number;
}

/** Writes the page to a file and opens it as one would with a double click. */
export async function showPage(
  browser: Browser,
  html: string,
  options: { readonly width?: number; readonly theme?: 'light' | 'dark' } = {},
): Promise<OpenPage & AsyncDisposable> {
  const { width = 1400, theme = 'light' } = options;
  const folder = await mkdtemp(join(tmpdir(), 'vocab-merge-report-'));
  const file = join(folder, 'report.html');
  await writeFile(file, html);
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    acceptDownloads: true,
    // A click must not aim at what is still on its way.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) complaints.push(`request to ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await waitUntilReady(page);
  const { paintedMs, readyMs } = await page.evaluate(() => ({
    paintedMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY,
    readyMs: performance.now(),
  }));
  return {
    page,
    complaints,
    paintedMs,
    readyMs,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until every chart is drawn. */
export async function waitUntilReady(page: Page): Promise<void> {
  await page.locator('html[data-state=ready]').waitFor({ state: 'attached' });
}
