// What a repair writes: new scores, and every file of the old tokenizer that scores do not change.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseRowMap } from '../../../src/formats/row-map/row-map.ts';
import { validateRowMap } from '../../../src/formats/row-map/validate-row-map.ts';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { parseTokenizerJson } from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import { mergeTokenizers } from '../../../src/pipeline/build/merge-tokenizers.ts';
import { repairTokenizer } from '../../../src/pipeline/build/repair-tokenizer.ts';
import { loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { llama2 } from '../../llama2.ts';
import { modelOf } from '../../models.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();

it('keeps ids, tokens behind the vocabulary and other files, and derives tokenizer.json anew', async () => {
  const merged = await mergeTokenizers({ base: llama2, extension: modelOf([['中国'], ['timeo']]), scores: 'zero' });
  const files: Record<string, string | Uint8Array> = {
    'tokenizer.model': merged.document.vocabularyFile.bytes,
    'tokenizer.json': String(merged.files.get('tokenizer.json')),
    'tokenizer_config.json': '{"mine":1,"added_tokens_decoder":{"32002":{"content":"<pad>","special":true}}}',
    'generation_config.json': '{"x": 1.0}',
    'chat_template.jinja': '{{ x }}',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const target = requireExtendable(await loadTokenizer(folder));
  const { repair, subject, files: repaired } = repairTokenizer({ target, base: llama2 });
  expect(repair.rescored).toBe(2);
  const model = parseTokenizerModel(repaired.get('tokenizer.model') as Uint8Array);
  expect(model.pieces).toEqual(target.model.pieces);
  expect([...model.pieceScores.subarray(32_000)].sort()).toEqual([-31_741, -31_742]);
  expect(subject.tokenizer.encode('timeout')).toEqual(llama2.tokenizer.encode('timeout'));
  for (const name of ['generation_config.json', 'chat_template.jinja']) expect(repaired.get(name)).toBe(files[name]);
  expect(JSON.parse(String(repaired.get('tokenizer_config.json')))).toMatchObject({
    mine: 1,
    added_tokens_decoder: { 32002: { content: '<pad>', special: true } },
  });
  const json = parseTokenizerJson(String(repaired.get('tokenizer.json')));
  expect(json.added_tokens.at(-1)).toMatchObject({ id: 32_002, content: '<pad>' });
  expect(JSON.stringify(json)).not.toBe(JSON.stringify(parseTokenizerJson(files['tokenizer.json'] as string)));
});

it('leaves out what is dead whatever its score, and maps the rows that stay', async () => {
  // Nothing joins to 加拿大 or to 国务院; 中国 has its halves, and [PAD] moves up behind it.
  const extension = modelOf([['加拿大'], ['中国'], ['国务院']]);
  const merged = await mergeTokenizers({ base: llama2, extension, scores: 'zero', addTokens: ['[PAD]'] });
  const target = {
    ...llama2,
    name: 'merged',
    document: merged.document,
    model: merged.model,
    tokenizer: merged.tokenizer,
    sha256: merged.sha256,
    files: new Map(),
  };
  const kept = repairTokenizer({ target, base: llama2 });
  expect(kept.rowMap).toBeUndefined();
  expect(kept.files.has('row-map.json')).toBe(false);
  const { rowMap, subject, files } = repairTokenizer({ target, base: llama2, drop: true, rows: 32_064 });
  expect(parseTokenizerModel(files.get('tokenizer.model') as Uint8Array).pieces.slice(32_000)).toEqual([
    '中国',
    '[PAD]',
  ]);
  expect(rowMap!.copy.slice(0, 3)).toEqual([
    [0, 0, 32_000],
    [32_000, 32_001, 1],
    [32_001, 32_003, 1],
  ]);
  expect(rowMap).toMatchObject({ base: { rows: 32_064, sha256: merged.sha256 }, target: { sha256: subject.sha256 } });
  validateRowMap(parseRowMap(String(files.get('row-map.json'))));
  for (const text of ['加拿大', '中国', 'timeout 国务院']) {
    const before = kept.subject.tokenizer.encode(text).map((id) => kept.subject.tokenizer.idToPiece(id));
    expect(subject.tokenizer.encode(text).map((id) => subject.tokenizer.idToPiece(id))).toEqual(before);
  }
});
