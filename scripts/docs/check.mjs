// Checks what README and docs/ say about files: every link and anchor leads somewhere, every page is linked from another, what
// README and the program's messages name is in the package, the commands and flags that pages show exist, and all codes of
// audit and check are explained.
// The generated reference is checked by reference.mjs.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { COMMON_FLAGS, readCommands } from './commands.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const problems = [];
const packed = new Set(packedFiles());
const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'vocab/README.md', 'bench/README.md'],
  ...markdownBelow('docs'),
].map(readPage);
const byPath = new Map(pages.map((page) => [page.path, page]));
const linked = new Set();

for (const page of pages) {
  for (const link of page.links) checkLink(page, link);
  // A reader of the package has only its files: what README shows as a path must be there. Pages on the inside name sources.
  if (page.path === 'README.md') for (const path of page.paths) checkPath(page, path);
}
for (const { path } of pages.filter(({ path }) => path.startsWith('docs/'))) {
  if (!linked.has(path)) problems.push(`${path}: no page links to it`);
}
checkMessages();
await checkFlags();
await checkCodes('docs/reference/audit-codes.md', 'dist/formats/audit-report.js', 'AUDIT_CODES');
await checkCodes('docs/reference/audit-codes.md', 'dist/formats/check-report.js', 'CHECK_CODES');

for (const problem of problems) console.error(`error: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else
  console.log(
    `${pages.length} pages, ${pages.reduce((sum, { links }) => sum + links.length, 0)} links: all lead somewhere`,
  );

function packedFiles() {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
  const result = spawnSync('npm', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status !== 0) throw new Error(`npm pack: ${result.stderr}`);
  return JSON.parse(result.stdout)[0].files.map(({ path }) => path.replaceAll('\\', '/'));
}

function markdownBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.md') && !path.startsWith('docs/api/'))
    .sort();
}

function readPage(path) {
  const text = readFileSync(join(root, path), 'utf8');
  const prose = text.replaceAll(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, '');
  const headings = [...prose.matchAll(/^#+ +(.*)$/gm)].map((match) => slugOf(match[1]));
  const plain = prose.replaceAll(/`[^`\n]*`/g, '');
  const links = [...plain.matchAll(/\]\(([^()\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(
    (match) => match[1] ?? match[2],
  );
  // Paths of the repository in code spans, without placeholders.
  const paths = [...prose.matchAll(/`((?:docs|vocab|scripts|bench|corpus-samples|src|test)\/[\w./-]*)`/g)].map(
    (match) => match[1],
  );
  return { path, text, headings, links, paths };
}

/** The anchor that code hosts give a heading. */
function slugOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function checkLink(page, link) {
  if (/^[a-z]+:/.test(link)) return;
  const [target, anchor] = link.split('#');
  const path = target === '' ? page.path : posix.normalize(posix.join(posix.dirname(page.path), target));
  if (!existsSync(join(root, path))) return void problems.push(`${page.path}: ${link} does not exist`);
  if (path !== page.path) linked.add(path);
  if (packed.has(page.path)) checkPath(page, path);
  if (anchor === undefined) return;
  const headings = byPath.get(path)?.headings;
  if (headings !== undefined && !headings.includes(anchor)) problems.push(`${page.path}: ${link}: no such heading`);
}

function checkPath(page, path) {
  if (!isInPackage(path)) problems.push(`${page.path} names ${path}, which is not in the package`);
}

function isInPackage(path) {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return packed.has(path) || [...packed].some((file) => file.startsWith(folder));
}

/** Files that a string of the program names: in a message somebody would look for them. */
function checkMessages() {
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.js') && !name.startsWith('report-page'),
  );
  if (files.length === 0) throw new Error('dist/ is empty');
  for (const name of files) {
    const code = readFileSync(join(root, 'dist', name), 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
    for (const [, path] of code.matchAll(
      /['"`\s(]((?:(?:docs|vocab|scripts|bench|corpus-samples|src|test)\/[\w./-]+|README|ARCHITECTURE|CHANGELOG)\.(?:md|mjs|ts|py))\b/g,
    )) {
      if (!isInPackage(path)) problems.push(`dist/${name} names ${path}, which is not in the package`);
    }
  }
}

/** Every command line that a page shows has a command and flags that there are. */
async function checkFlags() {
  const help = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), '--help'], { encoding: 'utf8' }).stdout;
  const commands = await readCommands(join(root, 'dist'), help);
  for (const { path, text } of pages.filter(({ path }) => path !== 'CHANGELOG.md')) {
    for (const [line, name] of text
      .replaceAll('\\\n', '')
      .matchAll(/(?:^|[ `])vocab-merge ([a-z][a-z-]*)\b[^\n`#|]*/gm)) {
      const [, second] = /vocab-merge [a-z-]+ ([a-z]+)/.exec(line) ?? [];
      const command =
        commands.find((one) => one.name === `${name} ${second}`) ?? commands.find((one) => one.name === name);
      const flags = [...line.matchAll(/ --([a-z][\w-]*)/g)].map((match) => match[1].replaceAll('_', '-'));
      if (command === undefined) {
        if (flags.length > 0) problems.push(`${path}: there is no command ${name}`);
        continue;
      }
      const known = new Set([...Object.keys(command.flags), ...COMMON_FLAGS]);
      for (const flag of flags) if (!known.has(flag)) problems.push(`${path}: ${name} has no flag --${flag}`);
    }
  }
}

/** Every code of a list in the program is a heading of the page. */
async function checkCodes(page, module, list) {
  const codes = (await import(pathToFileURL(join(root, module)).href))[list];
  const headings = byPath.get(page)?.headings ?? [];
  for (const code of codes)
    if (!headings.includes(code)) problems.push(`${page}: nothing is said of ${code} (${list})`);
}
