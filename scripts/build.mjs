// Compiles src/ to dist/ from scratch, so that no file of a deleted module is left to be published, bundles the report
// page with its charts into dist/report-page/, and builds the charsmap of the trainer's default rules, which takes a second.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const result = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
if (result.status !== 0) process.exit(result.status ?? 1);
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
await bundleReportPage();
const { buildNormalizationCharsmap } = await import('../dist/core/charsmap/normalization-rules.js');
writeFileSync(join(dist, 'core', 'charsmap', 'nmt_nfkc.charsmap'), buildNormalizationCharsmap('nmt_nfkc'));
// Read by ensure-ready.mjs: a build that did not finish has no stamp.
writeFileSync(join(dist, '.built'), '');

/** Writes page.js, page.css and the licences of what is bundled with them. */
async function bundleReportPage() {
  const folder = join(dist, 'report-page');
  mkdirSync(folder, { recursive: true });
  const build = await rolldown({
    input: join(root, 'src', 'report-page', 'page.ts'),
    platform: 'browser',
    tsconfig: join(root, 'src', 'report-page', 'tsconfig.json'),
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    // A package or a module of Node that is left over would fail in the browser: it must not be.
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output } = await build.generate({
    format: 'iife',
    codeSplitting: false,
    minify: true,
    comments: { legal: false },
    postBanner:
      '/*! vocab-merge (MIT). Holds Apache ECharts and @huggingface/tokenizers (Apache-2.0), ZRender (BSD-3-Clause), tslib (0BSD): see LICENSES.txt. */',
  });
  await build.close();
  if (output.length !== 1) throw new Error(`the report page was bundled into ${output.length} files`);
  // `</script` would end the element that the script is put into.
  const script = output[0].code.replaceAll(/<(?=\/script|!--)/gi, '\\x3c');
  writeFileSync(join(folder, 'page.js'), script);
  const css = readFileSync(join(root, 'src', 'report-page', 'page.css'), 'utf8');
  writeFileSync(join(folder, 'page.css'), css.replaceAll(/\/\*[\s\S]*?\*\/\n?/g, ''));
  writeFileSync(join(folder, 'LICENSES.txt'), licences());
}

function licences() {
  const packages = [
    ['echarts', ['NOTICE', 'LICENSE']],
    ['zrender', ['LICENSE']],
    ['tslib', ['LICENSE.txt']],
    ['@huggingface/tokenizers', ['LICENSE']],
  ];
  // tslib is what echarts brings along, wherever npm has put it.
  const folderOf = (name) =>
    [root, join(root, 'node_modules', 'echarts')]
      .map((place) => join(place, 'node_modules', name))
      .find((place) => existsSync(place));
  return packages
    .flatMap(([name, files]) => files.map((file) => ({ name, path: join(folderOf(name), file) })))
    .map(({ name, path }) => `${name}\n${'='.repeat(name.length)}\n\n${readFileSync(path, 'utf8').trim()}\n`)
    .join('\n\n');
}
