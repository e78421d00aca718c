// `compare` as people run it: in a pseudo terminal (by util-linux's script), through a pipe, with NO_COLOR, and on text that
// the tokenizer has learnt from. Needs dist/, as the other tests of the program.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/report/print/display-width.ts';
import { SAMPLES_FOLDER, sampleTexts } from '../../../src/vocab/sample-texts.ts';
import { skipUnless } from '../../skip.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const program = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const needsScript = skipUnless(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false,
  'a terminal is made with the program script of util-linux, which is missing',
);
const folder = temporaryFolder();

function run(args: string[], env: Record<string, string> = {}): { out: string; err: string; status: number | null } {
  const { NO_COLOR: _, ...inherited } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...inherited, ...env },
  });
  return { out: stdout, err: stderr, status };
}

/** What a terminal of that many columns receives. */
function runInTerminal(args: string[], columns: number, env: Record<string, string> = {}): string {
  const { NO_COLOR: _, ...inherited } = process.env;
  const command = [process.execPath, program, ...args].map((part) => `'${part}'`).join(' ');
  const { stdout } = spawnSync('script', ['-qec', `stty cols ${columns}; ${command}`, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...inherited, TERM: 'xterm', ...env },
  });
  return stdout.replaceAll('\r\n', '\n');
}

beforeAll(async () => {
  const news = (await sampleTexts()).find(({ name }) => name === 'zh-news')!.lines;
  writeFileSync(join(folder, 'news.txt.gz'), gzipSync(news));
  writeFileSync(join(folder, 'unpacked.txt'), news);
  const extend = run([
    'extend',
    '--base',
    'llama2',
    '--input',
    'news.txt.gz',
    '--new-pieces',
    '50',
    '--out',
    'extended',
  ]);
  expect(extend.err + extend.status).toMatch(/0$/);
});

const COMPARE = ['compare', '--tokenizer', 'llama2', '--tokenizer', 'extended'];
const MIXED = ['--input', join(SAMPLES_FOLDER, 'mixed.txt'), '--input', join(SAMPLES_FOLDER, 'en.txt')];

describe('compare', () => {
  it('has no colours through a pipe', () => {
    const { out } = run([...COMPARE, ...MIXED]);
    expect(out).toMatch(/^extended: \d+\.\d % fewer tokens than llama2/);
    expect(out).not.toContain('\u001b');
  });

  it('has colours in a terminal and keeps to its width', needsScript, () => {
    const wide = runInTerminal([...COMPARE, ...MIXED], 100);
    expect(wide).toContain('\u001b[1mextended: ');
    const narrow = runInTerminal([...COMPARE, ...MIXED], 50);
    // Progress on stderr is taken away by the time the result comes.
    const lines = narrow.slice(narrow.indexOf('\u001b[1mextended: ')).split('\n');
    for (const line of lines) expect(displayWidth(line.replace(/\u001b\[\d*[mK]/g, ''))).toBeLessThanOrEqual(50);
    expect(lines.length).toBeGreaterThan(20);
  });

  it('respects NO_COLOR and dumb terminals', needsScript, () => {
    expect(runInTerminal([...COMPARE, ...MIXED], 100, { NO_COLOR: '1' })).not.toContain('\u001b[1m');
    expect(runInTerminal([...COMPARE, ...MIXED], 100, { TERM: 'dumb' })).not.toContain('\u001b[1m');
    expect(runInTerminal([...COMPARE, ...MIXED], 100, { NO_COLOR: '' })).toContain('\u001b[1m');
  });

  it('says that a text is not held out, packed or not, in every form', () => {
    const onScreen = run([...COMPARE, '--input', 'unpacked.txt']);
    expect(onScreen.out).toContain('Not held out: extended was trained on unpacked (news.txt.gz)');
    expect(onScreen.err).not.toContain('warning:');
    const csv = run([...COMPARE, '--input', 'unpacked.txt', '--format', 'csv']);
    expect(csv.err).toContain('warning: unpacked is not held out: extended was trained on it (news.txt.gz)');
    const json = run([...COMPARE, '--input', 'unpacked.txt', '--json']);
    expect(JSON.parse(json.out).heldOut).toMatchObject([{ tokenizer: 'extended', text: 'unpacked' }]);
    const other = run([...COMPARE, ...MIXED]);
    expect(other.out + other.err).not.toMatch(/held out/i);
  });

  it('gives other intervals for another seed, and the same for the same', () => {
    const of = (seed: string): unknown => JSON.parse(run([...COMPARE, ...MIXED, '--json', '--seed', seed]).out).total;
    const first = of('5');
    expect(of('5')).toEqual(first);
    expect(of('6')).not.toEqual(first);
  });
});
