import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../../src/formats/audit-report.ts';
import { formatAuditTerminal } from '../../../src/report/print/format-audit.ts';

const REPORT: AuditReport = {
  format: 'vocab-merge/audit',
  version: 1,
  tokenizer: { name: 'merged', modelType: 'bpe', vocabSize: 49953 },
  base: { name: 'llama2', modelType: 'bpe', vocabSize: 32000 },
  newPieces: 17953,
  effectiveSize: 49155,
  checks: [
    {
      code: 'dead',
      verdict: 'problem',
      count: 3,
      of: 17953,
      summary: '3 of 17,953 new pieces',
      findings: [
        { id: 33287, piece: '越来越', encodesTo: ['越', '来', '越'] },
        { id: 40000, piece: '\u202e\n' },
        { id: 40001, piece: '长'.repeat(60), reason: 'long' },
      ],
    },
    { code: 'broken', verdict: 'ok', count: 0, of: 32000, summary: 'every piece of the base', findings: [] },
  ],
  text: {
    lines: 2,
    tokens: 30,
    baseTokens: 40,
    scripts: [
      { script: 'Han', isExtended: true, lines: 1, changedLines: 1, longerLines: 0, baseTokens: 40, tokens: 30 },
      { script: 'Common', isExtended: false, lines: 1, changedLines: 0, longerLines: 0, baseTokens: 0, tokens: 0 },
    ],
    longerLines: [],
  },
};

describe('formatAuditTerminal', () => {
  it('shows a row a check, examples that cannot garble the terminal, and the text', () => {
    expect(formatAuditTerminal(REPORT)).toBe(`\
merged: bpe, 49,953 pieces, 17,953 of them not in llama2 (32,000); 49,155 of them can come out of text

dead          problem   3 of 17,953 new pieces
                         33287  越来越  -> 越 来 越
                         40000  \\u202e\\u000a
                         40001  ${'长'.repeat(23)}…  (long)
broken        ok        every piece of the base

text: 2 lines, 40 tokens become 30 tokens
script          lines  ids changed  longer  tokens before  after  ratio
Han (extended)      1            1       0             40     30  0.750
Common              1            0       0              0      0      –
`);
  });

  it('shows as many examples as asked, and colours only when asked', () => {
    const one = formatAuditTerminal(REPORT, { examples: 1 });
    expect(one).toContain('… and 2 more');
    expect(one).not.toContain('\u001b');
    expect(formatAuditTerminal(REPORT, { examples: 0 })).not.toContain('越');
    expect(formatAuditTerminal(REPORT, { color: true })).toContain('\u001b[31mproblem \u001b[0m');
  });
});
