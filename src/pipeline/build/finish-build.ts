// What every build ends with: the manifest, which describes all other files, and the list of them.
import type { ExtendableTokenizer } from '../../vocab/load-tokenizer.ts';
import { buildManifest, type Manifest, type ManifestModel, serializeManifest } from '../io/manifest.ts';
import type { MergedTokenizer } from './merge-tokenizers.ts';

/** Files of a result by name. */
export type BuiltFiles = ReadonlyMap<string, string | Uint8Array>;

/** Input of {@link finishBuild}. */
export interface FinishBuildInput {
  readonly command: string;
  readonly base: ExtendableTokenizer;
  /** Where the pieces come from, and how they were trained. */
  readonly extension: ManifestModel & { readonly training?: unknown };
  /** Options that shaped the result; what is undefined is left out. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly merged: MergedTokenizer;
  /** Files beside those of the tokenizer, in their order: extension, curve, report. */
  readonly more?: Iterable<readonly [name: string, content: string | Uint8Array]>;
}

/** The files of a result, with the manifest that describes them. */
export function finishBuild(input: FinishBuildInput): { readonly manifest: Manifest; readonly files: BuiltFiles } {
  const { command, base, extension, options, merged, more = [] } = input;
  const { model, document, sha256, rowMap, merge } = merged;
  const files = new Map([...merged.files, ...more]);
  const manifest = buildManifest({
    command,
    base: { name: base.name, vocabSize: base.model.pieces.length, sha256: base.sha256 },
    extension,
    options,
    target: { name: document.vocabularyFile.name, vocabSize: model.pieces.length, sha256 },
    rows: rowMap.target.rows,
    merge,
    files,
  });
  files.set('manifest.json', serializeManifest(manifest));
  return { manifest, files };
}
