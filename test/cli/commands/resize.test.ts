// resize, check and row-map as people run them: what they print, their exit status, what they leave behind.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { processTag } from '../../../src/pipeline/io/process-tag.ts';
import { SAMPLES_FOLDER } from '../../../src/vocab/sample-texts.ts';
import { readTensors, rowsOf, tensor, writeCheckpoint } from '../../checkpoints.ts';
import { openProgramFolder } from '../program.ts';

const { folder, run: runProgram, start } = openProgramFolder();
const run = (...args: string[]) => runProgram(args);

const EMBED = 'model.embed_tokens.weight';
const CONFIG = { vocab_size: 32000, tie_word_embeddings: false, eos_token_id: 2, pad_token_id: null };

describe('resize, check and row-map', () => {
  beforeAll(async () => {
    const input = join(SAMPLES_FOLDER, 'zh-history.txt');
    const extended = await run('extend', '--base', 'llama2', '--input', input, '--new-pieces', '40', '--out', 'merged');
    expect(extended.code, extended.err).toBe(0);
    writeCheckpoint(join(folder, 'model'), {
      shards: [{ [EMBED]: tensor('BF16', [32000, 4]) }, { 'lm_head.weight': tensor('BF16', [32000, 4], 1) }],
      config: CONFIG,
    });
    const resized = await run(
      'resize',
      '--checkpoint',
      'model',
      '--row-map',
      'merged/row-map.json',
      '--out',
      'resized',
    );
    expect(resized.code, resized.err).toBe(0);
    expect(resized.out).toContain(`${EMBED}: BF16 [32000, 4] -> [32040, 4]`);
    expect(resized.out).toContain('32,000 rows copied, 40 new; subword-mean, treated as input');
    expect(resized.out).toContain('config.json: vocab_size 32000 -> 32040');
    expect(resized.out).toMatch(/id +piece +norm +nearest old rows \(cosine\)\n {2}32000 /);
  });

  it('resize takes the tokenizer along, and the result passes its check', async () => {
    for (const name of ['tokenizer.model', 'tokenizer.json']) {
      expect(readFileSync(join(folder, 'resized', name)).equals(readFileSync(join(folder, 'merged', name)))).toBe(true);
    }
    const checked = await run('check', '--checkpoint', 'resized', '--row-map', 'merged/row-map.json', '--json');
    expect(checked.code, checked.out + checked.err).toBe(0);
    expect(JSON.parse(checked.out)).toMatchObject({ passed: true, vocabSize: 32040, tokenizer: { ids: 32040 } });
  });

  it('check names what does not agree, with the fix, and ends with 1', async () => {
    const early = await run(
      'check',
      '--checkpoint',
      'model',
      '--tokenizer',
      'merged',
      '--row-map',
      'merged/row-map.json',
    );
    expect(early.code).toBe(1);
    expect(early.out).toContain(
      'model.embed_tokens.weight has 32,000 rows, merged has 32,040 ids: ids 32000 to 32039 have no row',
    );
    expect(early.out).toContain('-> This checkpoint was not resized yet: run vocab-merge resize with the row map.');
    expect(early.err).toMatch(/^error: model: does not go together: rows, row-map, index\nhint: /);
    expect((await run('check', '--checkpoint', 'resized', '--multiple-of', '64')).code).toBe(1);
    expect((await run('check', '--checkpoint', 'resized', '--multiple-of', '0')).code).toBe(2);
  });

  it('does not resize what has the rows already, nor what has rows of another tokenizer', async () => {
    const again = await run('resize', '--checkpoint', 'resized', '--row-map', 'merged/row-map.json', '--out', 'again');
    expect(again.code).toBe(1);
    expect(again.err).toMatch(
      /^error: resized: was resized by this row map already \(it has 32,040 rows, .*\)\nhint: /,
    );
    // A checkpoint of the extended tokenizer, padded, without the manifest that would tell.
    writeCheckpoint(join(folder, 'trained'), {
      shards: [{ [EMBED]: tensor('BF16', [32064, 4]) }],
      config: { ...CONFIG, vocab_size: 32064, tie_word_embeddings: true },
    });
    copyFileSync(join(folder, 'merged', 'tokenizer.model'), join(folder, 'trained', 'tokenizer.model'));
    const input = join(SAMPLES_FOLDER, 'zh-history.txt');
    expect(
      (await run('extend', '--base', 'llama2', '--input', input, '--new-pieces', '20', '--out', 'smaller')).code,
    ).toBe(0);
    const other = await run('resize', '--checkpoint', 'trained', '--row-map', 'smaller/row-map.json', '--out', 'again');
    expect(other.code).toBe(1);
    expect(other.err).toContain(
      'its tokenizer.model has 32,040 pieces, the row map starts from a tokenizer with 32,000 ids',
    );
    const padded = await run('resize', '--checkpoint', 'trained', '--row-map', 'merged/row-map.json', '--out', 'again');
    expect(padded.err).toContain("its tokenizer.model names the row map's target tokenizer");
    expect(existsSync(join(folder, 'again'))).toBe(false);
  });

  it('pads rows on request', async () => {
    const padded = await run(
      ...['resize', '--checkpoint', 'model', '--row-map', 'merged/row-map.json', '--out', 'padded'],
      ...['--pad-to-multiple-of', '128', '--padding', 'mean', '--json'],
    );
    expect(padded.code, padded.err).toBe(0);
    expect(JSON.parse(padded.out).rowMap.target).toMatchObject({ idCount: 32040, rows: 32128 });
    const rows = rowsOf(readTensors(join(folder, 'padded', 'model-00001-of-00002.safetensors')).get(EMBED)!);
    expect(rows.length).toBe(32128);
    expect(rows[32127]).toEqual(rows[32040]);
    expect(rows[32127]!.some((byte) => byte !== 0)).toBe(true);
    const checked = await run(
      'check',
      '--checkpoint',
      'padded',
      '--row-map',
      'padded/row-map.json',
      '--multiple-of',
      '128',
    );
    expect(checked.code, checked.out).toBe(0);
  });

  it('the way back gives the bytes of the beginning', async () => {
    const inverted = await run('row-map', 'invert', 'merged/row-map.json', '--out', 'back.json');
    expect(inverted.code, inverted.err).toBe(0);
    expect(inverted.out).toContain('32,000 rows copied, 40 dropped\n');
    const composed = await run('row-map', 'compose', 'merged/row-map.json', 'back.json', '--out', 'round.json');
    expect(composed.code, composed.err).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'round.json'), 'utf8'))).toMatchObject({
      copy: [[0, 0, 32000]],
      new: [],
    });
    const pruned = await run(
      'resize',
      '--checkpoint',
      'resized',
      '--row-map',
      'back.json',
      '--tokenizer',
      'llama2',
      '--out',
      'pruned',
    );
    expect(pruned.code, pruned.err).toBe(0);
    const flagged = await run(
      ...['resize', '--checkpoint', 'resized', '--row-map', 'merged/row-map.json', '--invert', '--out', 'flagged'],
    );
    expect(flagged.code, flagged.err).toBe(0);
    expect(flagged.err).toContain('no tokenizer is written');
    for (const shard of ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']) {
      const original = readFileSync(join(folder, 'model', shard));
      for (const place of ['pruned', 'flagged'])
        expect(readFileSync(join(folder, place, shard)).equals(original)).toBe(true);
    }
    expect(JSON.parse(readFileSync(join(folder, 'pruned', 'config.json'), 'utf8'))).toEqual(CONFIG);
  });

  it('wrong usage ends with 2, what cannot be done with 1, both with a next step', async () => {
    const map = 'merged/row-map.json';
    const cases: readonly (readonly [number, string, readonly string[]])[] = [
      [
        2,
        '--init: "avg" is not one of',
        ['resize', '--checkpoint', 'model', '--row-map', map, '--out', 'x', '--init', 'avg'],
      ],
      [
        2,
        '--samples: -1 is below 0',
        ['resize', '--checkpoint', 'model', '--row-map', map, '--out', 'x', '--samples=-1'],
      ],
      [
        2,
        'is below 1',
        ['resize', '--checkpoint', 'model', '--row-map', map, '--out', 'x', '--pad-to-multiple-of', '0'],
      ],
      [2, 'row-map: "flip" is not one of', ['row-map', 'flip', map]],
      [2, 'invert needs --out', ['row-map', 'invert', map]],
      [2, 'compose takes two files or more', ['row-map', 'compose', map, '--out', 'x']],
      [2, 'show writes nothing', ['row-map', 'show', map, '--out', 'x']],
      [1, 'merged: is a folder', ['row-map', 'show', 'merged']],
      [1, 'nope.json: no such file', ['resize', '--checkpoint', 'model', '--row-map', 'nope.json', '--out', 'x']],
      [1, 'model: is the checkpoint', ['resize', '--checkpoint', 'model', '--row-map', map, '--out', 'model']],
      [
        1,
        'there is a model in the output folder',
        ['resize', '--checkpoint', 'model', '--row-map', map, '--out', 'resized'],
      ],
      [1, 'the first ends with a tokenizer of 32040 ids', ['row-map', 'compose', map, map, '--out', 'x']],
      [1, 'is a folder without a tokenizer', ['check', '--checkpoint', 'model']],
    ];
    for (const [code, message, args] of cases) {
      const { code: actual, err } = await run(...args);
      expect(actual, err).toBe(code);
      const lines = err.trim().split('\n');
      expect(lines.length, err).toBe(2);
      expect(lines[0]).toMatch(/^error: /);
      expect(lines[0]).toContain(message);
      expect(lines[1]).toMatch(/^hint: ./);
      expect(existsSync(join(folder, 'x'))).toBe(false);
    }
  });

  it('Ctrl-C leaves nothing behind, and with --resume what was finished', async () => {
    const place = join(folder, 'stopped');
    mkdirSync(place);
    writeCheckpoint(join(folder, 'large'), {
      shards: [{ [EMBED]: tensor('BF16', [32000, 4]) }, { 'lm_head.weight': tensor('BF16', [32000, 160], 1) }],
      config: CONFIG,
    });
    // Drawing from the old rows' distribution takes long enough to be stopped.
    const args = ['resize', '--checkpoint', 'large', '--row-map', 'merged/row-map.json', '--init', 'mean-normal'];
    const stop = async (isThere: () => boolean, ...more: string[]): Promise<void> => {
      const child = start([...args, '--out', 'stopped/out', ...more]);
      const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
      const timer = setInterval(() => {
        if (isThere()) child.kill('SIGINT');
      }, 5);
      expect(await ended).toBe('SIGINT');
      clearInterval(timer);
    };
    await stop(() => readdirSync(place).includes('.out.vocab-merge-run'));
    expect(readdirSync(place)).toEqual([]);

    const work = join(place, '.out.vocab-merge-resume');
    const first = 'model-00001-of-00002.safetensors';
    await stop(() => existsSync(join(work, 'state.json')), '--resume');
    expect(readdirSync(place)).toEqual(['.out.vocab-merge-resume']);
    expect(readdirSync(work).sort()).toEqual([first, 'state.json']);
    // As a run leaves it that is killed at once: its process is gone.
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    mkdirSync(join(place, '.out.vocab-merge-run', 'result'), { recursive: true });
    writeFileSync(join(place, '.out.vocab-merge-run', 'lock'), processTag().replace(/-\d+$/, `-${pid}`));
    const resumed = await run(...args, '--out', 'stopped/out', '--resume');
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.err).toContain(`taken over from an earlier run: ${first}`);
    expect(resumed.err).toMatch(/vocab-merge-run\S* was left by a run that was killed, and is removed/);
    expect(readdirSync(place)).toEqual(['out']);
    expect((await run(...args, '--out', 'plain')).code).toBe(0);
    for (const name of readdirSync(join(place, 'out')).filter((file) => file !== 'training')) {
      expect(readFileSync(join(place, 'out', name)).equals(readFileSync(join(folder, 'plain', name)))).toBe(true);
    }
  });
});
