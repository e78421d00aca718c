// Writes the pages of docs/reference/ that are made from the code; with --check it writes nothing and says which are out of date.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandsReference, readCommands } from './commands.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = join(root, 'dist', 'cli', 'main.js');
const help = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' }).stdout;

const pages = {
  'docs/reference/commands.md': commandsReference(await readCommands(join(root, 'dist'), help), help),
};
for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  } else if (read(file) !== text) {
    console.error(
      `error: ${path} is not what the code says today\nhint: Run \`npm run docs:reference\` and commit it.`,
    );
    process.exitCode = 1;
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
