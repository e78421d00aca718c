// manifest.json: what went into a result and what came out, so that it can be made again and recognised.
// No dates and no paths of the machine: the same inputs, options and version give the same manifest, byte for byte.
import type { MergeResult } from '../../merge/merge-vocab.ts';
import { packageVersion } from './package-version.ts';
import { sha256Of } from './sha256.ts';

/** `format` of every manifest. */
export const MANIFEST_FORMAT = 'vocab-merge/manifest';

/** A model that took part. */
export interface ManifestModel {
  readonly name: string;
  readonly vocabSize: number;
  /** SHA-256 of its file. */
  readonly sha256: string;
}

/** Content of manifest.json. */
export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly version: 1;
  readonly generator: { readonly name: 'vocab-merge'; readonly version: string };
  readonly command: string;
  readonly base: ManifestModel;
  readonly extension: ManifestModel & { readonly training?: unknown };
  readonly options: Readonly<Record<string, unknown>>;
  readonly target: ManifestModel & { readonly rows: number };
  readonly merge: {
    readonly added: number;
    readonly duplicates: number;
    /** Pieces left out, by reason. */
    readonly dropped: Readonly<Record<string, number>>;
    readonly warnings: MergeResult['warnings'];
  };
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** What every manifest begins with. */
export function manifestHead(): Pick<Manifest, 'format' | 'version' | 'generator'> {
  return { format: MANIFEST_FORMAT, version: 1, generator: { name: 'vocab-merge', version: packageVersion() } };
}

/** Content of the manifest.json of a pruned vocabulary. */
export interface PruneManifest extends Omit<Manifest, 'extension' | 'merge'> {
  readonly command: 'prune';
  /** Pieces that left, by why they were the first to. */
  readonly removed: {
    readonly pieces: number;
    readonly dead: number;
    readonly otherScripts: number;
    readonly unseen: number;
  };
}

/** Input of {@link buildPruneManifest}. */
export interface PruneManifestInput extends Pick<ManifestInput, 'base' | 'options' | 'target' | 'rows' | 'files'> {
  readonly removed: PruneManifest['removed'];
}

/** Builds the manifest of a pruned vocabulary. */
export function buildPruneManifest({ base, options, target, rows, files, removed }: PruneManifestInput): PruneManifest {
  return {
    ...manifestHead(),
    command: 'prune',
    base,
    options: definedOptions(options),
    target: { ...target, rows },
    removed,
    files: describeFiles(files),
  };
}

function definedOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Input of {@link buildManifest}. */
export interface ManifestInput {
  readonly command: string;
  readonly base: ManifestModel;
  readonly extension: ManifestModel & { readonly training?: unknown };
  /** Options that shaped the result; what is undefined is left out. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly target: ManifestModel;
  /** Of the resized embedding. */
  readonly rows: number;
  readonly merge: MergeResult;
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/** Builds the manifest of a merge. */
export function buildManifest(input: ManifestInput): Manifest {
  const { command, base, extension, options, target, rows, merge, files } = input;
  return {
    ...manifestHead(),
    command,
    base,
    extension,
    options: definedOptions(options),
    target: { ...target, rows },
    merge: {
      added: merge.added,
      duplicates: merge.duplicates.length,
      dropped: countDropReasons(merge),
      warnings: merge.warnings,
    },
    files: describeFiles(files),
  };
}

/** Size and hash of each file. */
export function describeFiles(files: ReadonlyMap<string, string | Uint8Array>): Manifest['files'] {
  return Object.fromEntries(
    [...files].map(([name, data]) => [name, { bytes: Buffer.byteLength(data), sha256: sha256Of(data) }]),
  );
}

/** Number of dropped pieces by reason. */
export function countDropReasons(merge: Pick<MergeResult, 'dropped'>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of merge.dropped) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Text of manifest.json. */
export function serializeManifest(manifest: Manifest | PruneManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
