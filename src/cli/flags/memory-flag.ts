// --max-memory: the budget of a training, and its spelling. What follows from it is output/train-plan.ts.
import { UsageError } from '../../errors.ts';
import { defineGroup } from '../declare/flag.ts';

/** The flag of the budget. */
export const MEMORY_FLAGS = defineGroup('Input', {
  'max-memory': {
    type: 'string',
    placeholder: 'SIZE',
    help: 'Such as 2G: when the forecast is above it, train on a share of the lines, the same ones every time, or on a sample of the entries of a table in which the rare ones stand for all of them; default three quarters of the memory',
  },
});

/** Sizes by their letters; without `i` they are decimal, as everything this program prints. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/**
 * The bytes of `--max-memory`: `2G`, `1.5GiB`, `800MB`.
 *
 * @throws UsageError for anything else
 */
export function maxMemoryFrom({
  'max-memory': text,
}: {
  readonly 'max-memory'?: string | undefined;
}): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?$/i.exec(text.trim());
  const unit = match === null ? undefined : UNITS[match[2]!.toLowerCase()];
  if (match === null || unit === undefined) {
    throw new UsageError(`--max-memory: ${JSON.stringify(text)} is not a size`, { hint: 'Write 2G or 800M.' });
  }
  return Number(match[1]) * unit;
}
