// The sources of continued BPE from files: each file is one, so that it can be weighed and counted apart.

import { createLineSet } from '../../corpus/lines/line-set.ts';
import { checkMix } from '../../corpus/lines/line-share.ts';
import { checkShards, type ReadCorpusOptions, readSentences } from '../../corpus/lines/read-corpus.ts';
import { type CorpusStats, emptyStats } from '../../corpus/read/corpus-stats.ts';
import { expandInputs } from '../../corpus/read/expand-inputs.ts';
import type { ExtendSource, ReadRunParts } from '../../train/extend/options.ts';
import { readRunPartsOf } from '../threads/reading-threads.ts';

/** A file as a source. */
export interface FileSource extends ExtendSource {
  /** The name that its input was given, else that of its folder or of itself: what `mix` goes by. */
  readonly givenName?: string;
}

/**
 * Finds the files behind `inputs`; they are read when the sources are iterated, one after the other, once.
 *
 * @returns also what reads all of them on threads, for {@link ExtendRuntime.readRunParts}: whole, as they are
 * @param options as of `readCorpus`; `dedupe` takes each line once in all of them
 * @throws InputError for inputs that are missing, and for shards of a count without the others
 * @throws OptionError for a weight in `mix` that names none of the inputs
 */
export async function openSources(
  inputs: readonly string[],
  options: ReadCorpusOptions = {},
): Promise<{ sources: FileSource[]; stats: CorpusStats; readRunParts: ReadRunParts }> {
  const stats = emptyStats();
  const seen = options.dedupe ? createLineSet() : undefined;
  const files = await expandInputs(inputs);
  if (options.mix) checkMix(options.mix, files);
  await checkShards(files, options);
  for (const { size } of files) stats.totalBytes += size;
  const sources = files.map((file) => ({
    name: file.path,
    givenName: file.source,
    sentences: readSentences([file], options, stats, seen),
    // Standard input and pipes are there once; neither has a size.
    ...(file.size > 0 && { preview: readSentences([file], { ...options, dedupe: false }, emptyStats()) }),
  }));
  return { sources, stats, readRunParts: readRunPartsOf(files, { reading: options, stats }) };
}
