// Which scripts the flags of learning ask for, and what is said of those that were found.
import { describe, expect, it } from 'vitest';
import { extendCommand } from '../../../src/cli/commands/extend.ts';
import { parseCommandLine } from '../../../src/cli/declare/command-line.ts';
import { extendOptionsFrom, learningFrom } from '../../../src/cli/flags/extend-flags.ts';
import { describeScripts } from '../../../src/cli/output/corpus-summary.ts';
import { UsageError } from '../../../src/errors.ts';

function scriptsOf(...args: string[]): readonly string[] | undefined {
  const all = ['--base', 'llama2', '--input', 'a.txt', '--out', 'out', ...args];
  return extendOptionsFrom(parseCommandLine(extendCommand, all).flags).scripts;
}

describe('--scripts and --language', () => {
  it('name what is learnt; without them the text says it', () => {
    expect(scriptsOf()).toBeUndefined();
    expect(scriptsOf('--scripts', 'Thai,Lao')).toEqual(['Thai', 'Lao']);
    expect(scriptsOf('--language', 'ja')).toEqual(['Han', 'Hiragana', 'Katakana']);
  });

  it('are not both given, and name languages that are known', () => {
    expect(() => scriptsOf('--language', 'ja', '--scripts', 'Han')).toThrow(UsageError);
    expect(() => scriptsOf('--language', 'ja', '--scripts', 'Han')).toThrow('both say what is learnt');
    expect(() => scriptsOf('--language', 'klingon')).toThrow('no language is known by the code "klingon"');
  });
});

describe('--source-weight', () => {
  const weigh = (...values: string[]) => {
    const args = ['--base', 'llama2', '--input', 'a.txt', '--out', 'out'];
    for (const value of values) args.push('--source-weight', value);
    const sources = ['wiki/1.txt', 'wiki/2.txt', 'law.txt'].map((name, i) => ({
      name,
      givenName: i < 2 ? 'encyclopedia' : 'statutes',
      sentences: [],
    }));
    return learningFrom(parseCommandLine(extendCommand, args).flags, sources);
  };

  it('goes by path, by name, or by the name that the input was given', async () => {
    const { sources } = await weigh('encyclopedia=3', 'law=2', 'wiki/2.txt=5');
    expect(sources.map(({ weight }) => weight)).toEqual([3, 5, 2]);
  });

  it('names the inputs as they were named', async () => {
    await expect(weigh('laws=2')).rejects.toMatchObject({
      message: '--source-weight: no input is called "laws"',
      hint: 'The inputs are encyclopedia, statutes.',
    });
  });
});

describe('describeScripts', () => {
  it('says what is learnt and what is not, each with its share', () => {
    const shares = [
      { script: 'Thai', share: 0.808 },
      { script: 'Latin', share: 0.1915 },
      { script: 'Greek', share: 0.0005 },
    ];
    expect(describeScripts({ scripts: ['Thai'], shares })).toBe(
      'scripts of the text, by letters: Thai (80.8 %); not learnt: Latin (19.1 %); --scripts chooses others',
    );
  });

  it('warns where English may change', () => {
    expect(describeScripts({ scripts: ['Latin'], shares: [{ script: 'Latin', share: 1 }] })).toBe(
      'scripts of the text, by letters: Latin (100.0 %); English may get other ids, but never more tokens',
    );
    expect(describeScripts({ scripts: ['Latin'], shares: [] })).toBe('the text has no letters');
  });
});
