import { describe, expect, it } from 'vitest';
import type { Flags } from '../../../src/cli/declare/flag.ts';
import { APPEND_FLAGS } from '../../../src/cli/flags/append-flags.ts';
import { spellAsFlags } from '../../../src/cli/flags/flag-names.ts';
import { PIECE_FLAGS } from '../../../src/cli/flags/piece-flags.ts';

const flags: Flags = Object.fromEntries(
  ['vocab-size', 'hard-vocab-limit', 'scripts', 'bos-id', 'out'].map((name) => [name, { type: 'string', help: '' }]),
);
const all: Flags = { ...flags, ...APPEND_FLAGS, ...PIECE_FLAGS };

describe('spellAsFlags', () => {
  it.each([
    ['training option vocabSize: 0 is not between 1 and 9', '--vocab-size: 0 is not between 1 and 9'],
    ['Set vocabSize to 45, or turn hardVocabLimit off.', 'Set --vocab-size to 45, or turn --hard-vocab-limit off.'],
    ['training option bosId: 9 is not below vocabSize', '--bos-id: 9 is not below --vocab-size'],
    ['addTokens: "[P]" is given twice', '--add-token: "[P]" is given twice'],
    ['base.rows: 3 is not a whole number', '--base-rows: 3 is not a whole number'],
    ['minDocumentFrequency is 3', '--min-df is 3'],
    ['scripts: "Hann" is not a Unicode script', '--scripts: "Hann" is not a Unicode script'],
  ])('spells %s', (message, expected) => {
    expect(spellAsFlags(message, all)).toBe(expected);
  });

  it('leaves alone what is no option of the command', () => {
    for (const message of [
      'vocabSize.txt: no such file',
      'texts/vocabSize: no such file',
      'resizeVocabSize: unknown',
      'the scripts: none',
      'maxLineBytes: 3 is too small',
      'nothing is left out: 3 lines',
    ]) {
      expect(spellAsFlags(message, all)).toBe(message);
    }
  });
});
