import { afterEach, describe, expect, it } from 'vitest';
import { announceStdin, fieldFrom } from '../../../src/cli/flags/corpus-flags.ts';

const { isTTY } = process.stdin;
afterEach(() => {
  process.stdin.isTTY = isTTY;
});

function announced(inputs: readonly string[], isTerminal: boolean): string {
  process.stdin.isTTY = isTerminal;
  let said = '';
  announceStdin(inputs, { message: (text) => (said += text) });
  return said;
}

describe('standard input', () => {
  it('is announced where a person would wait, and nowhere else', () => {
    expect(announced(['-'], true)).toContain('reads standard input');
    expect(announced(['-'], false)).toBe('');
    expect(announced(['a.txt'], true)).toBe('');
  });
});

describe('--field', () => {
  it('names one field or several', () => {
    expect(fieldFrom({ field: undefined })).toEqual({});
    expect(fieldFrom({ field: 'messages[].content' })).toEqual({ field: ['messages[].content'] });
    expect(fieldFrom({ field: 'instruction,input' })).toEqual({ field: ['instruction', 'input'] });
  });
});
