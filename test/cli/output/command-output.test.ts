import { describe, expect, it } from 'vitest';
import {
  createCommandOutput,
  describeProgress,
  formatBytes,
  formatCount,
  formatDuration,
  type OutputLevels,
} from '../../../src/cli/output/command-output.ts';
import { displayWidth } from '../../../src/report/print/display-width.ts';

function run(levels: Partial<OutputLevels>, isTTY: boolean, env: Record<string, string> = {}) {
  let out = '';
  let err = '';
  let time = 0;
  const output = createCommandOutput(
    {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text), isTTY, columns: 40 },
      now: () => time,
      env,
    },
    { json: false, quiet: false, verbose: false, ...levels },
  );
  return {
    output,
    wait: (ms: number) => (time += ms),
    get out() {
      return out;
    },
    get err() {
      return err;
    },
  };
}

describe('command output', () => {
  it('keeps results on stdout and messages on stderr', () => {
    const it = run({}, false);
    it.output.print('result');
    it.output.message('did it');
    it.output.warn('careful');
    it.output.detail('deep');
    it.output.printJson({ a: 1 });
    expect(it.out).toBe('result\n');
    expect(it.err).toBe('did it\nwarning: careful\n');
  });

  it('prints one JSON document and nothing else under --json', () => {
    const it = run({ json: true }, false);
    it.output.print('result');
    it.output.printJson({ a: 1 });
    expect(JSON.parse(it.out)).toEqual({ a: 1 });
  });

  it('says nothing on stderr under --quiet', () => {
    const it = run({ quiet: true, verbose: true }, true);
    it.output.message('a');
    it.output.warn('b');
    it.output.detail('c');
    it.output.progress({ what: 'd', done: 1, total: 2 });
    expect(it.err).toBe('');
  });

  it('redraws one line on a terminal, within its width, and takes it away', () => {
    const it = run({}, true);
    it.output.progress({ what: 'counting '.repeat(9), done: 1, total: 4 });
    expect(it.err.replace('\r\x1b[K', '').length).toBeLessThan(40);
    expect(it.err).not.toContain('\n');
    const before = it.err;
    it.output.progress({ what: 'counting '.repeat(9), done: 2, total: 4 });
    expect(it.err).toBe(before);
    it.wait(200);
    it.output.progress({ what: 'counting '.repeat(9), done: 3, total: 4 });
    expect(it.err.length).toBeGreaterThan(before.length);
    it.output.endProgress();
    expect(it.err.endsWith('\r\x1b[K')).toBe(true);
  });

  it('writes few plain lines elsewhere, without escapes', () => {
    const it = run({}, false, { TERM: 'xterm' });
    for (let i = 0; i < 1000; i++) {
      it.output.progress({ what: 'reading', done: i, total: 1000 });
      it.wait(25);
    }
    it.output.endProgress();
    const lines = it.err.trim().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.length).toBeLessThan(5);
    expect(it.err).not.toContain('\x1b');
  });

  it('colours only where that is welcome', () => {
    const warned = (isTTY: boolean, env: Record<string, string>) => {
      const it = run({}, isTTY, env);
      it.output.warn('x');
      return it.err;
    };
    expect(warned(true, {})).toContain('\x1b[33m');
    expect(warned(true, { NO_COLOR: '1' })).not.toContain('\x1b[33m');
    expect(warned(true, { TERM: 'dumb' })).not.toContain('\x1b[33m');
    expect(warned(false, {})).not.toContain('\x1b');
  });
});

describe('figures', () => {
  it('describes progress with share, rate and time left', () => {
    expect(describeProgress({ what: 'reading' }, 0)).toBe('reading ...');
    expect(describeProgress({ what: 'reading', done: 50, total: 200, unit: 'lines' }, 2000)).toBe(
      'reading: 25 %, 6.0 s left, 25 lines/s',
    );
    expect(describeProgress({ what: 'EM', done: 5, total: 9 }, 2000, { doneBefore: 1 })).toBe('EM: 55 %, 2.0 s left');
    expect(describeProgress({ what: 'EM', done: 1, total: 9 }, 2000, { doneBefore: 1 })).toBe('EM: 11 %');
    expect(describeProgress({ what: 'EM', details: ['9 pieces'] }, 0)).toBe('EM: 9 pieces');
    expect(describeProgress({ what: 'reading', done: 2_500_000, unit: 'bytes' }, 2000)).toBe(
      'reading: 2.5 MB, 1.3 MB/s',
    );
  });

  it('keeps share and time left within the columns of the terminal, whatever else there is to say', () => {
    const update = {
      ...{ what: 'EM round 1, step 2', done: 1, total: 9, unit: 'passes' },
      details: ['1,000,000 pieces', 'objective 12.3456', '25,000,000 tokens'],
    };
    const lines = [120, 80, 60, 42, 30].map((width) => describeProgress(update, 4000, { width }));
    expect(lines).toEqual([
      'EM round 1, step 2: 11 %, 32 s left, 0.3 passes/s, 1,000,000 pieces, objective 12.3456, 25,000,000 tokens',
      'EM round 1, step 2: 11 %, 32 s left, 0.3 passes/s, 1,000,000 pieces',
      'EM round 1, step 2: 11 %, 32 s left, 0.3 passes/s',
      'EM round 1, step 2: 11 %, 32 s left',
      'EM round 1, …: 11 %, 32 s left',
    ]);
    const chinese = { what: '词表'.repeat(40), done: 1, total: 9 };
    const line = describeProgress(chinese, 4000, { width: 30 });
    expect(line).toMatch(/^(词表)+词?…: 11 %, 32 s left$/);
    expect(displayWidth(line)).toBeLessThanOrEqual(30);
  });

  it('formats counts, bytes and durations', () => {
    expect([formatCount(1234567), formatCount(2.34), formatCount(12.6)]).toEqual(['1,234,567', '2.3', '13']);
    expect([formatBytes(999), formatBytes(757958), formatBytes(2e9)]).toEqual(['999 B', '758.0 kB', '2.0 GB']);
    expect([formatDuration(420), formatDuration(12_400), formatDuration(185_000)]).toEqual([
      '0.4 s',
      '12 s',
      '3 min 5 s',
    ]);
  });
});
