// Makes the two pictures of README from a build with the shipped pieces: the savings as an SVG drawn from report.json, and the top
// of report.html as a browser shows it, light and dark. Needs a Chromium (CHROMIUM names it) and a font with Chinese.
//   node scripts/docs/pictures.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const PAGE = { width: 1120, height: 700 };

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const pictures = join(root, 'docs', 'pictures');
const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-pictures-'));
try {
  const result = join(folder, 'llama2-zh');
  const args = [join(root, 'dist', 'cli', 'main.js'), 'build', '--base', 'llama2', '--out', result, '--quiet'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  mkdirSync(pictures, { recursive: true });
  const report = JSON.parse(readFileSync(join(result, 'report.json'), 'utf8'));
  writeFileSync(join(pictures, 'savings.svg'), drawSavings(report));
  await photograph(join(result, 'report.html'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Tokens of every text: the base's as a pale bar, those after the extension over it. */
function drawSavings({ texts, total, tokenizers }) {
  const rows = [...texts].sort((a, b) => ratioOf(a) - ratioOf(b)).concat({ ...total, name: 'all texts' });
  const most = Math.max(...rows.map(({ figures }) => figures[0].tokensPerCharacter));
  const [left, right, rowHeight, top, width] = [136, 150, 24, 64, 790];
  const room = width - left - right;
  const bars = rows.map(({ name, figures }, i) => {
    const isTotal = i === rows.length - 1;
    const y = top + i * rowHeight + (isTotal ? 10 : 0);
    const [before, after] = figures.map(({ tokensPerCharacter }) => (tokensPerCharacter / most) * room);
    const change = 100 * (figures[1].ratioToFirst - 1);
    const weight = isTotal ? ' class="total"' : '';
    return [
      `<text x="${left - 10}" y="${y + 12}" text-anchor="end"${weight}>${name}</text>`,
      `<rect class="before" x="${left}" y="${y}" width="${before.toFixed(1)}" height="16" rx="2"/>`,
      `<rect class="after" x="${left}" y="${y}" width="${after.toFixed(1)}" height="16" rx="2"/>`,
      `<text x="${width - right + 50}" y="${y + 12}" text-anchor="end"${weight}>${figures[1].tokensPerCharacter.toFixed(2)}</text>`,
      `<text x="${width - 14}" y="${y + 12}" text-anchor="end"${weight}>${formatChange(change)}</text>`,
    ].join('');
  });
  const height = top + rows.length * rowHeight + 14;
  const [base, extended] = tokenizers;
  const count = (value) => value.toLocaleString('en-US');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Tokens per character before and after the extension">
<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
.faint { fill: #57606a; }
.total { font-weight: 600; }
.paper { fill: #ffffff; }
.before { fill: #8c959f; fill-opacity: .38; }
.after { fill: #0b62b0; }
@media (prefers-color-scheme: dark) { .paper { fill: #14171a; } text { fill: #e6edf3; } .faint { fill: #9198a1; } .after { fill: #5aa7ee; } }
</style>
<rect class="paper" width="${width}" height="${height}" rx="6"/>
<text x="14" y="22" class="total">Tokens per character, ${base.name} before and after ${count(extended.vocabSize - base.vocabSize)} Chinese pieces</text>
<rect class="before" x="14" y="32" width="14" height="14" rx="2"/><text class="faint" x="34" y="44">before: ${count(base.vocabSize)} pieces</text>
<rect class="after" x="190" y="32" width="14" height="14" rx="2"/><text class="faint" x="210" y="44">after: ${count(extended.vocabSize)} pieces</text>
<text class="faint" x="${width - right + 50}" y="44" text-anchor="end">after</text><text class="faint" x="${width - 14}" y="44" text-anchor="end">change</text>
${bars.join('\n')}
</svg>
`;
}

function ratioOf({ figures }) {
  return figures[1].ratioToFirst;
}

function formatChange(percent) {
  return `${percent < 0 ? '−' : ''}${Math.abs(percent).toFixed(1)} %`;
}

/** The top of the page, once for each theme. */
async function photograph(file) {
  const executablePath = [process.env.CHROMIUM ?? '', ...BROWSERS].find((path) => path !== '' && existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium found: set CHROMIUM to its path');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: PAGE, colorScheme, reducedMotion: 'reduce' });
      await page.goto(pathToFileURL(file).href);
      await page.locator('html[data-state=ready]').waitFor({ state: 'attached' });
      await page.locator('#tokens').scrollIntoViewIfNeeded();
      await page.waitForTimeout(500);
      await page.evaluate('scrollTo(0, 0)');
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(pictures, `page-${colorScheme}.png`) });
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
