import { parseString } from 'fast-csv';
import { describe, expect, it } from 'vitest';
import type { TokenCounter } from '../../../src/report/counters/token-counter.ts';
import { compareTokenizers } from '../../../src/report/measure/compare-tokenizers.ts';
import {
  COMPARISON_FORMAT,
  type ComparisonReport,
  formatComparisonJson,
} from '../../../src/report/measure/comparison-report.ts';
import { formatInteger, formatRatio, formatShare } from '../../../src/report/measure/comparison-table.ts';
import { buildFigures } from '../../../src/report/measure/text-tally.ts';
import { displayWidth } from '../../../src/report/print/display-width.ts';
import { formatComparisonBrief } from '../../../src/report/print/format-brief.ts';
import { formatComparisonCsv } from '../../../src/report/print/format-csv.ts';
import { formatComparisonMarkdown } from '../../../src/report/print/format-markdown.ts';

/** A report of two tokenizers, the second of which extends the first. */
function buildReport(names: readonly [string, string], textNames: readonly string[]): ComparisonReport {
  const size = { lines: 2, characters: 1500, visibleCharacters: 1500, bytes: 4500 };
  const scaled = (factor: number) => ({
    lines: size.lines * factor,
    characters: size.characters * factor,
    visibleCharacters: size.visibleCharacters * factor,
    bytes: size.bytes * factor,
  });
  const figures = (factor: number) =>
    [
      { tokens: 1800, byteTokens: 450, newTokens: 0, seen: [0, 0] },
      { tokens: 900, byteTokens: 0, newTokens: 600, seen: [1, 0] },
    ].map(({ tokens, byteTokens, newTokens, seen }, i) =>
      buildFigures({
        tokenizer: names[i]!,
        size: scaled(factor),
        tally: {
          tokens: tokens * factor,
          byteTokens: byteTokens * factor,
          unknownTokens: 0,
          newTokens: newTokens * factor,
          fewestTokens: 800 * factor,
          longerLines: 0,
          shorterLines: i * 2 * factor,
          pieceCounts: Float64Array.of(0, ...seen),
        },
        firstTokens: 1800 * factor,
        firstNewId: i === 1 ? 1 : undefined,
        hasFewest: false,
        isCompared: i === 1,
        intervals: {
          tokensPerCharacter: { low: 0.5, high: 1.5 },
          ratioToFirst: i === 1 ? { low: 0.45, high: 0.55 } : null,
        },
        surfaceLengths: () => new Uint16Array(0),
        contextSizes: [2048, 4096],
      }),
    );
  return {
    format: COMPARISON_FORMAT,
    version: 1,
    contextSizes: [2048, 4096],
    bootstrap: { replicates: 1000, confidence: 0.95, seed: 1 },
    tokenizers: names.map((name, i) => ({
      name,
      engine: 'vocab-merge',
      vocabSize: i === 0 ? 32000 : 49953,
      extendsFirst: i === 1,
    })),
    texts: textNames.map((name) => ({ name, ...scaled(1), figures: figures(1) })),
    total: { name: 'total', ...scaled(textNames.length), figures: figures(textNames.length) },
    regressions: [{ tokenizer: names[1], worst: [] }],
    answers: [],
    pieceLengths: [],
    newPieceUsage: [],
    heldOut: [],
  };
}

describe('formatComparisonMarkdown', () => {
  it('writes a table of the total and one of the texts', () => {
    expect(formatComparisonMarkdown(buildReport(['llama2', '合并词表'], ['zh-news.txt']))).toBe(
      `## Total

1 text, 2 lines, 1,500 characters, 4,500 bytes. Lines are encoded one by one, without bos and eos.

| tokenizer | vocabulary | tokens |         tokens/char | bytes/token |               ratio | longer |  bytes |    new | new pieces | chars in 2,048 | chars in 4,096 |
| --------- | ---------: | -----: | ------------------: | ----------: | ------------------: | -----: | -----: | -----: | ---------: | -------------: | -------------: |
| llama2    |     32,000 |  1,800 | 1.200 (0.500–1.500) |       2.500 |               1.000 |      – | 25.0 % |      – |          – |          1,706 |          3,413 |
| 合并词表  |     49,953 |    900 | 0.600 (0.500–1.500) |       5.000 | 0.500 (0.450–0.550) |      0 |  0.0 % | 66.7 % |          1 |          3,413 |          6,826 |

## Texts

| text        | characters | tokenizer | tokens |         tokens/char | bytes/token |               ratio | longer |  bytes |    new | new pieces | chars in 2,048 | chars in 4,096 |
| ----------- | ---------: | --------- | -----: | ------------------: | ----------: | ------------------: | -----: | -----: | -----: | ---------: | -------------: | -------------: |
| zh-news.txt |      1,500 | llama2    |  1,800 | 1.200 (0.500–1.500) |       2.500 |               1.000 |      – | 25.0 % |      – |          – |          1,706 |          3,413 |
|             |            | 合并词表  |    900 | 0.600 (0.500–1.500) |       5.000 | 0.500 (0.450–0.550) |      0 |  0.0 % | 66.7 % |          1 |          3,413 |          6,826 |

- in brackets: 95 % bootstrap over lines of tokens per character and of the ratio (paired, 1,000 replicates, seed 1); none below 10 lines.
- ratio: tokens divided by those of llama2.
- longer: lines that take more tokens than with llama2.
- bytes: share of tokens that hold bytes of a character instead of whole characters.
- unknown: share of the tokens that stand for text without a piece; chars unknown: share of the characters that they stand for. Left out where there are none.
- new: share of the tokens that are new pieces; new pieces: how many of them occur. For tokenizers that extend llama2.
- chars in N: characters that fit in a context of N tokens at this rate.
`,
    );
  });

  it('keeps hostile names inside their cell', () => {
    const markdown = formatComparisonMarkdown(buildReport(['a|b<img>', 'c\nd'], ['*x*']));
    expect(markdown).toContain('| a\\|b\\<img\\> |');
    expect(markdown).toContain('| c d ');
    expect(markdown).toContain('| \\*x\\* |');
    for (const row of markdown.split('\n').filter((line) => line.startsWith('|'))) {
      expect(row.match(/(?<!\\)\|/g)!.length).toBeOneOf([13, 14]);
    }
  });
});

describe('formatComparisonBrief', () => {
  it('aligns its columns, Chinese too', () => {
    const text = formatComparisonBrief(buildReport(['llama2', '合并词表'], ['新闻.txt', 'en.txt']));
    expect(text).toBe(
      [
        'text      characters  llama2  合并词表  ratio',
        '新闻.txt       1,500   1,800       900  0.500',
        'en.txt         1,500   1,800       900  0.500',
        '',
        'total of 2 texts: 4 lines, 3,000 characters, 9,000 bytes',
        'tokenizer  vocabulary  tokens  tokens/char  bytes/token  ratio   bytes     new  new pieces  chars in 2,048  chars in 4,096',
        'llama2         32,000   3,600        1.200        2.500  1.000  25.0 %       –           –           1,706           3,413',
        '合并词表       49,953   1,800        0.600        5.000  0.500   0.0 %  66.7 %           1           3,413           6,826',
        '',
      ].join('\n'),
    );
    const [head, ...rows] = text.split('\n').slice(0, 3);
    expect(rows.map(displayWidth)).toEqual(rows.map(() => displayWidth(head!)));
  });

  it('shows control characters of names without obeying them', () => {
    expect(formatComparisonBrief(buildReport(['llama2', 'merged'], ['a.txt', 'b\u001b[31m.txt']))).toContain(
      'b\\u001b[31m.txt',
    );
  });
});

describe('formatComparisonCsv', () => {
  it('has raw numbers, one row for each text and tokenizer and for the total', async () => {
    const report = buildReport(['llama2', 'a,"b"'], ['一,二.txt', 'total']);
    const formatted = await formatComparisonCsv(report);
    const rows = await new Promise<Record<string, string>[]>((resolve, reject) => {
      const parsed: Record<string, string>[] = [];
      parseString(formatted, { headers: true })
        .on('error', reject)
        .on('data', (row) => parsed.push(row))
        .on('end', () => resolve(parsed));
    });
    expect(rows.map(({ scope, text, tokenizer }) => [scope, text, tokenizer])).toEqual([
      ['text', '一,二.txt', 'llama2'],
      ['text', '一,二.txt', 'a,"b"'],
      ['text', 'total', 'llama2'],
      ['text', 'total', 'a,"b"'],
      ['total', 'total', 'llama2'],
      ['total', 'total', 'a,"b"'],
    ]);
    expect(rows[5]).toEqual({
      scope: 'total',
      text: 'total',
      tokenizer: 'a,"b"',
      engine: 'vocab-merge',
      vocab_size: '49953',
      lines: '4',
      characters: '3000',
      bytes: '9000',
      tokens: '1800',
      tokens_per_character: '0.6',
      tokens_per_character_low: '0.5',
      tokens_per_character_high: '1.5',
      bytes_per_token: '5',
      ratio_to_first: '0.5',
      ratio_low: '0.45',
      ratio_high: '0.55',
      longer_lines: '0',
      shorter_lines: '4',
      byte_tokens: '0',
      byte_share: '0',
      unknown_tokens: '0',
      unknown_share: '0',
      unknown_character_share: '0',
      new_tokens: '1200',
      new_share: String(2 / 3),
      new_pieces_used: '1',
      fewest_tokens: '',
      characters_in_2048: '3413',
      characters_in_4096: '6826',
    });
    expect(rows[4]?.new_tokens).toBe('');
  });
});

describe('formatComparisonJson', () => {
  it('is the report itself', () => {
    const report = buildReport(['llama2', 'merged'], ['a.txt']);
    const json = formatComparisonJson(report);
    expect(json.endsWith('}\n')).toBe(true);
    expect(JSON.parse(json)).toEqual(report);
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
    [null, '–'],
  ])('integer %j is %s', (value, text) => {
    expect(formatInteger(value)).toBe(text);
  });

  it.each([
    [0, '0.0 %'],
    [0.0001, '<0.1 %'],
    [0.1234, '12.3 %'],
    [0.99999, '>99.9 %'],
    [1, '100.0 %'],
    [null, '–'],
  ])('share %j is %s', (value, text) => {
    expect(formatShare(value)).toBe(text);
  });

  it('writes ratios with three decimals', () => {
    expect(formatRatio(16 / 35)).toBe('0.457');
    expect(formatRatio(null)).toBe('–');
  });
});

describe('formatComparisonMarkdown of a real comparison', () => {
  /** Characters as ids, two at a time for those that have `pairs`. */
  const counter = (pairs: readonly string[]): TokenCounter => {
    const pieces = [...'abcdefgh|1', ...pairs];
    return {
      engine: 'pairs',
      vocabSize: pieces.length,
      tokenKinds: new Uint8Array(pieces.length),
      idToPiece: (id) => pieces[id],
      forEachId(text, visit) {
        for (let at = 0; at < text.length; ) {
          const pair = pieces.indexOf(text.slice(at, at + 2));
          visit(pair >= 10 ? pair : pieces.indexOf(text[at]!));
          at += pair >= 10 ? 2 : 1;
        }
      },
    };
  };

  it('tells of longer lines, use, answers, training text and advice', async () => {
    const report = await compareTokenizers({
      tokenizers: [
        { name: 'one', counter: counter(['gh']) },
        { name: 'two|b', counter: counter(['gh', 'ab', 'cd', 'ef']) },
        { name: 'bare', counter: counter([]) },
      ],
      texts: [
        { name: 't', lines: Array.from({ length: 200 }, (_, i) => (i % 9 ? 'abab' : 'ab|cdgh')), hashes: () => ['x'] },
      ],
      trainedOn: [undefined, [{ name: 'zh', sha256: 'x' }]],
    });
    const markdown = formatComparisonMarkdown(report);
    expect(markdown).toContain(
      '> **Not held out:** two\\|b was trained on t (zh); there it looks better than it is.\n',
    );
    expect(markdown).toContain('## Lines that bare makes longest');
    expect(markdown).toMatch(/^\| t +\| +1 \| +6 \| +4 \| +7 \| ab\\\|cdgh \|$/m);
    expect(markdown).not.toContain('## Lines that two');
    expect(markdown).toMatch(/^\| two\\\|b +\| +3 \| +2 \| +89\.7 % \|/m);
    expect(markdown).toMatch(/^\| one +\| +0\/4, 1\/10 \| +0\/4, 0\/10 \| +0\/4, 1\/10 \| +– \|$/m);
    expect(markdown).toMatch(/^\| 70B +\| +3 \| +0\.0 MB \| +0\.0 MB \| +\\<0\.1 % \| +1\.90x \| +1\.000 \|/m);
    expect(markdown).toContain('**two\\|b**: Measure again without the text that the pieces were learnt from');
  });
});
