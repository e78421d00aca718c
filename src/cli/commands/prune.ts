// vocab-merge prune: a smaller vocabulary, with the row map that shrinks the checkpoint.
import { checkWhole } from '../../core/check-whole.ts';
import { groupDigits } from '../../core/counted.ts';
import { countRows, describeRows } from '../../core/row-map.ts';
import { UsageError } from '../../errors.ts';
import { describeLeaving, presentIds, pruneVocabulary } from '../../pipeline/build/prune-vocabulary.ts';
import { loadTokenizer, requireExtendable } from '../../vocab/load-tokenizer.ts';
import { defineCommand } from '../declare/command.ts';
import { APPEND_FLAGS } from '../flags/append-flags.ts';
import { FIELD_FLAGS, fieldFrom } from '../flags/corpus-flags.ts';
import { KEEP_FLAGS, openKeepText, readableSamples } from '../flags/keep-flags.ts';
import { formatDuration } from '../output/command-output.ts';
import { describeLonger } from '../output/prune-summary.ts';
import { FORCE_FLAGS, writeFolder } from '../results/write-files.ts';

export const pruneCommand = defineCommand({
  name: 'prune',
  summary: 'Shrink a vocabulary to the pieces that your text needs, with the row map',
  description: `Takes out leaves, one after the other: pieces that no other piece which stays is merged from. Those that no text yields go first,
then those of other scripts (--keep-scripts), then those that save the fewest tokens on --keep-text. Special and added tokens and bytes stay, and so do
characters where there are no bytes to fall back on. Nothing that is left is dead, text whose tokens all stay keeps them, and every text still decodes.

Ids close up: a piece's new id is its old rank among those that stay. Writes the tokenizer with all ids in it brought up to date, row-map.json
(for resize, which shrinks the checkpoint and moves the ids of its configurations), row-map.csv, removed-pieces.csv, longer.json (which texts
get longer, by script, with the worst lines) and manifest.json; with --golden also golden.jsonl.`,
  flags: {
    base: { type: 'string', required: true, placeholder: 'TOKENIZER', help: 'The vocabulary to shrink' },
    'target-size': { type: 'integer', help: 'Exactly this many pieces, added tokens included' },
    drop: { type: 'integer', help: 'This many pieces leave, instead of --target-size' },
    out: { type: 'string', required: true, placeholder: 'DIR', help: 'Folder for the result' },
    ...FORCE_FLAGS,
    ...KEEP_FLAGS,
    ...FIELD_FLAGS,
    'pad-to-multiple-of': APPEND_FLAGS['pad-to-multiple-of'],
    'base-rows': APPEND_FLAGS['base-rows'],
    golden: APPEND_FLAGS.golden,
  },
  examples: [
    [
      'vocab-merge prune --base gemma-2-2b --keep-text en.txt zh.txt --target-size 100000 --out gemma-100k',
      'For English and Chinese',
    ],
    [
      'vocab-merge prune --base qwen --keep-scripts Latin,Thai --keep-text th/ --target-size 64000 --out qwen-thai',
      'Pieces of other scripts leave first',
    ],
    [
      'vocab-merge resize --checkpoint gemma-2-2b --row-map gemma-100k/row-map.json --out gemma-2-2b-100k',
      'The checkpoint with these rows alone',
    ],
  ],
  async run(context) {
    const { flags, output } = context;
    const startedAt = performance.now();
    const { drop, 'target-size': size } = flags;
    if ((drop === undefined) === (size === undefined)) {
      throw new UsageError('prune: --target-size or --drop says how small the vocabulary is to be', {
        hint: 'Give one of the two, such as --target-size 100000.',
      });
    }
    const keep = await openKeepText('prune', flags, fieldFrom(flags), output);
    const base = requireExtendable(await loadTokenizer(flags.base));
    const { length } = presentIds(base.model);
    if (drop !== undefined) checkWhole('drop', drop, 1, length - 1);
    const out = flags.out;
    const pruned = await writeFolder(out, context, async () => {
      const result = await pruneVocabulary({
        base,
        targetSize: size ?? length - drop!,
        keepText: keep.texts,
        ...(flags['keep-scripts'].length > 0 && { keepScripts: flags['keep-scripts'] }),
        texts: await readableSamples(),
        baseRows: flags['base-rows'],
        padToMultipleOf: flags['pad-to-multiple-of'],
        golden: flags.golden ?? false,
        onProgress: keep.onProgress,
      });
      output.endProgress();
      return { files: result.files, result };
    });
    for (const { file, reason } of pruned.skipped) output.warn(`${file} is not written: ${reason}`);
    const { removed, model, rowMap, texts, files, manifest } = pruned;
    output.print(
      [
        `${groupDigits(manifest.base.vocabSize)} ids -> ${groupDigits(model.pieces.length)}; ${describeLeaving(removed)}`,
        `row map: ${describeRows(countRows(rowMap))}`,
        '',
        ...describeLonger(texts),
        '',
        `written to ${out} in ${formatDuration(performance.now() - startedAt)}: ${[...files.keys()].join(', ')}`,
      ].join('\n'),
    );
    output.printJson({ ...manifest, out, texts });
  },
});
