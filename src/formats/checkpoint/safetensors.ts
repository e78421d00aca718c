// Writes small tensors in the safetensors format: the whole result is held in memory.
// Headers are read, checked and written in safetensors-header.ts; checkpoints too large for memory are the business of
// pipeline/checkpoint/resize-checkpoint.ts. Spec: https://github.com/huggingface/safetensors#format
import { counted, groupDigits } from '../../core/counted.ts';
import { OptionError } from '../../errors.ts';
import { buildSafetensorsHeader } from './safetensors-header.ts';

/** One tensor to write; data is little-endian, row-major. */
export interface TensorData {
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly shape: readonly number[];
  /** `[product of shape]` elements; F16 and BF16 as bit patterns. */
  readonly data: Float32Array | Uint16Array;
}

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
  for (const [name, { dtype, shape, data }] of tensors) {
    const elements = shape.reduce((product, size) => product * size, 1);
    const isRightType = (dtype === 'F32') === data instanceof Float32Array;
    if (elements !== data.length || !isRightType) {
      throw new OptionError(
        `tensor ${JSON.stringify(name)}: ${dtype} of shape [${shape.join(', ')}] needs ${counted(elements, 'element')} of ` +
          `${dtype === 'F32' ? 'a Float32Array' : 'a Uint16Array'}, got ${groupDigits(data.length)} of a ${data.constructor.name}`,
      );
    }
  }
  const header = buildSafetensorsHeader([...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })));
  const bytes = new Uint8Array(header.dataStart + header.dataSize);
  bytes.set(header.bytes);
  for (const { name, start } of header.tensors) {
    const { data } = tensors.get(name)!;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.dataStart + start);
  }
  return bytes;
}
