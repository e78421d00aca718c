// Where the compiled files of worker threads are. Starting them is the business of those who know what they do.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of a worker file, named from pipeline/ on without extension: the compiled one, also for code that runs from its
 * sources (tests), because Node cannot start a worker from TypeScript. `undefined` where nothing has been compiled.
 */
export function findWorkerFile(name: string): string | undefined {
  const isSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(
    new URL(isSource ? `../../../dist/pipeline/${name}.js` : `../${name}.js`, import.meta.url),
  );
  return !isSource || existsSync(path) ? path : undefined;
}
