// vocab-merge check on disk: opens a checkpoint's headers and small files and the tokenizer, and compares them. No weights
// are read. What is compared, and what is said about it, is in embedding/check/check-checkpoint.ts.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { RowMap } from '../../core/row-map.ts';
import { checkCheckpoint } from '../../embedding/check/check-checkpoint.ts';
import type { CheckedTokenizer } from '../../embedding/check/check-context.ts';
import { InputError } from '../../errors.ts';
import type { CheckReport } from '../../formats/check-report.ts';
import { parseVocabularyConfig, type VocabularyConfig } from '../../formats/checkpoint/model-config.ts';
import { type LoadedTokenizer, loadTokenizer } from '../../vocab/load-tokenizer.ts';
import { sha256Of, sha256OfChunks } from '../io/sha256.ts';
import { addedTokensOf, pieceLookup, specialIdsOf, tokenizerSize } from './checkpoint-companions.ts';
import { type CheckpointFolder, openCheckpoint, tensorsOf } from './checkpoint-folder.ts';
import { readEvidence } from './read-evidence.ts';

/** Input of {@link checkFolder}. */
export interface CheckFolderOptions {
  /** Folder with config.json and safetensors files. */
  readonly checkpoint: string;
  /** A tokenizer, as `loadTokenizer` takes it. Default: the one in the checkpoint's folder. */
  readonly tokenizer?: string | undefined;
  readonly rowMap?: RowMap | undefined;
  /** Further tensors with a row for every token. */
  readonly tensors?: readonly string[] | undefined;
  /** Rows must be a multiple of this; without it, an odd number is only noted. */
  readonly multipleOf?: number | undefined;
}

/**
 * Compares tokenizer, configurations, checkpoint headers and row map.
 *
 * @throws InputError when there is no checkpoint or no tokenizer
 * @throws FormatError when a header, an index or a configuration is not sound
 * @example
 * ```ts
 * const report = await checkFolder({ checkpoint: 'llama-2-7b', tokenizer: 'merged' });
 * report.passed; // false: report.checks says why and what to do
 * ```
 */
export async function checkFolder(options: CheckFolderOptions): Promise<CheckReport> {
  const { checkpoint, rowMap, tensors: names, multipleOf } = options;
  const source = await openCheckpoint(checkpoint);
  const unknown = names?.find((name) => !tensorsOf(source).some((tensor) => tensor.name === name));
  if (unknown !== undefined) {
    throw new InputError(`${checkpoint}: has no tensor ${JSON.stringify(unknown)}`, { hint: 'Check its name.' });
  }
  const loaded = await loadTokenizer(options.tokenizer ?? checkpoint);
  return checkCheckpoint({
    tokenizer: checkedTokenizer(loaded),
    tensors: tensorsOf(source),
    names,
    config: parse(source, source.config, 'config.json'),
    generationConfig: parse(source, source.generationConfig, 'generation_config.json'),
    indexTotalSize: totalSizeOf(source),
    rowMap,
    evidence: rowMap === undefined ? undefined : await readEvidence(source),
    multipleOf,
    ownTokenizerSha256: await ownTokenizer(source, loaded),
  });
}

function checkedTokenizer(loaded: LoadedTokenizer): CheckedTokenizer {
  const { model } = loaded;
  const ids = tokenizerSize(loaded);
  if (ids === undefined) {
    throw new InputError(`${loaded.name}: its tokenizer.json has no vocabulary that ids can be read from`, {
      hint: 'Give a tokenizer.model, or a tokenizer.json with model.vocab.',
    });
  }
  return {
    name: loaded.name,
    pieces: model?.pieces.length ?? ids,
    ids,
    sha256: loaded.sha256,
    addedTokens: addedTokensOf(loaded),
    specialIds: specialIdsOf(loaded),
    pieceOf: pieceLookup(loaded),
  };
}

function parse(
  { folder }: CheckpointFolder,
  text: string | undefined,
  name: 'config.json' | 'generation_config.json',
): VocabularyConfig | undefined {
  return text === undefined ? undefined : parseVocabularyConfig(text, { source: join(folder, name) });
}

function totalSizeOf({ index }: CheckpointFolder): number | undefined {
  const metadata = index?.document.metadata as { total_size?: unknown } | undefined;
  return typeof metadata?.total_size === 'number' ? metadata.total_size : undefined;
}

// Of the files that hold a vocabulary, the one of the same kind: a .model and a tokenizer.json never have the same hash.
async function ownTokenizer(source: CheckpointFolder, loaded: LoadedTokenizer): Promise<string | undefined> {
  const isModelFile = loaded.bytes !== undefined && sha256Of(loaded.bytes) === loaded.sha256;
  const own = isModelFile
    ? (source.names.find((name) => name === 'tokenizer.model') ?? source.names.find((name) => name.endsWith('.model')))
    : source.names.find((name) => name === 'tokenizer.json');
  if (own === undefined) return undefined;
  return sha256OfChunks(createReadStream(join(source.folder, own)));
}
