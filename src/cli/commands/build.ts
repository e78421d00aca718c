// vocab-merge build: the whole job, from text to a folder that is ready to use.

import { counted } from '../../core/counted.ts';
import { readCorpus } from '../../corpus/lines/read-corpus.ts';
import { expandInputs } from '../../corpus/read/expand-inputs.ts';
import { OptionError } from '../../errors.ts';
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import { buildFromPieces, buildSafeVocabulary } from '../../pipeline/build/build-safe.ts';
import { type BuiltVocabulary, buildVocabulary } from '../../pipeline/build/build-vocabulary.ts';
import { openSources } from '../../pipeline/build/extend-sources.ts';
import type { HeldOutFigures } from '../../pipeline/build/held-out.ts';
import type { SwapOptions } from '../../pipeline/build/swap-pieces.ts';
import { readModelShape } from '../../pipeline/io/tokenizer-record.ts';
import type { ComparedText, ComparisonProgress } from '../../report/measure/compare-tokenizers.ts';
import { PAGE_LANGUAGES, type PageLanguage } from '../../report/page/page-data.ts';
import { formatComparisonBrief } from '../../report/print/format-brief.ts';
import { formatCurveTerminal } from '../../report/print/format-curve.ts';
import { isLlama2, LLAMA2_ZH_DEFAULT, LLAMA2_ZH_NAME, readLlama2ZhPieces } from '../../vocab/llama2-zh.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../vocab/load-tokenizer.ts';
import { readZhTable, ZH_TABLE_NAME } from '../../vocab/zh-table.ts';
import { type CommandContext, defineCommand } from '../declare/command.ts';
import { defineFlags, flagNames, isGiven, withoutFlags } from '../declare/flag.ts';
import { CORPUS_FLAGS, corpusOptionsFrom, fieldFrom } from '../flags/corpus-flags.ts';
import { CURVE_FLAGS, curveOptionsFrom, EXTEND_FLAGS, extendOptionsFrom, learningFrom } from '../flags/extend-flags.ts';
import { SWAP_FLAGS, swapFrom } from '../flags/keep-flags.ts';
import { MEMORY_FLAGS, maxMemoryFrom } from '../flags/memory-flag.ts';
import { MERGE_FLAGS, mergeOptionsFrom } from '../flags/merge-flags.ts';
import { lineLimitFrom, readTrainOptions, TRAIN_FLAGS } from '../flags/train-flags.ts';
import { formatCount, formatDuration } from '../output/command-output.ts';
import { describeScripts } from '../output/corpus-summary.ts';
import { describeMerge, warnOfMerge } from '../output/merge-summary.ts';
import { describeSwap } from '../output/prune-summary.ts';
import { openTexts, showCounting } from '../output/text-name.ts';
import { planTraining } from '../output/train-plan.ts';
import { showExtendProgress, showTrainProgress } from '../output/train-progress.ts';
import { FORCE_FLAGS, writeFolder } from '../results/write-files.ts';

const PRESETS = ['safe', 'chinese-llama', 'belle'] as const;

/** Flags that only continued BPE knows. */
const LEARNING_FLAGS = withoutFlags(EXTEND_FLAGS, flagNames(MERGE_FLAGS));
const LEARNING_NAMES = [...flagNames(LEARNING_FLAGS), ...flagNames(SWAP_FLAGS)] as const;
/** Flags that only the recipes know: those of training, and of how trained pieces are scored. */
const RECIPE_NAMES = ['scores', 'drop-unreachable', ...flagNames(TRAIN_FLAGS)] as const;

const BUILD_FLAGS = defineFlags({
  base: { type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The vocabulary to extend' },
  out: { type: 'string', required: true, placeholder: 'DIR', help: 'Folder for the result' },
  ...FORCE_FLAGS,
  preset: { type: 'string', choices: PRESETS, help: 'How pieces are made; default safe' },
  input: {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    group: 'Input',
    help: 'Text to learn from; default the shipped pieces or the embedded table',
  },
  ...CORPUS_FLAGS,
  ...MEMORY_FLAGS,
  'report-input': {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    group: 'Input',
    help: 'Texts of the report; default the samples of the package, or lines held out of the input where it is not Chinese',
  },
  lang: {
    type: 'string',
    choices: PAGE_LANGUAGES,
    group: 'Output',
    help: 'Language that report.html opens in; default en',
  },
  ...LEARNING_FLAGS,
  ...SWAP_FLAGS,
  ...CURVE_FLAGS,
  ...withoutFlags(MERGE_FLAGS, ['preset']),
  scripts: {
    ...MERGE_FLAGS.scripts,
    help: 'Only pieces of these Unicode scripts; default what the text is written in, or all with a recipe',
  },
  ...TRAIN_FLAGS,
});

type BuildContext = CommandContext<typeof BUILD_FLAGS>;

export const buildCommand = defineCommand({
  name: 'build',
  summary: 'The whole job: pieces, merged tokenizer, row map, report',
  description: `--preset safe, the default, is continued BPE: pieces are learnt on the base's own tokens, so that none is dead, no base
piece changes and text without Chinese keeps its ids. The presets chinese-llama and belle train a model and append its pieces, as was
published; there the extension has 20,000 pieces unless --vocab-size says otherwise.

Without --input, --base llama2 gets the pieces that the package ships: 17,953, or as many as --target-size or --new-pieces say, up to
33,000 (65,000 in all), the best first; --curve shows what each size brings. Every other base, and the recipes, learn from the embedded table of Chinese segments.

Writes tokenizer.model, tokenizer.json, tokenizer_config.json, special_tokens_map.json, extension.model, row-map.json,
row-map.csv, report.json, report.csv, report.md, report.html and manifest.json; what was learnt from text comes with new-pieces.csv
and curve.csv too; with --golden also golden.jsonl.`,
  flags: BUILD_FLAGS,
  examples: [
    ['vocab-merge build --base llama2 --target-size 49953 --out merged', 'Without a corpus: 49,953 pieces'],
    ["vocab-merge build --base llama2 --input 'zh/*.txt.gz' --report-input heldout/ --out merged", 'Your own text'],
    [
      'vocab-merge build --base llama2 --input zh.txt --preset chinese-llama --model-type unigram --out merged',
      'The published recipe on your own text',
    ],
  ],
  async run(context) {
    const { flags, output } = context;
    const startedAt = performance.now();
    const swap = await swapFrom('build', flags, fieldFrom(flags), output);
    const base = requireExtendable(await loadTokenizer(flags.base));
    const isSafe = (flags.preset ?? 'safe') === 'safe';
    refuseFlags(context, isSafe);
    const inputs = flags['report-input'];
    const opened =
      inputs.length === 0 ? [] : await openTexts(await expandInputs(inputs), { ...fieldFrom(flags), isHashed: true });
    const out = flags.out;
    const built = await writeFolder(out, context, async () => {
      const job: Job = {
        base,
        texts: inputs.length === 0 ? undefined : opened,
        language: flags.lang,
        baseShape: await readModelShape(flags.base, base),
        onCompareProgress: showCounting(output, opened),
      };
      const result = isSafe ? await learn(context, { ...job, swap }) : await follow(context, job);
      output.endProgress();
      return { files: result.files, result };
    });
    warnOfMerge(output, built.merged);
    output.print(
      [
        ...(flags.curve && built.curve ? [formatCurveTerminal(built.curve)] : []),
        ...describeMerge(built.merged),
        ...describeHeldOut(built.heldOut),
        ...(built.swapped === undefined ? [] : describeSwap(built.swapped, built.merged)),
        '',
        formatComparisonBrief(built.report),
        `written to ${out} in ${formatDuration(performance.now() - startedAt)}: ${[...built.files.keys()].join(', ')}`,
      ].join('\n'),
    );
    output.printJson({ out, manifest: built.manifest, report: built.report });
  },
});

interface Job {
  readonly base: ExtendableTokenizer;
  readonly texts: readonly ComparedText[] | undefined;
  readonly language: PageLanguage | undefined;
  readonly baseShape: ModelShape | undefined;
  readonly onCompareProgress: (progress: ComparisonProgress) => void;
}

// A flag that a preset does not know would silently change nothing.
function refuseFlags({ flags }: BuildContext, isSafe: boolean): void {
  const unknown = (isSafe ? RECIPE_NAMES : LEARNING_NAMES).find((name) => isGiven(flags[name]));
  if (unknown === undefined) return;
  const [preset, others] = isSafe ? ['safe', 'chinese-llama and belle'] : [flags.preset, 'safe'];
  throw new OptionError(`--${unknown} has no meaning for --preset ${preset}`, {
    hint: `It belongs to ${others}: leave it out, or choose the preset.`,
  });
}

function describeHeldOut(heldOut: HeldOutFigures | undefined): string[] {
  if (heldOut === undefined) return [];
  const { lines, of } = heldOut;
  if (lines === 0) {
    return ['nothing of the input could be held out: the report has no text of its language, give --report-input'];
  }
  return [
    `${counted(lines, 'line')} of ${formatCount(of)} of the input ${lines === 1 ? 'was' : 'were'} held out for the report and not learnt from`,
  ];
}

async function learn(
  { flags, output }: BuildContext,
  job: Job & { readonly swap: SwapOptions | undefined },
): Promise<BuiltVocabulary> {
  const inputs = flags.input;
  // What changes the learning asks for learning; the rest goes with the shipped pieces too.
  const shared: readonly string[] = ['new-pieces', 'language'];
  const asksToLearn = LEARNING_NAMES.some((name) => !shared.includes(name) && isGiven(flags[name]));
  const asked = extendOptionsFrom(flags);
  if (inputs.length === 0 && asked.scripts?.includes('Han') === false) {
    throw new OptionError(
      `there is no text in ${asked.scripts.join(', ')} to learn from: what the package has is Chinese`,
      { hint: 'Give --input with text of the language.' },
    );
  }
  const isFiltered = flags.scripts.length > 0 || flags['max-piece-length'] !== undefined;
  if (inputs.length === 0 && !asksToLearn && !isFiltered && (await isLlama2(job.base.model))) {
    const { newPieces, targetSize, addTokens, padToMultipleOf, baseRows, fillPadding, golden } = asked;
    const pieces = await readLlama2ZhPieces();
    const isOpen = newPieces === undefined && targetSize === undefined;
    const sizes = {
      newPieces: isOpen ? LLAMA2_ZH_DEFAULT : newPieces,
      targetSize,
      addTokens,
      padToMultipleOf,
      baseRows,
      fillPadding,
      golden,
    };
    return buildFromPieces({ ...job, pieces, piecesName: LLAMA2_ZH_NAME, curve: curveOptionsFrom(flags), ...sizes });
  }
  const reading = corpusOptionsFrom(flags);
  const maxBytes = maxMemoryFrom(flags);
  const plan =
    inputs.length > 0 ? await planTraining(output, inputs, { reading, modelType: 'extend', maxBytes }) : undefined;
  const opened = plan && (await openSources(inputs, { ...reading, ...plan.part }));
  return buildSafeVocabulary({
    ...job,
    ...(await learningFrom(flags, opened?.sources ?? [{ name: ZH_TABLE_NAME, sentences: await readZhTable() }])),
    ...(opened && { corpusStats: () => opened.stats }),
    ...(opened === undefined && { scripts: asked.scripts ?? ['Han'] }),
    runtime: {
      maxMemory: plan?.maxMemory,
      onScripts: (found) => output.message(describeScripts(found)),
      onProgress: showExtendProgress(output, opened?.stats),
    },
  });
}

async function follow({ flags, output }: BuildContext, job: Job): Promise<BuiltVocabulary> {
  const startedAt = performance.now();
  const inputs = flags.input;
  const train = await readTrainOptions(flags);
  const reading = { ...corpusOptionsFrom(flags), ...lineLimitFrom(flags) };
  const { inputSentenceSize, modelType = 'unigram' } = train;
  const maxBytes = maxMemoryFrom(flags);
  const plan =
    inputs.length > 0
      ? await planTraining(output, inputs, { reading, inputSentenceSize, modelType, maxBytes })
      : undefined;
  const corpus = plan && readCorpus(inputs, { ...reading, ...plan.part });
  return buildVocabulary({
    ...job,
    sentences: corpus ?? (await readZhTable()),
    corpus: inputs.length > 0 ? inputs : [ZH_TABLE_NAME],
    ...(corpus && { corpusStats: () => corpus.stats }),
    train,
    runtime: { onProgress: showTrainProgress(output, corpus?.stats) },
    ...mergeOptionsFrom({ ...flags, preset: flags.preset === 'safe' ? undefined : flags.preset }),
    onStep: (step) => {
      output.endProgress();
      if (step.step !== 'trained') return;
      const time = formatDuration(performance.now() - startedAt);
      output.message(`trained ${counted(step.extension.model.pieces.length, 'piece')} in ${time}`);
    },
  });
}
