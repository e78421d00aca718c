// vocab-merge compare: how many tokens texts take with several tokenizers.
import { expandInputs } from '../../corpus/expand-inputs.ts';
import { readLines } from '../../corpus/read-corpus.ts';
import { writeFileAtomic } from '../../pipeline/atomic-write.ts';
import { compareTokenizers } from '../../report/compare-tokenizers.ts';
import { type ComparisonReport, formatComparisonJson } from '../../report/comparison-report.ts';
import { formatComparisonCsv } from '../../report/format-csv.ts';
import { formatComparisonMarkdown } from '../../report/format-markdown.ts';
import { formatComparisonTerminal } from '../../report/format-terminal.ts';
import { COUNTING_ENGINES, type CountingEngine } from '../../report/open-counter.ts';
import { loadTokenizer } from '../../vocab/load-tokenizer.ts';
import type { Command } from '../command.ts';
import type { CommandOutput } from '../command-output.ts';
import { textName } from '../text-name.ts';

export const compareCommand: Command = {
  name: 'compare',
  summary: 'Count the tokens that texts take with several tokenizers',
  description: `Ratios and new pieces refer to the first tokenizer. Lines are encoded one by one, without bos and eos.`,
  options: [
    {
      name: 'tokenizer',
      type: 'string',
      required: true,
      multiple: true,
      placeholder: 'TOKENIZER',
      help: 'A tokenizer to compare',
    },
    {
      name: 'input',
      type: 'string',
      multiple: true,
      placeholder: 'FILE',
      help: 'A text: file, folder, glob, or - for stdin',
    },
    { name: 'text', type: 'string', multiple: true, help: 'A text given here' },
    {
      name: 'engine',
      type: 'string',
      choices: COUNTING_ENGINES,
      help: 'Count with this implementation instead of our own',
    },
    {
      name: 'optimum',
      type: 'flag',
      help: 'Also show how far each is above the fewest tokens possible with its pieces',
    },
    { name: 'format', type: 'string', choices: ['md', 'csv', 'json'], help: 'Default: a table for the terminal' },
    { name: 'out', type: 'string', placeholder: 'FILE', help: 'Write to this file instead of stdout' },
    {
      name: 'context',
      type: 'integer',
      multiple: true,
      placeholder: 'TOKENS',
      help: 'Context window to fill; default 2048 and 4096',
    },
  ],
  examples: [
    ['vocab-merge compare --tokenizer llama2 --tokenizer ./merged --input texts/', 'Per file and in total'],
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
      'vocab-merge compare --tokenizer ./merged/tokenizer.model --engine sentencepiece-js --input a.txt',
      'A second opinion',
    ],
  ],
  async run({ options, output }) {
    const tokenizers = [];
    for (const name of options.strings('tokenizer')) tokenizers.push(await loadTokenizer(name));
    const texts = options.strings('text').map((text, i) => ({ name: `text ${i + 1}`, lines: text }));
    const inputs = options.has('input') || texts.length > 0 ? options.strings('input') : ['-'];
    const files = inputs.length === 0 ? [] : await expandInputs(inputs);
    const contexts = options.strings('context').map(Number);
    const engine = options.string('engine') as CountingEngine | undefined;
    const report = await compareTokenizers({
      tokenizers,
      texts: [...texts, ...files.map(({ path }) => ({ name: textName(path), lines: readLines([path]) }))],
      ...(contexts.length > 0 && { contextSizes: contexts }),
      ...(engine && { engine }),
      ...(options.flag('optimum') && { optimum: true }),
      onProgress: ({ text, bytes }) => output.progress({ what: `counting ${text}`, done: bytes, unit: 'bytes' }),
    });
    output.endProgress();
    await showReport(report, { format: options.string('format'), out: options.string('out'), output });
  },
};

async function showReport(
  report: ComparisonReport,
  { format, out, output }: { format: string | undefined; out: string | undefined; output: CommandOutput },
): Promise<void> {
  const chosen = format ?? formatOf(out);
  const isColourful = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const text =
    chosen === 'md'
      ? formatComparisonMarkdown(report)
      : chosen === 'csv'
        ? await formatComparisonCsv(report)
        : chosen === 'json'
          ? formatComparisonJson(report)
          : formatComparisonTerminal(report, { color: isColourful && out === undefined });
  output.printJson(report);
  if (out === undefined) output.print(text);
  else {
    await writeFileAtomic(out, text);
    output.message(`written to ${out}`);
  }
}

// `--out report.md` says enough.
function formatOf(out: string | undefined): string | undefined {
  const extension = out?.slice(out.lastIndexOf('.') + 1);
  return ['md', 'csv', 'json'].find((format) => format === extension);
}
