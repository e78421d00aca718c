// The whole job by continued BPE: learn on the base's own tokens, append, map the rows, compare before and after.
// The pieces come from text, or, for a base that the package has learnt pieces for, from the list it ships.
import { OptionError } from '../../errors.ts';
import type { LoadedSentencePiece } from '../../vocab/load-tokenizer.ts';
import { buildManifest, describeFiles, type Manifest, serializeManifest } from '../io/manifest.ts';
import { trainingTextsOf } from '../io/tokenizer-record.ts';
import { type BuildReportOptions, buildReport } from './build-report.ts';
import type { BuiltVocabulary } from './build-vocabulary.ts';
import {
  type AppendOptions,
  appendPieces,
  countNewPieces,
  type ExtendVocabularyOptions,
  extendVocabulary,
} from './extend-vocabulary.ts';

/** Options of {@link buildSafeVocabulary}. */
export interface BuildSafeOptions extends ExtendVocabularyOptions, BuildReportOptions {
  /** Name of the result in the report. Default `extended`. */
  readonly name?: string;
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
  const { base, texts, language, name = 'extended', corpusStats, onCompareProgress } = options;
  // The ranking is there anyway, and its curve tells whether fewer pieces would do.
  const extended = await extendVocabulary({ command: 'build', ...options, curve: options.curve ?? {} });
  const { extension, merged, curve, manifest: learned, files } = extended;
  const trainedOn = trainingTextsOf(corpusStats?.());
  const built = await buildReport({ base, merged, name, texts, language, trainedOn, curve, onCompareProgress });
  const { report } = built;
  const all = new Map(files);
  all.delete('manifest.json');
  for (const [file, text] of built.files) all.set(file, text);
  const manifest: Manifest = { ...learned, files: describeFiles(all) };
  all.set('manifest.json', serializeManifest(manifest));
  return { extension: extension.proto, merged, report, manifest, files: all };
}

/** Options of {@link buildFromPieces}. */
export interface BuildFromPiecesOptions extends AppendOptions, BuildReportOptions {
  readonly base: LoadedSentencePiece;
  /** New pieces, best first; every beginning of the list must be complete, as what `extend` learns is. */
  readonly pieces: readonly string[];
  /** Where they come from, for the manifest and messages. */
  readonly piecesName: string;
  /** New pieces, exactly. Default: as `targetSize` says, or all. */
  readonly newPieces?: number | undefined;
  /** Exact number of pieces of the result, added tokens included. */
  readonly targetSize?: number | undefined;
  /** Name of the result in the report. Default `extended`. */
  readonly name?: string;
}

/**
 * The same with pieces that were learnt before.
 *
 * @throws OptionError for more pieces than there are
 */
export async function buildFromPieces(options: BuildFromPiecesOptions): Promise<BuiltVocabulary> {
  const { base, pieces, piecesName, texts, language, name = 'extended', onCompareProgress } = options;
  const { addTokens, padToMultipleOf, baseRows, golden, newPieces, targetSize } = options;
  const isOpen = newPieces === undefined && targetSize === undefined;
  const count = isOpen ? pieces.length : countNewPieces({ base, newPieces, targetSize, addTokens });
  if (count > pieces.length) {
    throw new OptionError(`${count} new pieces were asked for, ${piecesName} has ${pieces.length}`, {
      hint: 'Give --input with text to learn more from, or a smaller size.',
    });
  }
  const { extension, merged } = await appendPieces(base, pieces.slice(0, count), {
    addTokens,
    padToMultipleOf,
    baseRows,
    golden,
  });
  const { report, files: reportFiles } = await buildReport({ base, merged, name, texts, language, onCompareProgress });
  const files = new Map(merged.files);
  files.set('extension.model', extension.bytes);
  for (const [file, text] of reportFiles) files.set(file, text);
  const manifest = buildManifest({
    command: 'build',
    base: { name: base.name, vocabSize: base.model.pieces.length, sha256: base.sha256 },
    extension: {
      name: 'extension.model',
      vocabSize: extension.proto.pieces.length,
      sha256: extension.sha256,
      training: { pieces: piecesName },
    },
    options: { newPieces: count, addTokens, padToMultipleOf, baseRows },
    target: { name: 'tokenizer.model', vocabSize: merged.model.pieces.length, sha256: merged.sha256 },
    merge: merged.merge,
    files,
  });
  files.set('manifest.json', serializeManifest(manifest));
  return { extension: extension.proto, merged, report, manifest, files };
}
