// What commands must not do to files that are there already: as people run them, with what is left behind.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SAMPLES_FOLDER } from '../../../src/vocab/sample-texts.ts';
import { tensor, writeCheckpoint } from '../../checkpoints.ts';
import { skipUnless } from '../../skip.ts';
import { openProgramFolder, program } from '../program.ts';

const { at, run } = openProgramFolder();

const EXTEND = ['extend', '--input', join(SAMPLES_FOLDER, 'zh-history.txt'), '--new-pieces'];
const bytes = (...path: readonly string[]): Buffer => readFileSync(at(join(...path)));

/** The command fails with this message and a hint. */
async function refused(args: readonly string[], message: string): Promise<void> {
  const { code, err } = await run([...args]);
  expect(code, err).toBe(1);
  expect(err).toContain(message);
  expect(err).toMatch(/\nhint: ./);
}

describe('what is there already', () => {
  beforeAll(async () => {
    const made = await run([...EXTEND, '30', '--base', 'llama2', '--out', 'first']);
    expect(made.code, made.err).toBe(0);
    mkdirSync(at('model'));
    copyFileSync(at('first/tokenizer.model'), at('model/tokenizer.model'));
    writeFileSync(at('model/model.safetensors'), 'weights');
    writeFileSync(at('zh.txt'), '人工智能很好\n'.repeat(50));
  });

  it('a base is not replaced by its extension, nor the first extension by the second', async () => {
    const before = bytes('model', 'tokenizer.model');
    await refused(
      [...EXTEND, '30', '--base', 'model', '--out', 'model'],
      'model: is the input model, and would be replaced',
    );
    await refused(
      ['merge', '--base', 'first', '--extension', 'first/extension.model', '--out', 'first', '--force'],
      'first: is the input first, and would be replaced',
    );
    await refused(['build', '--base', 'model/tokenizer.model', '--out', 'model', '--force'], 'model: holds the input');
    await refused(['audit', 'first', '--base', 'llama2', '--repair', '--out', 'first'], 'first: is the input first');
    expect(bytes('model', 'tokenizer.model').equals(before)).toBe(true);
    expect(readdirSync(at('model')).sort()).toEqual(['model.safetensors', 'tokenizer.model']);
  });

  it('a folder with other files takes a result with --force only, and keeps them', async () => {
    const message = 'model: holds files that are no unchanged result of a run: model.safetensors and 1 more';
    for (const args of [
      [...EXTEND, '20', '--base', 'llama2'],
      ['merge', '--base', 'llama2', '--extension', 'first/extension.model'],
      ['audit', 'first', '--base', 'llama2', '--repair'],
    ]) {
      await refused([...args, '--out', 'model'], message);
    }
    mkdirSync(at('kept'));
    writeFileSync(at('kept/notes.md'), 'mine');
    const forced = await run([
      'merge',
      '--base',
      'llama2',
      '--extension',
      'first/extension.model',
      '--out',
      'kept',
      '--force',
    ]);
    expect(forced.code, forced.err).toBe(0);
    expect(readFileSync(at('kept/notes.md'), 'utf8')).toBe('mine');
    expect(readdirSync(at('kept'))).toContain('tokenizer.model');
  });

  it('a run into its own earlier result replaces all of it', async () => {
    const again = ['--base', 'llama2', '--out', 'again'];
    const curve = await run([...EXTEND, '30', ...again, '--curve']);
    expect(curve.code, curve.err).toBe(0);
    expect(readdirSync(at('again'))).toContain('curve.csv');
    const merged = await run(['merge', '--extension', 'first/extension.model', ...again]);
    expect(merged.code, merged.err).toBe(0);
    // Nothing of the first run stays beside another tokenizer: no curve, no new pieces.
    const names = Object.keys(JSON.parse(bytes('again', 'manifest.json').toString('utf8')).files);
    expect(readdirSync(at('again')).sort()).toEqual([...names, 'manifest.json'].sort());
    expect(names).not.toContain('curve.csv');
    const repaired = await run(['audit', 'first', '--base', 'llama2', '--repair', ...again.slice(2)]);
    expect(repaired.code, repaired.err).toBe(0);
    expect(readdirSync(at('again'))).toContain('audit.json');
    writeFileSync(at('again/tokenizer_config.json'), '{}');
    await refused(
      [...EXTEND, '20', ...again],
      'again: holds files that are no unchanged result of a run: tokenizer_config.json',
    );
  });

  it('resize writes into no model, and over its own result only when told to', async () => {
    writeCheckpoint(at('tiny'), {
      shards: [{ 'model.embed_tokens.weight': tensor('BF16', [32000, 2]) }],
      config: { vocab_size: 32000, tie_word_embeddings: true },
    });
    const resize = ['resize', '--checkpoint', 'tiny', '--row-map', 'first/row-map.json', '--out'];
    await refused(
      [...resize, 'model', '--force'],
      'model/model.safetensors: there is a model in the output folder already',
    );
    await refused([...resize, 'first'], 'first: holds the input first/row-map.json');
    for (const flags of [[], ['--force']]) {
      const { code, err } = await run([...resize, 'resized', ...flags]);
      expect(code, err).toBe(0);
      if (flags.length === 0) await refused([...resize, 'resized'], 'there is a model in the output folder already');
    }
    expect(readdirSync(at('resized'))).not.toContain('.vocab-merge-run');
    await refused(
      ['resize', '--checkpoint', 'resized', '--row-map', 'first/row-map.json', '--out', 'twice'],
      'resized: was resized by this row map already',
    );
  });

  it('train, count, compare and row-map replace their own files, and no others', async () => {
    const train = ['train', '--input', 'zh.txt', '--vocab-size', '12', '--hard-vocab-limit=false', '--model-prefix'];
    const count = ['count', '--input', 'zh.txt', '--out'];
    const compare = ['compare', '--tokenizer', 'llama2', '--input', 'zh.txt', '--out'];
    const invert = ['row-map', 'invert', 'first/row-map.json', '--out'];
    for (const [args, file, prefix] of [
      [train, 'zh.model', 'zh'],
      [count, 'zh.tsv.gz', 'zh.tsv.gz'],
      [compare, 'zh.md', 'zh.md'],
      [compare, 'zh.csv', 'zh.csv'],
      [compare, 'zh.json', 'zh.json'],
      [compare, 'zh.html', 'zh.html'],
      [invert, 'back.json', 'back.json'],
    ] as const) {
      for (let times = 0; times < 2; times++) {
        const { code, err } = await run([...args, prefix]);
        expect(code, `${file}: ${err}`).toBe(0);
      }
      const others = at(`others-${file}`);
      writeFileSync(others, 'somebody wrote this');
      const name = `others-${prefix}`;
      await refused([...args, name], `others-${file}: is there already, and no earlier result of this command`);
      expect(readFileSync(others, 'utf8')).toBe('somebody wrote this');
      const { code, err } = await run([...args, name, '--force']);
      expect(code, err).toBe(0);
    }
    // The model of another name is somebody's, although it is a model.
    copyFileSync(at('first/tokenizer.model'), at('mine.model'));
    await refused([...train, 'mine'], 'mine.model: is there already');
    await refused(
      ['count', '--input', 'zh.tsv.gz', '--out', 'zh.tsv.gz', '--force'],
      'zh.tsv.gz: is the input zh.tsv.gz',
    );
    await refused(
      ['row-map', 'invert', 'first/row-map.json', '--out', 'first/row-map.json', '--force'],
      'is the input first/row-map.json',
    );
  });

  it(
    'links and standard output are written through',
    skipUnless(process.platform !== 'win32', 'there is no sh'),
    () => {
      const shell = (command: string) => {
        const line = command.replaceAll('vocab-merge', `"${process.execPath}" "${program}"`);
        const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: at('.'), encoding: 'utf8' });
        expect(status, stderr).toBe(0);
        return stdout;
      };
      symlinkSync('linked.tsv', at('link.tsv'));
      shell('vocab-merge count --input zh.txt --out link.tsv');
      expect(readFileSync(at('linked.tsv'), 'utf8')).toMatch(/^#vocab-merge\/frequency-table/);
      const table = readFileSync(at('linked.tsv'), 'utf8');
      expect(shell('vocab-merge count --input zh.txt --out - 2>/dev/null')).toBe(table);
      expect(shell('vocab-merge count --input zh.txt --out /dev/stdout 2>/dev/null | cat')).toBe(table);
      shell('vocab-merge count --input zh.txt --out /dev/stdout > redirected.tsv');
      expect(readFileSync(at('redirected.tsv'), 'utf8')).toBe(table);
      shell(
        'mkfifo pipe && (cat pipe > piped.tsv & vocab-merge count --input zh.txt --out pipe; wait) && test -p pipe',
      );
      expect(readFileSync(at('piped.tsv'), 'utf8')).toBe(table);
      shell('vocab-merge count --input zh.txt --shard 1/1 --out part.tsv');
      for (const command of [
        'count merge part.tsv --out OUT',
        'compare --tokenizer llama2 --input zh.txt --format json --out OUT',
        'gguf llama2 --out OUT',
        'row-map invert first/row-map.json --out OUT',
      ]) {
        const to = (out: string) => `vocab-merge ${command.replace('OUT', out)}`;
        shell(`rm -f target link pipe plain && ${to('plain')} && ln -s target link && ${to('link')}`);
        shell('test -L link && cmp target plain');
        shell(`${to('-')} 2>/dev/null | cmp - plain && ${to('/dev/stdout')} 2>/dev/null | cmp - plain`);
        shell(`mkfifo pipe && (cat pipe > piped & ${to('pipe')}; wait) && test -p pipe && cmp piped plain`);
      }
    },
  );
});
