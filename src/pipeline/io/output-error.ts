// Failures of the file system as errors of the output: what happened, where, and what to do.
import { OutputError } from '../../errors.ts';

/** Why nothing can be written, by the codes of the operating system, and what to do about it. */
const REASONS: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  EACCES: ['permission denied', 'Choose a place you may write to, or change its permissions.'],
  EPERM: ['operation not permitted', 'Choose a place you may write to, or change its permissions.'],
  EROFS: ['the file system is read-only', 'Choose a place on a writable file system.'],
  ENOSPC: ['no space left on the disk', 'Free some space, or choose a place on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose a place on another disk.'],
  EFBIG: ['the file would be larger than is allowed', 'Choose a place on another file system.'],
  EIO: ['the disk reports an error', 'Check the disk, or choose a place on another one.'],
  ENOTDIR: ['a file stands where a folder is needed', 'Choose another place, or move the file away.'],
  EEXIST: ['a file stands where a folder is needed', 'Choose another place, or move the file away.'],
  EISDIR: ['is a folder', 'Choose another name.'],
  ENOTEMPTY: ['a folder of that name appeared meanwhile', 'Run the command again.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name.'],
  EMFILE: ['too many open files', 'Raise the limit of open files (ulimit -n).'],
  ENOENT: ['there is no such place', 'Check the path.'],
};

/** The {@link OutputError} for a failure of the file system at `shown`; any other error as it is. */
export function asOutputError(error: unknown, shown: string): unknown {
  const reason = REASONS[errorCode(error) ?? ''];
  if (reason === undefined) return error;
  return new OutputError(`${shown}: cannot be written: ${reason[0]}`, { hint: reason[1], cause: error });
}

/** Throws what {@link asOutputError} makes of an error: for `catch`. */
export function refuse(shown: string): (error: unknown) => never {
  return (error) => {
    throw asOutputError(error, shown);
  };
}

/** The code of a failed system call, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
