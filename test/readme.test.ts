// README keeps its word: the library example is the file that is type-checked and run here, and prints what its comments say.
// The commands are run by readme.long.test.ts.
import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('README', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is read in five minutes', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  it('has a library example that runs, and prints what it says', async () => {
    const example = readFileSync(new URL('examples/library.ts', import.meta.url), 'utf8');
    const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
    const shown = example.replace(/^\/\/ .*\n/, '').replaceAll("'../../src/index.ts'", "'vocab-merge'");
    expect(blocks).toEqual([shown]);

    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await import('./examples/library.ts');
    const printed = log.mock.calls.map(([value]) => format(value));
    const said = [...example.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
    expect(said.length).toBe(3);
    expect(printed).toEqual(said);
  });
});
