// The files around the weights of a resized checkpoint: configurations and index brought up to date, the new tokenizer, the
// row map, recipes for training, and everything else that lay beside the old weights, copied.
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RowMap } from '../../core/row-map.ts';
import { buildTrainingFiles } from '../../embedding/training-recipe.ts';
import type { FoundTensors } from '../../embedding/vocabulary-tensors.ts';
import { type ConfigChange, updateVocabularyConfig } from '../../formats/checkpoint/model-config.ts';
import type { BuiltHeader } from '../../formats/checkpoint/safetensors-header.ts';
import { updateSafetensorsIndex } from '../../formats/checkpoint/safetensors-index.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import { createTargetLookup } from '../../merge/row-map/row-map-algebra.ts';
import { sha256Of, sha256OfChunks } from '../io/sha256.ts';
import { companionNames, type TargetTokenizer } from './checkpoint-companions.ts';
import { type CheckpointFolder, INDEX_NAME, tensorsOf } from './checkpoint-folder.ts';

/** Input of {@link writeCompanions}. */
export interface CompanionsInput {
  readonly source: CheckpointFolder;
  readonly rowMap: RowMap;
  /** The resized tensors, and how many rows they had. */
  readonly found: FoundTensors;
  readonly tokenizer: TargetTokenizer | undefined;
  /** New headers by shard. */
  readonly headers: ReadonlyMap<string, BuiltHeader>;
}

/** Result of {@link writeCompanions}. */
export interface WrittenFiles {
  readonly changes: Record<string, readonly ConfigChange[]>;
  /** Small files by name. */
  readonly written: Map<string, { bytes: number; sha256: string }>;
}

/** Writes everything but the weights: what is updated, the new tokenizer, the row map, the recipes, and what goes along. */
export async function writeCompanions(
  folder: string,
  { source, rowMap, found, tokenizer, headers }: CompanionsInput,
): Promise<WrittenFiles> {
  const files = new Map<string, string | Uint8Array>();
  const changes: Record<string, readonly ConfigChange[]> = {};
  const update = {
    rows: rowMap.target.rows,
    oldSizes: [found.rows, rowMap.base.idCount, rowMap.base.rows],
    mapId: createTargetLookup(rowMap),
    specialIds: tokenizer?.specialIds ?? {},
  };
  for (const [name, text, hasVocabSize] of [
    ['config.json', source.config, true],
    ['generation_config.json', source.generationConfig, false],
  ] as const) {
    if (text === undefined) continue;
    const updated = updateVocabularyConfig(text, { ...update, hasVocabSize, source: join(source.folder, name) });
    files.set(name, updated.text);
    changes[name] = updated.changes;
  }
  if (source.index !== undefined) {
    const all = [...headers.values()].flatMap((header) => header.tensors);
    files.set(INDEX_NAME, updateSafetensorsIndex(source.index, all));
  }
  for (const [name, data] of (await tokenizer?.readFiles()) ?? []) files.set(name, data);
  files.set('row-map.json', serializeRowMap(rowMap));
  const training = buildTrainingFiles({
    rowMap,
    vocabulary: found.tensors,
    tensors: tensorsOf(source),
    tied: found.tensors.some(({ role }) => role === 'tied'),
  });
  for (const [name, text] of training) files.set(name, text);
  const written = new Map<string, { bytes: number; sha256: string }>();
  for (const name of companionNames(source.names)) {
    const path = join(source.folder, name);
    if (files.has(name) || !(await stat(path)).isFile()) continue;
    // Not read at once: nobody knows what else lies in such a folder.
    await copyFile(path, join(folder, name));
    const sha256 = await sha256OfChunks(createReadStream(join(folder, name)));
    written.set(name, { bytes: (await stat(join(folder, name))).size, sha256 });
  }
  for (const name of [...files.keys()].sort()) {
    const data = files.get(name)!;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), data);
    written.set(name, { bytes: Buffer.byteLength(data), sha256: sha256Of(data) });
  }
  return { changes, written: new Map([...written].sort(([a], [b]) => (a < b ? -1 : 1))) };
}
