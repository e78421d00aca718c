// Kernels in WebAssembly text as scripts/kernels.mjs compiles them, to see that the embedded modules are up to date.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import openWabt from 'wabt';

/** The module of a `.wat` file in Base64; `path` is from src/ on. */
export async function compileKernels(path: string): Promise<string> {
  const source = readFileSync(new URL(`../src/${path}`, import.meta.url));
  const { buffer } = (await openWabt()).parseWat(basename(path), source).toBinary({});
  return Buffer.from(buffer).toString('base64');
}
