import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenCounter } from '../../../src/report/counters/token-counter.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import type { ComparisonReport } from '../../../src/report/measure/comparison-report.ts';
import { displayWidth } from '../../../src/report/print/display-width.ts';
import { formatComparisonTerminal } from '../../../src/report/print/format-terminal.ts';
import {
  barOf,
  createStyler,
  formatTerminalTable,
  type TerminalColumn,
} from '../../../src/report/print/terminal-table.ts';
import { wrapText } from '../../../src/report/print/terminal-text.ts';
import { runs } from '../../runs.ts';

/** One token a character, or one for each whole `word`; words are the pieces behind the first 200 characters. */
function wordCounter(words: readonly string[]): TokenCounter {
  const pieces = [...Array.from({ length: 200 }, (_, i) => String.fromCharCode(0x4e00 + i)), ...words];
  return {
    engine: 'words',
    vocabSize: pieces.length,
    tokenKinds: new Uint8Array(pieces.length),
    idToPiece: (id) => pieces[id],
    forEachId(text, visit) {
      for (let at = 0; at < text.length; ) {
        const word = words.find((each) => text.startsWith(each, at));
        visit(word === undefined ? text.charCodeAt(at) % 200 : 200 + words.indexOf(word));
        at += word?.length ?? 1;
      }
    },
  };
}

async function compare(names: readonly string[], textNames: readonly string[]): Promise<ComparisonReport> {
  const counters = [wordCounter([]), wordCounter(['词表', '合并']), wordCounter(['词表', '合并', '人工智能'])];
  return compareTokenizers({
    tokenizers: names.map((name, i) => ({ name, counter: counters[i % 3]! })),
    texts: textNames.map((name, n) => ({
      name,
      lines: Array.from({ length: 60 }, (_, i) => `词表合并${'人工智能'.repeat((i + n) % 4)}与其他`),
    })),
  });
}

const strip = (text: string): string => text.replace(/\u001b\[\d+m/g, '');

describe('formatComparisonTerminal', () => {
  let report: ComparisonReport;
  beforeAll(async () => {
    report = await compare(['基础词表', 'small', 'large'], ['新闻', 'en']);
  });

  it('says the answer first, then every text with bars, the figures, and advice', () => {
    const lines = formatComparisonTerminal(report).split('\n');
    expect(lines[0]).toMatch(
      /^small: 1\d\.\d % fewer tokens than 基础词表 \(interval .* fewer\); the same context holds$/,
    );
    const head = lines.findIndex((line) => line.startsWith('text '));
    expect(lines[head]).toMatch(/^text +characters +tokenizer +tokens +tok\/char +ratio +95 % interval$/);
    expect(lines[head + 1]).toMatch(/^新闻 +\d+ +基础词表 +\d+ +1\.000 +█{20,}$/);
    expect(lines[head + 2]).toMatch(/^ +small +\d+ +0\.\d{3} +█+[▏▎▍▌▋▊▉]? +0\.\d{3} +0\.\d{3}–0\.\d{3}$/);
    expect(lines.find((line) => line.startsWith('vocabulary'))).toMatch(/ 200 +202 +203$/);
    expect(lines.find((line) => line.startsWith('new pieces used'))).toMatch(/ – +2 +3$/);
    expect(lines).toContain('large: Extend: 50.0 % fewer tokens for 3 new rows.');
    expect(lines).toContain('  + 50.0 % fewer tokens (48.4 % to 51.5 %).');
  });

  it('aligns columns with wide characters', () => {
    const lines = formatComparisonTerminal(report).split('\n');
    const head = lines.findIndex((line) => line.startsWith('text '));
    const column = displayWidth(lines[head]!.slice(0, lines[head]!.indexOf('ratio')));
    for (const at of [2, 3, 5, 6]) {
      const line = lines[head + at]!;
      const before = line.slice(0, /0\.\d{3} +0\.\d{3}–/.exec(line)!.index);
      expect(displayWidth(before)).toBe(column);
    }
  });

  it('has no escape codes unless asked, and the same text with them', () => {
    const plain = formatComparisonTerminal(report);
    expect(plain).not.toContain('\u001b');
    const colored = formatComparisonTerminal(report, { color: true });
    expect(strip(colored)).toBe(plain);
    // Tokenizers have colours of their own, a gain is green.
    for (const code of ['\u001b[36msmall', '\u001b[35mlarge', '\u001b[32m0.', '\u001b[1m'])
      expect(colored).toContain(code);
  });

  it('keeps to the width, from 40 columns on, whatever the names', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { minLength: 1, maxLength: 5 }),
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 40, max: 160 }),
        fc.boolean(),
        async (names, textName, width, color) => {
          const text = formatComparisonTerminal(await compare(names, [textName, '文本']), { width, color });
          for (const line of strip(text).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(text).not.toMatch(/ (\u001b\[0m)?$/m);
        },
      ),
      runs(12),
    );
  });

  it('keeps what matters most when there is little room', () => {
    const narrow = formatComparisonTerminal(report, { width: 44 }).split('\n');
    const head = narrow.find((line) => line.startsWith('text '))!;
    expect(head).toMatch(/tokenizer +tokens? .*ratio$|tokenizer +tok\/char +ratio$/);
    expect(head).not.toContain('interval');
    const wide = formatComparisonTerminal(report, { width: 200 }).split('\n');
    expect(Math.max(...wide.map(displayWidth))).toBeLessThanOrEqual(120);
  });

  it('puts the figures of many tokenizers below each other', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `tokenizer-${i}`);
    const lines = formatComparisonTerminal(await compare(names, ['t']), { width: 80 }).split('\n');
    const heads = lines.filter((line) => /^ +tokenizer-\d( |$)/.test(line) && !/\d\.\d{3}/.test(line));
    expect(heads.length).toBeGreaterThan(1);
    expect(heads.join(' ').trim().split(/ +/)).toEqual(names);
  });

  it('shows what got worse, and text that is not held out', async () => {
    const [few, many] = [wordCounter(['词表合并']), wordCounter(['词表'])];
    const worse = await compareTokenizers({
      tokenizers: [
        { name: 'few', counter: few },
        { name: 'many', counter: many },
      ],
      texts: [{ name: 't\u001b[2J', lines: Array.from({ length: 20 }, () => '词表合并'), hashes: () => ['aa'] }],
      trainedOn: [undefined, [{ name: 'zh.txt', sha256: 'aa' }]],
    });
    const text = formatComparisonTerminal(worse, { color: true });
    expect(text).toContain('many: 200.0 % more tokens than few (interval 200.0 % to 200.0 % more)');
    expect(text).toContain('lines that many makes longest:');
    expect(text).toContain('t\\u001b[2J:1  1 -> 3 tokens  词表合并');
    expect(text).toContain('Not held out: many was trained on t\\u001b[2J (zh.txt)');
    expect(text).toContain('\u001b[31m3.000');
  });

  it('shows a single tokenizer without ratios', async () => {
    const text = formatComparisonTerminal(await compare(['only'], ['t']));
    expect(text).not.toContain('ratio');
    expect(text).toMatch(/^text +characters +tokenizer/);
  });
});

describe('formatTerminalTable', () => {
  const style = createStyler({ color: false });
  const columns: TerminalColumn[] = [
    { title: 'name', align: 'left', cells: ['long-name-of-a-text', 'b'], isName: true },
    { title: 'one', align: 'right', cells: ['1', '1,000'], keep: 2 },
    { title: 'two', align: 'right', cells: ['2', '20'], keep: 1 },
    { title: '', align: 'left', cells: ['', ''], bars: [1, 0.25] },
  ];

  it('shortens bars, drops the least important columns, then cuts names', () => {
    expect(formatTerminalTable(columns, { width: 60, style })[1]).toBe(
      `long-name-of-a-text      1    2  ${'█'.repeat(27)}`,
    );
    expect(formatTerminalTable(columns, { width: 41, style })).toEqual([
      'name                   one  two',
      'long-name-of-a-text      1    2  ████████',
      'b                    1,000   20  ██',
    ]);
    expect(formatTerminalTable(columns, { width: 36, style })).toEqual([
      'name                   one',
      'long-name-of-a-text      1  ████████',
      'b                    1,000  ██',
    ]);
    expect(formatTerminalTable(columns, { width: 20, style })).toEqual([
      'name',
      'long-name…  ████████',
      'b           ██',
    ]);
  });
});

describe('barOf', () => {
  it.each([
    [0, ''],
    [0.001, '▏'],
    [0.5, '██'],
    [0.53125, '██▏'],
    [1, '████'],
    [7, '████'],
  ])('%d of four columns is %s', (share, bar) => {
    expect(barOf(share, 4)).toBe(bar);
  });
});

describe('wrapText', () => {
  it('breaks at spaces, and inside a word that is wider than the line', () => {
    expect(wrapText('fewer tokens 词表', 12)).toEqual(['fewer tokens', '词表']);
    expect(wrapText('a 词表合并词表 b', 6)).toEqual(['a', '词表合', '并词表', 'b']);
    expect(wrapText('', 10)).toEqual([]);
  });
});
