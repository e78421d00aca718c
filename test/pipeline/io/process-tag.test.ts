// Whose unfinished work may be thrown away: that of processes that have ended, and of no other.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isStale, processTag } from '../../../src/pipeline/io/process-tag.ts';
import { skipUnless } from '../../skip.ts';

const tagOf = (pid: number): string => processTag().replace(/\d+$/, String(pid));

let parent: ChildProcess | undefined;
afterEach(() => {
  parent?.kill();
});

describe('isStale', () => {
  it('holds for a process that is gone, not for one that runs, nor for other hosts and names', async () => {
    expect(isStale(processTag())).toBe(false);
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(isStale(tagOf(child.pid!))).toBe(true);
    expect(isStale(`00000000-${child.pid}`)).toBe(false);
    expect(isStale('lock')).toBe(false);
  });

  const isLinux = skipUnless(process.platform === 'linux', 'only Linux shows the state of a process as a file');
  it('holds for one that has ended and was not waited for', isLinux, async () => {
    // A shell waits for what has ended when it gets to it: the child ends once the shell has become a program that does not.
    const script = '(while [ "$(cat /proc/$$/comm)" = sh ]; do :; done) & echo $!; exec sleep 600';
    parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(String((await once(parent.stdout!, 'data'))[0]));
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).toContain(') Z '), 60_000);
    expect(isStale(tagOf(pid))).toBe(true);
  });
});
