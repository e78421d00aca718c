import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, OutputError } from '../../../src/errors.ts';
import { describeFiles, MANIFEST_FORMAT } from '../../../src/pipeline/io/manifest.ts';
import { withOutputFolder } from '../../../src/pipeline/io/output-folder.ts';
import type { OutputRules } from '../../../src/pipeline/io/output-rules.ts';
import { processTag } from '../../../src/pipeline/io/process-tag.ts';
import { needsFullDisk } from '../../skip.ts';
import { errorOf } from '../../thrown.ts';

const thrownBy = (work: Promise<unknown>) => errorOf(work, OutputError);

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'output-folder-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A result as commands write it: files, and a manifest that lists them. */
function resultOf(files: Readonly<Record<string, string>>): Map<string, string> {
  const listed = new Map(Object.entries(files));
  const manifest = JSON.stringify({ format: MANIFEST_FORMAT, version: 1, files: describeFiles(listed) });
  return new Map([...listed, ['manifest.json', manifest]]);
}

function run(out: string, files: Readonly<Record<string, string>>, rules: OutputRules = {}): Promise<void> {
  const write = async (folder: string): Promise<void> => {
    for (const [name, text] of resultOf(files)) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  };
  return withOutputFolder(out, write, rules);
}

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'manifest.json');
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries((await Promise.all(read)).sort());
}

describe('withOutputFolder', () => {
  it('makes a new folder in one step and returns what the callback returns', async () => {
    const out = join(root, 'new/out');
    const result = await withOutputFolder(out, async (folder) => {
      await mkdir(join(folder, 'sub'));
      await writeFile(join(folder, 'sub/file'), '1');
      expect(existsSync(out)).toBe(false);
      return 7;
    });
    expect(result).toBe(7);
    expect(await readFile(join(out, 'sub/file'), 'utf8')).toBe('1');
    expect(await readdir(join(root, 'new'))).toEqual(['out']);
  });

  it('with force, replaces files of an existing folder and keeps the others', async () => {
    const out = join(root, 'out');
    await mkdir(join(out, 'sub'), { recursive: true });
    for (const name of ['kept', 'replaced', 'sub/kept']) await writeFile(join(out, name), 'old');
    const write = async (folder: string) => {
      await mkdir(join(folder, 'sub'));
      for (const name of ['replaced', 'sub/added']) await writeFile(join(folder, name), 'new');
    };
    await withOutputFolder(out, write, { force: true });
    expect((await readdir(out)).sort()).toEqual(['kept', 'replaced', 'sub']);
    expect((await readdir(join(out, 'sub'))).sort()).toEqual(['added', 'kept']);
    expect(await readFile(join(out, 'replaced'), 'utf8')).toBe('new');
    expect(await readFile(join(out, 'kept'), 'utf8')).toBe('old');
    expect(await readdir(root)).toEqual(['out']);
  });

  it('leaves nothing when the callback fails, and passes its own errors on', async () => {
    const write = async (folder: string) => {
      await writeFile(join(folder, 'half'), 'x');
      throw new InputError('stop');
    };
    await expect(withOutputFolder(join(root, 'a/b/out'), write)).rejects.toThrow(InputError);
    await mkdir(join(root, 'there'));
    await expect(withOutputFolder(join(root, 'there'), write)).rejects.toThrow(InputError);
    expect(await readdir(root)).toEqual(['there']);
    expect(await readdir(join(root, 'there'))).toEqual([]);
  });

  it('checks everything in the way before it moves anything', async () => {
    const out = join(root, 'out');
    await mkdir(join(out, 'b'), { recursive: true });
    await writeFile(join(out, 'a'), 'old');
    const write = async (folder: string) => {
      await writeFile(join(folder, 'a'), 'new');
      await writeFile(join(folder, 'b'), 'new');
    };
    const error = await thrownBy(withOutputFolder(out, write, { force: true }));
    expect(error.message).toContain(`${join(out, 'b')}: a folder is in the way`);
    expect(await readFile(join(out, 'a'), 'utf8')).toBe('old');
    expect((await readdir(out)).sort()).toEqual(['a', 'b']);
  });

  it('names the place in the output folder when writing fails, but leaves errors about other files alone', async () => {
    const out = join(root, 'out');
    const error = await thrownBy(withOutputFolder(out, (folder) => writeFile(join(folder, 'no/such'), '')));
    expect(error.message).toContain(join(out, 'no/such'));
    await expect(withOutputFolder(out, () => readFile(join(root, 'missing')))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await writeFile(join(root, 'file'), '');
    expect((await thrownBy(withOutputFolder(join(root, 'file'), async () => 1))).message).toContain('is a file');
    expect((await thrownBy(withOutputFolder(join(root, 'file/x'), async () => 1))).message).toContain('stands where');
    expect(await readdir(root)).toEqual(['file']);
  });

  it('reports a full disk inside the callback', needsFullDisk, async () => {
    const error = await thrownBy(withOutputFolder(join(root, 'out'), () => writeFile('/dev/full', 'x')));
    expect(error.message).toBe(`${join(root, 'out')}: cannot be written: no space left on the disk`);
  });
});

describe('what withOutputFolder refuses, and what it replaces', () => {
  it('replaces all of an earlier result, so that nothing of it stays beside the new one', async () => {
    const out = join(root, 'out');
    await run(out, { a: '1', 'sub/b': '1', 'report.md': 'of the first' });
    await chmod(out, 0o750);
    await run(out, { a: '2', c: '2' });
    expect(await contentsOf(out)).toEqual({ a: '2', c: '2' });
    expect((await stat(out)).mode & 0o777).toBe(0o750);
    expect((await readdir(out)).sort()).toEqual(['a', 'c', 'manifest.json']);
    expect(await readdir(root)).toEqual(['out']);
  });

  it('keeps the folder itself where it cannot be exchanged, and leaves the same files', async () => {
    const out = join(root, 'out');
    await run(out, { a: '1', 'sub/b': '1' });
    const before = (await stat(out)).ino;
    const here = process.cwd();
    process.chdir(out);
    try {
      await run('.', { a: '2', 'other/c': '2' });
    } finally {
      process.chdir(here);
    }
    expect((await stat(out)).ino).toBe(before);
    expect(await contentsOf(out)).toEqual({ a: '2', 'other/c': '2' });
    expect((await readdir(out)).sort()).toEqual(['a', 'manifest.json', 'other']);
  });

  it('follows a link to a folder, also to one that is not there yet', async () => {
    await symlink(join(root, 'real'), join(root, 'link'));
    for (const text of ['1', '2']) {
      await run(join(root, 'link'), { a: text });
      expect(await contentsOf(join(root, 'real'))).toEqual({ a: text });
      expect((await readdir(root)).sort()).toEqual(['link', 'real']);
    }
  });

  it.each<[string, (out: string) => Promise<void>, string]>([
    ['a file of somebody else', (out) => writeFile(join(out, 'weights.bin'), 'x'), 'weights.bin'],
    ['a result that was changed', (out) => writeFile(join(out, 'a'), 'changed'), ': a'],
    ['an empty folder of somebody else', (out) => mkdir(join(out, 'notes')), 'notes'],
    ['a link', (out) => symlink('a', join(out, 'b')), ': b'],
    ['a result without its manifest', (out) => rm(join(out, 'manifest.json')), ': a'],
    ['a manifest of another program', (out) => writeFile(join(out, 'manifest.json'), '{"files":{}}'), ': a'],
  ])('refuses a folder with %s', async (_, change, named) => {
    const out = join(root, 'out');
    await run(out, { a: '1', stale: '1' });
    await change(out);
    const before = [await contentsOf(out), (await readdir(out)).sort()];
    const error = await thrownBy(run(out, { a: '2' }));
    expect(error.message).toContain(`${out}: holds files that are no unchanged result of a run`);
    expect(error.message).toContain(named);
    expect(error.hint).toContain('--force');
    expect([await contentsOf(out), (await readdir(out)).sort()]).toEqual(before);
    expect(await readdir(root)).toEqual(['out']);
    await run(out, { a: '2' }, { force: true });
    expect((await contentsOf(out)).a).toBe('2');
  });

  it('with force, removes what is left of an earlier result and nothing else', async () => {
    const out = join(root, 'out');
    await run(out, { a: '1', stale: '1' });
    await writeFile(join(out, 'mine'), 'kept');
    await run(out, { a: '2' }, { force: true });
    expect(await contentsOf(out)).toEqual({ a: '2', mine: 'kept' });
  });

  it('never writes over an input, by whatever name', async () => {
    const out = join(root, 'out');
    await run(out, { 'tokenizer.model': '1', 'text.txt': '1' });
    await symlink(out, join(root, 'link'));
    const inputs = [
      out,
      join(root, 'link'),
      join(out, 'tokenizer.model'),
      `zh=${join(out, 'text.txt')}`,
      `${out}/*.txt`,
    ];
    for (const input of inputs) {
      for (const force of [false, true]) {
        const error = await thrownBy(run(out, { 'tokenizer.model': '2' }, { inputs: ['llama2', input], force }));
        expect(error.message).toContain(`the input ${input}, and would be replaced`);
      }
    }
    expect(await contentsOf(out)).toEqual({ 'tokenizer.model': '1', 'text.txt': '1' });
    await run(out, { 'tokenizer.model': '2' }, { inputs: [root, join(root, 'out2'), '-', 'llama2'] });
  });
});

describe('two runs, and runs that were killed', () => {
  /** The tag of a process that has ended. */
  const deadTag = (): string => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    return processTag().replace(/-\d+$/, `-${pid}`);
  };
  const notesOf = async (out: string, files: Readonly<Record<string, string>>): Promise<string[]> => {
    const notes: string[] = [];
    await run(out, files, { onNote: (note) => notes.push(note) });
    return notes;
  };

  it('lets one of two runs into a folder have it', async () => {
    const out = join(root, 'out');
    await withOutputFolder(out, async (folder) => {
      await writeFile(join(folder, 'a'), 'first');
      const error = await thrownBy(run(out, { a: 'second' }));
      expect(error.message).toBe(`${out}: process ${process.pid} is writing it`);
    });
    expect(await contentsOf(out)).toEqual({ a: 'first' });
    expect(await readdir(root)).toEqual(['out']);
  });

  it('removes what a killed run left, and says so', async () => {
    const out = join(root, 'out');
    const left = join(root, '.out.vocab-merge-run');
    mkdirSync(join(left, 'result'), { recursive: true });
    writeFileSync(join(left, 'lock'), deadTag());
    writeFileSync(join(left, 'result', 'half'), 'x');
    expect(await notesOf(out, { a: '1' })).toEqual([expect.stringContaining('was left by a run that was killed')]);
    expect(await readdir(root)).toEqual(['out']);
  });

  it('leaves alone what belongs to a host that cannot be asked', async () => {
    const left = join(root, '.out.vocab-merge-run');
    mkdirSync(left);
    writeFileSync(join(left, 'lock'), '00000000-1');
    const error = await thrownBy(run(join(root, 'out'), { a: '1' }));
    expect(error.message).toContain('process 1 is writing it');
    expect(error.hint).toContain(`remove ${left}`);
  });

  it('puts a result into its place that was killed between the two renames', async () => {
    const out = join(root, 'out');
    for (const hasNew of [true, false]) {
      await run(out, { a: 'old' });
      const left = join(root, '.out.vocab-merge-run');
      mkdirSync(left);
      writeFileSync(join(left, 'lock'), deadTag());
      renameSync(out, join(left, 'old'));
      if (hasNew) {
        await run(join(root, 'new'), { a: 'new' });
        renameSync(join(root, 'new'), join(left, 'result'));
      }
      // The repaired folder is an earlier result like any other, which this run then replaces.
      const notes = await notesOf(out, { b: 'next' });
      expect(notes).toEqual([
        `${out}: a run was killed while it replaced the result: the ${hasNew ? 'new' : 'old'} one is put into its place`,
      ]);
      expect(await contentsOf(out)).toEqual({ b: 'next' });
      expect(await readdir(root)).toEqual(['out']);
    }
  });

  it('finishes moving files one by one', async () => {
    const out = join(root, 'out');
    await run(out, { a: 'old', stale: 'old' });
    await writeFile(join(out, 'mine'), 'kept');
    const left = join(root, '.out.vocab-merge-run');
    await run(join(root, 'new'), { a: 'new', b: 'new' });
    mkdirSync(left);
    renameSync(join(root, 'new'), join(left, 'result'));
    writeFileSync(join(left, 'lock'), deadTag());
    writeFileSync(join(left, 'moving'), '["stale"]');
    // One file was moved before the kill.
    renameSync(join(left, 'result', 'b'), join(out, 'b'));
    const error = await thrownBy(run(out, { c: 'next' }));
    expect(error.message).toContain('mine');
    expect(await contentsOf(out)).toEqual({ a: 'new', b: 'new', mine: 'kept' });
    expect(await readdir(root)).toEqual(['out']);
  });
});
