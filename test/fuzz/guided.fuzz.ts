// `npm run fuzz`: guided by coverage (guide.ts), all readers in turn, then the promises of checks.ts with new seeds. What is found
// is written to findings/, where `npm test` tries it from then on. FUZZ_CASES is how many in all (default 1,000,000), FUZZ_SEED
// where the generator starts, FUZZ_ONLY a target.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createMersenneTwister } from '../../src/core/mersenne-twister.ts';
import { FUZZ_CHECKS } from './checks.ts';
import { type Coverage, openCoverage } from './coverage.ts';
import { guide } from './guide.ts';
import { FUZZ_TARGETS, type FuzzTarget } from './targets.ts';

const CASES = Number(process.env.FUZZ_CASES ?? 1_000_000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const ONLY = process.env.FUZZ_ONLY;

/** A round of checks.ts makes a model and encodes some texts: as much work as this many cases. */
const ROUND_CASES = 10;
/** Findings of one target after which it is left alone: most of them will be one. */
const MAX_FINDINGS = 5;

const targets = Object.entries(FUZZ_TARGETS).filter(([name]) => ONLY === undefined || name === ONLY);
const rounds = ONLY === undefined ? Math.ceil((0.2 * CASES) / ROUND_CASES / Object.keys(FUZZ_CHECKS).length) : 0;
const casesEach = Math.ceil(((ONLY === undefined ? 0.8 : 1) * CASES) / targets.length);
let tried = 0;
let found = 0;

afterAll(() => console.log(`fuzz: seed ${SEED}, ${tried} cases, ${found} findings`));

async function fuzz(name: string, target: FuzzTarget, coverage: Coverage): Promise<Error[]> {
  const faults = new Map<string, Error>();
  const onFault = (bytes: Uint8Array, fault: Error): boolean => {
    const kind = `${fault.message.replace(/\d+/g, '0').slice(0, 80)}\n${fault.stack?.split('\n')[1] ?? ''}`;
    if (!faults.has(kind)) {
      const file = `${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
      writeFileSync(new URL(`findings/${file}`, import.meta.url), bytes);
      faults.set(kind, new Error(`findings/${file}: ${fault.message}`, { cause: fault }));
    }
    return faults.size < MAX_FINDINGS;
  };
  const done = await guide(target, { random: createMersenneTwister(SEED), coverage, cases: casesEach, onFault });
  tried += done.tried;
  console.log(`${name}: ${done.joined} cases with new code, ${coverage.functions} functions have run`);
  return [...faults.values()];
}

describe('readers', async () => {
  const coverage = await openCoverage();
  afterAll(() => coverage.close());

  it.each(targets)('%s', async (name, target) => {
    const faults = await fuzz(name, target, coverage);
    found += faults.length;
    expect(faults).toEqual([]);
  });
});

describe.runIf(rounds > 0)('promises', () => {
  it.each(Object.entries(FUZZ_CHECKS))('%s', (_, { round }) => {
    for (let seed = SEED; seed < SEED + rounds; seed++) {
      try {
        round(createMersenneTwister(seed));
      } catch (error) {
        found++;
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
      tried++;
    }
  });
});
