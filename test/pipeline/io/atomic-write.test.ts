import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, link, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError, OutputError } from '../../../src/errors.ts';
import { writeFileAtomic, writeFilesAtomic } from '../../../src/pipeline/io/atomic-write.ts';
import { cleanUpOnSignals, registerCleanup, runCleanups } from '../../../src/pipeline/io/cleanup.ts';
import { withOutputFolder } from '../../../src/pipeline/io/output-folder.ts';
import { processTag } from '../../../src/pipeline/io/process-tag.ts';
import { needsFullDisk, needsPermissions, skipUnless } from '../../skip.ts';
import { errorOf } from '../../thrown.ts';

const thrownBy = (work: Promise<unknown>) => errorOf(work, OutputError);

const hasMkfifo = spawnSync('mkfifo', ['--version']).status === 0;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atomic-write-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('writes strings, bytes and chunks, makes folders, and leaves only the file', async () => {
    await writeFileAtomic(join(root, 'a/b/text'), '词表');
    await writeFileAtomic(join(root, 'a/b/bytes'), new Uint8Array([0, 255]));
    async function* chunks() {
      yield '一';
      yield new Uint8Array([0x0a]);
      yield '二';
    }
    await writeFileAtomic(join(root, 'a/b/chunks'), chunks());
    expect(await readFile(join(root, 'a/b/text'), 'utf8')).toBe('词表');
    expect([...(await readFile(join(root, 'a/b/bytes')))]).toEqual([0, 255]);
    expect(await readFile(join(root, 'a/b/chunks'), 'utf8')).toBe('一\n二');
    expect((await readdir(join(root, 'a/b'))).sort()).toEqual(['bytes', 'chunks', 'text']);
  });

  it('replaces a file, keeping its mode, and the target of a link, keeping the link', async () => {
    await writeFile(join(root, 'file'), 'old');
    await chmod(join(root, 'file'), 0o640);
    await symlink(join(root, 'file'), join(root, 'link'));
    await writeFileAtomic(join(root, 'link'), 'new', { force: true });
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('new');
    expect((await stat(join(root, 'file'))).mode & 0o777).toBe(0o640);
    expect((await readdir(root)).sort()).toEqual(['file', 'link']);
  });

  it('writes through a link whose target is not there yet', async () => {
    await mkdir(join(root, 'below'));
    await symlink('below/file', join(root, 'link'));
    await writeFileAtomic(join(root, 'link'), 'new');
    expect(await readFile(join(root, 'below/file'), 'utf8')).toBe('new');
    expect((await lstat(join(root, 'link'))).isSymbolicLink()).toBe(true);
  });

  it('writes into a pipe instead of replacing it', skipUnless(hasMkfifo, 'there is no mkfifo'), async () => {
    const pipe = join(root, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const reader = readFile(pipe, 'utf8');
    await writeFileAtomic(pipe, 'through');
    expect(await reader).toBe('through');
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });

  it('writes several files or none', async () => {
    await writeFile(join(root, 'a'), '');
    await mkdir(join(root, 'b'));
    const files = (names: readonly string[]) => new Map(names.map((name) => [join(root, name), name]));
    await expect(writeFilesAtomic(files(['a', 'c', 'b']))).rejects.toThrow(OutputError);
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('');
    expect((await readdir(root)).sort()).toEqual(['a', 'b']);
    await writeFilesAtomic(files(['a', 'c', 'new/d']));
    expect(await readFile(join(root, 'new/d'), 'utf8')).toBe('new/d');
    expect((await readdir(root)).sort()).toEqual(['a', 'b', 'c', 'new']);
  });

  it.each([
    ['notes.md', '# my notes\n', false],
    ['table.tsv', 'a\t1\n', false],
    ['page.html', '<!doctype html>\n<html lang="en">\n<head>\n<title>mine</title>', false],
    ['data.json', '{"format": "theirs"}', false],
    ['table.tsv', '#vocab-merge/frequency-table 1 {}\n', true],
    ['map.json', '{\n  "format": "vocab-merge/row-map"', true],
    ['empty', '', true],
    ['part.tsv', '#vocab-merge/frequency-table 1 {"minCount":1,"part":{"tables":["1/2"]}}\n', false],
    ['part.jsonl', '#vocab-merge/comparison-part 1 {}\n', false],
  ])('replaces its own files only, and no parts: %s with %j', async (name, text, isOwn) => {
    const path = join(root, name);
    await writeFile(path, text);
    if (isOwn) await writeFileAtomic(path, 'new');
    else {
      const error = await thrownBy(writeFileAtomic(path, 'new'));
      const what = name.startsWith('part') ? 'a part of a larger work' : 'no earlier result of this command';
      expect(error.message).toBe(`${path}: is there already, and ${what}`);
      await writeFileAtomic(path, 'new', { force: true });
    }
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('knows its own packed files, cut off or not', async () => {
    const text = `#vocab-merge/frequency-table 1 {}\n${Array.from({ length: 3000 }, (_, i) => `${i * 7919}\t${i}`).join('\n')}`;
    for (const [name, pack] of [
      ['t.tsv.gz', gzipSync],
      ['t.tsv.br', brotliCompressSync],
    ] as const) {
      await writeFile(join(root, name), pack(text));
      await writeFileAtomic(join(root, name), 'new');
      await writeFile(join(root, name), pack('theirs'));
      await thrownBy(writeFileAtomic(join(root, name), 'new'));
    }
  });

  it('never writes over an input, by whatever name', async () => {
    const path = join(root, 'in.tsv');
    await writeFile(path, '#vocab-merge/frequency-table 1 {}\n');
    await link(path, join(root, 'hard.tsv'));
    await symlink(path, join(root, 'soft.tsv'));
    for (const input of [path, `zh=${path}`, join(root, 'hard.tsv'), join(root, 'soft.tsv'), root, `${root}/*.tsv`]) {
      for (const force of [false, true]) {
        const error = await thrownBy(writeFileAtomic(path, 'new', { inputs: ['llama2', input], force }));
        expect(error.message).toMatch(/^.*in\.tsv: (is|lies in) the input .*, and would be replaced$/);
      }
    }
    await writeFileAtomic(join(root, 'new.tsv'), 'new', { inputs: [root] });
  });

  it('removes what a killed process left of the same file, and nothing else', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const dead = `.file.${processTag().replace(/-\d+$/, `-${pid}`)}.01234567.tmp`;
    const others = [`.file.${processTag()}.01234567.tmp`, '.file.00000000-1.01234567.tmp', '.file.tmp', '.other.tmp'];
    for (const name of [dead, ...others]) await writeFile(join(root, name), 'half');
    const notes: string[] = [];
    await writeFileAtomic(join(root, 'file'), 'x', { onNote: (note) => notes.push(note) });
    expect(notes).toEqual([`${join(root, dead)} was left by a run that was killed, and is removed`]);
    expect((await readdir(root)).sort()).toEqual(['file', ...others].sort());
  });

  it('keeps the old contents and passes the error on when the data fails', async () => {
    await writeFile(join(root, 'file'), 'old');
    async function* failing() {
      yield 'half';
      throw new InputError('no more');
    }
    await expect(writeFileAtomic(join(root, 'file'), failing(), { force: true })).rejects.toThrow(InputError);
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('old');
    expect(await readdir(root)).toEqual(['file']);
  });

  it('says what is in the way', async () => {
    await mkdir(join(root, 'folder'));
    await writeFile(join(root, 'file'), '');
    expect((await thrownBy(writeFileAtomic(join(root, 'folder'), ''))).message).toMatch(/folder: is a folder/);
    const below = await thrownBy(writeFileAtomic(join(root, 'file/x'), ''));
    expect(below.message).toContain('a file stands where a folder is needed');
    expect(below.hint).toBeDefined();
  });

  // Node's recursive mkdir never comes back from this one.
  it('says where there can be no folder', skipUnless(existsSync('/proc/self'), 'there is no /proc'), async () => {
    const error = await thrownBy(writeFileAtomic('/proc/nothing/here/file', 'x'));
    expect(error.message).toBe('/proc/nothing/here: cannot be written: there is no such place');
  });

  it('reports a full disk, and writes to devices directly', needsFullDisk, async () => {
    const error = await thrownBy(writeFileAtomic('/dev/full', 'x'));
    expect(error.message).toBe('/dev/full: cannot be written: no space left on the disk');
    expect(error.hint).toContain('Free some space');
    await writeFileAtomic('/dev/null', 'x');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it('reports missing permission', needsPermissions, async () => {
    await mkdir(join(root, 'closed'), { mode: 0o500 });
    expect((await thrownBy(writeFileAtomic(join(root, 'closed/x'), ''))).message).toContain('permission denied');
  });
});

describe('cleanups', () => {
  it('run once, the latest first, whatever one of them does', () => {
    const order: number[] = [];
    registerCleanup(() => order.push(1));
    registerCleanup(() => {
      throw new Error('ignored');
    });
    registerCleanup(() => order.push(2));
    registerCleanup(() => order.push(3))();
    runCleanups();
    runCleanups();
    expect(order).toEqual([2, 1]);
  });

  it('are what signals are listened for: without any, the system ends the process at once', async () => {
    const listeners = (): number => process.listenerCount('SIGTERM');
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
    const before = listeners();
    const remove = cleanUpOnSignals();
    expect(listeners()).toBe(before);
    const [forget, forgetToo] = [registerCleanup(() => {}), registerCleanup(() => {})];
    expect(listeners()).toBe(before + 1);
    forget();
    await turn();
    expect(listeners()).toBe(before + 1);
    forgetToo();
    // A signal that came during the last computation is still to be heard.
    expect(listeners()).toBe(before + 1);
    await turn();
    expect(listeners()).toBe(before);
    registerCleanup(() => {});
    remove();
    expect(listeners()).toBe(before);
    runCleanups();
  });

  it('leave nothing behind when a signal stops the process in the middle', async () => {
    const said: string[] = [];
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => true);
    const remove = cleanUpOnSignals((signal) => said.push(signal));
    async function* slow() {
      yield 'half';
      expect((await readdir(root)).length).toBe(2);
      process.emit('SIGHUP', 'SIGHUP');
      expect(await readdir(root)).toEqual([]);
      throw new InputError('in real life the process has ended here');
    }
    const work = withOutputFolder(join(root, 'out'), () => writeFileAtomic(join(root, 'file'), slow()));
    await expect(work).rejects.toThrow(InputError);
    expect(said).toEqual(['SIGHUP']);
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGHUP');
    kill.mockRestore();
    remove();
    expect(await readdir(root)).toEqual([]);
  });
});
