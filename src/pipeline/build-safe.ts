// The whole job by continued BPE: learn on the base's own tokens, append, map the rows, compare before and after.
// The pieces come from text, or, for a base that the package has learnt pieces for, from the list it ships.
import type { ComparedText, ComparisonProgress } from '../report/compare-tokenizers.ts';
import type { BuiltVocabulary } from './build-vocabulary.ts';
import { compareBeforeAfter, reportFiles } from './build-vocabulary.ts';
import { type ExtendVocabularyOptions, extendVocabulary } from './extend-vocabulary.ts';
import { describeFiles, type Manifest, serializeManifest } from './manifest.ts';

/** Options of {@link buildSafeVocabulary}. */
export interface BuildSafeOptions extends ExtendVocabularyOptions {
  /** Texts of the report. */
  readonly texts: readonly ComparedText[];
  /** Name of the result in the report. Default `extended`. */
  readonly name?: string;
  readonly onCompareProgress?: (progress: ComparisonProgress) => void;
}

/**
 * Learns, appends, maps rows and compares.
 *
 * @throws OptionError, InputError as `extendVocabulary` does
 * @example
 * ```ts
 * const built = await buildSafeVocabulary({ base, sources: [{ name: 'zh', sentences }], targetSize: 49_953, texts });
 * built.files.get('tokenizer.model');
 * ```
 */
export async function buildSafeVocabulary(options: BuildSafeOptions): Promise<BuiltVocabulary> {
  const { base, texts, name = 'extended', onCompareProgress } = options;
  const { extension, merged, manifest: learned, files } = await extendVocabulary({ command: 'build', ...options });
  const report = await compareBeforeAfter({ base, merged, texts, name, onProgress: onCompareProgress });
  const all = new Map(files);
  all.delete('manifest.json');
  for (const [file, text] of await reportFiles(report)) all.set(file, text);
  const manifest: Manifest = { ...learned, files: describeFiles(all) };
  all.set('manifest.json', serializeManifest(manifest));
  return { extension: extension.proto, merged, report, manifest, files: all };
}
