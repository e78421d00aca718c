import { describe, expect, expectTypeOf, it } from 'vitest';
import { COMMON_FLAGS, type Command, defineCommand } from '../../../src/cli/declare/command.ts';
import { parseCommandLine, suggest } from '../../../src/cli/declare/command-line.ts';
import { commandHelp } from '../../../src/cli/declare/help.ts';
import { UsageError } from '../../../src/errors.ts';

const command = defineCommand({
  name: 'try',
  summary: 'Try things',
  positionals: { name: 'FILE', min: 1, max: 2 },
  flags: {
    'vocab-size': { type: 'integer', help: 'Pieces' },
    'character-coverage': { type: 'number', help: 'Share' },
    'shuffle-input': { type: 'boolean', help: 'Shuffle' },
    input: { type: 'string', multiple: true, list: true, help: 'Texts' },
    mode: { type: 'string', choices: ['fast', 'slow'], help: 'Mode' },
    out: { type: 'string', required: true, placeholder: 'DIR', help: 'Folder' },
  },
  examples: [['vocab-merge try a --out b', 'Tries']],
  run: async ({ flags }) => {
    // Values have the types of the declaration, and a flag that is not declared does not compile.
    expectTypeOf(flags['vocab-size']).toEqualTypeOf<number | undefined>();
    expectTypeOf(flags.input).toEqualTypeOf<readonly string[]>();
    expectTypeOf(flags.mode).toEqualTypeOf<'fast' | 'slow' | undefined>();
    expectTypeOf(flags.out).toEqualTypeOf<string>();
    // @ts-expect-error There is no such flag.
    flags['vocab-sise'];
  },
});

const parse = (...args: string[]) => parseCommandLine(command, ['file', '--out', 'dir', ...args]).flags;

function failure(args: readonly string[], of: Command = command): UsageError {
  try {
    parseCommandLine(of, args);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('parseCommandLine', () => {
  it("takes spm_train's spelling as well as kebab-case", () => {
    expect(parse('--vocab_size=20000')['vocab-size']).toBe(20000);
    expect(parse('--vocab-size', '20000')['vocab-size']).toBe(20000);
    expect(parse('--vocab-size', '-1')['vocab-size']).toBe(-1);
    expect(parse()['vocab-size']).toBeUndefined();
  });

  it.each([
    [['--shuffle_input=false'], false],
    [['--shuffle-input=true'], true],
    [['--shuffle-input'], true],
    [['--shuffle_input', 'false'], false],
    [['--shuffle-input', 'true', '--vocab-size', '3'], true],
    [[], undefined],
  ])('takes a truth as %j', (args, expected) => {
    expect(parse(...args)['shuffle-input']).toBe(expected);
  });

  it('takes no argument for a truth that is none', () => {
    const { flags, positionals } = parseCommandLine(command, ['--shuffle-input', 'falsehood', '--out', 'd']);
    expect(flags['shuffle-input']).toBe(true);
    expect(positionals).toEqual(['falsehood']);
  });

  it('takes the files of a pattern that the shell expanded, or says how to quote it', () => {
    const { positionals: _, ...withoutArguments } = command;
    const { flags } = parseCommandLine(withoutArguments, ['--input', 'a', 'b', 'c', '--out', 'd', '--input', 'e', 'f']);
    expect(flags.input).toEqual(['a', 'b', 'c', 'e', 'f']);
    expect(failure(['--out', 'd', 'e'], withoutArguments).message).toContain('"e" is one argument too many');
    const error = failure(['file', 'other', '--input', 'a', 'b', '--out', 'd']);
    expect(error.message).toBe('try: "b" stands behind --input without a flag of its own');
    expect(error.hint).toContain("--input '*.txt'");
  });

  it('leaves values alone', () => {
    expect(parse('--input=a_b,c', '--input', 'd').input).toEqual(['a_b', 'c', 'd']);
    expect(parseCommandLine(command, ['--out=x=y', 'a', 'b']).flags.out).toBe('x=y');
  });

  it.each([
    [['file', '--out', 'd', '--vocab-sise', '1'], 'unknown flag --vocab-sise', 'Did you mean --vocab-size?'],
    [['file', '--out', 'd', '-x'], 'unknown flag -x', '--help'],
    [['file'], '--out is missing', '--out DIR'],
    [['--out', 'd'], 'FILE is missing', '--help'],
    [['a', 'b', 'c', '--out', 'd'], '"c" is one argument too many', '--help'],
    [['file', '--out', 'd', '--out', 'e'], '--out is given twice', 'once'],
    [['file', '--out'], '--out needs a value', 'DIR'],
    [['file', '--out', ''], '--out is empty', 'variable'],
    [['', '--out', 'd'], 'an argument is empty', 'variable'],
    [['file', '--out', 'd', '--vocab-size', '1.5'], '"1.5" is not a whole number', 'whole'],
    [['file', '--out', 'd', '--vocab-size='], '"" is not a whole number', 'whole'],
    [['file', '--out', 'd', '--character-coverage', 'much'], '"much" is not a number', 'number'],
    [['file', '--out', 'd', '--mode', 'fats'], '"fats" is not one of fast, slow', 'Did you mean fast?'],
    [['file', '--out', 'd', '--shuffle-input=maybe'], '"maybe" is neither true nor false', '=false'],
  ])('refuses %j', (args, message, hint) => {
    const error = failure(args);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('asks for nothing else when help is wanted', () => {
    expect(parseCommandLine(command, ['--help']).flags.help).toBe(true);
  });
});

describe('help', () => {
  it('shows every flag, the required ones in the usage line, and the examples', () => {
    const help = commandHelp(command);
    for (const name of Object.keys({ ...command.flags, ...COMMON_FLAGS })) expect(help).toContain(`--${name}`);
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
