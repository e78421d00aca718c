// manifest.json of a resized checkpoint: what it was made from, how, and what came out. No dates and no paths.
// Files of weights are described by size and by the hash of their header, which names every tensor with shape and place;
// hashing gigabytes of weights would take longer than writing them.

import type { RowMap, RowMapVocab } from '../../core/row-map.ts';
import type { ConfigChange } from '../../formats/checkpoint/model-config.ts';
import { type BuiltHeader, buildSafetensorsHeader } from '../../formats/checkpoint/safetensors-header.ts';
import { type MANIFEST_FORMAT, manifestHead } from '../io/manifest.ts';
import { sha256Of } from '../io/sha256.ts';
import type { Shard } from './checkpoint-folder.ts';
import type { RecordedOptions } from './resize-options.ts';
import type { TensorReport } from './resize-shard.ts';

/** A file of weights. */
export interface ManifestShard {
  readonly bytes: number;
  /** SHA-256 of the header as this program writes it (length field and JSON). */
  readonly headerSha256: string;
}

/** Content of manifest.json. */
export interface ResizeManifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly version: 1;
  readonly generator: { readonly name: 'vocab-merge'; readonly version: string };
  readonly command: 'resize';
  readonly checkpoint: Readonly<Record<string, ManifestShard>>;
  readonly rowMap: { readonly sha256: string; readonly base: RowMapVocab; readonly target: RowMapVocab };
  readonly options: RecordedOptions;
  readonly tensors: readonly TensorReport[];
  /** Changed values by file. */
  readonly changes: Readonly<Record<string, readonly ConfigChange[]>>;
  readonly notes: readonly string[];
  readonly weights: Readonly<Record<string, ManifestShard>>;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** Input of {@link buildResizeManifest}. */
export interface ResizeManifestInput {
  readonly rowMap: RowMap;
  readonly rowMapSha256: string;
  readonly options: RecordedOptions;
  readonly shards: readonly Shard[];
  /** New headers by shard. */
  readonly planned: ReadonlyMap<string, BuiltHeader>;
  readonly tensors: readonly TensorReport[];
  readonly changes: Readonly<Record<string, readonly ConfigChange[]>>;
  readonly notes: readonly string[];
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>;
}

/** Builds the manifest. */
export function buildResizeManifest(input: ResizeManifestInput): ResizeManifest {
  const { rowMap, rowMapSha256, options, shards, planned, tensors, changes, notes, files } = input;
  return {
    ...manifestHead(),
    command: 'resize',
    checkpoint: Object.fromEntries(
      shards.map(({ name, size, header }) => [
        name,
        { bytes: size, headerSha256: sha256Of(buildSafetensorsHeader(header.tensors, header.metadata).bytes) },
      ]),
    ),
    rowMap: { sha256: rowMapSha256, base: rowMap.base, target: rowMap.target },
    options,
    tensors,
    changes,
    notes,
    weights: Object.fromEntries(
      [...planned].map(([name, { bytes, dataStart, dataSize }]) => [
        name,
        { bytes: dataStart + dataSize, headerSha256: sha256Of(bytes) },
      ]),
    ),
    files: Object.fromEntries(files),
  };
}
