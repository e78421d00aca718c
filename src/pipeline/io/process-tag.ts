// Who is writing: a tag with host and process in the names and locks of unfinished work, so that the next run can tell what a
// killed process left from what another one is at work on.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

// Names of hosts may have dots and be long; eight digits of a hash tell them apart.
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** The tag of this process. */
export function processTag(): string {
  return `${HOST}-${process.pid}`;
}

/** The process of a tag. */
export function processOf(tag: string): number {
  return Number(tag.slice(tag.indexOf('-') + 1));
}

/** True for the tag of a process of this host that is gone; what is no tag, or of another host, cannot be told. */
export function isStale(tag: string): boolean {
  if (!/^[0-9a-f]{8}-[1-9][0-9]*$/.test(tag) || !tag.startsWith(`${HOST}-`)) return false;
  const pid = processOf(tag);
  try {
    process.kill(pid, 0);
    return isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

// Ended, but never waited for by who started it: in a container whose first process is no init, that stays so. Linux only.
// Source: proc_pid_stat(5); the name in front of the state may have brackets and spaces.
function isZombie(pid: number): boolean {
  try {
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
