// dist/cli/main.js (npm test builds it first), in a folder of its own that is removed at the end: many runs in one process
// (program-host.mjs), or a process for a run, which takes half a second and is for what only a process shows.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';

export const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const HOST = fileURLToPath(new URL('program-host.mjs', import.meta.url));

interface ProgramResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The program in a new folder, which is removed after the tests of the file that calls this. */
export function openProgramFolder() {
  const folder = temporaryFolder();
  const env = { ...process.env, NO_COLOR: '1' };
  let host: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();
  afterAll(() => {
    host?.kill();
  });

  /** One run after the other, in one process for all of them. */
  function run(args: readonly string[], input?: string | Uint8Array): Promise<ProgramResult> {
    const result = last.then(() => runInHost(args, input));
    last = result.catch(() => {});
    return result;
  }

  function runInHost(args: readonly string[], input?: string | Uint8Array): Promise<ProgramResult> {
    host ??= fork(HOST, { cwd: folder, env, serialization: 'advanced', execArgv: [] });
    const child = host;
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => {
        host = undefined;
        reject(new Error(`the process ended with ${code} in ${args.join(' ')}`));
      };
      child.once('exit', ended);
      child.once('message', (result: ProgramResult) => {
        child.off('exit', ended);
        resolve(result);
      });
      child.send({ url: pathToFileURL(program).href, args, input });
    });
  }

  function start(args: readonly string[], input?: string | Uint8Array): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env });
    if (input !== undefined) child.stdin!.write(input);
    child.stdin!.end();
    return child;
  }

  /** In a process of its own. */
  function runAlone(args: readonly string[], input?: string | Uint8Array): Promise<ProgramResult> {
    return new Promise((resolve) => {
      const child = start(args, input);
      let out = '';
      let err = '';
      child.stdin!.on('error', () => {});
      child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
      child.on('close', (code) => resolve({ code, out, err }));
    });
  }

  return { folder, at: (name: string) => join(folder, name), start, run, runAlone };
}

/** The one `error:` line and one `hint:` line that every failure ends with. */
export function failureOf(err: string): { error: string; hint: string } {
  const errors = err.split('\n').filter((line) => line.startsWith('error: '));
  const hints = err.split('\n').filter((line) => line.startsWith('hint: '));
  expect(errors.length, err).toBe(1);
  expect(hints.length, err).toBe(1);
  return { error: errors[0]!, hint: hints[0]! };
}
