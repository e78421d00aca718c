// What a merge takes over from the files beside its base.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { countRows } from '../../../src/core/row-map.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import { parseRowMap } from '../../../src/formats/row-map/row-map.ts';
import { serializeModelProto } from '../../../src/formats/sentencepiece/model-file.ts';
import { protoFromModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import {
  buildTokenizerJson,
  parseTokenizerJson,
  serializeTokenizerJson,
} from '../../../src/formats/tokenizer-json/tokenizer-json.ts';
import type { MergeScores } from '../../../src/merge/merge-options.ts';
import { type MergeTokenizersOptions, mergeTokenizers } from '../../../src/pipeline/build/merge-tokenizers.ts';
import { loadTokenizer, requireExtendable } from '../../../src/vocab/load-tokenizer.ts';
import { llama2 } from '../../llama2.ts';
import { modelOf, type PieceEntry } from '../../models.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();

const EXTENSION = modelOf([['中国', -1]]);
/** A base with LLaMA's special pieces, bytes and a few others. */
const SMALL = modelOf(
  [
    ['<unk>', 0, PIECE_TYPE.unknown],
    ['<s>', 0, PIECE_TYPE.control],
    ['</s>', 0, PIECE_TYPE.control],
    ...Array.from({ length: 256 }, (_, byte): PieceEntry => [byteToPiece(byte), 0, PIECE_TYPE.byte]),
    ...['▁中', '▁', '中', '国', 'a'].map((piece, i): PieceEntry => [piece, -i]),
  ],
  { byteFallback: true, normalizer: llama2.model.normalizer },
);
const SMALL_FILE = serializeModelProto(protoFromModel(SMALL));

async function mergeInto(files: Record<string, string>) {
  const folder = await mkdtemp(join(root, 'base-'));
  await writeFile(join(folder, 'tokenizer.model'), SMALL_FILE);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const base = requireExtendable(await loadTokenizer(folder));
  const merged = await mergeTokenizers({ base, extension: EXTENSION });
  return { ...merged, json: parseTokenizerJson(String(merged.files.get('tokenizer.json'))) };
}

describe('mergeTokenizers', () => {
  it('keeps the chat template, wherever the base has it, and every field of its configuration', async () => {
    const config = { chat_template: '{{ messages }}', model_max_length: 4096, add_eos_token: true, mine: [1] };
    const { files, json } = await mergeInto({
      'tokenizer_config.json': JSON.stringify(config),
      'chat_template.jinja': '{{ bos_token }}',
    });
    expect(JSON.parse(String(files.get('tokenizer_config.json')))).toMatchObject(config);
    expect(files.get('chat_template.jinja')).toBe('{{ bos_token }}');
    expect(JSON.stringify(json.post_processor)).toContain('</s>');
  });

  it('lets new pieces take the rows that the checkpoint has to spare, as far as they go', async () => {
    const extension = modelOf([['中国'], ['国人', -1], ['人民', -2]]);
    const counts = async (options: Partial<MergeTokenizersOptions>) => {
      const { rowMap, files } = await mergeTokenizers({ base: llama2, extension, fillPadding: true, ...options });
      expect(parseRowMap(String(files.get('row-map.json')))).toEqual(rowMap);
      return [rowMap.target.rows, countRows(rowMap)];
    };
    const all = { copied: 32_000, filled: 3, replaced: 0, appended: 0, kept: 61, padding: 0, dropped: 0 };
    expect(await counts({ baseRows: 32_064 })).toEqual([32_064, all]);
    const some = { copied: 32_000, filled: 2, replaced: 0, appended: 1, kept: 0, padding: 5, dropped: 0 };
    expect(await counts({ baseRows: 32_002, padToMultipleOf: 8 })).toEqual([32_008, some]);
    const base = { ...llama2, document: llama2.document, tokenizer: llama2.tokenizer };
    expect(await counts({ base: { ...base, modelConfig: '{"vocab_size": 32064}' } })).toEqual([32_064, all]);
    await expect(counts({ base: { ...base, modelConfig: '{' } })).rejects.toThrow('config.json beside llama2: is not');
    await expect(counts({})).rejects.toThrow(/fillPadding: it is not known how many rows the checkpoint has/);
  });

  it('names the class that is exact in most clients: the fast one, but for tied scores the one that runs the model', async () => {
    const classOf = async (scores: MergeScores) => {
      const extension = modelOf([['中国'], ['国人', -1]]);
      const { files } = await mergeTokenizers({ base: llama2, extension, scores });
      return JSON.parse(String(files.get('tokenizer_config.json'))).tokenizer_class;
    };
    expect(await classOf('below')).toBe('PreTrainedTokenizerFast');
    expect(await classOf('zero')).toBe('LlamaTokenizer');
  });

  it('puts the prefix as the base’s tokenizer.json does, else as its configuration says', async () => {
    const config = { 'tokenizer_config.json': '{"legacy": false}' };
    const jsonOf = (legacy: boolean) => serializeTokenizerJson(buildTokenizerJson(SMALL, { legacy }));
    expect((await mergeInto({})).json.pre_tokenizer).toBe(null);
    expect((await mergeInto(config)).json.pre_tokenizer?.type).toBe('Metaspace');
    expect((await mergeInto({ ...config, 'tokenizer.json': jsonOf(true) })).json.pre_tokenizer).toBe(null);
    expect((await mergeInto({ 'tokenizer.json': jsonOf(false) })).json.pre_tokenizer?.type).toBe('Metaspace');
  });

  it('follows a base that is a tokenizer.json alone, and carries that file on while nothing is added', async () => {
    const text = serializeTokenizerJson(buildTokenizerJson(SMALL, { legacy: false }));
    const folder = await mkdtemp(join(root, 'base-'));
    await writeFile(join(folder, 'tokenizer.json'), text);
    const base = requireExtendable(await loadTokenizer(folder));
    expect(base.document.files().get('tokenizer.json')).toBe(text);
    const { files } = await mergeTokenizers({ base, extension: EXTENSION });
    expect(parseTokenizerJson(String(files.get('tokenizer.json'))).pre_tokenizer?.type).toBe('Metaspace');
  });
});
