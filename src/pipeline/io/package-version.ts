// The version of this package, for manifests and --version; read from package.json so that it is written in one place.
import { readFileSync } from 'node:fs';

/** Version of this package, such as `0.1.0`. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
