import { describe, expect, it } from 'vitest';
import { COMMON_OPTIONS, type Command } from '../../../src/cli/declare/command.ts';
import { parseCommandLine, suggest } from '../../../src/cli/declare/command-line.ts';
import { commandHelp } from '../../../src/cli/declare/help.ts';
import { UsageError } from '../../../src/errors.ts';

const command: Command = {
  name: 'try',
  summary: 'Try things',
  positionals: { name: 'FILE', min: 1, max: 2 },
  options: [
    { name: 'vocab-size', type: 'integer', help: 'Pieces' },
    { name: 'character-coverage', type: 'number', help: 'Share' },
    { name: 'shuffle-input', type: 'flag', help: 'Shuffle' },
    { name: 'input', type: 'string', multiple: true, list: true, help: 'Texts' },
    { name: 'mode', type: 'string', choices: ['fast', 'slow'], help: 'Mode' },
    { name: 'out', type: 'string', required: true, placeholder: 'DIR', help: 'Folder' },
  ],
  examples: [['vocab-merge try a --out b', 'Tries']],
  run: async () => {},
};

const parse = (...args: string[]) => parseCommandLine(command, ['file', '--out', 'dir', ...args]).options;

function failure(...args: string[]): UsageError {
  try {
    parseCommandLine(command, args);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('parseCommandLine', () => {
  it("takes spm_train's spelling as well as kebab-case", () => {
    expect(parse('--vocab_size=20000').number('vocab-size')).toBe(20000);
    expect(parse('--vocab-size', '20000').number('vocab-size')).toBe(20000);
    expect(parse('--shuffle_input=false').flag('shuffle-input')).toBe(false);
    expect(parse('--shuffle-input=true').flag('shuffle-input')).toBe(true);
    expect(parse('--shuffle-input').optionalFlag('shuffle-input')).toBe(true);
    expect(parse().optionalFlag('shuffle-input')).toBeUndefined();
    expect(parse('--vocab-size', '-1').number('vocab-size')).toBe(-1);
  });

  it('leaves values alone', () => {
    expect(parse('--input=a_b,c', '--input', 'd').strings('input')).toEqual(['a_b', 'c', 'd']);
    expect(parseCommandLine(command, ['--out=x=y', 'a', 'b']).options.required('out')).toBe('x=y');
  });

  it.each([
    [['file', '--out', 'd', '--vocab-sise', '1'], 'unknown flag --vocab-sise', 'Did you mean --vocab-size?'],
    [['file', '--out', 'd', '-x'], 'unknown flag -x', '--help'],
    [['file'], '--out is missing', '--out DIR'],
    [['--out', 'd'], 'FILE is missing', '--help'],
    [['a', 'b', 'c', '--out', 'd'], '"c" is one argument too many', '--help'],
    [['file', '--out', 'd', '--out', 'e'], '--out is given twice', 'once'],
    [['file', '--out'], '--out needs a value', 'DIR'],
    [['file', '--out', 'd', '--vocab-size', '1.5'], '"1.5" is not a whole number', 'whole'],
    [['file', '--out', 'd', '--vocab-size='], '"" is not a whole number', 'whole'],
    [['file', '--out', 'd', '--character-coverage', 'much'], '"much" is not a number', 'number'],
    [['file', '--out', 'd', '--mode', 'fats'], '"fats" is not one of fast, slow', 'Did you mean fast?'],
    [['file', '--out', 'd', '--shuffle-input=maybe'], '"maybe" is neither true nor false', '=false'],
  ])('refuses %j', (args, message, hint) => {
    const error = failure(...args);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('asks for nothing else when help is wanted', () => {
    expect(parseCommandLine(command, ['--help']).options.flag('help')).toBe(true);
  });
});

describe('help', () => {
  it('shows every flag, the required ones in the usage line, and the examples', () => {
    const help = commandHelp(command);
    for (const { name } of [...command.options, ...COMMON_OPTIONS]) expect(help).toContain(`--${name}`);
    expect(help).toContain('Usage: vocab-merge try FILE --out DIR [FLAGS]');
    expect(help).toContain('vocab-merge try a --out b');
  });
});

describe('suggest', () => {
  it('finds what is close and nothing else', () => {
    expect(suggest('mergr', ['merge', 'train'])).toBe('Did you mean merge?');
    expect(suggest('xyz', ['merge', 'train'])).toBeUndefined();
  });
});
