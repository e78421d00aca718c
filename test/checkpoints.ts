// Small checkpoints on disk, as save_pretrained writes them, and their tensors read back byte for byte.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowMap } from '../src/core/row-map.ts';
import { numberToBfloat16, numberToFloat16 } from '../src/embedding/rows/half-float.ts';
import { serializeSafetensors, type TensorData } from '../src/formats/checkpoint/safetensors.ts';
import { parseHeaderLength, parseSafetensorsHeader } from '../src/formats/checkpoint/safetensors-header.ts';

/** A tensor of numbers that are all different. */
export function tensor(dtype: TensorData['dtype'], shape: readonly number[], phase = 0): TensorData {
  const length = shape.reduce((product, size) => product * size, 1);
  const encode = dtype === 'BF16' ? numberToBfloat16 : dtype === 'F16' ? numberToFloat16 : Math.fround;
  const data = dtype === 'F32' ? new Float32Array(length) : new Uint16Array(length);
  for (let i = 0; i < length; i++) data[i] = encode(Math.fround(Math.sin(i * 0.7 + phase) + i / 1e4));
  return { dtype, shape, data };
}

/** What {@link writeCheckpoint} writes. */
export interface CheckpointSpec {
  /** Tensors by shard; one shard is model.safetensors without an index. */
  readonly shards: readonly Readonly<Record<string, TensorData>>[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Further files. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes a checkpoint folder and returns the names of its shards. */
export function writeCheckpoint(folder: string, { shards, config, files = {} }: CheckpointSpec): string[] {
  mkdirSync(folder, { recursive: true });
  const names = shards.map((_, i) =>
    shards.length === 1 ? 'model.safetensors' : `model-0000${i + 1}-of-0000${shards.length}.safetensors`,
  );
  for (const [i, tensors] of shards.entries()) {
    writeFileSync(join(folder, names[i]!), serializeSafetensors(new Map(Object.entries(tensors))));
  }
  if (shards.length > 1) {
    const map = shards.flatMap((tensors, i) => Object.keys(tensors).map((name) => [name, names[i]]));
    const document = { metadata: { total_size: 1 }, weight_map: Object.fromEntries(map) };
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(document));
  }
  if (config !== undefined) writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return names;
}

/** A tensor as it lies in a file. */
export interface RawTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** Tensors of a file by name. */
export function readTensors(path: string): Map<string, RawTensor> {
  const bytes = readFileSync(path);
  const context = { fileSize: bytes.length, source: path };
  const length = parseHeaderLength(bytes.subarray(0, 8), context);
  const { tensors, dataStart } = parseSafetensorsHeader(bytes.subarray(8, 8 + length), context);
  return new Map(
    tensors.map(({ name, dtype, shape, start, end }) => [
      name,
      { dtype, shape, bytes: bytes.subarray(dataStart + start, dataStart + end) },
    ]),
  );
}

/** The bytes of the rows of a matrix. */
export function rowsOf({ shape, bytes }: RawTensor): Buffer[] {
  const size = bytes.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** A row map that appends: new rows as `sources`, then padding. */
export function appendingMap(
  baseSize: number,
  sources: readonly (readonly number[])[],
  { padding = 0, baseRows = baseSize, sha256 = '1'.repeat(64) } = {},
): RowMap {
  const size = baseSize + sources.length;
  return {
    format: 'vocab-merge/row-map',
    version: 2,
    base: { idCount: baseSize, rows: baseRows, sha256: '0'.repeat(64) },
    target: { idCount: size, rows: size + padding, sha256 },
    copy: [[0, 0, baseSize]],
    new: sources.map((row, i) => ({
      id: baseSize + i,
      piece: `新${i}`,
      sources: row,
      weights: row.map(() => 1 / row.length),
    })),
    padding: Array.from({ length: padding }, (_, i) => size + i),
  };
}
