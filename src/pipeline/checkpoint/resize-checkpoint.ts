// A Hugging Face checkpoint resized by a row map: new matrices, everything else copied, configurations and index brought up
// to date, the new tokenizer beside it, a manifest and recipes for training. Written to a temporary folder and renamed.
// Memory does not depend on the size of the model, see embedding/rows/resize-matrix.ts and copy-range.ts.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkWhole } from '../../core/check-whole.ts';
import { counted, groupDigits } from '../../core/counted.ts';
import type { RowMap } from '../../core/row-map.ts';
import {
  type CheckpointStage,
  findCheckpointStage,
  MOST_PADDING,
  resizedAlready,
} from '../../embedding/checkpoint-stage.ts';
import { type FoundTensors, findVocabularyTensors } from '../../embedding/vocabulary-tensors.ts';
import { InputError, OptionError } from '../../errors.ts';
import { type ConfigChange, parseVocabularyConfig } from '../../formats/checkpoint/model-config.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import { validateRowMap } from '../../formats/row-map/validate-row-map.ts';
import { fillRowMap, padRowMap } from '../../merge/row-map/row-map-algebra.ts';
import { withOutputFolder } from '../io/output-folder.ts';
import type { OutputRules } from '../io/output-rules.ts';
import { sha256Of } from '../io/sha256.ts';
import { addedTokensOf, openTargetTokenizer, readTexts, type TargetTokenizer } from './checkpoint-companions.ts';
import { type CheckpointFolder, openCheckpoint, tensorsOf } from './checkpoint-folder.ts';
import { readEvidence } from './read-evidence.ts';
import { writeCompanions } from './resize-companions.ts';
import { buildResizeManifest, type ResizeManifest } from './resize-manifest.ts';
import type { ResizeCheckpointOptions, ResizePlan } from './resize-options.ts';
import { checkPlaces } from './resize-places.ts';
import { planShard, type TensorReport } from './resize-shard.ts';
import { writeShards } from './resize-shards.ts';

/** Result of {@link resizeCheckpoint}. */
export interface ResizeResult {
  readonly tensors: readonly TensorReport[];
  readonly changes: Readonly<Record<string, readonly ConfigChange[]>>;
  /** What a person should know. */
  readonly notes: readonly string[];
  /** Shards taken over from an earlier run. */
  readonly resumed: readonly string[];
  readonly manifest: ResizeManifest;
}

/**
 * Resizes a checkpoint.
 *
 * @throws OptionError when `out` is the checkpoint or inside it
 * @throws InputError when checkpoint, row map and tokenizer do not go together
 * @throws FormatError when a file of the checkpoint is damaged; the message names the tensor
 * @throws OutputError when `out` holds a model already, or cannot be written
 * @example
 * ```ts
 * const rowMap = parseRowMap(await readFile('merged/row-map.json', 'utf8'));
 * await resizeCheckpoint({ checkpoint: 'llama-2-7b', rowMap, out: 'llama-2-7b-zh', init: 'auto' });
 * ```
 */
export async function resizeCheckpoint(options: ResizeCheckpointOptions): Promise<ResizeResult> {
  const { checkpoint, out } = options;
  if (options.threads !== undefined) checkWhole('threads', options.threads, 1);
  await checkPlaces(checkpoint, out, options);
  validateRowMap(options.rowMap);
  const source = await openCheckpoint(checkpoint);
  const plan = await planResize(source, options);
  const { rowMap } = plan;
  // Not in the manifest, which is the same for every run.
  const leftovers: string[] = [];
  const rules: OutputRules = {
    inputs: [checkpoint, ...(options.inputs ?? [])],
    force: options.force,
    onNote: (note) => leftovers.push(note),
  };
  const write = async (folder: string): Promise<ResizeResult> => {
    // The small files first: what is wrong with them should not come out after the gigabytes.
    const files = await writeCompanions(folder, plan);
    const { tensors, resumed } = await writeShards(folder, plan, options);
    const manifest = buildResizeManifest({
      rowMap,
      rowMapSha256: sha256Of(serializeRowMap(rowMap)),
      options: plan.recorded,
      shards: source.shards,
      planned: plan.headers,
      tensors,
      changes: files.changes,
      files: files.written,
      notes: plan.notes,
    });
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    return { tensors, changes: files.changes, notes: [...leftovers, ...plan.notes], resumed, manifest };
  };
  return withOutputFolder(out, write, rules);
}

async function planResize(source: CheckpointFolder, options: ResizeCheckpointOptions): Promise<ResizePlan> {
  const { checkpoint, init = 'subword-mean', seed = 0, padding = 'zero', tensors: names = [] } = options;
  const config =
    source.config === undefined
      ? undefined
      : parseVocabularyConfig(source.config, { source: join(checkpoint, 'config.json') });
  const found = findVocabularyTensors(tensorsOf(source), {
    names,
    tied: config?.tieWordEmbeddings,
    source: checkpoint,
  });
  const stage = findCheckpointStage(found.rows, options.rowMap, await readEvidence(source), {
    isFilling: options.fillPadding === true,
  });
  const rowMap = fitRowMap(found, stage, options);
  const tokenizer = options.tokenizer === undefined ? undefined : await openTargetTokenizer(options.tokenizer);
  checkTokenizer(tokenizer, { ...options, rowMap });
  const tensors = new Map(found.tensors.map((tensor) => [tensor.name, tensor]));
  const headers = new Map(source.shards.map((shard) => [shard.name, planShard(shard, tensors, rowMap)] as const));
  const std = config?.initializerRange ?? 0.02;
  return {
    source,
    rowMap,
    found,
    tensors,
    tokenizer,
    headers,
    totalBytes: [...headers.values()].reduce((sum, { dataStart, dataSize }) => sum + dataStart + dataSize, 0),
    std,
    recorded: { init, seed, padding, tensors: names, ...(init === 'random-normal' && { std }) },
    notes: [...stageNotes(stage), ...(await collectNotes(source, found, tokenizer, { ...options, rowMap }))],
  };
}

// The map for this checkpoint: not applied twice, free rows filled and rows padded where that was asked for.
function fitRowMap(found: FoundTensors, stage: CheckpointStage, options: ResizeCheckpointOptions): RowMap {
  const { checkpoint, rowMap, fillPadding = false, padToMultipleOf = 1 } = options;
  if (stage.stage === 'target' || stage.stage === 'other') {
    const { what, fix } = resizedAlready(checkpoint, rowMap, stage);
    throw new InputError(what, { hint: fix });
  }
  const { idCount, rows } = rowMap.base;
  const tensor = `${checkpoint}: tensor ${JSON.stringify(found.tensors[0]!.name)} has ${counted(found.rows, 'row')}`;
  if (found.rows < idCount) {
    throw new InputError(`${tensor}, the row map's base has ${counted(idCount, 'id')}`, {
      hint: 'Give the checkpoint of the tokenizer that was extended.',
    });
  }
  if (found.rows - Math.max(idCount, rows) > MOST_PADDING) {
    const most = `the row map's base has ${counted(idCount, 'id')}, and at most ${groupDigits(MOST_PADDING)} further rows count as padding`;
    throw new InputError(`${tensor}, ${most}`, {
      hint: `Give the checkpoint of the tokenizer that was extended. If it has rows to spare, make the row map with --base-rows ${found.rows}.`,
    });
  }
  if (!fillPadding && usesPadding(rowMap) && found.rows !== rows) {
    throw new InputError(`${tensor}, the row map uses the free ones of a checkpoint with ${groupDigits(rows)}`, {
      hint: 'Add --fill-padding: it fits the row map to the free rows of this checkpoint.',
    });
  }
  return padRowMap(fillPadding ? fillRowMap(rowMap, found.rows) : rowMap, padToMultipleOf);
}

// Free rows past the last id, which checkpoints of one tokenizer have different numbers of.
function usesPadding({ base, copy, new: newRows }: RowMap): boolean {
  return (
    copy.some(([, sourceStart, count]) => sourceStart + count > base.idCount) ||
    newRows.some(({ fills = -1 }) => fills >= base.idCount)
  );
}

function stageNotes({ stage, checked }: CheckpointStage): string[] {
  if (stage !== 'unknown') return [];
  return [`whether the checkpoint was resized by this row map before cannot be told (${checked.join('; ')})`];
}

function checkTokenizer(
  tokenizer: TargetTokenizer | undefined,
  { rowMap, init, tokenizer: source }: ResizeCheckpointOptions,
): void {
  if (init === 'weighted-mean' && tokenizer?.pieceOf === undefined) {
    throw new OptionError(
      'init weighted-mean needs the texts of the pieces, and there is no tokenizer to read them from',
      { hint: 'Give --tokenizer, or keep tokenizer.model beside the row map.' },
    );
  }
  if (tokenizer === undefined) return;
  const { sha256 } = tokenizer.loaded;
  if (sha256 !== rowMap.target.sha256) {
    throw new InputError(`${source}: its SHA-256 is ${sha256}, the row map leads to ${rowMap.target.sha256}`, {
      hint: 'Give the tokenizer that was written together with the row map.',
    });
  }
  if ((tokenizer.size ?? 0) > rowMap.target.rows) {
    throw new InputError(
      `${source}: has ${counted(tokenizer.size ?? 0, 'id')}, the row map makes ${counted(rowMap.target.rows, 'row')}`,
      { hint: 'Tokens were added behind the merge: merge again with --add-token, so that they get rows.' },
    );
  }
}

async function collectNotes(
  { folder, names, config }: CheckpointFolder,
  found: FoundTensors,
  tokenizer: TargetTokenizer | undefined,
  { rowMap }: ResizeCheckpointOptions,
): Promise<string[]> {
  const notes: string[] = [];
  const { idCount, sha256 } = rowMap.base;
  const files = await readTexts(folder, ['added_tokens.json', 'tokenizer_config.json']);
  const lost = [...addedTokensOf({ name: folder, files })].filter(([id]) => id >= idCount && id < found.rows);
  if (lost.length > 0) {
    const [id, content] = lost[0]!;
    notes.push(
      `the checkpoint has ${counted(lost.length, 'added token')} past the base's ${counted(idCount, 'id')}, such as ${JSON.stringify(content)} ` +
        `with id ${id}; ${lost.length === 1 ? 'its row is' : 'their rows are'} not carried over`,
    );
  } else if (found.rows > idCount && !usesPadding(rowMap)) {
    notes.push(
      `${counted(found.rows - idCount, 'row')} of padding past the base's ${counted(idCount, 'id')} ${found.rows - idCount === 1 ? 'is' : 'are'} not carried over` +
        (rowMap.new.length === 0 ? '' : '; with --fill-padding new pieces take them'),
    );
  }
  for (const { name, shape } of found.suspects) {
    notes.push(
      `tensor ${JSON.stringify(name)} has the shape [${shape.join(', ')}], as many rows as the embedding, and is kept as it ` +
        `is: name it with --tensor if it has a row for every token`,
    );
  }
  if (names.includes('tokenizer.model')) {
    const old = await openTargetTokenizer(join(folder, 'tokenizer.model')).catch(() => undefined);
    if (old !== undefined && old.loaded.sha256 !== sha256) {
      const { length = 0 } = old.loaded.model?.pieces ?? [];
      if (length > idCount) {
        throw new InputError(
          `${folder}: its tokenizer.model has ${counted(length, 'piece')}, the row map starts from a tokenizer with ${counted(idCount, 'id')}`,
          {
            hint: `The rows of the others would be lost: give a row map that starts from SHA-256 ${old.loaded.sha256.slice(0, 16)}….`,
          },
        );
      }
      notes.push(`the checkpoint's own tokenizer.model is not the one that the row map starts from (SHA-256 differs)`);
    }
  }
  if (config === undefined) {
    notes.push(
      'the checkpoint has no config.json: vocab_size is set nowhere, and the matrices count as tied without a head',
    );
  }
  if (tokenizer === undefined) {
    notes.push('no tokenizer is written: give --tokenizer, or keep the tokenizer beside the row map');
  }
  return notes;
}
