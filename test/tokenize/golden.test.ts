// Published models on 2,598 texts with the ids of sentencepiece 0.2.2.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { applyPatch } from '../../src/core/patch.ts';
import { parseTokenizerModel } from '../../src/formats/sentencepiece/model-from-proto.ts';
import { mergeVocab } from '../../src/merge/merge-vocab.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { hasShared, needsShared, sharedPath } from '../shared.ts';

interface GoldenLine {
  text: string;
  decoded?: Record<string, string>;
  [model: string]: unknown;
}

const readModel = (name: string) => parseTokenizerModel(readFileSync(sharedPath(`fixtures/${name}.model`)));

function readMerged(name: string) {
  if (name !== 'chinese_llama') return readModel(name);
  const base = readModel('llama2');
  return applyPatch(base, mergeVocab({ base, extension: readModel('chinese_sp'), preset: 'chinese-llama' }).patch);
}

describe('golden encodings', needsShared, () => {
  const lines: GoldenLine[] = hasShared
    ? gunzipSync(readFileSync(sharedPath('fixtures/golden.jsonl.gz')))
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as GoldenLine)
    : [];

  it.each(['llama2', 'chinese_llama', 'chinese_llama2', 'chinese_sp'])('%s has no mismatch', (name) => {
    const tokenizer = createTokenizer(readMerged(name));
    const mismatches: string[] = [];
    for (const line of lines) {
      const ids = line[name] as number[];
      if (String(tokenizer.encode(line.text)) !== String(ids)) mismatches.push(`ids of ${JSON.stringify(line.text)}`);
      const decoded = line.decoded?.[name] ?? line.text;
      if (tokenizer.decode(ids) !== decoded) mismatches.push(`decoding of ${JSON.stringify(line.text)}`);
      const stream = tokenizer.createDecoder();
      if (ids.map((id) => stream.push(id)).join('') + stream.end() !== decoded) {
        mismatches.push(`streamed decoding of ${JSON.stringify(line.text)}`);
      }
    }
    expect(lines.length).toBe(2598);
    expect(mismatches).toEqual([]);
  });
});
