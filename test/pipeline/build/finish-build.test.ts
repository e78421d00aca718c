import { expect, it } from 'vitest';
import { finishBuild } from '../../../src/pipeline/build/finish-build.ts';
import { mergeTokenizers } from '../../../src/pipeline/build/merge-tokenizers.ts';
import { sha256Of } from '../../../src/pipeline/io/sha256.ts';
import { llama2 } from '../../llama2.ts';
import { modelOf } from '../../models.ts';

it('the manifest describes every other file, in their order, and comes last', async () => {
  const merged = await mergeTokenizers({ base: llama2, extension: modelOf([['中国', -1]]) });
  const extension = { name: 'x.model', vocabSize: 1, sha256: 'f'.repeat(64) };
  const { manifest, files } = finishBuild({
    command: 'test',
    base: llama2,
    extension,
    options: { given: 1, left: undefined },
    merged,
    more: [['report.md', '中']],
  });
  expect([...files.keys()]).toEqual([...merged.files.keys(), 'report.md', 'manifest.json']);
  expect(Object.keys(manifest.files)).toEqual([...files.keys()].slice(0, -1));
  expect(manifest.files['report.md']).toEqual({ bytes: 3, sha256: sha256Of('中') });
  expect(manifest).toMatchObject({
    command: 'test',
    base: { name: 'llama2', vocabSize: 32_000, sha256: llama2.sha256 },
    extension,
    options: { given: 1 },
    target: { name: 'tokenizer.model', vocabSize: 32_001, rows: 32_001, sha256: merged.sha256 },
  });
  expect(JSON.parse(String(files.get('manifest.json')))).toEqual(manifest);
  expect(manifest.files['tokenizer.model']!.sha256).toBe(merged.sha256);
});
