// Opens the WebAssembly modules that are embedded in the source (.wat files, compiled by scripts/kernels.mjs), each on a memory of its own.
// A runtime without WebAssembly or its vector instructions has none, and TypeScript does the work there.

/** Of the global WebAssembly, what is used here; not every runtime has it. */
interface Runtime {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** A module that works on `buffer`. */
export interface OpenModule<Exports> {
  readonly buffer: ArrayBuffer;
  readonly exports: Exports;
}

const PAGE_BYTES = 1 << 16;
/** A module can reach no more than 4 GB; half of that is more than anything here asks for. */
const MAX_BYTES = 2 ** 31;

const compiled = new Map<string, object>();

/**
 * A new memory of at least `bytes` and the module on it; `undefined` where the runtime has no WebAssembly, no SIMD, or no such memory.
 *
 * @param functions what the module calls
 */
export function openModule<Exports>(
  base64: string,
  bytes: number,
  functions: object = {},
): OpenModule<Exports> | undefined {
  const runtime = (globalThis as { readonly WebAssembly?: Runtime }).WebAssembly;
  if (runtime === undefined || bytes > MAX_BYTES) return undefined;
  try {
    const module =
      compiled.get(base64) ?? new runtime.Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    compiled.set(base64, module);
    const memory = new runtime.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
    const { exports } = new runtime.Instance(module, { env: { memory, ...functions } });
    return { buffer: memory.buffer, exports: exports as Exports };
  } catch {
    return undefined;
  }
}
