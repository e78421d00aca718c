// The commands of examples/at-scale/README.md as they stand, on every engine that this machine has: the bytes of one process,
// also where a task dies on its way. Run by `npm run test:engines`.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../cli/program.ts';
import { skipUnless } from '../skip.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { hasSlurm, type Slurm, startSlurm, whereIs } from './slurm.ts';

const examples = fileURLToPath(new URL('../../examples/at-scale', import.meta.url));
const folder = temporaryFolder();

/** The two commands below a heading. */
function commandsOf(heading: string): [string, string] {
  const section = readFileSync(join(examples, 'README.md'), 'utf8').split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const lines = /```sh\n([\s\S]*?)```/.exec(section)![1]!.trim().split('\n');
  expect(lines).toHaveLength(2);
  return lines as [string, string];
}

/** A Python that has a package. */
function pythonWith(name: string): string | undefined {
  const candidates = [
    process.env.VOCAB_MERGE_ENGINES_PYTHON,
    process.env.VOCAB_MERGE_PYTHON,
    '/usr/bin/python3',
    'python3',
  ];
  return candidates.find((path) => path && spawnSync(path, ['-c', `import ${name}`]).status === 0);
}

const SHARDS = 8;
const DEADLY = 3;

// As `npm install --global` puts it there, but for one thing: the first try of one shard is killed while it counts.
function makeProgram(bin: string): void {
  mkdirSync(bin);
  const shell = `#!/usr/bin/env bash
case "$*" in *"--shard ${DEADLY}/${SHARDS} "*)
  if rm "${folder}/kill-once" 2> /dev/null; then
    "${process.execPath}" "${program}" "$@" & child=$!
    sleep 0.2; kill -9 $child; echo killed >> "${folder}/killed"; exit 137
  fi ;;
esac
exec "${process.execPath}" "${program}" "$@"
`;
  writeFileSync(join(bin, 'vocab-merge'), shell);
  chmodSync(join(bin, 'vocab-merge'), 0o755);
}

/** A shell in a folder of its own that has the examples and the texts. */
function openPlace(name: string, env: Readonly<Record<string, string>> = {}) {
  const place = join(folder, name);
  cpSync(examples, place, { recursive: true });
  cpSync(join(folder, 'texts'), join(place, 'texts'), { recursive: true });
  mkdirSync(join(place, 'parts'));
  const path = `${join(folder, 'bin')}:${process.env.PATH}`;
  return {
    shell: (...commands: readonly string[]) =>
      spawnSync('bash', ['-c', commands.join('\n')], {
        cwd: place,
        env: { ...process.env, ...env, PATH: path },
        encoding: 'utf8',
      }),
    at: (file: string) => join(place, file),
  };
}

let whole: Buffer;
beforeAll(() => {
  makeProgram(join(folder, 'bin'));
  mkdirSync(join(folder, 'texts'));
  const sample = fileURLToPath(new URL('../../corpus-samples', import.meta.url));
  const text = readdirSync(sample, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => readFileSync(join(sample, name), 'utf8'))
    .join('\n');
  writeFileSync(join(folder, 'texts', 'a.txt'), text.repeat(20));
  const { shell, at } = openPlace('whole');
  const { status, stderr } = shell('vocab-merge count --input texts/ --join front --out zh.tsv.gz');
  expect(status, stderr).toBe(0);
  whole = readFileSync(at('zh.tsv.gz'));
});

function armKill(): void {
  writeFileSync(join(folder, 'kill-once'), '');
  rmSync(join(folder, 'killed'), { force: true });
}

function expectKilled(): void {
  expect(readFileSync(join(folder, 'killed'), 'utf8')).toBe('killed\n');
}

describe(
  'Slurm',
  skipUnless(hasSlurm(), 'Slurm is not installed, or this is not root: apt-get install slurm-wlm munge'),
  () => {
    let slurm: Slurm;
    beforeAll(async () => {
      slurm = await startSlurm(join(folder, 'slurm'));
    });
    afterAll(() => slurm?.stop());

    it('counts in a job array, does without a merge where a task was killed, and finishes when started again', async () => {
      const { shell, at } = openPlace('slurm-place', slurm.env);
      const commands = commandsOf('Slurm');
      armKill();
      expect(shell(...commands)).toMatchObject({ status: 0 });
      await slurm.idle();
      expectKilled();
      expect(existsSync(at('zh.tsv.gz'))).toBe(false);
      expect(readdirSync(at('parts')).filter((name) => name.startsWith('part-'))).toHaveLength(SHARDS - 1);
      const [first, times] = [at('parts/part-1.tsv.gz'), () => statSync(first).mtimeMs];
      const before = times();
      expect(shell(...commands)).toMatchObject({ status: 0 });
      await slurm.idle();
      expect(readFileSync(at('zh.tsv.gz')).equals(whole)).toBe(true);
      expect(times()).toBe(before);
      expect(readFileSync(at('slurm-vocab-count-1.log'), 'utf8')).toContain('is there already');
    });
  },
);

describe(
  'GNU parallel',
  skipUnless(whereIs('parallel') !== undefined, 'GNU parallel is not installed: apt-get install parallel'),
  () => {
    it('counts shard by shard, one of them twice', () => {
      const { shell, at } = openPlace('parallel');
      armKill();
      const { status, stderr } = shell('set -e', ...commandsOf('GNU parallel'));
      expect(status, stderr).toBe(0);
      expectKilled();
      expect(readFileSync(at('zh.tsv.gz')).equals(whole)).toBe(true);
    });
  },
);

for (const [heading, module, install] of [
  ['Ray', 'ray', 'pip install ray, and name its python in VOCAB_MERGE_ENGINES_PYTHON'],
  ['Dask', 'distributed', 'apt-get install python3-distributed'],
] as const) {
  const python = pythonWith(module);
  describe(heading, skipUnless(python !== undefined, `no Python here has ${heading}: ${install}`), () => {
    it('counts in tasks, one of them twice', () => {
      const { shell, at } = openPlace(module, { RAY_USAGE_STATS_ENABLED: '0' });
      armKill();
      const { status, stderr } = shell('set -e', `python() { "${python}" "$@"; }`, ...commandsOf(heading));
      expect(status, stderr).toBe(0);
      expectKilled();
      expect(readFileSync(at('zh.tsv.gz')).equals(whole)).toBe(true);
    });
  });
}

describe('pipes', () => {
  it('map and reduce to the table of one process, partitions without a segment among them', () => {
    const { shell, at } = openPlace('pipes');
    const text = readFileSync(at('texts/a.txt'), 'utf8');
    writeFileSync(at('texts/a.txt'), `${'no Han in the first partitions\n'.repeat(text.length / 20)}${text}`);
    const { status, stderr } = shell('set -eo pipefail', ...commandsOf('Engines that pipe lines'));
    expect(status, stderr).toBe(0);
    expect(shell('vocab-merge count --input texts/a.txt --join front --out one.tsv')).toMatchObject({ status: 0 });
    expect(readFileSync(at('zh.tsv')).equals(readFileSync(at('one.tsv')))).toBe(true);
  });

  it('give nothing of a partition whose mapper fails', () => {
    const { shell } = openPlace('broken');
    const { status, stdout, stderr } = shell(`printf '甲\\n\\xff\\xfe\\x00甲' | bash pipe-map.sh --max-length 99`);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('error: ');
  });
});
