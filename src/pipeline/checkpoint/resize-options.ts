// What can be asked of resizeCheckpoint, and what follows from it before anything is written.

import type { RowMap } from '../../core/row-map.ts';
import type { InitMethod } from '../../embedding/rows/initial-weights.ts';
import type { PaddingFill } from '../../embedding/rows/resize-matrix.ts';
import type { FoundTensors, VocabularyTensor } from '../../embedding/vocabulary-tensors.ts';
import type { BuiltHeader } from '../../formats/checkpoint/safetensors-header.ts';
import type { TargetTokenizer } from './checkpoint-companions.ts';
import type { CheckpointFolder } from './checkpoint-folder.ts';

/** Input of {@link resizeCheckpoint}. */
export interface ResizeCheckpointOptions {
  /** Folder with config.json and safetensors files. Never written to. */
  readonly checkpoint: string;
  readonly rowMap: RowMap;
  /** Folder for the result. */
  readonly out: string;
  /** Files and folders that must not be written over, besides the checkpoint: where row map and tokenizer come from. */
  readonly inputs?: readonly string[] | undefined;
  /** Write although other files are in `out`: those of the same names are replaced. Default false. */
  readonly force?: boolean | undefined;
  /** New pieces take the checkpoint's free rows first, and free rows that are left stay as they are. Default false. */
  readonly fillPadding?: boolean | undefined;
  /** Padding rows are added until their number is a multiple of this. Default 1. */
  readonly padToMultipleOf?: number | undefined;
  /** How new rows are made. Default `subword-mean`. */
  readonly init?: InitMethod | undefined;
  /** For the methods that draw numbers, and for ties. Default 0. */
  readonly seed?: number | undefined;
  /** How rows past the last piece are filled. Default `zero`. */
  readonly padding?: PaddingFill | undefined;
  /** Further tensors with a row for every token. */
  readonly tensors?: readonly string[] | undefined;
  /** The tokenizer that the row map leads to: its files go into the result. */
  readonly tokenizer?: string | undefined;
  /** New rows whose nearest old neighbours are looked for in each matrix. Default 5. */
  readonly samples?: number | undefined;
  /** Keep finished shards when stopped, and go on from those of an earlier run. Default false. */
  readonly resume?: boolean | undefined;
  /** Threads for the matrices; 1 works in the calling one. The bytes are the same. Default: one for each processor. */
  readonly threads?: number | undefined;
  readonly onProgress?: ((progress: ResizeProgress) => void) | undefined;
}

/** How far a resize is. */
export interface ResizeProgress {
  /** File being written. */
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What the bytes of the result depend on, defaults filled in. */
export interface RecordedOptions {
  readonly init: InitMethod;
  readonly seed: number;
  readonly padding: PaddingFill;
  readonly tensors: readonly string[];
  /** Only where it is used: under `random-normal`. */
  readonly std?: number;
}

/** What is going to be done. */
export interface ResizePlan {
  readonly source: CheckpointFolder;
  /** Fitted to the checkpoint. */
  readonly rowMap: RowMap;
  readonly found: FoundTensors;
  readonly tensors: ReadonlyMap<string, VocabularyTensor>;
  readonly tokenizer: TargetTokenizer | undefined;
  /** New headers by shard. */
  readonly headers: ReadonlyMap<string, BuiltHeader>;
  readonly totalBytes: number;
  readonly std: number;
  /** Options as the manifest has them. */
  readonly recorded: RecordedOptions;
  readonly notes: readonly string[];
}
