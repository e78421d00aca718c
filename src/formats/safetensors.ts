// Writes tensors in the safetensors format: u64 little-endian header size, JSON header, then the data without gaps.
// It does not read files yet, and holds the whole result in memory: it is for small tensors.
// Spec: https://github.com/huggingface/safetensors#format
import { OptionError } from '../errors.ts';

/** One tensor to write; data is little-endian, row-major. */
export interface TensorData {
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  /** `[product of shape]` elements; F16 and BF16 as bit patterns. */
  readonly data: Float32Array | Uint16Array;
}

/** Headers are padded with spaces so that the data starts at a multiple of this. */
const ALIGNMENT = 8;

/**
 * Bytes of a safetensors file, tensors in the order of the map.
 *
 * @throws OptionError when a shape and its data do not go together
 * @example
 * ```ts
 * serializeSafetensors(new Map([['weight', { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 2) }]])).length; // 80
 * ```
 */
export function serializeSafetensors(tensors: ReadonlyMap<string, TensorData>): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const elements = shape.reduce((product, size) => product * size, 1);
    const isRightType = (dtype === 'F32') === data instanceof Float32Array;
    if (elements !== data.length || !isRightType) {
      throw new OptionError(
        `tensor ${JSON.stringify(name)}: ${dtype} of shape [${shape.join(', ')}] needs ${elements} elements of ` +
          `${dtype === 'F32' ? 'a Float32Array' : 'a Uint16Array'}, got ${data.length} of a ${data.constructor.name}`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = JSON.stringify(header);
  const unpadded = new TextEncoder().encode(json).length;
  const headerBytes = new TextEncoder().encode(json + ' '.repeat((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT));
  const bytes = new Uint8Array(8 + headerBytes.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  bytes.set(headerBytes, 8);
  let at = 8 + headerBytes.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
