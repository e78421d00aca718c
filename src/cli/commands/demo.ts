// vocab-merge demo: the main job on what comes with the package, step by step, with its findings.

import { counted } from '../../core/counted.ts';
import type { RowMap } from '../../core/row-map.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { applyRowMap } from '../../embedding/apply-row-map.ts';
import { InputError } from '../../errors.ts';
import { serializeSafetensors } from '../../formats/checkpoint/safetensors.ts';
import { findDeadPieces } from '../../merge/choice/dead-pieces.ts';
import { buildSafeVocabulary } from '../../pipeline/build/build-safe.ts';
import { type BuiltVocabulary, buildVocabulary } from '../../pipeline/build/build-vocabulary.ts';
import type { ComparedText } from '../../report/measure/compare-tokenizers.ts';
import { formatComparisonBrief } from '../../report/print/format-brief.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../vocab/load-tokenizer.ts';
import { sampleTexts } from '../../vocab/sample-texts.ts';
import { readZhTable, ZH_TABLE_NAME } from '../../vocab/zh-table.ts';
import { defineCommand } from '../declare/command.ts';
import { type CommandOutput, formatBytes, formatCount, formatDuration } from '../output/command-output.ts';
import { describeMerge } from '../output/merge-summary.ts';
import { showExtendProgress } from '../output/train-progress.ts';
import { FORCE_FLAGS, type FolderResult, writeFolder } from '../results/write-files.ts';

/** Size of the published merge, which the demo reaches with pieces of its own. */
const TARGET_SIZE = 49_953;
/** Columns of the demo's matrix; LLaMA-7B has 4,096. */
const HIDDEN_SIZE = 16;

export const demoCommand = defineCommand({
  name: 'demo',
  summary: 'The main job on what comes with the package, step by step',
  description: `Learns 17,953 Chinese pieces from the embedded table on the tokens of LLaMA 2 (49,953 pieces in all), maps the rows, resizes a
small matrix with them, and compares the tokens of the sample texts, also with the published recipe. Needs no network.`,
  flags: {
    out: { type: 'string', placeholder: 'DIR', help: 'Folder for the result; default vocab-merge-demo' },
    ...FORCE_FLAGS,
  },
  examples: [['vocab-merge demo', 'Everything, in seconds']],
  async run(context) {
    const { flags, output } = context;
    const startedAt = performance.now();
    const out = flags.out ?? 'vocab-merge-demo';
    const tell = createStory(output);
    const { built, files, oldRowsCompared } = await writeFolder(out, context, () => runDemo(output, tell));

    tell.title(`Written to ${out}/ in ${formatDuration(performance.now() - startedAt)} in all`);
    const width = Math.max(...[...files.keys()].map((name) => name.length));
    for (const [name, data] of files) {
      const size = formatBytes(Buffer.byteLength(data)).padStart(9);
      tell.say(`${name.padEnd(width)}  ${size}  ${WHAT_FOR[name] ?? ''}`.trimEnd());
    }
    for (const { message } of built.merged.merge.warnings) output.detail(`note: ${message}`);
    const { manifest, report } = built;
    output.printJson({ out, manifest, report, matrix: { hiddenSize: HIDDEN_SIZE, oldRowsCompared } });
  },
});

interface Story {
  /** Opens the next step. */
  title(text: string): void;
  /** A line about the step at hand. */
  say(text: string): void;
}

function createStory(output: CommandOutput): Story {
  let step = 0;
  return {
    title: (text) => output.print(`\n${++step}. ${text}`),
    say: (text) => output.print(`   ${text}`),
  };
}

interface DemoResult {
  readonly built: BuiltVocabulary;
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly oldRowsCompared: number;
}

async function runDemo(output: CommandOutput, { title, say }: Story): Promise<FolderResult<DemoResult>> {
  title('Base vocabulary');
  const base = requireExtendable(await loadTokenizer('llama2'));
  const pieces = formatCount(base.model.pieces.length);
  say(`llama2: ${pieces} pieces, sha256 ${base.sha256.slice(0, 16)}… (the published file's)`);

  title('Learn Chinese pieces on its tokens');
  const table = await readZhTable();
  const occurrences = formatCount(table.reduce((sum, { count }) => sum + count, 0));
  say(`embedded table: ${formatCount(table.length)} segments of Chinese, ${occurrences} occurrences`);
  const learningAt = performance.now();
  const texts = await sampleTexts();
  const built = await buildSafeVocabulary({
    base,
    sources: [{ name: ZH_TABLE_NAME, sentences: table }],
    targetSize: TARGET_SIZE,
    texts,
    command: 'demo',
    runtime: { onProgress: showExtendProgress(output) },
  });
  output.endProgress();
  const [first, last] = [built.merged.model.pieces[base.model.pieces.length], built.merged.model.pieces.at(-1)];
  say(`continued BPE, ${formatDuration(performance.now() - learningAt)}: from ${first} to ${last}`);

  title('Append them');
  for (const line of describeMerge(built.merged)) say(line);

  title('Resize a matrix with the row map');
  const { rowMap } = built.merged;
  const before = buildMatrix(rowMap.base.rows);
  const after = applyRowMap({ rowMap, matrix: before, hiddenSize: HIDDEN_SIZE });
  const oldRowsCompared = compareOldRows(rowMap, before, after);
  const shape = (rows: number): string => `${formatCount(rows)} × ${HIDDEN_SIZE}`;
  say(`${shape(rowMap.base.rows)} to ${shape(rowMap.target.rows)} (float32)`);
  say(`${counted(oldRowsCompared, 'old row')} compared bit for bit: all identical`);
  say(`${counted(rowMap.new.length, 'new row')} at the end`);

  title('Compare on the sample texts, none of them used in training');
  output.print(`\n${formatComparisonBrief(built.report)}`);
  say(summarize(built.report.total.figures));
  say(await measureRecipe(base, table, texts));

  const files = new Map(built.files);
  files.set('demo-matrix-before.safetensors', matrixFile(rowMap.base.rows, before));
  files.set('demo-matrix-after.safetensors', matrixFile(rowMap.target.rows, after));
  return { files, result: { built, files, oldRowsCompared } };
}

function matrixFile(rows: number, data: Float32Array): Uint8Array {
  return serializeSafetensors(new Map([['embed_tokens.weight', { dtype: 'F32', shape: [rows, HIDDEN_SIZE], data }]]));
}

const WHAT_FOR: Readonly<Record<string, string>> = {
  'tokenizer.model': 'the merged tokenizer, for SentencePiece',
  'tokenizer.json': 'the same for Hugging Face tokenizers',
  'tokenizer_config.json': 'makes the folder load in transformers',
  'extension.model': 'the new pieces alone',
  'new-pieces.csv': 'the new pieces by rank, with the tokens that each saves',
  'curve.csv': 'tokens at every size, to choose another',
  'row-map.json': 'resizes embedding and LM head',
  'row-map.csv': 'the same, to read in a spreadsheet',
  'report.md': 'the comparison above, every figure',
  'report.html': 'the same as a page with charts: open it in a browser',
  'manifest.json': 'inputs, options and hashes',
};

/** A deterministic stand-in for an embedding, `[rows, HIDDEN_SIZE]`, values in (-1, 1). */
function buildMatrix(rows: number): Float32Array {
  const matrix = new Float32Array(rows * HIDDEN_SIZE);
  let state = 1;
  for (let i = 0; i < matrix.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    matrix[i] = state / 2 ** 31;
  }
  return matrix;
}

function compareOldRows(rowMap: RowMap, before: Float32Array, after: Float32Array): number {
  const old = new Int32Array(before.buffer);
  const resized = new Int32Array(after.buffer);
  let compared = 0;
  for (const [targetStart, sourceStart, count] of rowMap.copy) {
    for (let i = 0; i < count * HIDDEN_SIZE; i++) {
      if (old[sourceStart * HIDDEN_SIZE + i] === resized[targetStart * HIDDEN_SIZE + i]) continue;
      throw new InputError(
        `row ${targetStart + Math.floor(i / HIDDEN_SIZE)} of the resized matrix differs from its old row`,
      );
    }
    compared += count;
  }
  return compared;
}

/** The published recipe on the same text and at the same size, in one line. */
async function measureRecipe(
  base: ExtendableTokenizer,
  table: readonly WeightedSentence[],
  texts: readonly ComparedText[],
): Promise<string> {
  const recipe = await buildVocabulary({
    base,
    sentences: table,
    corpus: [ZH_TABLE_NAME],
    preset: 'chinese-llama',
    targetSize: TARGET_SIZE,
    texts,
  });
  const { tokenizer } = recipe.merged;
  const dead = findDeadPieces(tokenizer, { from: base.model.pieces.length }).length;
  const figure = recipe.report.total.figures[1]!.tokensPerCharacter!.toFixed(3);
  return `the published recipe (Unigram pieces, score 0) on the same table: ${figure} tokens per character, ${counted(dead, 'piece')} that no text gives`;
}

function summarize(figures: readonly { tokens: number; contextCharacters: readonly (number | null)[] }[]): string {
  const [first, merged] = figures;
  const saved = 100 * (1 - merged!.tokens / first!.tokens);
  const context = (merged!.contextCharacters[1] ?? 0) / (first!.contextCharacters[1] ?? 1);
  return `${saved.toFixed(1)} % fewer tokens over all samples; ${context.toFixed(2)} times as much text fits in the same context`;
}
