// What lies beside a checkpoint's weights and tells which tokenizer it belongs to: the manifest of a resize, tokenizer files,
// vocab_size. What follows from it is decided in embedding/checkpoint-stage.ts.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../../core/json-object.ts';
import type { CheckpointEvidence } from '../../embedding/checkpoint-stage.ts';
import { parseVocabularyConfig } from '../../formats/checkpoint/model-config.ts';
import { MANIFEST_FORMAT } from '../io/manifest.ts';
import { sha256OfChunks } from '../io/sha256.ts';
import type { CheckpointFolder } from './checkpoint-folder.ts';

/** Files whose hash a row map may have: those with a whole vocabulary. */
const VOCABULARY_FILE = /\.model$|^(tokenizer|tekken|vocab)\.json$|\.tiktoken$/;

/** Reads the evidence; a manifest that is damaged or not of a resize is none. */
export async function readEvidence(source: CheckpointFolder): Promise<CheckpointEvidence> {
  const { folder, names, config } = source;
  const tokenizers: { name: string; sha256: string }[] = [];
  for (const name of names.filter((file) => VOCABULARY_FILE.test(file))) {
    tokenizers.push({ name, sha256: await sha256OfChunks(createReadStream(join(folder, name))) });
  }
  const sizes =
    config === undefined ? [] : parseVocabularyConfig(config, { source: join(folder, 'config.json') }).vocabSizes;
  return {
    manifest: names.includes('manifest.json')
      ? parseResizeManifest(await readFile(join(folder, 'manifest.json'), 'utf8'))
      : undefined,
    tokenizers,
    vocabSize: sizes[0]?.value,
  };
}

function parseResizeManifest(text: string): CheckpointEvidence['manifest'] {
  try {
    const json: unknown = JSON.parse(text);
    if (!isObject(json) || json.format !== MANIFEST_FORMAT || json.command !== 'resize') return undefined;
    const target = isObject(json.rowMap) ? json.rowMap.target : undefined;
    if (!isObject(target) || typeof target.sha256 !== 'string' || typeof target.rows !== 'number') return undefined;
    return { targetSha256: target.sha256, rows: target.rows };
  } catch {
    return undefined;
  }
}
