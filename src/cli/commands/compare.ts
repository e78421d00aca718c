// vocab-merge compare: how many tokens texts take with several tokenizers.
import { basename } from 'node:path';
import { counted as countedNoun } from '../../core/counted.ts';
import { packTableChunks } from '../../corpus/count/pack-table.ts';
import { expandInputs } from '../../corpus/read/expand-inputs.ts';
import { partChunks, readWholePart } from '../../corpus/shards/part-file.ts';
import { recordShard } from '../../corpus/shards/shard-inputs.ts';
import { UsageError } from '../../errors.ts';
import { COUNTING_ENGINES, openCounters } from '../../report/counters/open-counter.ts';
import { compareTokenizers, openComparison } from '../../report/measure/compare-tokenizers.ts';
import { serializeSums } from '../../report/measure/comparison-part.ts';
import { createPassageCollector, drawPassages } from '../../report/measure/passages.ts';
import { type CommandContext, defineCommand } from '../declare/command.ts';
import { defineFlags } from '../declare/flag.ts';
import { type ComparedSet, comparisonPartHeader, countingOptions, loadCompared } from '../flags/compared-tokenizers.ts';
import { announceStdin, FIELD_FLAGS, fieldFrom, noText } from '../flags/corpus-flags.ts';
import { warnOfChangedText } from '../output/corpus-summary.ts';
import { openTexts, showCounting } from '../output/text-name.ts';
import { isMadeAlready, SHARD_FLAGS, type ShardOfVersion, shardFrom, warnOfEmptyShard } from '../results/shard-part.ts';
import { COMPARISON_FLAGS, openComparisonOutput } from '../results/write-comparison.ts';
import { openFileOutput } from '../results/write-files.ts';

const COMPARE_FLAGS = defineFlags({
  tokenizer: {
    type: 'string',
    required: true,
    multiple: true,
    placeholder: 'TOKENIZER',
    help: 'A tokenizer to compare; NAME=TOKENIZER names it in the tables',
  },
  input: {
    type: 'string',
    multiple: true,
    placeholder: 'FILE',
    help: 'A text: file, folder, glob, hf://datasets/owner/name/path, or - for stdin',
  },
  ...FIELD_FLAGS,
  text: { type: 'string', multiple: true, help: 'A text given here' },
  engine: { type: 'string', choices: COUNTING_ENGINES, help: 'Count with this implementation instead of our own' },
  optimum: { type: 'boolean', help: 'Also show how far each is above the fewest tokens possible with its pieces' },
  ...COMPARISON_FLAGS,
  context: {
    type: 'integer',
    multiple: true,
    placeholder: 'TOKENS',
    help: 'Context window to fill; default 2048, 4096 and 8192',
  },
  seed: {
    type: 'integer',
    placeholder: 'N',
    help: 'Seed of the confidence intervals; default 1',
  },
  ...SHARD_FLAGS,
});

export const compareCommand = defineCommand({
  name: 'compare',
  summary: 'Count the tokens that texts take with several tokenizers',
  description: `Ratios and new pieces refer to the first tokenizer. Lines are encoded one by one, without bos and eos.

Intervals are 95 % confidence intervals over lines (a paired bootstrap, the same for the same input): they say how far the figure
could be off if other lines of the same kind of text had been taken. A text that a tokenizer was trained on is pointed out, if the
tokenizer's manifest.json lies beside it.

For more text than one machine should count: --shard I/N, one process for each I from 1 to N, and \`vocab-merge compare merge\`.`,
  flags: COMPARE_FLAGS,
  examples: [
    ['vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input texts/', 'Per file and in total'],
    [
      'vocab-merge compare --tokenizer llama3 --tokenizer Qwen=hf://Qwen/Qwen2.5-7B --input texts/',
      'Byte-level tokenizers, one of them named',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --text 人工智能是计算机科学、心理学、哲学等学科融合的交叉学科。',
      'The example of the Chinese-LLaMA paper: 35 tokens',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --tokenizer hf://owner/repo --input a.txt --format md --out report.md',
      'As Markdown',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input a.txt --optimum',
      'Are tokens lost by the pieces, or by how they are merged?',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input texts/ --out report.html --lang zh',
      'As a page with charts, to pass on: one file, no network',
    ],
    [
      'vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input texts/ --shard 1/8 --out part-1.jsonl.gz',
      'The first of eight parts, for compare merge',
    ],
    [
      'vocab-merge compare --tokenizer ./merged/tokenizer.model --engine sentencepiece-js --input a.txt',
      'A second opinion',
    ],
  ],
  async run(context) {
    const { flags, output } = context;
    const shard = shardFrom('compare', flags.shard);
    if (shard !== undefined) return countShard(context, shard);
    const comparison = await openComparisonOutput(context);
    const compared = await loadCompared(flags.tokenizer);
    const texts = flags.text.map((text, i) => ({ name: `text ${i + 1}`, lines: text }));
    const inputs = flags.input.length > 0 || texts.length > 0 ? flags.input : ['-'];
    if (flags.input.length === 0) announceStdin(inputs, output);
    const files = inputs.length === 0 ? [] : await expandInputs(inputs);
    const opened = await openTexts(files, { ...fieldFrom(flags), isHashed: hasTrainingTexts(compared) });
    const passages = createPassageCollector();
    const counters = await openCounters(compared.tokenizers, flags.engine);
    const all = [...texts, ...opened];
    const report = await compareTokenizers({
      ...countingOptions(compared, flags),
      counters,
      texts: comparison.isPage ? all.map(passages.tap) : all,
      onProgress: showCounting(output, opened),
    });
    output.endProgress();
    if (report.total.lines === 0) throw noText(inputs);
    for (const { stats } of opened) warnOfChangedText(stats, output);
    await comparison.write({ report, ...compared, counters, candidates: passages.candidates() });
  },
});

// Texts are looked for by their hashes among those that a tokenizer was trained on.
function hasTrainingTexts({ records }: ComparedSet): boolean {
  return records.some(({ trainedOn }) => trainedOn !== undefined);
}

// Counts one shard into a part, for `compare merge`.
async function countShard(context: CommandContext<typeof COMPARE_FLAGS>, shard: ShardOfVersion): Promise<void> {
  const { flags, output } = context;
  const { out } = flags;
  const misplaced = (['format', 'lang'] as const).find((name) => flags[name] !== undefined);
  if (out === undefined || misplaced !== undefined || flags.text.length > 0) {
    const reason = out === undefined ? 'needs --out' : `counts files, and --${misplaced ?? 'text'} is not for them`;
    throw new UsageError(`compare: --shard ${reason}`, {
      hint: 'Write --input FILE --shard I/N --out PART; `compare merge` makes the report, in any format.',
    });
  }
  const files = await expandInputs(flags.input.length > 0 ? flags.input : ['-']);
  const compared = await loadCompared(flags.tokenizer);
  const { field } = fieldFrom(flags);
  const settings = { engine: flags.engine, optimum: flags.optimum, seed: flags.seed, context: flags.context };
  const header = async () => {
    const part = await recordShard(files, shard, { version: shard.version, field });
    return comparisonPartHeader(flags.tokenizer, compared, settings, part);
  };
  const opened = await openTexts(files, { field, shard, isHashed: hasTrainingTexts(compared) });
  if (await isMadeAlready(out, { header, read: readWholePart }, context)) return;
  const file = await openFileOutput([out], context);
  const comparison = await openComparison({
    ...countingOptions(compared, settings),
    onProgress: showCounting(output, opened),
  });
  let lines = 0;
  async function* counted(): AsyncGenerator<string> {
    for (const text of opened) {
      const drawn = drawPassages(text, text.at);
      const sums = await comparison.count(drawn.text);
      lines += sums.size.lines;
      yield serializeSums({ text: text.at, sums, passages: drawn.passages() });
    }
  }
  await file.write(new Map([[out, packTableChunks(partChunks(await header(), counted()), basename(out))]]));
  output.endProgress();
  for (const { stats } of opened) warnOfChangedText(stats, output);
  const cut = 'plain text, JSON Lines and Parquet files of 256 MiB and more are cut';
  if (opened.length === 0) warnOfEmptyShard(shard, context, cut);
  file.print(`${out}: ${countedNoun(lines, 'line')} of ${countedNoun(opened.length, 'text')}`);
  output.printJson({ out, lines, texts: opened.length });
}
