// `npm run docs`: the API reference of the exports as a site in docs/api/, made by typedoc from the docstrings.
// typedoc reads TypeScript through the compiler's JavaScript API, which TypeScript 7 does not have. So it lives in a package of
// its own, scripts/docs/api/, with TypeScript 6 beside it; it is installed on the first run, not with the project.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'api');
const lock = join(folder, 'package-lock.json');
const installed = join(folder, 'node_modules', '.package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
run(process.execPath, ['node_modules/typedoc/bin/typedoc', '--options', 'typedoc.json']);
console.log('wrote docs/api/: open docs/api/index.html');

function run(command, args) {
  const options = { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' };
  const { status } = spawnSync(command, args, options);
  if (status !== 0) process.exit(status ?? 1);
}
