// The flags that say what a vocabulary that loses pieces is to be good for: shared by `prune` and by `--swap`.
import { type ReadCorpusOptions, readLines } from '../../corpus/lines/read-corpus.ts';
import { expandInputs, isReadOnce } from '../../corpus/read/expand-inputs.ts';
import { UsageError } from '../../errors.ts';
import type { PruneProgress, ReadableText } from '../../pipeline/build/prune-vocabulary.ts';
import type { SwapOptions } from '../../pipeline/build/swap-pieces.ts';
import { sampleTexts } from '../../vocab/sample-texts.ts';
import { defineFlags, defineGroup, type FlagValues } from '../declare/flag.ts';
import type { CommandOutput } from '../output/command-output.ts';
import { textName } from '../output/text-name.ts';
import { scriptsFlag } from './append-flags.ts';

/** Flags of what is to be kept. */
export const KEEP_FLAGS = defineGroup('Keeping', {
  'keep-text': {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    help: 'Text whose tokens are to stay few: file, folder or glob; read twice',
  },
  'keep-scripts': scriptsFlag(
    'Pieces with letters of other Unicode scripts leave first; default all scripts are wanted',
  ),
});

/** Flags of constant size. */
export const SWAP_FLAGS = defineFlags({
  swap: {
    type: 'integer',
    placeholder: 'N',
    group: 'Keeping',
    help: 'Constant size: N pieces that --keep-text has least use for leave, and N new ones take their ids and rows',
  },
  ...KEEP_FLAGS,
});

/**
 * What the flags ask for; undefined without `--swap`.
 *
 * @param command for messages
 * @throws UsageError as {@link openKeepText} does, and for the other flags without `--swap`
 */
export async function swapFrom(
  command: string,
  flags: FlagValues<typeof SWAP_FLAGS>,
  options: Pick<ReadCorpusOptions, 'field'>,
  output: Pick<CommandOutput, 'progress'>,
): Promise<SwapOptions | undefined> {
  const { swap: count, 'keep-text': texts, 'keep-scripts': keepScripts } = flags;
  if (count === undefined) {
    if (texts.length + keepScripts.length === 0) return undefined;
    throw new UsageError(`${command}: --keep-${texts.length > 0 ? 'text' : 'scripts'} is for --swap`, {
      hint: 'Without it every piece of the base stays: leave it out, or say how many are to leave.',
    });
  }
  const keep = await openKeepText(command, flags, options, output);
  return {
    count,
    keepText: keep.texts,
    ...(keepScripts.length > 0 && { keepScripts }),
    texts: await readableSamples(),
    onProgress: keep.onProgress,
  };
}

/** The text to keep, ready to be read more than once, with what tells how far it is read. */
export interface KeepText {
  readonly texts: readonly ReadableText[];
  /** A listener that shows how far pruning is. */
  readonly onProgress: (progress: PruneProgress) => void;
}

/**
 * Opens the text to keep.
 *
 * @param command for messages
 * @throws UsageError for standard input, which cannot be read twice, and where neither text nor scripts are given
 */
export async function openKeepText(
  command: string,
  flags: { readonly 'keep-text': readonly string[]; readonly 'keep-scripts': readonly string[] },
  options: Pick<ReadCorpusOptions, 'field'>,
  output: Pick<CommandOutput, 'progress'>,
): Promise<KeepText> {
  const inputs = flags['keep-text'];
  if (inputs.length === 0 && flags['keep-scripts'].length === 0) {
    throw new UsageError(`${command}: it is not said what the vocabulary is to be kept for`, {
      hint: 'Give --keep-text with text like yours, or --keep-scripts, such as Latin,Han.',
    });
  }
  const files = inputs.length === 0 ? [] : await expandInputs(inputs);
  for (const file of files) {
    if (!(await isReadOnce(file))) continue;
    throw new UsageError(`${command}: --keep-text ${file.path} cannot be read twice`, {
      hint: 'Write the text to a file first: once its tokens are counted, once the result is measured on it.',
    });
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  let reading: { readonly stats: { readonly bytesRead: number } } | undefined;
  const texts = files.map(
    ({ path, size }, i): ReadableText => ({
      name: textName(path),
      async *open() {
        if (i === 0) before = 0;
        const reader = readLines([path], options);
        reading = reader;
        yield* reader;
        reading = undefined;
        before += size;
      },
    }),
  );
  const WHAT = { count: 'counting', choose: 'choosing pieces', measure: 'measuring' } as const;
  return {
    texts,
    onProgress({ step, text, lines }) {
      const what = text === undefined ? WHAT[step] : `${WHAT[step]} ${text}`;
      const read = before + (reading?.stats.bytesRead ?? 0);
      const far =
        text === undefined ? {} : total > 0 ? { done: read, total, unit: 'bytes' } : { done: lines, unit: 'lines' };
      output.progress({ what, series: step, ...far });
    },
  };
}

/** The samples of the package, to measure on. */
export async function readableSamples(): Promise<ReadableText[]> {
  return (await sampleTexts()).map(({ name, lines }) => ({
    name,
    open: () => lines.split(/\r?\n/).filter((line) => line !== ''),
  }));
}
