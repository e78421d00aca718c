// The house rules that a machine can check: which way imports run, and what stays out of the browser's way.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { circlesOf, fileGraph, folderGraph, importsOf } from './import-graph.ts';

const src = fileURLToPath(new URL('../src', import.meta.url));

const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  formats: 1,
  corpus: 1,
  tokenize: 2,
  train: 3,
  merge: 3,
  embedding: 3,
  report: 3,
  vocab: 3,
  pipeline: 4,
  'report-page': 4,
  cli: 5,
};
/** Rooms whose code must run in a browser as it is. */
const BROWSER = new Set(['core', 'formats', 'tokenize', 'merge']);
/** Entry points of the package that run in a browser. */
const BROWSER_ENTRIES = new Set(['browser.ts', 'formats.ts', 'tokenize.ts', 'merge.ts']);
/** Rooms that may touch files, processes and the network. */
const MAY_USE_NODE = new Set(['corpus', 'vocab', 'pipeline', 'cli']);

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: SourceFile[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map((path) => {
    const text = readFileSync(join(src, path), 'utf8');
    const posixPath = path.replaceAll('\\', '/');
    const room = posixPath.includes('/') ? posixPath.split('/')[0]! : '';
    return { path: posixPath, room, text, imports: importsOf(text) };
  });

/** What the files import of each other; the entry points of the package, which may import all, are left out. */
const graph = fileGraph(new Map(files.filter(({ room }) => room !== '').map(({ path, text }) => [path, text])));

/** Names that more than one file declares and exports, each with the files; passing a name on is no declaration. */
function doubleNames(sources: readonly Pick<SourceFile, 'path' | 'text'>[]): string[] {
  const places = new Map<string, string[]>();
  for (const { path, text } of sources) {
    const exported = text.matchAll(/^export (?:async )?(?:function\*?|class|interface|type|const|let) (\w+)/gm);
    // Overloads, and a type beside the constant it is made of, are one name in one file.
    for (const name of new Set([...exported].map((match) => match[1]!))) {
      places.set(name, [...(places.get(name) ?? []), path]);
    }
  }
  return [...places].filter(([, paths]) => paths.length > 1).map(([name, paths]) => `${name}: ${paths.join(', ')}`);
}

/** What runs before the first line of a file does: specifiers that it imports, and so on; packages and node:* by name. */
function importedAtStart(path: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  const text = readFileSync(join(src, path), 'utf8');
  for (const [, specifier] of text.matchAll(/^(?:import|export) (?!type\b)(?:[^;'()=]*? from )?'([^']+)';$/gm)) {
    if (specifier!.startsWith('.')) importedAtStart(posix.join(posix.dirname(path), specifier!), loaded);
    else loaded.add(specifier!);
  }
  return loaded;
}

/** Tests of what many modules do together, where no module has their name. Long tests stand apart. */
const TESTS_OF_MANY = new Set([
  'cli/bad-input.test.ts',
  'cli/program.test.ts',
  'report/counters/kinds.test.ts',
  'report/print/formats.test.ts',
  'tokenize/golden.test.ts',
  'tokenize/llama-cpp.test.ts',
  'tokenize/parity.test.ts',
  'tokenize/published.test.ts',
  'vocab/load-kinds.test.ts',
  'train/extend/extend-bytes.test.ts',
  'train/unigram/unusual-shapes.test.ts',
]);

/** Tests in the folder of a room that are named neither after a module in that place, nor after a folder of modules. */
function withoutModule(tests: readonly string[]): string[] {
  return tests
    .filter((path) => path.split('/')[0]! in FLOORS)
    .filter((path) => !TESTS_OF_MANY.has(path))
    .filter((path) => {
      const module = join(src, path.replace(/\.test\.ts$/, ''));
      const isOfItsFolder = basename(module) === basename(dirname(module)) && existsSync(dirname(module));
      return !existsSync(`${module}.ts`) && !existsSync(module) && !isOfItsFolder;
    });
}

function roomOf(file: SourceFile, specifier: string): { path: string; room: string } {
  const path = posix.normalize(posix.join(dirname(file.path).replaceAll('\\', '/'), specifier));
  return { path, room: path.includes('/') ? path.split('/')[0]! : '' };
}

/** A file and, where it passes names on, the files that define them. */
function definingText(path: string): string {
  const text = readFileSync(path, 'utf8');
  const sources = [...text.matchAll(/^export .* from '(\.[^']+)'/gm)].map((match) => join(dirname(path), match[1]!));
  return [text, ...sources.map((source) => readFileSync(source, 'utf8'))].join('\n');
}

describe('the house', () => {
  it('is where this test looks', () => {
    expect(files.length).toBeGreaterThan(80);
    expect([...new Set(files.map((file) => file.room))].filter((room) => room !== '' && !(room in FLOORS))).toEqual([]);
  });

  it('lets files import only from lower floors and their own room', () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const specifier of file.imports.filter((name) => name.startsWith('.'))) {
        const target = roomOf(file, specifier);
        if (target.path === 'errors.ts' || target.room === file.room || file.path === 'index.ts') continue;
        if (BROWSER_ENTRIES.has(file.path) && BROWSER.has(target.room)) continue;
        if (!(FLOORS[target.room]! < FLOORS[file.room]!)) wrong.push(`${file.path} imports ${target.path}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has no import circle, types included: not between files, and not between folders', () => {
    expect(circlesOf(graph)).toEqual([]);
    expect(circlesOf(folderGraph(graph))).toEqual([]);
  });

  it('would find a circle: of values, of types, of names passed on, and of folders', () => {
    const sources = new Map([
      ['a/one.ts', "import { two } from './two.ts';"],
      ['a/two.ts', "import type { Three } from './three.ts';\n// import { four } from '../b/four.ts';"],
      ['a/three.ts', "export {\n  one,\n} from './one.ts';\nconst four = (await import('../b/four.ts')).four;"],
      ['b/four.ts', "import { five } from './five.ts';"],
      ['b/five.ts', "import { six } from '../a/six.ts';"],
      ['a/six.ts', "import 'node:fs';"],
    ]);
    const planted = fileGraph(sources);
    expect(circlesOf(planted)).toEqual([['a/one.ts', 'a/three.ts', 'a/two.ts']]);
    expect(circlesOf(folderGraph(planted))).toEqual([['a', 'b']]);
    expect(circlesOf(fileGraph(new Map(sources).set('a/three.ts', '')))).toEqual([]);
    // And in the sources as they are: one arrow back, and the checker sees it.
    const [from, to] = [...graph].find(([, targets]) => targets.size > 0)!;
    const [target] = to;
    const spoilt = new Map(graph).set(target!, new Set([from]));
    expect(circlesOf(spoilt).flat()).toEqual(expect.arrayContaining([from, target]));
  });

  it('starts the program and its commands with nothing that they do not need yet', () => {
    const program = [...importedAtStart('cli/main.ts')];
    const rooms = ['cli/declare', 'cli/flags', 'cli/output', 'pipeline/io'];
    const small = ['cli/main.ts', 'errors.ts', 'report/print/display-width.ts', 'node:fs', 'node:util'];
    expect(program.filter((path) => !small.includes(path) && !rooms.includes(posix.dirname(path)))).toEqual([]);
    expect(program.length).toBeLessThanOrEqual(16);
    // A package takes 3 to 60 ms: it is imported where its format, or its engine, turns up.
    const commands = readdirSync(join(src, 'cli/commands')).map((name) => `cli/commands/${name}`);
    const packages = [...commands, 'index.ts'].flatMap((path) => {
      const names = [...importedAtStart(path)].filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));
      return names.map((name) => `${path} imports ${name}`);
    });
    expect(packages).toEqual([]);
    // The checker sees what is there.
    expect(program).toContain('node:util');
    expect([...importedAtStart('corpus/read/records/read-csv.ts')]).toContain('fast-csv');
    expect([...importedAtStart('corpus/read/records/read-parquet.ts')]).toContain('hyparquet');
  });

  it('gives an exported name one meaning in all of src', () => {
    expect(doubleNames(files)).toEqual([]);
    const planted = [
      { path: 'a.ts', text: 'export async function read(): void {}\nconst own = 1;' },
      { path: 'b.ts', text: 'export interface read {}\nconst own = 2;' },
      { path: 'c.ts', text: "export { read } from './a.ts';" },
    ];
    expect(doubleNames(planted)).toEqual(['read: a.ts, b.ts']);
  });

  it('is mirrored by the tests: each stands where its module does', () => {
    const tests = readdirSync(fileURLToPath(new URL('.', import.meta.url)), { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.test.ts') && !path.endsWith('.long.test.ts'));
    expect(tests.length).toBeGreaterThan(80);
    expect(withoutModule(tests)).toEqual([]);
    expect([...TESTS_OF_MANY].filter((path) => !tests.includes(path))).toEqual([]);
    expect(withoutModule(['core/heap.test.ts', 'core/stack.test.ts', 'browser/any.test.ts'])).toEqual([
      'core/stack.test.ts',
    ]);
  });

  it('keeps node:* out of what runs in a browser, and in its rooms elsewhere', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((name) => name.startsWith('node:'))
        .filter(() => BROWSER.has(file.room) || !MAY_USE_NODE.has(file.room))
        .map((name) => `${file.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the message of .model files inside its folder', () => {
    const wrong = files
      .filter(({ path }) => !path.startsWith('formats/sentencepiece/'))
      .filter(
        ({ text, imports }) =>
          /\b(parse|serialize)?ModelProto\b(?!\.)/.test(text) ||
          imports.some((name) => /sentencepiece\/(fields|model-file|protobuf|piece-run)\.ts$/.test(name)),
      );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('keeps packages out of what runs in a browser', () => {
    const wrong = files
      .filter((file) => BROWSER.has(file.room))
      .flatMap((file) => file.imports.filter((name) => !/^[.]/.test(name)).map((name) => `${file.path}: ${name}`));
    expect(wrong).toEqual([]);
  });

  it('keeps the page of the report for the browser: bundled, with the charts, and imported by nobody', () => {
    const page = files.filter((file) => file.room === 'report-page');
    expect(page.length).toBeGreaterThan(10);
    const packages = page.flatMap((file) => file.imports.filter((name) => /^[@a-z][\w./@-]*$/.test(name)));
    expect([...new Set(packages.map((name) => name.split('/')[0]))]).toEqual(['echarts']);
    const importers = files
      .filter((file) => file.room !== 'report-page')
      .filter((file) => file.imports.some((name) => name.startsWith('.') && roomOf(file, name).room === 'report-page'))
      .map((file) => file.path);
    expect(importers).toEqual([]);
  });

  it('opens every file with a comment that says what it does, and has no default export or enum', () => {
    const wrong: string[] = [];
    for (const { path } of files) {
      const text = readFileSync(join(src, path), 'utf8');
      if (!/^(#!.*\n)?\/\/ /.test(text)) wrong.push(`${path} has no header`);
      if (/^export default /m.test(text) || /^(export )?(const )?enum /m.test(text)) wrong.push(`${path} has one`);
    }
    expect(wrong).toEqual([]);
  });

  it('shows how every exported function is used', () => {
    const without: string[] = [];
    let shown = 0;
    for (const { path } of files) {
      if (path !== 'index.ts' && !BROWSER_ENTRIES.has(path)) continue;
      const index = readFileSync(join(src, path), 'utf8');
      for (const [, list, from] of index.matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)) {
        const text = definingText(join(src, from!));
        for (const name of list!.split(',').map((part) => part.trim())) {
          const at = text.search(new RegExp(`^export (async )?function\\*? ${name}\\b`, 'm'));
          if (name === '' || at < 0) continue;
          shown++;
          if (!text.slice(text.lastIndexOf('/**', at), at).includes('@example')) without.push(name);
        }
      }
    }
    expect(without).toEqual([]);
    expect(shown).toBeGreaterThan(50);
  });

  it('says nothing that belongs to somebody’s machine', () => {
    const root = join(src, '..');
    const places = ['src', 'test', 'bench', 'scripts', 'docs', 'vocab', 'corpus-samples', '.ci'].map((name) =>
      join(root, name),
    );
    const texts = places
      .flatMap((place) => readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => join(place, name)))
      .filter(
        (path) => /\.(ts|mjs|md|py|json|txt)$|run$/.test(path) && !/bench\/results|docs\/api|node_modules/.test(path),
      );
    const found = texts.filter((path) => /\/(home|Users|work|root)\/[a-z]/.test(readFileSync(path, 'utf8')));
    expect(found.map((path) => relative(root, path)).filter((path) => path !== 'test/architecture.test.ts')).toEqual(
      [],
    );
  });
});
