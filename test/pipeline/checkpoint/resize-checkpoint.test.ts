import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyRowMap } from '../../../src/embedding/apply-row-map.ts';
import { FormatError, InputError, OptionError, OutputError } from '../../../src/errors.ts';
import { buildSafetensorsHeader, DTYPE_BITS } from '../../../src/formats/checkpoint/safetensors-header.ts';
import { fillRowMap, invertRowMap } from '../../../src/merge/row-map/row-map-algebra.ts';
import { resizeCheckpoint } from '../../../src/pipeline/checkpoint/resize-checkpoint.ts';
import { appendingMap, readTensors, rowsOf, tensor, writeCheckpoint } from '../../checkpoints.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const root = temporaryFolder();
let counter = 0;
const fresh = (): string => join(root, String(counter++));
const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [
        join(entry.parentPath, entry.name).slice(folder.length),
        hashOf(join(entry.parentPath, entry.name)),
      ]),
  );

const CONFIG = { model_type: 'llama', vocab_size: 7, pad_token_id: null, eos_token_id: 2, tie_word_embeddings: false };
const SOURCES = [[3, 4], [4, 3], [5], [1, 2, 6]];

/** Embedding and head with 7 rows, in two of three shards, between other tensors. */
function untied(folder: string, rows = 7, vocabSize = 7): string[] {
  return writeCheckpoint(folder, {
    shards: [
      { 'a.weight': tensor('F32', [3, 5], 1), 'model.embed_tokens.weight': tensor('BF16', [rows, 8]) },
      { 'lm_head.weight': tensor('BF16', [rows, 8], 2), 'z.weight': tensor('BF16', [4, 8], 3) },
      { 'model.layers.0.self_attn.q_proj.weight': tensor('F16', [8, 8], 4) },
    ],
    config: { ...CONFIG, vocab_size: vocabSize },
    files: { 'generation_config.json': '{"eos_token_id": [2, 5]}\n', 'notes.md': 'kept\n', 'vocab.json': '{}' },
  });
}

describe('resizeCheckpoint', () => {
  it('keeps old rows and other tensors to the bit and puts means of old rows behind', async () => {
    const [checkpoint, out] = [fresh(), fresh()];
    const names = untied(checkpoint);
    const before = filesOf(checkpoint);
    const rowMap = appendingMap(7, SOURCES, { padding: 1 });
    const result = await resizeCheckpoint({ checkpoint, rowMap, out });
    expect(filesOf(checkpoint)).toEqual(before);
    for (const name of names) {
      const old = readTensors(join(checkpoint, name));
      const now = readTensors(join(out, name));
      expect([...now.keys()]).toEqual([...old.keys()]);
      for (const [key, { shape, bytes }] of old) {
        if (!/embed_tokens|lm_head/.test(key)) {
          expect(now.get(key)).toEqual({ ...old.get(key), shape, bytes });
          continue;
        }
        expect(now.get(key)!.shape).toEqual([12, 8]);
        expect(rowsOf(now.get(key)!).slice(0, 7)).toEqual(rowsOf(old.get(key)!));
        // The same as the matrix in memory, but for [4, 3], which would be the row of [3, 4].
        const matrix = new Uint16Array(new Uint8Array(bytes).buffer);
        const plain = Buffer.from(applyRowMap({ rowMap, matrix, dtype: 'BF16', hiddenSize: 8 }).buffer);
        const expected = rowsOf({ dtype: 'BF16', shape: [12, 8], bytes: plain });
        for (const row of [7, 9, 10, 11]) expect(rowsOf(now.get(key)!)[row]).toEqual(expected[row]);
        expect(rowsOf(now.get(key)!)[8]).not.toEqual(expected[7]);
      }
    }
    expect(
      result.tensors.map(({ name, tiesBrokenByOrder, identicalRows }) => [name, tiesBrokenByOrder, identicalRows]),
    ).toEqual([
      ['model.embed_tokens.weight', 1, 0],
      ['lm_head.weight', 1, 0],
    ]);
    const index = JSON.parse(readFileSync(join(out, 'model.safetensors.index.json'), 'utf8'));
    expect(index.metadata.total_size).toBe(3 * 5 * 4 + 2 * 12 * 8 * 2 + 4 * 8 * 2 + 8 * 8 * 2);
    expect(readFileSync(join(out, 'config.json'), 'utf8')).toBe(
      readFileSync(join(checkpoint, 'config.json'), 'utf8').replace('"vocab_size": 7', '"vocab_size": 12'),
    );
    expect(readFileSync(join(out, 'generation_config.json'), 'utf8')).toBe('{"eos_token_id": [2, 5]}\n');
    expect(readFileSync(join(out, 'notes.md'), 'utf8')).toBe('kept\n');
    expect(existsSync(join(out, 'vocab.json'))).toBe(false);
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ command: 'resize', options: { init: 'subword-mean', seed: 0 } });
    expect(manifest.files['config.json'].sha256).toBe(hashOf(join(out, 'config.json')));
  });

  it('writes the same bytes again, and the bytes of the input where nothing changes', async () => {
    const checkpoint = fresh();
    const names = untied(checkpoint);
    const [a, b, same] = [fresh(), fresh(), fresh()];
    for (const out of [a, b]) {
      await resizeCheckpoint({ checkpoint, rowMap: appendingMap(7, SOURCES), out, init: 'mean-normal', seed: 5 });
    }
    expect(filesOf(a)).toEqual(filesOf(b));
    await resizeCheckpoint({ checkpoint, rowMap: appendingMap(7, []), out: same });
    for (const name of names) expect(hashOf(join(same, name))).toBe(hashOf(join(checkpoint, name)));
  });

  it('takes rows past the pieces of a padded base for padding', async () => {
    const [checkpoint, out] = [fresh(), fresh()];
    untied(checkpoint, 10);
    const result = await resizeCheckpoint({ checkpoint, rowMap: appendingMap(7, SOURCES), out });
    const old = readTensors(join(checkpoint, 'model-00001-of-00003.safetensors')).get('model.embed_tokens.weight')!;
    const now = readTensors(join(out, 'model-00001-of-00003.safetensors')).get('model.embed_tokens.weight')!;
    expect(now.shape).toEqual([11, 8]);
    expect(rowsOf(now)[9]).toEqual(rowsOf(old)[5]);
    expect(rowsOf(now)[7]).not.toEqual(rowsOf(old)[7]);
    expect(result.notes.join()).toContain("3 rows of padding past the base's 7 ids are not carried over");
  });

  it('refuses a checkpoint with more rows than padding explains, but for a map that knows of them', async () => {
    const checkpoint = fresh();
    untied(checkpoint, 8200);
    const message = "8,200 rows, the row map's base has 7 ids, and at most 8,192 further rows count as padding";
    await expect(resizeCheckpoint({ checkpoint, rowMap: appendingMap(7, SOURCES), out: fresh() })).rejects.toThrow(
      message,
    );
    const rowMap = appendingMap(7, SOURCES, { baseRows: 8200 });
    const { tensors } = await resizeCheckpoint({ checkpoint, rowMap, out: fresh() });
    expect(tensors[0]!.newShape[0]).toBe(7 + SOURCES.length);
  });

  it('resizes biases and named tensors, and names those it leaves alone', async () => {
    const [checkpoint, out] = [fresh(), fresh()];
    writeCheckpoint(checkpoint, {
      shards: [
        {
          'transformer.wte.weight': tensor('F16', [7, 4]),
          'lm_head.bias': tensor('F32', [7]),
          final_logits_bias: tensor('F32', [1, 7]),
          'special.table': tensor('F16', [7, 2]),
        },
      ],
      config: { ...CONFIG, text_config: { vocab_size: 7 }, vision_config: { vocab_size: 7 } },
    });
    const result = await resizeCheckpoint({
      checkpoint,
      rowMap: appendingMap(7, [[0, 1]]),
      out,
      tensors: ['special.table'],
      padding: 'mean',
    });
    const now = readTensors(join(out, 'model.safetensors'));
    expect(Object.fromEntries([...now].map(([name, { shape }]) => [name, shape]))).toEqual({
      'transformer.wte.weight': [8, 4],
      'lm_head.bias': [8],
      final_logits_bias: [1, 8],
      'special.table': [8, 2],
    });
    const bias = new Float32Array(new Uint8Array(now.get('lm_head.bias')!.bytes).buffer);
    expect(bias[7]).toBe(Math.fround((bias[0]! + bias[1]!) / 2));
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
      vocab_size: 8,
      text_config: { vocab_size: 8 },
      vision_config: { vocab_size: 7 },
    });
    expect(result.tensors.length).toBe(4);
  });

  it('copies tensors of every dtype, makes rows in four, and only moves those in 8-bit floats', async () => {
    const write = (folder: string, dtype: string, rows: number): Buffer => {
      mkdirSync(folder, { recursive: true });
      const others = Object.keys(DTYPE_BITS).map((each) => ({ name: `other.${each}`, dtype: each, shape: [4, 2] }));
      const header = buildSafetensorsHeader([{ name: 'wte.weight', dtype, shape: [rows, 8] }, ...others], {
        format: 'pt',
      });
      const data = Buffer.from(Uint8Array.from({ length: header.dataSize }, (_, i) => (i * 7 + 1) % 120));
      writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([header.bytes, data]));
      return data;
    };
    for (const dtype of ['F64', 'F32', 'F16', 'BF16']) {
      const [checkpoint, out] = [fresh(), fresh()];
      write(checkpoint, dtype, 7);
      await resizeCheckpoint({ checkpoint, rowMap: appendingMap(7, SOURCES), out });
      const [old, now] = [checkpoint, out].map((folder) => readTensors(join(folder, 'model.safetensors')));
      expect(rowsOf(now!.get('wte.weight')!).slice(0, 7)).toEqual(rowsOf(old!.get('wte.weight')!));
      expect(now!.get('wte.weight')).toMatchObject({ dtype, shape: [11, 8] });
      for (const each of Object.keys(DTYPE_BITS)) expect(now!.get(`other.${each}`)).toEqual(old!.get(`other.${each}`));
    }
    const [large, pruned] = [fresh(), fresh()];
    write(large, 'F8_E4M3', 11);
    const back = invertRowMap(appendingMap(7, SOURCES, { baseRows: 9 }));
    await resizeCheckpoint({ checkpoint: large, rowMap: { ...back, padding: [7, 8] }, out: pruned });
    const rows = rowsOf(readTensors(join(pruned, 'model.safetensors')).get('wte.weight')!);
    expect(rows.slice(0, 7)).toEqual(
      rowsOf(readTensors(join(large, 'model.safetensors')).get('wte.weight')!).slice(0, 7),
    );
    expect(rows.slice(7)).toEqual([Buffer.alloc(8), Buffer.alloc(8)]);
    const refused = resizeCheckpoint({ checkpoint: large, rowMap: appendingMap(11, [[1, 2]]), out: fresh() });
    await expect(refused).rejects.toThrow('tensor "wte.weight" is F8_E4M3, in which no rows can be made');
  });

  it('puts new pieces into rows that the checkpoint has to spare, and keeps those that are left', async () => {
    const [checkpoint, few, many] = [fresh(), fresh(), fresh()];
    untied(checkpoint, 10);
    const rowsIn = (folder: string) =>
      rowsOf(readTensors(join(folder, 'model-00001-of-00003.safetensors')).get('model.embed_tokens.weight')!);
    const two = await resizeCheckpoint({
      ...{ checkpoint, rowMap: appendingMap(7, SOURCES.slice(0, 2)), out: few, fillPadding: true },
    });
    expect(two.tensors[0]).toMatchObject({ copiedRows: 7, newRows: 2, filledRows: 2, keptRows: 1, paddingRows: 0 });
    expect(rowsIn(few).length).toBe(10);
    expect([0, 6, 9].map((row) => rowsIn(few)[row])).toEqual([0, 6, 9].map((row) => rowsIn(checkpoint)[row]));
    expect(JSON.parse(readFileSync(join(few, 'row-map.json'), 'utf8'))).toMatchObject({
      base: { idCount: 7, rows: 10 },
      target: { idCount: 9, rows: 10 },
      new: [{ fills: 7 }, { fills: 8 }],
    });
    const four = await resizeCheckpoint({
      ...{ checkpoint, rowMap: appendingMap(7, SOURCES), out: many, fillPadding: true, padToMultipleOf: 8 },
    });
    expect(four.tensors[0]).toMatchObject({ copiedRows: 7, newRows: 4, filledRows: 3, keptRows: 0, paddingRows: 5 });
    // The rows are those of a resize without filling: only their number differs.
    const plain = fresh();
    const { notes } = await resizeCheckpoint({ checkpoint, rowMap: appendingMap(7, SOURCES), out: plain });
    expect(notes.join()).toContain('with --fill-padding new pieces take them');
    expect(rowsIn(many).slice(0, 11)).toEqual(rowsIn(plain));
  });

  it('does not resize twice by one row map, and says what it looked at', async () => {
    const [checkpoint, once] = [fresh(), fresh()];
    untied(checkpoint);
    const rowMap = appendingMap(7, SOURCES);
    await resizeCheckpoint({ checkpoint, rowMap, out: once });
    const refused = (checkpoint: string, options = {}) =>
      resizeCheckpoint({ checkpoint, rowMap, out: fresh(), ...options }).then(
        () => 'resized',
        (error: Error) => `${error.message} ${(error as InputError).hint}`,
      );
    const message = await refused(once);
    expect(message).toContain('was resized by this row map already (it has 11 rows, the row map makes 11 of 7; ');
    expect(message).toContain("its manifest.json names the row map's target tokenizer");
    expect(message).toContain('starts from the tokenizer 1111111111111111…');
    // Without the manifest, the number of rows says it; padded to another number, the manifest does.
    rmSync(join(once, 'manifest.json'));
    expect(await refused(once)).toContain('it has no manifest.json of a resize');
    expect(await refused(once, { fillPadding: true })).toContain('was resized by this row map already');
    const padded = fresh();
    await resizeCheckpoint({ checkpoint, rowMap, out: padded, padToMultipleOf: 16 });
    expect(await refused(padded)).toContain('it has 16 rows, the row map makes 11 of 7');

    // Another map's result has rows that this one knows nothing of.
    const elsewhere = {
      ...rowMap,
      base: { ...rowMap.base, sha256: 'a'.repeat(64) },
      target: { ...rowMap.target, sha256: 'b'.repeat(64) },
    };
    expect(await refused(padded, { rowMap: elsewhere })).toContain(
      'was resized for another tokenizer than the row map starts from',
    );

    // Where base and result have the same rows, a missing trace is a note, and any trace decides.
    const [spare, filled] = [fresh(), fresh()];
    untied(spare, 16, 16);
    const first = await resizeCheckpoint({ checkpoint: spare, rowMap: fillRowMap(rowMap, 16), out: filled });
    expect(first.notes.join()).toContain(
      'cannot be told (it has 16 rows, the row map makes 16 of 16; it has no manifest',
    );
    expect(await refused(filled, { rowMap: fillRowMap(rowMap, 16) })).toContain('was resized by this row map already');
    expect(await refused(spare, { rowMap: fillRowMap(rowMap, 20) })).toContain('Add --fill-padding');
  });

  it('writes the same with threads, which can be stopped and leave nothing behind', async () => {
    const checkpoint = fresh();
    // As many elements as pay for a thread.
    const large = (phase: number) => tensor('BF16', [1000, 8192], phase);
    writeCheckpoint(checkpoint, {
      shards: [
        { 'model.embed_tokens.weight': large(0), 'lm_head.weight': large(1) },
        { 'x.weight': tensor('F32', [10, 10]) },
      ],
      config: CONFIG,
    });
    const rowMap = appendingMap(1000, [...SOURCES, ...Array.from({ length: 30 }, (_, i) => [i, 2 * i, 999 - i])]);
    const [one, three, stopped] = [fresh(), fresh(), fresh()];
    const single = await resizeCheckpoint({ checkpoint, rowMap, out: one, init: 'auto', threads: 1 });
    let done = 0;
    const several = await resizeCheckpoint({
      checkpoint,
      rowMap,
      out: three,
      init: 'auto',
      threads: 3,
      onProgress: ({ doneBytes }) => {
        done = doneBytes;
      },
    });
    expect(filesOf(three)).toEqual(filesOf(one));
    expect(several.tensors).toEqual(single.tensors);
    expect(done).toBeGreaterThanOrEqual(2 * 1034 * 8192 * 2 + 400);
    const onProgress = ({ file }: { readonly file: string }): void => {
      if (file === 'model-00001-of-00002.safetensors') throw new Error('stopped');
    };
    const run = resizeCheckpoint({ checkpoint, rowMap, out: stopped, threads: 3, onProgress });
    await expect(run).rejects.toThrow('stopped');
    expect(existsSync(stopped)).toBe(false);
    await expect(resizeCheckpoint({ checkpoint, rowMap, out: stopped, threads: 0 })).rejects.toThrow(OptionError);
  });

  it('goes on shard by shard, and throws away what was made from something else', async () => {
    const [checkpoint, plain] = [fresh(), fresh()];
    const names = untied(checkpoint);
    const out = join(fresh(), 'out');
    mkdirSync(join(out, '..'), { recursive: true });
    const rowMap = appendingMap(7, SOURCES);
    await resizeCheckpoint({ checkpoint, rowMap, out: plain });
    const stop = (shard: string) => {
      return resizeCheckpoint({
        checkpoint,
        rowMap,
        out,
        resume: true,
        threads: 1,
        onProgress: ({ file }) => {
          if (file === shard) throw new Error('stopped');
        },
      });
    };
    await expect(stop(names[1]!)).rejects.toThrow('stopped');
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(join(out, '..'))).toEqual(['.out.vocab-merge-resume']);
    expect(readdirSync(join(out, '..', '.out.vocab-merge-resume')).sort()).toEqual([names[0], 'state.json']);
    await expect(stop(names[2]!)).rejects.toThrow('stopped');
    const result = await resizeCheckpoint({ checkpoint, rowMap, out, resume: true, threads: 3 });
    expect(result.resumed).toEqual(names.slice(0, 2));
    expect(filesOf(out)).toEqual(filesOf(plain));
    expect(readdirSync(join(out, '..'))).toEqual(['out']);

    rmSync(out, { recursive: true });
    await resizeCheckpoint({ checkpoint, rowMap, out, resume: true, threads: 3 });
    expect(filesOf(out)).toEqual(filesOf(plain));

    rmSync(out, { recursive: true });
    await expect(stop(names[1]!)).rejects.toThrow('stopped');
    const other = await resizeCheckpoint({ checkpoint, rowMap, out, resume: true, init: 'first' });
    expect(other.resumed).toEqual([]);
  });

  it('leaves nothing behind when it fails', async () => {
    const checkpoint = fresh();
    untied(checkpoint);
    const parent = fresh();
    mkdirSync(parent);
    const run = resizeCheckpoint({
      checkpoint,
      rowMap: appendingMap(7, SOURCES),
      out: join(parent, 'deep', 'out'),
      onProgress: () => {
        throw new Error('stopped');
      },
    });
    await expect(run).rejects.toThrow('stopped');
    expect(readdirSync(parent)).toEqual([]);
  });
});

describe('what resizeCheckpoint refuses', () => {
  it('a broken configuration, before any weights are written', async () => {
    const checkpoint = fresh();
    untied(checkpoint);
    writeFileSync(join(checkpoint, 'generation_config.json'), '{');
    let bytes = 0;
    const onProgress = ({ doneBytes }: { readonly doneBytes: number }): void => {
      bytes = doneBytes;
    };
    const run = resizeCheckpoint({ checkpoint, rowMap: appendingMap(7, SOURCES), out: fresh(), onProgress });
    await expect(run).rejects.toThrow('generation_config.json: is not JSON');
    expect(bytes).toBe(0);
  });

  const rowMap = appendingMap(7, SOURCES);
  const refusal = async (checkpoint: string, options: object = {}) =>
    resizeCheckpoint({ checkpoint, rowMap, out: fresh(), ...options }).then(
      () => expect.unreachable('it was not refused'),
      (error: unknown) => error as Error & { hint?: string },
    );

  it('an output that is the checkpoint, inside it, or holds a model', async () => {
    const checkpoint = fresh();
    untied(checkpoint);
    const link = fresh();
    symlinkSync(checkpoint, link);
    for (const out of [checkpoint, link, join(checkpoint, 'resized'), join(link, 'a', 'b')]) {
      expect(await refusal(checkpoint, { out })).toBeInstanceOf(OptionError);
    }
    const other = fresh();
    untied(other);
    const error = await refusal(checkpoint, { out: other });
    expect(error).toBeInstanceOf(OutputError);
    expect(error.message).toContain('there is a model in the output folder already');
  });

  it('missing shards, pickle files, adapters, quantized heads, 8-bit embeddings', async () => {
    const checkpoint = fresh();
    const names = untied(checkpoint);
    rmSync(join(checkpoint, names[1]!));
    const missing = await refusal(checkpoint);
    expect(missing.message).toContain(`${names[1]}: is missing; it holds tensor "lm_head.weight" and 1 more`);

    const pickle = fresh();
    mkdirSync(pickle);
    writeFileSync(join(pickle, 'pytorch_model.bin'), 'x');
    expect((await refusal(pickle)).message).toContain('is a pickle file');
    writeFileSync(join(pickle, 'adapter_config.json'), '{}');
    expect((await refusal(pickle)).message).toContain('is a PEFT adapter');

    const quantized = fresh();
    writeCheckpoint(quantized, {
      shards: [{ 'model.embed_tokens.weight': tensor('F16', [7, 4]), 'lm_head.qweight': tensor('F16', [4, 7]) }],
    });
    expect((await refusal(quantized)).message).toContain('"lm_head.qweight"');

    const partly = fresh();
    writeCheckpoint(partly, {
      shards: [{ 'model.embed_tokens.weight': tensor('F16', [9, 4]), 'lm_head.weight': tensor('F16', [7, 4]) }],
    });
    expect((await refusal(partly)).message).toContain('tensor "lm_head.weight" has the shape [7, 4]');
  });

  it('a base of another size, a tokenizer that is not the target, an unknown tensor', async () => {
    const checkpoint = fresh();
    untied(checkpoint, 6);
    const small = await refusal(checkpoint);
    expect(small).toBeInstanceOf(InputError);
    expect(small.message).toContain('"model.embed_tokens.weight" has 6 rows');
    const right = fresh();
    untied(right);
    expect((await refusal(right, { tokenizer: 'llama2' })).message).toContain('the row map leads to 1111');
    expect((await refusal(right, { tensors: ['nope'] })).message).toContain('has no tensor "nope"');
    expect(await refusal(right, { init: 'weighted-mean' })).toBeInstanceOf(OptionError);
  });

  it('damaged files', async () => {
    const checkpoint = fresh();
    const names = untied(checkpoint);
    truncateSync(join(checkpoint, names[2]!), 150);
    const cut = await refusal(checkpoint);
    expect(cut).toBeInstanceOf(FormatError);
    expect(cut.message).toContain(names[2]);
    writeFileSync(join(checkpoint, 'model.safetensors.index.json'), '{"weight_map": {"x": "../y.safetensors"}}');
    expect((await refusal(checkpoint)).message).toContain('"../y.safetensors"');
  });
});
