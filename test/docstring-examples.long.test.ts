// Every `@example` of src/ compiles, runs, and gives what its comments say. Each becomes a module in a temporary folder
// (examples/extract.ts), which is also where it runs, among the files that examples speak of.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildModule, type Example, findExamples, findExports } from './examples/extract.ts';
import { prepareFiles, prepareFolder, SHARED_SETTINGS, setting } from './examples/setting.ts';
import { needsShared } from './shared.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'vocab-merge-examples-')));
const modules = join(folder, 'modules');
const before = process.cwd();

const exports = findExports();
const settings = new Set(Object.keys(setting));
/** All but those of the page, which need a browser. */
const examples = findExamples().filter(({ file }) => !file.startsWith('report-page/'));
const moduleOf = (file: string, line: number) => join(modules, `${file.replaceAll('/', '.')}.${line}.ts`);

beforeAll(async () => {
  mkdirSync(modules);
  await prepareFolder(folder);
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

describe('examples in docstrings', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(100);
  });

  const needsSharedToo = (code: string) => SHARED_SETTINGS.some((name) => code.includes(name));

  it.each(examples.filter(({ code }) => !needsSharedToo(code)))('of $file, line $line', run);
  it.each(examples.filter(({ code }) => needsSharedToo(code)))('of $file, line $line', needsShared, run);

  async function run(example: Example): Promise<void> {
    const path = moduleOf(example.file, example.line);
    writeFileSync(path, buildModule(example, exports, settings));
    for (const method of ['log', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => {});
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await prepareFiles(example.code);
    try {
      await ((await import(path)) as { run: () => Promise<void> }).run();
    } finally {
      vi.restoreAllMocks();
    }
  }

  it('compile', () => {
    for (const example of examples) {
      writeFileSync(moduleOf(example.file, example.line), buildModule(example, exports, settings));
    }
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        typeRoots: [join(root, 'node_modules/@types')],
        noUncheckedIndexedAccess: false,
        rewriteRelativeImportExtensions: false,
        verbatimModuleSyntax: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: [join(modules, '*.ts'), join(root, 'src/**/*.d.ts')],
      exclude: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout, stdout).toBe('');
  });
});
