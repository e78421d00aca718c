// The tokenizers of a comparison with what the files beside them tell, and the options that its figures depend on: as the flags
// give them, or as the part of a comparison has recorded them.

import { isObject } from '../../core/json-object.ts';
import type { PartRecord, WorkPart } from '../../corpus/shards/part-record.ts';
import { FormatError, InputError } from '../../errors.ts';
import type { ModelShape } from '../../formats/checkpoint/model-shape.ts';
import { readModelShape, readTokenizerRecord, type TokenizerRecord } from '../../pipeline/io/tokenizer-record.ts';
import { COUNTING_ENGINES, type CountingEngine } from '../../report/counters/open-counter.ts';
import type { CompareOptions } from '../../report/measure/compare-tokenizers.ts';
import type { LoadedTokenizer } from '../../vocab/load-tokenizer.ts';
import { loadNamedTokenizers } from './named-tokenizers.ts';

/** Tokenizers that are compared. */
export interface ComparedSet {
  readonly tokenizers: readonly LoadedTokenizer[];
  readonly records: readonly TokenizerRecord[];
  /** Of the first one's model. */
  readonly baseShape: ModelShape | undefined;
}

/** What the figures of a comparison depend on, besides texts and tokenizers. */
export interface ComparisonSettings {
  readonly engine?: CountingEngine | undefined;
  readonly optimum?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly context: readonly number[];
}

/** What the part of a comparison says of itself. */
export function comparisonPartHeader(
  sources: readonly string[],
  { tokenizers }: ComparedSet,
  settings: ComparisonSettings,
  part: PartRecord,
): WorkPart['header'] {
  const named = tokenizers.map(({ sha256 }, i): TokenizerSource => ({ source: sources[i]!, sha256 }));
  return { tokenizers: named, ...settings, part };
}

interface TokenizerSource {
  readonly source: string;
  readonly sha256: string;
}

/** Loads what `--tokenizer` names. */
export async function loadCompared(sources: readonly string[]): Promise<ComparedSet> {
  const tokenizers: LoadedTokenizer[] = [];
  const records: TokenizerRecord[] = [];
  let baseShape: ModelShape | undefined;
  for (const { source, tokenizer } of await loadNamedTokenizers(sources)) {
    tokenizers.push(tokenizer);
    records.push(await readTokenizerRecord(source, tokenizer.sha256));
    if (tokenizers.length === 1) baseShape = await readModelShape(source, tokenizer);
  }
  return { tokenizers, records, baseShape };
}

/** The options of a comparison. */
export function countingOptions(
  { tokenizers, records, baseShape }: ComparedSet,
  { engine, optimum, seed, context }: ComparisonSettings,
): Omit<CompareOptions, 'texts'> {
  return {
    tokenizers,
    baseShape,
    trainedOn: records.map(({ trainedOn }) => trainedOn),
    ...(engine !== undefined && { engine }),
    ...(seed !== undefined && { bootstrap: { seed } }),
    ...(context.length > 0 && { contextSizes: context }),
    ...(optimum && { optimum }),
  };
}

/**
 * The tokenizers and settings that a part was counted with.
 *
 * @throws FormatError for a header that does not name them
 * @throws InputError for a tokenizer that is another one by now
 */
export async function loadComparedOf({
  path,
  header,
}: WorkPart): Promise<ComparedSet & { settings: ComparisonSettings }> {
  const { tokenizers, engine, optimum, seed, context } = header;
  const isNumber = (value: unknown): boolean => value === undefined || Number.isSafeInteger(value);
  if (
    !Array.isArray(tokenizers) ||
    !tokenizers.every((each) => isObject(each) && typeof each.source === 'string') ||
    !(engine === undefined || COUNTING_ENGINES.includes(engine as CountingEngine)) ||
    !isNumber(seed) ||
    !(Array.isArray(context) && context.every(isNumber))
  ) {
    throw new FormatError(`${path}: its first line does not name the tokenizers and the options`, {
      hint: 'The file is damaged: count this part again.',
    });
  }
  const named = tokenizers as TokenizerSource[];
  const compared = await loadCompared(named.map(({ source }) => source));
  for (const [i, { sha256 }] of compared.tokenizers.entries()) {
    const { source, sha256: wanted } = named[i]!;
    if (sha256 === wanted) continue;
    throw new InputError(`${path}: was counted with another ${source} (SHA-256 ${wanted}, now ${sha256})`, {
      hint: 'Put the tokenizer back that the parts were counted with, or count them again.',
    });
  }
  return { ...compared, settings: { engine, optimum: optimum === true, seed, context } as ComparisonSettings };
}
