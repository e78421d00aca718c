// Packs the package and looks at it as its users get it: publint and attw on the tarball, then an installation into an
// empty project where the command, the import, the types and a bundle for browsers must work.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-package-'));

try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], root));
  const [{ filename, files, size }] = packed;
  const tarball = join(folder, filename);
  console.log(`packed ${filename}: ${files.length} files, ${(size / 1e6).toFixed(2)} MB`);
  const strangers = files.map((file) => file.path).filter((path) => /^(src|test|bench|scripts|\.ci)\//.test(path));
  if (strangers.length > 0) fail(`files that do not belong into the package: ${strangers.join(', ')}`);

  const made = [
    'report-page/page.js',
    'report-page/page.css',
    'report-page/LICENSES.txt',
    'core/charsmap/nmt_nfkc.charsmap',
  ];
  const missing = made.find((name) => !files.some(({ path }) => path === `dist/${name}`));
  if (missing !== undefined) fail(`dist/${missing} is not in the package`);

  run(bin('publint'), ['run', tarball, '--strict'], root, true);
  run(bin('attw'), [tarball, '--profile', 'esm-only', '--format', 'ascii'], root, true);

  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', tarball], project);

  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect('npx vocab-merge --version', run('npx', ['--no', '--', 'vocab-merge', '--version'], project).trim(), version);
  const facts = JSON.parse(run('npx', ['--no', '--', 'vocab-merge', 'inspect', 'llama2', '--json'], project));
  expect('npx vocab-merge inspect llama2', facts.vocabSize, 32000);

  const page = ['compare', '--tokenizer', 'llama2', '--text', '人工智能', '--out', 'report.html'];
  run('npx', ['--no', '--', 'vocab-merge', ...page], project);
  expect('report.html', readFileSync(join(project, 'report.html'), 'utf8').slice(0, 15), '<!doctype html>');

  writeFileSync(
    join(project, 'use.ts'),
    `import { applyPatch, loadTokenizer, mergeVocab, requireExtendable, type MergeResult } from 'vocab-merge';
const base = requireExtendable(await loadTokenizer('llama2'));
const merged: MergeResult = mergeVocab({ base: base.model, extension: base.model, addTokens: ['[PAD]'] });
console.log(applyPatch(base.model, merged.patch).pieces.length, base.tokenizer.encode('人工智能').join());
`,
  );
  const options = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--skipLibCheck', 'false', '--types', ''];
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'use.ts'], project, true);
  expect('import', run(process.execPath, ['use.js'], project).trim(), '32001 29871,30313,31041,31676,30815');

  // A bundler for browsers takes the entry without Node by itself: what reads files is not in it.
  expect('a bundle for browsers', await bundles('createTokenizer', project), true);
  expect('a bundle for browsers of what reads files', await bundles('loadTokenizer', project), false);
  console.log('the installed package works: command, import, types and bundle');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Whether a bundler for browsers finds the name in the installed package, with nothing of Node behind it. */
async function bundles(name, project) {
  const input = join(project, 'page.js');
  writeFileSync(input, `import { ${name} } from 'vocab-merge';\nconsole.log(${name});\n`);
  const build = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
  try {
    const [chunk] = (await build.generate({ format: 'esm' })).output;
    return !/["'`]node:/.test(chunk.code);
  } catch (error) {
    if (!/MISSING_EXPORT/.test(error.message)) throw error;
    return false;
  } finally {
    await build.close();
  }
}

function run(command, args, cwd, isShown = false) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (isShown && result.status === 0) process.stdout.write(result.stdout);
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    fail(`${command} ${args.join(' ')} ended with ${result.status ?? result.error?.message}`);
  }
  return result.stdout;
}

function expect(what, found, wanted) {
  if (found !== wanted) fail(`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`);
}

function fail(message) {
  rmSync(folder, { recursive: true, force: true });
  console.error(`error: ${message}`);
  process.exit(1);
}
