// Compiles row-kernels.wat to the module that is embedded in row-kernels-wasm.ts: node scripts/kernels.mjs. A test compiles it
// again and compares.
import { readFileSync, writeFileSync } from 'node:fs';
import openWabt from 'wabt';

const folder = new URL('../src/embedding/rows/', import.meta.url);
const { parseWat } = await openWabt();
const { buffer } = parseWat('row-kernels.wat', readFileSync(new URL('row-kernels.wat', folder))).toBinary({});
writeFileSync(
  new URL('row-kernels-wasm.ts', folder),
  `// Made from row-kernels.wat by \`node scripts/kernels.mjs\`: the module in base64. Edit that file, not this one; what it does is
// said there.

/** The compiled module. */
export const ROW_KERNELS_WASM =
  '${Buffer.from(buffer).toString('base64')}';
`,
);
