// What is said of a text that was not read as it is.
import { describe, expect, it } from 'vitest';
import { warnOfChangedText } from '../../../src/cli/output/corpus-summary.ts';
import { emptyStats } from '../../../src/corpus/read/corpus-stats.ts';

describe('a text that was not read as it is', () => {
  it('is named with what was replaced and what was left out, and with nothing else', () => {
    const warnings: string[] = [];
    const inputs = [{ name: 'a.jsonl', bytes: 9, sha256: 'abc' }];
    for (const changed of [{}, { invalidUtf8: 2 }, { withoutText: 1 }, { withoutText: 2 }]) {
      warnOfChangedText({ ...emptyStats(), inputs, ...changed }, { warn: (text) => warnings.push(text) });
    }
    expect(warnings).toEqual([
      'a.jsonl: 2 invalid UTF-8 sequences were read as U+FFFD',
      'a.jsonl: 1 record without text was left out',
      'a.jsonl: 2 records without text were left out',
    ]);
  });
});
