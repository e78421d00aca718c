// The figures of published tokenizers that docs/reference/audit-codes.md states; those of magikarp beside them are of its reports.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AuditCode } from '../../../src/formats/audit-report.ts';
import { parseTokenizerJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { auditTokenizer } from '../../../src/merge/audit/audit.ts';
import { needsShared, sharedPath } from '../../shared.ts';
import { openPublished, type PublishedName, publishedJson } from '../../tokenize/published-tokenizers.ts';

/** Findings of `dead`, `pre-tokenizer`, `normalizer`, `whole-only` and `merges`; the parts of characters; the class. */
const FIGURES: readonly (readonly [PublishedName, readonly number[], parts: number | undefined, verdict: string])[] = [
  ['gpt2', [0, 0, 0, 0, 0], 216, 'ok'],
  ['llama3.1', [0, 0, 0, 588, 152_991], 1224, 'ok'],
  ['qwen2.5', [0, 1667, 248, 0, 0], 1320, 'ok'],
  ['qwen3', [0, 1667, 248, 0, 0], 1320, 'ok'],
  ['gpt4o', [0, 0, 0, 0, 0], 1434, 'problem'],
  ['mistral-nemo', [0, 0, 0, 0, 139_627], 1307, 'ok'],
  ['deepseek-v3', [0, 0, 0, 0, 0], 1342, 'problem'],
  ['gemma2', [1, 0, 0, 0, 345_740], undefined, 'ok'],
];

describe('published tokenizers', needsShared, () => {
  it.each(FIGURES)('%s', async (name, counts, parts, verdict) => {
    const files = new Map([
      ['tokenizer_config.json', readFileSync(sharedPath(`fixtures/byte-level/${name}/tokenizer_config.json`), 'utf8')],
    ]);
    const json = parseTokenizerJson(new TextDecoder().decode(publishedJson(name)));
    const { checks } = await auditTokenizer({ target: { name, tokenizer: openPublished(name), files, json } });
    const find = (code: AuditCode) => checks.find((check) => check.code === code);
    const codes = ['dead', 'pre-tokenizer', 'normalizer', 'whole-only', 'merges'] as const;
    expect(codes.map((code) => find(code)!.count)).toEqual(counts);
    expect([find('parts')?.of, find('class')!.verdict, find('added-tokens')!.count]).toEqual([parts, verdict, 0]);
  });
});
