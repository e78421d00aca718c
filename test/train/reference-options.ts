// Options of a reference model, which its index spells as the reference does.
import type { TrainOptions } from '../../src/train/options/options.ts';

/** `vocab_size` and the like as `vocabSize`. */
export function optionsFrom(reference: Record<string, unknown>): TrainOptions {
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(reference).map(([name, value]) => [camel(name), value]));
}
