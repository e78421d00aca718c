// Commands that are stopped at random moments, that run twice at once, and whose disk is full: afterwards the old result is
// there whole or the new one, and nothing of the run is left, or the next run names and removes it. Moments are drawn with a
// seed, but what happens at them depends on the machine: this is a search for faults, not a proof.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLES_FOLDER } from '../../../src/vocab/sample-texts.ts';
import { tensor, writeCheckpoint } from '../../checkpoints.ts';
import { scaled } from '../../runs.ts';
import { skipUnless } from '../../skip.ts';
import { openProgramFolder, program } from '../program.ts';

const { at, run, runAlone } = openProgramFolder();

const SAMPLE = join(SAMPLES_FOLDER, 'zh-history.txt');

/** A command that writes into the folder `place/` under two sets of flags: an old result and a new one. */
interface Job {
  readonly name: string;
  readonly args: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Where in the folder the result is: a folder or a file. */
  readonly out: string;
  /** Of a file without the way back that only folders have. */
  readonly isFile: boolean;
}

const JOBS: readonly Job[] = [
  {
    ...{ name: 'extend', out: 'place/out', isFile: false },
    args: ['extend', '--base', 'llama2', '--input', SAMPLE, '--out', 'place/out', '--new-pieces'],
    ...{ before: ['40', '--curve'], after: ['50'] },
  },
  {
    ...{ name: 'build', out: 'place/out', isFile: false },
    args: ['build', '--base', 'llama2', '--out', 'place/out', '--report-input', SAMPLE, '--new-pieces'],
    ...{ before: ['40'], after: ['50'] },
  },
  {
    ...{ name: 'merge', out: 'place/out', isFile: false },
    args: ['merge', '--base', 'llama2', '--extension', 'extension.model', '--out', 'place/out', '--scores'],
    ...{ before: ['zero', '--golden'], after: ['below'] },
  },
  {
    ...{ name: 'resize', out: 'place/out', isFile: false },
    args: [
      'resize',
      '--checkpoint',
      'tiny',
      '--row-map',
      'extended/row-map.json',
      '--out',
      'place/out',
      '--force',
      '--init',
    ],
    ...{ before: ['zero'], after: ['first'] },
  },
  {
    ...{ name: 'train', out: 'place', isFile: true },
    args: ['train', '--input', SAMPLE, '--hard-vocab-limit=false', '--model-prefix', 'place/zh', '--vocab-size'],
    ...{ before: ['900'], after: ['900', '--split-digits=true'] },
  },
  {
    ...{ name: 'count', out: 'place', isFile: true },
    args: ['count', '--input', SAMPLE, '--out', 'place/zh.tsv.gz', '--min-count'],
    ...{ before: ['1'], after: ['2'] },
  },
  {
    ...{ name: 'compare', out: 'place', isFile: true },
    args: ['compare', '--tokenizer', 'llama2', '--out', 'place/report.html', '--input', SAMPLE, '--seed'],
    ...{ before: ['1'], after: ['2'] },
  },
  {
    ...{ name: 'gguf', out: 'place', isFile: true },
    args: ['gguf', '--force', '--out', 'place/vocab.gguf'],
    ...{ before: ['llama2'], after: ['extended'] },
  },
  {
    ...{ name: 'audit --repair', out: 'place/out', isFile: false },
    args: ['audit', 'tied', '--base', 'llama2', '--repair', '--out', 'place/out', '--input'],
    ...{ before: [SAMPLE], after: [join(SAMPLES_FOLDER, 'zh-law.txt')] },
  },
  {
    // It makes the same result every time: the old one is another command's.
    ...{ name: 'demo', out: 'place/out', isFile: false, args: [] },
    before: ['extend', '--base', 'llama2', '--input', SAMPLE, '--out', 'place/out', '--new-pieces', '40'],
    after: ['demo', '--out', 'place/out'],
  },
];

/** Moments tried for each signal: 2 in `npm run test:all`; docs/reference/limits.md has figures of 30. */
const MOMENTS = scaled(0.2);

/** Everything below a folder by name, as one hash; what runs leave aside, except where `isAll`. */
function stateOf(folder: string, isAll = false): string {
  if (!existsSync(at(folder))) return 'nothing';
  const hash = createHash('sha256');
  for (const name of readdirSync(at(folder), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = at(join(folder, name));
    if (!isAll && /vocab-merge-run|\.tmp$/.test(name)) continue;
    hash.update(`${name}\0`);
    if (!readdirOrNothing(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

function readdirOrNothing(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whole numbers below 2^32, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs until it ends or is sent the signal; how long it took, in ms. */
function runFor(args: readonly string[], signal?: NodeJS.Signals, delay = 0): Promise<{ ended: string; ms: number }> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [program, ...args], { cwd: at('.'), stdio: 'ignore' });
    const timer = signal === undefined ? undefined : setTimeout(() => child.kill(signal), delay);
    child.on('close', (code, by) => {
      clearTimeout(timer);
      resolve({ ended: by ?? String(code), ms: performance.now() - startedAt });
    });
  });
}

async function must(args: readonly string[]): Promise<string> {
  const { code, err } = await run(args);
  expect(code, `${args.join(' ')}: ${err}`).toBe(0);
  return err;
}

beforeAll(async () => {
  await must(['extend', '--base', 'llama2', '--input', SAMPLE, '--new-pieces', '30', '--out', 'extended']);
  cpSync(at('extended/extension.model'), at('extension.model'));
  const merge = ['merge', '--base', 'llama2', '--extension', 'extension.model', '--out', 'tied', '--scores', 'zero'];
  await must(merge);
  writeCheckpoint(at('tiny'), {
    shards: [{ 'model.embed_tokens.weight': tensor('BF16', [32000, 16]) }],
    config: { vocab_size: 32000, tie_word_embeddings: true },
  });
});

describe.each(JOBS)('$name', ({ args, before, after, out, isFile }) => {
  let [old, fresh, ms] = ['', '', 0];

  beforeAll(async () => {
    for (const folder of ['place', 'old']) rmSync(at(folder), { recursive: true, force: true });
    mkdirSync(at('place'));
    await must([...args, ...after]);
    fresh = stateOf(out);
    rmSync(at('place'), { recursive: true });
    mkdirSync(at('place'));
    await must([...args, ...before]);
    old = stateOf(out);
    expect(old).not.toBe(fresh);
    cpSync(at('place'), at('old'), { recursive: true });
    ({ ms } = await runFor([...args, ...after]));
    expect(stateOf(out)).toBe(fresh);
  });

  const restore = (): void => {
    rmSync(at('place'), { recursive: true, force: true });
    cpSync(at('old'), at('place'), { recursive: true });
  };
  /** What is in the place besides the result. */
  const leftovers = (): string[] =>
    readdirSync(at('place'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /vocab-merge-run|\.tmp$/.test(name),
    );

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stopped by %s, leaves the old result or the new one, and nothing else',
    async (signal) => {
      const random = createRandom(signal.length);
      for (let i = 0; i < MOMENTS; i++) {
        restore();
        const delay = random() * ms * 1.1;
        const { ended } = await runFor([...args, ...after], signal, delay);
        const state = stateOf(out, true);
        expect([old, fresh], `after ${delay} ms: ${leftovers().join()}`).toContain(state);
        if (ended === '0') expect(state).toBe(fresh);
      }
    },
  );

  it('killed, leaves the old result or the new one, and the next run clears up and says so', async () => {
    const random = createRandom(9);
    for (let i = 0; i < MOMENTS; i++) {
      restore();
      const delay = random() * ms * 1.1;
      await runFor([...args, ...after], 'SIGKILL', delay);
      // Between the two renames there is none: what the next run puts back is checked below.
      const isBetween = !isFile && !existsSync(at(out)) && leftovers().some((name) => name.endsWith('/old'));
      if (!isBetween) expect([old, fresh], `after ${delay} ms`).toContain(stateOf(out));
      const left = leftovers().length > 0;
      const err = await must([...args, ...after]);
      expect(/was left by a run that was killed|a run was killed while/.test(err), err).toBe(left);
      expect(stateOf(out, true)).toBe(fresh);
    }
  });

  it('twice at once, one result is there whole', async () => {
    for (let i = 0; i < MOMENTS / 5; i++) {
      restore();
      const [one, two] = await Promise.all([runAlone([...args, ...after]), runAlone([...args, ...after])]);
      const failed = [one, two].filter(({ code }) => code !== 0);
      expect(failed.length).toBeLessThan(2);
      for (const { err } of failed) expect(err).toMatch(/process \d+ is writing it\nhint: Wait until it is done/);
      expect(stateOf(out, true)).toBe(fresh);
    }
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && tryMount();

function tryMount(): boolean {
  mkdirSync('/tmp/vocab-merge-mount-test', { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', '/tmp/vocab-merge-mount-test']);
  if (status === 0) spawnSync('umount', ['/tmp/vocab-merge-mount-test']);
  rmSync('/tmp/vocab-merge-mount-test', { recursive: true, force: true });
  return status === 0;
}

describe('a full disk', skipUnless(canMount, 'mounting a small tmpfs takes root on Linux'), () => {
  afterAll(() => {
    spawnSync('umount', [at('place')]);
  });

  it.each(JOBS)(
    '$name says so in one error, and keeps the old result',
    async ({ args, before, after, out, isFile }) => {
      rmSync(at('old'), { recursive: true, force: true });
      mkdirSync(at('place'), { recursive: true });
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', at('place')]).status).toBe(0);
      try {
        await must([...args, ...before]);
        const old = stateOf(out, true);
        // All room is taken, but for a page or two where the first files shall find some.
        let size = 64 * 2 ** 20;
        for (let i = 0; size >= 4096; size >>= 1) {
          try {
            writeFileSync(at(`place/filler-${i}`), Buffer.alloc(size));
            i++;
          } catch {
            rmSync(at(`place/filler-${i}`), { force: true });
          }
        }
        if (!isFile)
          rmSync(at(`place/filler-${readdirSync(at('place')).filter((name) => name.startsWith('filler')).length - 1}`));
        const { code, err } = await run([...args, ...after]);
        expect(code, err).toBe(1);
        expect(err).toMatch(
          /^error: \S+: (cannot be written: no space left on the disk|the result has \d+ bytes, the disk has)/m,
        );
        for (const name of readdirSync(at('place'))) if (name.startsWith('filler')) rmSync(at(`place/${name}`));
        expect(stateOf(out, true)).toBe(old);
      } finally {
        spawnSync('umount', [at('place')]);
      }
    },
  );
});
