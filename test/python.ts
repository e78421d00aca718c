// A Python with torch, transformers and safetensors, for tests against the real thing. It is looked for in the variable
// VOCAB_MERGE_PYTHON, then as python3 and python; tests that need it are skipped where there is none, and say so.
import { spawnSync } from 'node:child_process';
import { skipUnless } from './skip.ts';

const PROBE = 'import torch, transformers, safetensors; print(transformers.__version__)';

/** Path or name of the interpreter, `undefined` where there is none with the three packages. */
export const python: string | undefined = [process.env.VOCAB_MERGE_PYTHON, 'python3', 'python'].find((name) => {
  if (name === undefined || name === '') return false;
  const { status } = spawnSync(name, ['-c', PROBE], { timeout: 300_000, stdio: 'ignore' });
  return status === 0;
});

/** Skips tests without it. */
export const needsPython = skipUnless(
  python !== undefined,
  'there is no Python with torch, transformers and safetensors: name one with VOCAB_MERGE_PYTHON',
);

/**
 * Runs a program.
 *
 * @returns what it printed, parsed as JSON
 */
export function runPython(code: string, args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(python!, ['-c', code, ...args], {
    encoding: 'utf8',
    timeout: 1_200_000,
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error', CUDA_VISIBLE_DEVICES: '' },
  });
  if (status !== 0) throw new Error(`python ended with ${status}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
