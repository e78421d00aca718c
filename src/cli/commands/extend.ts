// vocab-merge extend: continued BPE, new pieces learnt on the base's own tokens.
import { counted } from '../../core/counted.ts';
import { codePointLength } from '../../core/unicode/utf8.ts';
import { pieceToText } from '../../merge/choice/respell-pieces.ts';
import { openSources } from '../../pipeline/build/extend-sources.ts';
import { extendVocabulary } from '../../pipeline/build/extend-vocabulary.ts';
import { formatCurveTerminal } from '../../report/print/format-curve.ts';
import { loadTokenizer, requireExtendable } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { CORPUS_FLAGS, corpusOptionsFrom, fieldFrom } from '../flags/corpus-flags.ts';
import { CURVE_FLAGS, EXTEND_FLAGS, learningFrom } from '../flags/extend-flags.ts';
import { SWAP_FLAGS, swapFrom } from '../flags/keep-flags.ts';
import { MEMORY_FLAGS, maxMemoryFrom } from '../flags/memory-flag.ts';
import { formatBytes, formatCount, formatDuration } from '../output/command-output.ts';
import { describeScripts, textBytesOf } from '../output/corpus-summary.ts';
import { describeSizes, warnOfMerge } from '../output/merge-summary.ts';
import { describeSwap } from '../output/prune-summary.ts';
import { planTraining } from '../output/train-plan.ts';
import { showExtendProgress } from '../output/train-progress.ts';
import { FORCE_FLAGS, writeFolder } from '../results/write-files.ts';

export const extendCommand = defineCommand({
  name: 'extend',
  summary: 'Continued BPE: learn new pieces on the tokens of the base and append them',
  description: `The text is tokenized with the base; pairs of tokens are merged that have characters of the chosen scripts (and what --join
lets go with them), the most frequent first, and appended behind every merge of the base; so are characters that the base has only as bytes, where they save more.
Every new piece can be produced, no base piece changes, no text gets longer, and text without the new characters keeps its ids.
With --swap the size stays: pieces leave as \`prune\` takes them, new ones have their ids and rows, and text with neither keeps its ids.

Writes tokenizer.model, tokenizer.json, tokenizer_config.json, special_tokens_map.json, extension.model, new-pieces.csv,
row-map.json, row-map.csv and manifest.json; with --curve also curve.csv and curve.json, with --golden golden.jsonl.

Before it starts, extend says what it will take. What does not fit into --max-memory is left out: of text a share of the lines, chosen
by a hash of each, of tables rare entries; those that are read stand for them.

The scripts are found in the first million characters: those with at least 5 % of the letters that are not Latin (for Japanese all three), or
Latin where all others have less than 5 %. English inside other text is so left as it is.

The base must be a BPE model, of any format: SentencePiece, or byte-level as Llama 3 and Qwen, or Gemma's. Those keep their own files, and have
no extension.model: the merges of the new pieces follow from new-pieces.csv. Each input file is one source for --max-source-share and --min-sources.`,
  flags: {
    base: { type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The vocabulary to extend' },
    out: { type: 'string', required: true, placeholder: 'DIR', help: 'Folder for the result' },
    ...FORCE_FLAGS,
    input: {
      type: 'string',
      required: true,
      multiple: true,
      placeholder: 'FILE',
      group: 'Input',
      help: 'Text to learn from: file, folder, glob, hf://datasets/owner/name/path, table of `vocab-merge count`, -',
    },
    ...CORPUS_FLAGS,
    ...MEMORY_FLAGS,
    ...EXTEND_FLAGS,
    ...SWAP_FLAGS,
    ...CURVE_FLAGS,
  },
  examples: [
    ["vocab-merge extend --base llama2 --input 'zh/*.txt.gz' --target-size 49953 --out extended", '17,953 new pieces'],
    [
      'vocab-merge extend --base llama2 --input zh/ --max-source-share 0.25 --min-sources 2 --out extended',
      'General vocabulary: no file counts more than a quarter, every piece occurs in two',
    ],
    [
      'vocab-merge extend --base llama2 --input zh/ --curve --curve-up-to 40000 --out extended',
      'How large should it be? Tokens and bytes at each 1,000 pieces',
    ],
    [
      'vocab-merge extend --base qwen --input th/ --swap 4000 --keep-text th/ en/ code/ --out swapped',
      'Constant size: 4,000 Thai pieces in the rows of pieces that these texts have least use for',
    ],
  ],
  async run(context) {
    const { flags, output } = context;
    const startedAt = performance.now();
    const swap = await swapFrom('extend', flags, fieldFrom(flags), output);
    const base = requireExtendable(await loadTokenizer(flags.base));
    const reading = corpusOptionsFrom(flags);
    const maxBytes = maxMemoryFrom(flags);
    const plan = await planTraining(output, flags.input, { reading, modelType: 'extend', maxBytes });
    const { part, maxMemory, forecast } = plan;
    const { sources, stats, readRunParts } = await openSources(flags.input, { ...reading, ...part });
    const learning = await learningFrom(flags, sources);
    const out = flags.out;
    const extended = await writeFolder(out, context, async () => {
      const result = await extendVocabulary({
        base,
        ...learning,
        swap,
        corpusStats: () => stats,
        runtime: {
          maxMemory,
          readRunParts,
          onScripts: (found) => output.message(describeScripts(found)),
          onProgress: showExtendProgress(output, stats),
        },
      });
      return { files: result.files, result };
    });
    const { learned, merged, curve, manifest } = extended;
    warnOfMerge(output, merged);
    for (const { name, weight } of learned.sources) {
      if (weight !== 1) output.message(`${name} counts ${weight.toFixed(3)} times`);
    }
    const lastSaved = learned.saved.at(-1)!;
    const saved = learned.saved.reduce((sum, each) => sum + each, 0);
    const tokens = learned.baseTokens - saved;
    const before = learned.baseTokens / learned.characters;
    const texts = learned.pieces.map((piece) => pieceToText(piece, base.model.units));
    const characters = texts.filter((text) => text !== undefined && codePointLength(text) === 1).length;
    const parts = texts.filter((text) => text === undefined).length;
    const merges = learned.pieces.length - characters - parts;
    const kinds = [
      ...(characters === 0 ? [] : [counted(characters, 'character')]),
      ...(merges === 0 ? [] : [counted(merges, 'merge')]),
    ];
    const { vocabularyFile } = merged.document;
    output.print(
      [
        ...(curve === undefined ? [] : [formatCurveTerminal(curve)]),
        `${describeSizes(merged)}, ` +
          `${kinds.join(' and ')} among the new ones` +
          (parts === 0
            ? ''
            : `, and ${counted(parts, 'part of a character', 'parts of characters')} to make characters of`),
        `tokens per character on this text: ${before.toFixed(3)} before, ${(tokens / learned.characters).toFixed(3)} after`,
        `the last piece, ${texts.at(-1)}, saves ${formatCount(lastSaved)} ${lastSaved === 1 ? 'token' : 'tokens'}`,
        ...(extended.swapped === undefined ? [] : describeSwap(extended.swapped, merged)),
        `sha256 of ${vocabularyFile.name}: ${merged.sha256}`,
        `written to ${out} in ${formatDuration(performance.now() - startedAt)}: ${[...extended.files.keys()].join(', ')}`,
      ].join('\n'),
    );
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    output.message(
      `learnt from ${formatBytes(stats.keptBytes)} of ${formatBytes(textBytesOf(stats))} of text, with ${formatBytes(peakBytes)} of memory at most`,
    );
    output.printJson({ ...manifest, out, ...(curve && { curve }), ...part, forecast, peakBytes });
  },
});
