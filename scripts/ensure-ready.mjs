// Makes a fresh clone ready with nothing but Node and npm: installs when node_modules is missing or older than the
// lock file, and with --build compiles when dist/ is missing or older than the sources. Imports nothing from npm.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const MINIMUM_NODE = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
  fail(
    `Node ${process.versions.node} is too old, ${MINIMUM_NODE.join('.')} or later is needed`,
    'Install a newer Node.',
  );
}

const installed = join(root, 'node_modules', '.package-lock.json');
if (isOlder(installed, [join(root, 'package-lock.json')])) {
  run('installing dependencies (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

if (process.argv.includes('--build')) {
  const entry = join(root, 'dist', '.built');
  if (
    isOlder(entry, [
      ...filesBelow(join(root, 'src')),
      join(root, 'tsconfig.build.json'),
      join(root, 'tsconfig.json'),
      join(root, 'scripts', 'build.mjs'),
    ])
  ) {
    run('building (tsc)', process.execPath, [join(root, 'scripts', 'build.mjs')]);
  }
}

function isOlder(made, sources) {
  if (!existsSync(made)) return true;
  const time = statSync(made).mtimeMs;
  return sources.some((source) => statSync(source).mtimeMs > time);
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function run(what, command, args) {
  process.stderr.write(`${what} ...\n`);
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail(`${what} failed`, `Run \`${command} ${args.join(' ')}\` in ${root} to see why.`);
}

function fail(message, hint) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exit(1);
}
