// Compiles the kernels in WebAssembly text to the modules that are embedded in the files beside them: node scripts/kernels.mjs.
// Tests compile them again and compare.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import openWabt from 'wabt';

const KERNELS = ['embedding/rows/row-kernels', 'tokenize/bpe/text-kernel', 'train/unigram/lattice/lattice-kernels'];

const { parseWat } = await openWabt();
for (const path of KERNELS) {
  const name = basename(path);
  const file = fileURLToPath(new URL(`../src/${path}`, import.meta.url));
  const { buffer } = parseWat(`${name}.wat`, readFileSync(`${file}.wat`)).toBinary({});
  writeFileSync(
    `${file}-wasm.ts`,
    `// Made from ${name}.wat by \`node scripts/kernels.mjs\`: the module in base64. Edit that file, not this one; what it does is
// said there.

/** The compiled module. */
export const ${name.replace('-', '_').toUpperCase()}_WASM =
  '${Buffer.from(buffer).toString('base64')}';
`,
  );
}
