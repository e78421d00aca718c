// Real processes of dist/cli/main.js (npm test builds it first), in a folder of their own that is removed at the end.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';

export const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface ProgramResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The program in a new folder, which is removed after the tests of the file that calls this. */
export function openProgramFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function start(args: readonly string[], input?: string | Uint8Array): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
    if (input !== undefined) child.stdin!.write(input);
    child.stdin!.end();
    return child;
  }

  function run(args: readonly string[], input?: string | Uint8Array): Promise<ProgramResult> {
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

  return { folder, at: (name: string) => join(folder, name), start, run };
}

/** The one `error:` line and one `hint:` line that every failure ends with. */
export function failureOf(err: string): { error: string; hint: string } {
  const errors = err.split('\n').filter((line) => line.startsWith('error: '));
  const hints = err.split('\n').filter((line) => line.startsWith('hint: '));
  expect(errors.length, err).toBe(1);
  expect(hints.length, err).toBe(1);
  return { error: errors[0]!, hint: hints[0]! };
}
