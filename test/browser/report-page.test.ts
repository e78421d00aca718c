// The report page in headless Chromium: nothing on the console, no network, every chart drawn, the encoder in the page gives
// the library's ids, and people get at everything with a keyboard, in both themes and languages.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../src/core/model.ts';
import { applyPatch } from '../../src/core/patch.ts';
import { toByteUnits } from '../../src/core/unicode/byte-level.ts';
import { parseVocabulary } from '../../src/formats/vocabulary/parse-vocabulary.ts';
import { auditTokenizer } from '../../src/merge/audit/audit.ts';
import { appendPieces } from '../../src/pipeline/build/extend-vocabulary.ts';
import { probeTexts } from '../../src/pipeline/verify/texts.ts';
import { buildExtensionCurve } from '../../src/report/measure/curve/extension-curve.ts';
import { createTokenizer, type Tokenizer } from '../../src/tokenize/tokenizer.ts';
import { sampleTexts } from '../../src/vocab/sample-texts.ts';
import { vocabularyFiles } from '../kinds.ts';
import { llama2, zhPieces } from '../llama2.ts';
import { needsLongRun } from '../skip.ts';
import { makePage, needsBrowser, type OpenPage, openBrowser, showPage, waitUntilReady } from './report-page.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const CHARTS = [
  'tokens-per-character',
  'byte-tokens',
  'context-characters',
  'decode-speed',
  'size-curve',
  'new-piece-usage',
  'piece-lengths',
];
const MAX_BYTES = 3_000_000;

describe('the report page', needsBrowser, () => {
  let browser: Browser;
  let html: string;
  let base: Tokenizer;
  let extended: Tokenizer;
  /** The page that one reader goes through, from opening it to switching its language. */
  let reader: OpenPage & AsyncDisposable;

  beforeAll(async () => {
    const { merged } = await appendPieces(llama2, zhPieces.slice(0, 17_953), {});
    base = llama2.tokenizer;
    extended = merged.tokenizer;
    const saved = Float64Array.from({ length: 18_000 }, (_, i) => 60_000 / (i + 30));
    const curve = buildExtensionCurve({ saved, baseTokens: 900_000, characters: 700_000, baseSize: 32_000 });
    const entry = {
      name: 'extended',
      tokenizer: extended,
      model: merged.model,
      bytes: merged.document.vocabularyFile.bytes,
    };
    const audit = await auditTokenizer({ target: { name: 'extended', tokenizer: extended }, base: llama2 });
    html = await makePage({ tokenizers: [{ entry: llama2 }, { entry, audit, curve }], texts: await sampleTexts() });
    browser = await openBrowser();
    reader = await showPage(browser, html);
  });

  afterAll(async () => {
    await reader?.[Symbol.asyncDispose]();
    await browser?.close();
  });

  it('opens without a complaint, in less than 3 MB, and opens no vocabulary until somebody comes near', async () => {
    const bytes = Buffer.byteLength(html);
    expect(bytes).toBeLessThan(MAX_BYTES);
    const { page, complaints, paintedMs, readyMs } = reader;
    console.log(
      `report page: ${bytes} bytes, painted after ${Math.round(paintedMs)} ms, charts after ${Math.round(readyMs)} ms`,
    );
    expect(await page.locator('#live-output').getAttribute('data-text')).toBeNull();
    expect(await page.locator('#search-status').textContent()).toBe('');
    expect(await page.locator('h1').textContent()).toMatch(/^extended takes \d+\.\d\u00a0% fewer tokens than llama2/);
    expect(complaints).toEqual([]);
  });

  it('draws every chart, with its data as a table and as CSV', async () => {
    const { page, complaints } = reader;
    for (const id of CHARTS) {
      const figure = page.locator(`#figure-${id}`);
      expect(await figure.locator('svg path').count(), id).toBeGreaterThan(3);
      const rows = await figure.locator('tbody tr').count();
      expect(rows, id).toBeGreaterThan(1);
      await figure.locator('summary').click();
      const download = page.waitForEvent('download');
      await figure.locator('a.csv').click();
      const file = await download;
      expect(file.suggestedFilename()).toBe(`${id}.csv`);
      const csv = readFileSync(await file.path(), 'utf8');
      expect(csv.startsWith('\ufeff')).toBe(true);
      expect(csv.trim().split('\r\n').length, id).toBe(rows + 1);
    }
    expect(complaints).toEqual([]);
  });

  it('tokenizes what is typed as the library does, with every vocabulary', async () => {
    const { page, complaints } = reader;
    const texts = [
      '人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。',
      'The quick brown fox  jumps over 12345 dogs.\n\tdef f(x): return x ** 2',
      '𠮷野家で🍣を食べた。 e\u0301 ﬁ Ⅷ',
      '',
      ...[...probeTexts(base.model, { randomTexts: 6 })]
        .filter((text) => text.isWellFormed() && !/[\r\0]/.test(text))
        .slice(-6),
    ];
    for (const text of texts) {
      await typeLive(page, text);
      const ids = await page
        .locator('#live-output .tokens')
        .evaluateAll((lists) =>
          lists.map((list) =>
            [...list.querySelectorAll('.token')].map((token) => Number(token.getAttribute('data-id'))),
          ),
        );
      expect(ids, JSON.stringify(text)).toEqual(
        [base, extended].map((tokenizer) => tokenizer.encode(text).slice(0, 600)),
      );
      const counts = await page
        .locator('#live-output .count')
        .evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-count'))));
      expect(counts).toEqual([base, extended].map((tokenizer) => tokenizer.countTokens(text)));
    }
    expect(complaints).toEqual([]);
  });

  it('finds pieces by text, id, script, length and kind', async () => {
    const { page, complaints } = reader;
    await page.locator('#search').scrollIntoViewIfNeeded();
    const status = page.locator('#search-status');
    await status.filter({ hasText: '17,953 pieces of 49,953' }).waitFor();
    const id = extended.pieceToId('人工智能');
    await page.locator('#search-text').fill('人工智能');
    expect(await page.locator('.pieces tbody tr').first().locator('th').textContent()).toBe(String(id));
    await page.locator('#search-text').fill(String(id));
    expect(await page.locator('.pieces tbody td.piece').first().textContent()).toBe('人工智能');
    // What the field offers as an example is found, by its text and by its id.
    const example = await page.locator('#search-text').getAttribute('placeholder');
    expect(example).toMatch(/^\S+ or \d+$/);
    for (const words of example!.split(' or ')) {
      await page.locator('#search-text').fill(words);
      expect(await status.textContent(), words).toMatch(/^[1-9]/);
    }
    // What only the other fields keep from being found is offered.
    await page.locator('#search-text').fill('the');
    expect(await status.textContent()).toMatch(/^0 pieces of 49,953 · [\d,]+ pieces match without the other fields\.$/);
    await page.locator('#search-all').click();
    expect(await status.textContent()).toMatch(/^[1-9]/);
    expect(await page.locator('#search-all').isVisible()).toBe(false);
    await page.locator('#search-text').fill('');
    expect(await page.locator('#search-kind').inputValue()).toBe('all');
    await page.locator('#search-script').selectOption('Cyrillic');
    await page.locator('#search-from').fill('7');
    const pieces = await page.locator('.pieces tbody td.piece').allTextContents();
    const expected = extended.model.pieces.filter(
      (piece) => /\p{Script=Cyrillic}/u.test(piece) && [...piece.replaceAll('▁', '')].length >= 7,
    );
    expect(pieces.length).toBeGreaterThan(0);
    expect(pieces.every((piece) => expected.includes(piece))).toBe(true);
    await page.locator('#search-script').selectOption('');
    await page.locator('#search-from').fill('');
    await page.locator('#search-kind').selectOption('byte');
    expect(await status.textContent()).toContain('256 pieces');
    expect(complaints).toEqual([]);
  });

  it('advises on the chosen shape and size', async () => {
    const { page } = reader;
    const figures = page.locator('#calculator-result .figures dd');
    expect(await figures.first().textContent()).toBe('17,953');
    // 17,953 rows of 4,096 values of 2 bytes.
    expect(await figures.nth(1).textContent()).toBe('147\u00a0MB');
    await page.locator('#calculator-shape').selectOption('70B');
    expect(await figures.nth(1).textContent()).toBe('294\u00a0MB');
    expect(await page.locator('#advice .verdict').textContent()).toMatch(/^Extend/);
    await page.locator('#calculator-text').selectOption({ label: 'en' });
    expect(await page.locator('#advice .verdict').textContent()).not.toMatch(/^Extend/);
    await page.locator('#calculator-text').selectOption('-1');
    const saved = Number((await figures.nth(4).textContent())!.replaceAll(',', ''));
    await page.locator('#calculator-rows').fill('2000');
    expect(await figures.first().textContent()).toBe('2,000');
    const less = Number((await figures.nth(4).textContent())!.replaceAll(',', ''));
    expect(less).toBeGreaterThan(0);
    expect(less).toBeLessThan(saved);
    // The curve ends at 18,000: more rows are not reckoned with as if they saved as much.
    await page.locator('#calculator-rows').fill('1000000');
    expect(await figures.first().textContent()).toBe('18,000');
    expect(await page.locator('#rows-note').textContent()).toContain('18,000');
  });

  it('speaks Chinese when asked, and keeps what was typed', async () => {
    const { page, complaints } = reader;
    await typeLive(page, '你好');
    await page.locator('input[name=language][value=zh]').check({ force: true });
    await waitUntilReady(page);
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    expect(await page.locator('h1').textContent()).toMatch(/^与 llama2 相比，extended 的词元数减少/);
    expect(await page.locator('#live-input').inputValue()).toBe('你好');
    for (const id of CHARTS) expect(await page.locator(`#chart-${id} svg`).count(), id).toBe(1);
    // Names, units and samples are Latin; words of the page are not left in English.
    const words = (await page.locator('h2, h3, label > span, summary, legend, thead th').allTextContents()).join(' ');
    expect(words).not.toMatch(/\b(the|of|and|text|piece|token|show|data|length)s?\b/i);
    expect(complaints).toEqual([]);
  });

  it('is reached with the keyboard: skip link, switches, tokens, tables', async () => {
    await using opened = await showPage(browser, html);
    const { page } = opened;
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the answer');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await waitUntilReady(page);
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');

    const tokens = page.locator('#samples .tokens').first().locator('.token');
    await tokens.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.token:focus').getAttribute('data-id')).toBe(
      await tokens.nth(2).getAttribute('data-id'),
    );
    expect(await page.locator('.token-tip').textContent()).toContain(
      `编号 ${await tokens.nth(2).getAttribute('data-id')}`,
    );
    await page.keyboard.press('Escape');
    expect(await page.locator('.token-tip').isVisible()).toBe(false);
    // One stop a list, however many tokens it has.
    expect(await page.locator('#samples .token[tabindex="0"]').count()).toBe(2);
  });

  for (const theme of ['light', 'dark'] as const) {
    it(
      `has nothing for axe to complain of, and nothing sticks out: ${theme}`,
      theme === 'dark' ? needsLongRun : {},
      async () => {
        await using opened = await showPage(browser, html, { theme });
        const { page } = opened;
        await typeLive(page, '你好 world');
        await page.locator('#search').scrollIntoViewIfNeeded();
        await page.locator('.pieces tbody tr').first().waitFor();
        if (theme === 'light') for (const summary of await page.locator('summary').all()) await summary.click();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1400);
        // Only colours are other ones in the dark.
        expect(await runAxe(page, theme === 'dark' ? ['color-contrast'] : undefined)).toEqual([]);
        if (theme === 'dark') return;
        await page.setViewportSize({ width: 390, height: 900 });
        await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(390);
        // The tables that everybody sees need no scrolling, and no name in a chart is cut off.
        for (const table of ['.glance', '.answers', '.pieces']) {
          const box = page.locator('.scroll').filter({ has: page.locator(table) });
          const [needed, there] = await box.evaluate((one) => [one.scrollWidth, one.clientWidth]);
          expect(needed, table).toBeLessThanOrEqual(there!);
        }
        expect((await page.locator('#chart-tokens-per-character text').allTextContents()).join()).not.toContain('…');
        // Colours and names are the same at every width: what remains to be asked is about places and sizes.
        expect(await runAxe(page, ['scrollable-region-focusable', 'target-size', 'meta-viewport'])).toEqual([]);
      },
    );
  }

  it('shows text and names that look like HTML as they are, and runs none of it', async () => {
    const hostile = '<img src=x onerror=alert(1)> & "q" \'a\' <!-- </script><script>alert(2)</script>';
    const lines = [
      hostile,
      '<!-- <script> \u2028 \u2029 \u202eRTL\u202c שלום',
      'lone \ud800 surrogate',
      'NUL \0 \x1b[31m',
      '长'.repeat(5000),
    ];
    const json = {
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab: { '<': 0, b: 1, '>': 2, ä: 3, '¸': 4, Ń: 5, 'ä¸': 6, Ġ: 7 }, merges: ['ä ¸'] },
    };
    const entry = { name: hostile, tokenizer: base };
    const evil = await makePage({
      tokenizers: [{ entry }, { entry: { name: '<b>bytes</b>', json } }],
      texts: [
        { name: hostile, lines },
        { name: 'nothing', lines: [] },
      ],
    });
    await using opened = await showPage(browser, evil);
    const { page, complaints } = opened;
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message());
      void dialog.dismiss();
    });
    await typeLive(page, '<b>中');
    const boxes = page.locator('#live-output .tokens').nth(1).locator('.token');
    expect(await boxes.evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-id'))))).toEqual([
      0, 1, 2, 6, 5,
    ]);
    expect(await boxes.allTextContents()).toEqual(['<', 'b', '>', 'E4 B8', 'AD']);
    expect(await page.locator('h1').textContent()).toContain('<b>bytes</b>');
    expect(await page.locator('#page :is(img, script, b b, iframe)').count()).toBe(0);
    expect(await page.locator('.glance tbody .name').first().textContent()).toBe(hostile);
    expect(complaints).toEqual([]);
  });

  it('says that there is no text, instead of drawing empty charts', async () => {
    const entry = { name: 'llama2', tokenizer: base };
    const empty = await makePage({
      tokenizers: [{ entry }, { entry: { ...entry, name: 'again' } }],
      texts: [{ name: 'nothing', lines: [] }],
    });
    await using opened = await showPage(browser, empty);
    const { page, complaints } = opened;
    expect(await page.locator('h1').textContent()).toBe('There is no text to compare on.');
    expect(await page.locator('section').evaluateAll((all) => all.map(({ id }) => id))).toEqual([
      'answer',
      'tokens',
      'vocabulary',
      'method',
    ]);
    expect(complaints).toEqual([]);
  });
});

/** Types into the live box and waits until it has been tokenized. */
describe('the report page of byte-level tokenizers and others with a pipeline', needsBrowser, () => {
  it('tokenizes what is typed and searches pieces, whatever the file', needsLongRun, async () => {
    const opened = vocabularyFiles.map((file, i) => {
      const name = `${i}-${file.fileName}`;
      return { name, tokenizer: createTokenizer(parseVocabulary(file)) };
    });
    // The first one with a piece more, which the page holds as that piece alone.
    const { model } = opened[0]!.tokenizer;
    const { length } = model.pieces;
    const patch = {
      pieces: [{ id: length, piece: toByteUnits('中'), score: 0, type: PIECE_TYPE.normal }],
      merges: [],
      addedTokens: [],
    };
    opened.push({
      name: 'extended',
      tokenizer: createTokenizer({ ...applyPatch(model, patch), wholePieceFirst: true }),
    });
    const html = await makePage({
      tokenizers: opened.map((entry) => ({ entry })),
      texts: [{ name: 'mixed', lines: ['ab ab 中文', 'a b<|end|> ab'] }],
    });
    const browser = await openBrowser();
    try {
      await using shown = await showPage(browser, html);
      const { page, complaints } = shown;
      for (const text of ['ab ab 中 中中', 'b<|end|> a', '🍣 é', '']) {
        await typeLive(page, text);
        const ids = await page
          .locator('#live-output .tokens')
          .evaluateAll((lists) =>
            lists.map((list) => [...list.querySelectorAll('.token')].map((one) => Number(one.getAttribute('data-id')))),
          );
        expect(ids, text).toEqual(opened.map(({ tokenizer }) => tokenizer.encode(text)));
      }
      await typeLive(page, 'ab 中');
      const boxes = await page.locator('#live-output .tokens').first().locator('.token').allTextContents();
      expect(boxes).toEqual(['ab', '·', 'E4', 'B8', 'AD']);
      // Pieces as text, parts of characters as bytes, spaces as in SentencePiece.
      await page.locator('#search').scrollIntoViewIfNeeded();
      const first = page.locator('.pieces tbody tr').first();
      for (const [index, query, id, piece] of [
        ['0', ' a', 256, '▁a'],
        ['0', '<0xE4>', 0xe4, '<0xE4>'],
        [String(opened.length - 1), '中', length, '中'],
      ] as const) {
        await page.locator('#search-tokenizer').selectOption(index);
        await page.locator('#search-kind').selectOption('all');
        await page.locator('#search-text').fill(query);
        await expect.poll(() => first.locator('td.piece').textContent(), { timeout: 20_000 }).toBe(piece);
        expect(await first.locator('th').textContent()).toBe(String(id));
      }
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

async function typeLive(page: Page, text: string): Promise<void> {
  await page.locator('#live-input').fill(text);
  await expect
    .poll(() => page.locator('#live-output').getAttribute('data-text'), { interval: 20, timeout: 20_000 })
    .toBe(text);
}

/** What axe finds, by all its rules or by some. */
function runAxe(page: Page, rules?: readonly string[]): Promise<unknown> {
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) };
  // Injected behind the page's policy, as a tester's tool may.
  return page.evaluate(`${axe}; axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ target }) => target.join(' ')).join(', ')))`);
}
