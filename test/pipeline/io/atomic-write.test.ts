import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError, OutputError } from '../../../src/errors.ts';
import { withOutputFolder, writeFileAtomic } from '../../../src/pipeline/io/atomic-write.ts';
import { cleanUpOnSignals, registerCleanup, runCleanups } from '../../../src/pipeline/io/cleanup.ts';
import { needsFullDisk, needsPermissions, skipUnless } from '../../skip.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atomic-write-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function thrownBy(promise: Promise<unknown>): Promise<OutputError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OutputError);
  return error as OutputError;
}

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
    await writeFileAtomic(join(root, 'link'), 'new');
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('new');
    expect((await stat(join(root, 'file'))).mode & 0o777).toBe(0o640);
    expect((await readdir(root)).sort()).toEqual(['file', 'link']);
  });

  it('keeps the old contents and passes the error on when the data fails', async () => {
    await writeFile(join(root, 'file'), 'old');
    async function* failing() {
      yield 'half';
      throw new InputError('no more');
    }
    await expect(writeFileAtomic(join(root, 'file'), failing())).rejects.toThrow(InputError);
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

  it('replaces files of an existing folder and keeps the others', async () => {
    const out = join(root, 'out');
    await mkdir(join(out, 'sub'), { recursive: true });
    for (const name of ['kept', 'replaced', 'sub/kept']) await writeFile(join(out, name), 'old');
    await withOutputFolder(out, async (folder) => {
      await mkdir(join(folder, 'sub'));
      for (const name of ['replaced', 'sub/added']) await writeFile(join(folder, name), 'new');
    });
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
    const error = await thrownBy(withOutputFolder(out, write));
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
