// vocab-merge row-map: row maps turned around, joined, and looked at.

import { counted } from '../../core/counted.ts';
import { countRows, describeRows, type RowMap } from '../../core/row-map.ts';
import { UsageError } from '../../errors.ts';
import { serializeRowMap } from '../../formats/row-map/row-map.ts';
import { composeRowMaps, invertRowMap } from '../../merge/row-map/row-map-algebra.ts';
import { sha256Of } from '../../pipeline/io/sha256.ts';
import { defineCommand } from '../declare/command.ts';
import { readRowMap } from '../flags/read-flag-file.ts';
import { FORCE_FLAGS, openFileOutput } from '../results/write-files.ts';

const ACTIONS = ['invert', 'compose', 'show'] as const;
type Action = (typeof ACTIONS)[number];

export const rowMapCommand = defineCommand({
  name: 'row-map',
  summary: 'Invert a row map, or compose several into one',
  description: `
  invert   the way back, which prunes an extended model to its base: every piece of the base gets its row again
  compose  one map for several that follow each other, so that a checkpoint extended twice is resized once
  show     what a map does, in a few lines`,
  positionals: { name: `${ACTIONS.join('|')} FILE…`, min: 2, max: 100 },
  flags: { out: { type: 'string', placeholder: 'FILE', help: 'Where the new row map is written' }, ...FORCE_FLAGS },
  examples: [
    ['vocab-merge row-map invert merged/row-map.json --out back.json', 'From 49,953 rows to 32,000'],
    [
      'vocab-merge row-map compose first/row-map.json second/row-map.json --out both.json',
      'In the order in which they were made',
    ],
    ['vocab-merge row-map show merged/row-map.json', 'Sizes, hashes, and how new rows are made'],
  ],
  async run(context) {
    const { flags, positionals, output } = context;
    const [name, ...paths] = positionals;
    const action = checkUsage(name!, paths, flags.out);
    const maps: RowMap[] = [];
    for (const path of paths) maps.push(await readRowMap(path));
    const result = action === 'invert' ? invertRowMap(maps[0]!) : maps.reduce(composeRowMaps);
    const text = serializeRowMap(result);
    const out = flags.out;
    const file = out === undefined ? undefined : await openFileOutput([out], context);
    if (out !== undefined) await file?.write(new Map([[out, text]]));
    const { base, target } = result;
    const { copied, filled, replaced, appended, kept, padding, dropped } = countRows(result);
    const lines = [...describeRowMap(result), ...(out === undefined ? [] : [`written to ${out}`])].join('\n');
    (file ?? output).print(lines);
    output.printJson({
      base,
      target,
      ...{ copied, new: filled + replaced + appended, filled, appended, kept, padding },
      ...(dropped + replaced > 0 && { replaced, dropped }),
      sha256: sha256Of(text),
      ...(out !== undefined && { out }),
    });
  },
});

function checkUsage(name: string, paths: readonly string[], out: string | undefined): Action {
  const action = ACTIONS.find((candidate) => candidate === name);
  if (action === undefined) {
    throw new UsageError(`row-map: ${JSON.stringify(name)} is not one of ${ACTIONS.join(', ')}`, {
      hint: 'Write `vocab-merge row-map invert FILE --out FILE`.',
    });
  }
  if (action !== 'compose' && paths.length > 1) {
    throw new UsageError(`row-map: ${action} takes one file, ${paths.length} are given`, {
      hint: 'Compose them first.',
    });
  }
  if (action === 'compose' && paths.length < 2) {
    throw new UsageError('row-map: compose takes two files or more', {
      hint: 'Give them in the order they were made.',
    });
  }
  if (action === 'show' ? out !== undefined : out === undefined) {
    throw new UsageError(`row-map: ${action === 'show' ? 'show writes nothing' : `${action} needs --out`}`, {
      hint: action === 'show' ? 'Leave out --out.' : 'Add --out FILE.',
    });
  }
  return action;
}

function describeRowMap(rowMap: RowMap): string[] {
  const { base, target, new: newRows } = rowMap;
  const sources = newRows.reduce((sum, row) => sum + row.sources.length, 0);
  const side = ({ idCount, rows, sha256 }: RowMap['base']): string =>
    `${counted(idCount, 'id')} in ${counted(rows, 'row')}, tokenizer ${sha256.slice(0, 16)}…`;
  return [
    `from ${side(base)}`,
    `to   ${side(target)}`,
    describeRows(countRows(rowMap)),
    ...(newRows.length === 0
      ? []
      : [`a new row is made of ${(sources / newRows.length).toFixed(1)} old rows on average`]),
  ];
}
