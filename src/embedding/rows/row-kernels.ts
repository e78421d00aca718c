// The loops over every number of a matrix as WebAssembly with SIMD (row-kernels.wat), three times as fast as the same loops in
// TypeScript, which stay: for what these do not know, and as their oracle. Both give the same bits. Kernels work on arrays in a
// memory of their own, a room; an array that is in none, or a room without WebAssembly, has no kernels, and nobody else has to ask.

import { openModule } from '../../core/web-assembly.ts';
import { ROW_KERNELS_WASM } from './row-kernels-wasm.ts';

/** Loops over arrays of one room. Lengths are multiples of 8. */
export interface RowKernels {
  /** As `halvesToFloat32` of bfloat16; false when `halves` are not in the room. */
  widen(halves: Uint8Array, values: Float32Array): boolean;
  /** As `addRowNorms`, of all rows in `values`. */
  norms(values: Float32Array, norms: Float64Array): void;
  /** Products with every row of `values`, in float32 and in no certain order; the vector may be anywhere. */
  multiply(vector: ArrayLike<number>, values: Float32Array): Float32Array;
  /** Adds `p` times `a`. */
  addOne(sums: Float64Array, a: Float32Array, p: number): void;
  /** Adds `p` times `a`, then `q` times `b`. */
  addTwo(sums: Float64Array, a: Float32Array, p: number, b: Float32Array, q: number): void;
  /** As `encodeValues` to bfloat16, and the norm, as `normOf`; NaN where there are infinities or NaNs, which it does not know. */
  narrow(values: Float64Array, halves: Uint8Array): number;
  /** A whole number of 52 bits that tells rows from each other; a multiple of 8 bytes. */
  hash(bytes: Uint8Array): number;
}

/** Memory for arrays, handed out once. */
export interface KernelRoom {
  bytes(length: number): Uint8Array;
  floats(length: number): Float32Array;
  doubles(length: number): Float64Array;
}

/** How much will be asked of a room: its bytes, and the largest matrix that is worked on at once. */
export interface RoomSize {
  readonly bytes: number;
  readonly rows: number;
  readonly hiddenSize: number;
}

interface KernelExports {
  widen(from: number, to: number, length: number): void;
  norms(rows: number, count: number, length: number, to: number): void;
  multiply(vector: number, rows: number, count: number, length: number, to: number): void;
  addOne(sums: number, length: number, a: number, p: number): void;
  addTwo(sums: number, length: number, a: number, p: number, b: number, q: number): void;
  narrow(from: number, to: number, length: number): number;
  hash(from: number, bytes: number): number;
}

/** What starts anew at a vector's boundary wastes less than this. */
const ALIGNMENT = 16;
/** A room without kernels. */
export const PLAIN_ROOM: KernelRoom = {
  bytes: (length) => new Uint8Array(length),
  floats: (length) => new Float32Array(length),
  doubles: (length) => new Float64Array(length),
};

const kernelsByMemory = new WeakMap<ArrayBufferLike, RowKernels>();

/** The kernels for an array; `undefined` where there are none, and TypeScript does the work. */
export function kernelsOf({ buffer }: { readonly buffer: ArrayBufferLike }): RowKernels | undefined {
  return kernelsByMemory.get(buffer);
}

/** A room for about `bytes`, with kernels where there is WebAssembly with SIMD and rows are of a size that they know. */
export function createKernelRoom({ bytes, rows, hiddenSize }: RoomSize): KernelRoom {
  const own = 12 * rows + 4 * hiddenSize + 16 * ALIGNMENT;
  const opened = hiddenSize % 8 === 0 ? openModule<KernelExports>(ROW_KERNELS_WASM, bytes + own) : undefined;
  if (opened === undefined) return PLAIN_ROOM;
  const { buffer, exports: kernels } = opened;
  let end = 0;
  const take = (length: number): number => {
    const start = end;
    end += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return start;
  };
  const room: KernelRoom = {
    bytes: (length) => new Uint8Array(buffer, take(length), length),
    floats: (length) => new Float32Array(buffer, take(4 * length), length),
    doubles: (length) => new Float64Array(buffer, take(8 * length), length),
  };
  const results = room.doubles(rows);
  const row = room.floats(hiddenSize);
  const products = room.floats(rows);
  kernelsByMemory.set(buffer, {
    widen(halves, values) {
      if (halves.buffer !== buffer) return false;
      kernels.widen(halves.byteOffset, values.byteOffset, values.length);
      return true;
    },
    norms(values, norms) {
      kernels.norms(values.byteOffset, norms.length, hiddenSize, results.byteOffset);
      norms.set(results.subarray(0, norms.length));
    },
    multiply(vector, values) {
      row.set(vector);
      const count = values.length / hiddenSize;
      kernels.multiply(row.byteOffset, values.byteOffset, count, hiddenSize, products.byteOffset);
      return products.subarray(0, count);
    },
    addOne: (sums, a, p) => kernels.addOne(sums.byteOffset, sums.length, a.byteOffset, p),
    addTwo: (sums, a, p, b, q) => kernels.addTwo(sums.byteOffset, sums.length, a.byteOffset, p, b.byteOffset, q),
    narrow: (values, halves) => kernels.narrow(values.byteOffset, halves.byteOffset, values.length),
    hash: (bytes) => kernels.hash(bytes.byteOffset, bytes.length),
  });
  return room;
}
