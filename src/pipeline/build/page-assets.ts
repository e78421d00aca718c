// The script and style of the report page, bundled by the build into dist/report-page/. From the repository they are there
// once it was built; in the package always.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import type { PageAssets } from '../../report/page/format-html.ts';

// dist/ lies beside src/, and is what this file's own folder lies in once compiled: the same path from both.
const folder = new URL('../../../dist/report-page/', import.meta.url);

let assets: Promise<PageAssets> | undefined;

/**
 * Reads the bundled parts of the page, once.
 *
 * @throws InputError when they were not built, or the package is incomplete
 */
export function readPageAssets(): Promise<PageAssets> {
  assets ??= read().catch((error) => {
    assets = undefined;
    throw error;
  });
  return assets;
}

async function read(): Promise<PageAssets> {
  const [script, style] = await Promise.all(
    ['page.js', 'page.css'].map((name) =>
      readFile(new URL(name, folder), 'utf8').catch((cause) => {
        throw new InputError(`dist/report-page/${name}: the bundled report page is missing`, {
          cause,
          hint: 'In the repository run `npm run build`; otherwise install the package again.',
        });
      }),
    ),
  );
  return { script: script!, style: style!, scriptSha256: hashOf(script!), styleSha256: hashOf(style!) };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
