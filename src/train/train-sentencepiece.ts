// The trainer's front door: reads sentences, trains, assembles the model. Algorithms are loaded when they are asked for.
// It touches no file: sentences come from the caller, and the model goes back as a document to write.

import { assembleSentencePiece, type SentencePieceDocument } from '../formats/sentencepiece/document.ts';
import { loadTrainingData, type Sentences } from './data/load-training-data.ts';
import { buildMetaPieces } from './data/meta-pieces.ts';
import { settlePieceLists } from './data/piece-policy.ts';
import { splitByWhitespace } from './data/split-words.ts';
import { buildNormalizerSpec, compileRules, settleCharsmap } from './data/train-normalizer.ts';
import type { TrainingData } from './data/training-data.ts';
import type { TrainedPieces } from './merges/bpe.ts';
import { assembleModel } from './model/assemble-model.ts';
import { includePieces } from './model/include-pieces.ts';
import type { ResolvedTrainOptions, TrainOptions } from './options/options.ts';
import { resolveTrainOptions } from './options/resolve-options.ts';
import type { TrainRuntime } from './runtime/train-runtime.ts';

/**
 * Trains a SentencePiece model with the semantics of sentencepiece 0.2.2, on the calling thread or on those of the runtime.
 *
 * The same sentences and options give the same model, on any machine and for any number of `threads`; `numThreads` is
 * noted in it, and changes nothing else.
 *
 * @param sentences lines of text, or texts with counts; the whole corpus need not be in memory
 * @param runtime progress, cancelling, threads: nothing that the model depends on
 * @returns the model, ready to be written: `bytes` is its `.model` file
 * @throws OptionError for an option out of range, or a `vocabSize` that the corpus cannot fill
 * @throws InputError for a corpus without text, or a malformed line in `tsv` format
 * @throws the signal's reason, when `signal` aborts
 * @example
 * ```ts
 * const sentences = ['今天天气很好', '今天天气不好'];
 * const { model, bytes } = await trainDocument(sentences, { modelType: 'bpe', vocabSize: 16 });
 * model.pieces.length; // 16
 * ```
 */
export async function trainDocument(
  sentences: Sentences,
  options: TrainOptions = {},
  runtime: TrainRuntime = {},
): Promise<SentencePieceDocument> {
  const given = resolveTrainOptions(options);
  const metaPieceCount = buildMetaPieces(given).size;
  const compiled = await settleCharsmap(given, runtime);
  const resolved = settlePieceLists(compiled, await buildNormalizerSpec(compiled));
  const denormalizerCharsmap = await compileRules(given.denormalizationRuleTsv, given.denormalizationRuleFile);
  const { learnt, selfTestSamples } = await train(sentences, resolved, { metaPieceCount, runtime });
  const { pieces, scores } = includePieces(learnt, resolved, resolved.vocabSize - metaPieceCount);
  runtime.onProgress?.({ phase: 'finalize', pieces: pieces.length });
  const normalizer = await buildNormalizerSpec(resolved);
  const parts = assembleModel({ options: resolved, normalizer, denormalizerCharsmap, pieces, scores });
  const document = assembleSentencePiece(parts);
  if (selfTestSamples.length === 0) return document;
  // Sampled sentences with the pieces they encode to, which loaders of the model may check.
  const { createTokenizer } = await import('../tokenize/tokenizer.ts');
  const tokenizer = createTokenizer(document.model);
  const sampleOf = (input: string) => ({ input, expected: tokenizer.encodePieces(input).join(' ') });
  return assembleSentencePiece({ ...parts, selfTestSamples: selfTestSamples.map(sampleOf) });
}

async function train(
  sentences: Sentences,
  options: ResolvedTrainOptions,
  work: { metaPieceCount: number; runtime: TrainRuntime },
): Promise<{ learnt: TrainedPieces; selfTestSamples: readonly string[] }> {
  // Whoever learns is handed the only reference to the text, and may let go of it.
  const loaded = await loadTrainingData(sentences, options, work.runtime).then((data) => ({
    selfTestSamples: data.selfTestSamples,
    learning: learn(data, options, work),
  }));
  return { learnt: await loaded.learning, selfTestSamples: loaded.selfTestSamples };
}

async function learn(
  data: TrainingData,
  options: ResolvedTrainOptions,
  { metaPieceCount, runtime }: { metaPieceCount: number; runtime: TrainRuntime },
): Promise<TrainedPieces> {
  if (options.modelType === 'unigram') {
    const { trainUnigram } = await import('./unigram/unigram.ts');
    // Wanted pieces may fill what learning leaves; assembleModel sees whether they do.
    const hardVocabLimit = options.hardVocabLimit && options.mustInclude.length === 0;
    return trainUnigram(data, { ...options, hardVocabLimit }, metaPieceCount, runtime);
  }
  const { trainBpe } = await import('./merges/bpe.ts');
  const words = options.splitByWhitespace ? splitByWhitespace(data, options) : data;
  return trainBpe(words, options, options.vocabSize - metaPieceCount, runtime);
}
