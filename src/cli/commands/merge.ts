// vocab-merge merge: append the pieces of one model to another.

import { InputError } from '../../errors.ts';
import { finishBuild } from '../../pipeline/build/finish-build.ts';
import { mergeTokenizers } from '../../pipeline/build/merge-tokenizers.ts';
import { type ExtendableTokenizer, loadTokenizer, requireExtendable } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { MERGE_FLAGS, mergeOptionsFrom } from '../flags/merge-flags.ts';
import { describeMerge, warnOfMerge } from '../output/merge-summary.ts';
import { FORCE_FLAGS, writeFolder } from '../results/write-files.ts';

export const mergeCommand = defineCommand({
  name: 'merge',
  summary: 'Append the pieces of one model to another, with the row map',
  description: `Base pieces keep their ids; pieces that the base lacks follow in the extension's order. Writes tokenizer.model,
tokenizer.json, tokenizer_config.json, special_tokens_map.json, row-map.json, row-map.csv and manifest.json; with
--golden also golden.jsonl. What is left out is counted by reason; --json lists every such piece, and what it encodes to.

A base that is byte-level or lists its merges (Llama 3, Qwen, Gemma) keeps its own files. Its encoder needs a merge for each piece, so that only pieces whose
text comes to two tokens are appended, each with that merge; \`extend\` learns pieces that all do.`,
  flags: {
    base: { type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The vocabulary to extend' },
    extension: {
      type: 'string',
      required: true,
      placeholder: 'TOKENIZER',
      help: 'The model whose pieces are appended',
    },
    out: { type: 'string', required: true, placeholder: 'DIR', help: 'Folder for the result' },
    ...FORCE_FLAGS,
    ...MERGE_FLAGS,
  },
  examples: [
    [
      'vocab-merge merge --base llama2 --extension zh.model --out merged',
      'Append every new piece, scored below the merges of the base',
    ],
    [
      "vocab-merge merge --base llama2 --extension chinese_sp.model --preset chinese-llama --add-token '[PAD]' --out alpaca",
      'The published Chinese-Alpaca tokenizer, byte for byte',
    ],
  ],
  async run(context) {
    const { flags, output } = context;
    const base = requireExtendable(await loadTokenizer(flags.base));
    const extension = requireExtendable(await loadTokenizer(flags.extension));
    const { golden, ...mergeOptions } = mergeOptionsFrom(flags);
    refuseWrongModels({ base, extension }, flags);
    const out = flags.out;
    const { merged, manifest } = await writeFolder(out, context, async () => {
      const merged = await mergeTokenizers({ base, extension: extension.model, golden, ...mergeOptions });
      const { manifest, files } = finishBuild({
        command: 'merge',
        base,
        extension: { name: extension.name, vocabSize: extension.model.pieces.length, sha256: extension.sha256 },
        options: { ...mergeOptions },
        merged,
      });
      return { files, result: { merged, manifest } };
    });
    warnOfMerge(output, merged);
    output.print(
      [
        ...describeMerge(merged),
        `sha256 of ${merged.document.vocabularyFile.name}: ${merged.sha256}`,
        `written to ${out}`,
      ].join('\n'),
    );
    const { duplicates, dropped } = merged.merge;
    output.printJson({ ...manifest, out, duplicates, dropped });
  },
});

/** What a person means who names the same model twice, or a BPE model as what a Unigram model shall get. */
function refuseWrongModels(
  { base, extension }: { readonly base: ExtendableTokenizer; readonly extension: ExtendableTokenizer },
  flags: { readonly base: string; readonly extension: string; readonly 'add-token': readonly string[] },
): void {
  if (base.sha256 === extension.sha256 && flags['add-token'].length === 0) {
    throw new InputError(`${flags.extension}: is the base itself, so it has no piece to append`, {
      hint: `Name the model with the new pieces as --extension; \`vocab-merge train\` makes one, \`vocab-merge extend\` learns on the base.`,
    });
  }
  if (base.model.modelType !== 'unigram' || extension.model.modelType !== 'bpe') return;
  throw new InputError(
    `${flags.extension}: is a BPE model, whose pieces have no log probabilities; ${flags.base}, the base, is a Unigram model and needs them`,
    {
      hint:
        `To extend the BPE model, change the two: --base ${flags.extension} --extension ${flags.base}. ` +
        'To extend the Unigram model, train the extension with --model-type unigram.',
    },
  );
}
