// Real processes of dist/cli/main.js (npm test builds it first), in a folder of their own that is removed at the end.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';

export const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
export const folder = mkdtempSync(join(tmpdir(), 'vocab-merge-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
export const at = (name: string) => join(folder, name);

export function start(args: string[], input?: string | Uint8Array): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  if (input !== undefined) child.stdin!.write(input);
  child.stdin!.end();
  return child;
}

export function run(
  args: string[],
  input?: string | Uint8Array,
): Promise<{ code: number | null; out: string; err: string }> {
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

/** The one `error:` line and one `hint:` line that every failure ends with. */
export function failureOf(err: string): { error: string; hint: string } {
  const errors = err.split('\n').filter((line) => line.startsWith('error: '));
  const hints = err.split('\n').filter((line) => line.startsWith('hint: '));
  expect(errors.length, err).toBe(1);
  expect(hints.length, err).toBe(1);
  return { error: errors[0]!, hint: hints[0]! };
}
