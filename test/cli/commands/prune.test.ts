// `prune` as people run it. Needs dist/, as the other tests of the program.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failureOf, openProgramFolder } from '../program.ts';

const { at, run } = openProgramFolder();
const size = ['--target-size', '12000'];

describe('prune', () => {
  it('says what leaves, what becomes of the rows and which texts get longer', async () => {
    writeFileSync(at('mine.txt'), 'The hospital keeps its beds.\n我们都在这里。\n');
    const { code, out } = await run([
      ...[
        'prune',
        '--base',
        'llama2',
        '--keep-text',
        'mine.txt',
        '--keep-scripts',
        'Latin,Han',
        ...size,
        '--out',
        'small',
      ],
    ]);
    expect([code, out]).toEqual([0, expect.stringContaining('32,000 ids -> 12,000; 20,000 pieces leave: ')]);
    expect(out).toMatch(/leave: [\d,]+ of other scripts, [\d,]+ that the text does not have\n/);
    expect(out).toContain('row map: 12,000 rows copied, 20,000 dropped');
    expect(out).toMatch(/^mine +2 +0 +(\d+) +\1 +\+0\.00 %$/m);
    expect(out).toMatch(/^en \(sample\) +24 +\d+ +[\d,]+ +[\d,]+ +\+\d+\.\d\d %$/m);
    expect(out).toContain('the lines that get longest:');
    const manifest = JSON.parse(readFileSync(at('small/manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ command: 'prune', target: { vocabSize: 12_000 }, removed: { pieces: 20_000 } });
    expect(readFileSync(at('small/removed-pieces.csv'), 'utf8').split('\n')).toHaveLength(20_002);
    const shown = await run(['row-map', 'show', 'small/row-map.json']);
    expect(shown.out).toContain('12,000 rows copied, 20,000 dropped');
  });

  it('takes the number of pieces that leave as well', async () => {
    const result = await run([
      'prune',
      '--base',
      'llama2',
      '--keep-scripts',
      'Latin',
      '--drop',
      '500',
      '--out',
      'dropped',
    ]);
    expect(result.out).toContain('32,000 ids -> 31,500; 500 pieces leave: ');
    const both = await run([
      'prune',
      '--base',
      'llama2',
      '--keep-scripts',
      'Latin',
      '--drop',
      '5',
      ...size,
      '--out',
      'x',
    ]);
    expect([both.code, failureOf(both.err).error]).toEqual([
      2,
      'error: prune: --target-size or --drop says how small the vocabulary is to be',
    ]);
    const all = await run(['prune', '--base', 'llama2', '--keep-scripts', 'Latin', '--drop', '32000', '--out', 'x']);
    expect(failureOf(all.err).error).toBe('error: --drop: 32000 is not a whole number from 1 to 31999');
  });

  it('needs to know what the vocabulary is for, and to read it twice', async () => {
    const aimless = await run(['prune', '--base', 'llama2', ...size, '--out', 'x']);
    expect(aimless.code).toBe(2);
    expect(failureOf(aimless.err).error).toBe('error: prune: it is not said what the vocabulary is to be kept for');
    const swapless = await run(['extend', '--base', 'llama2', '--input', 'x', '--keep-text', 'x', '--out', 'x']);
    expect(swapless.code).toBe(2);
    expect(failureOf(swapless.err).error).toBe('error: extend: --keep-text is for --swap');
    const piped = await run(['prune', '--base', 'llama2', '--keep-text', '-', ...size, '--out', 'x'], 'text\n');
    expect(failureOf(piped.err).error).toBe('error: prune: --keep-text - cannot be read twice');
    const device = await run(['prune', '--base', 'llama2', '--keep-text', '/dev/null', ...size, '--out', 'x']);
    expect(failureOf(device.err).error).toBe('error: prune: --keep-text /dev/null cannot be read twice');
  });
});
