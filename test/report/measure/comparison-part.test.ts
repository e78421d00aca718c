import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/errors.ts';
import { TOKEN_KIND } from '../../../src/report/counters/token-counter.ts';
import { openComparison } from '../../../src/report/measure/compare-tokenizers.ts';
import { parseSums, serializeSums } from '../../../src/report/measure/comparison-part.ts';

const counter = {
  engine: 'units',
  vocabSize: 200,
  tokenKinds: new Uint8Array(200).fill(TOKEN_KIND.ordinary),
  idToPiece: (id: number) => String.fromCharCode(id),
  forEachId: (text: string, visit: (id: number) => void) => {
    for (const character of text) visit(character.charCodeAt(0));
  },
};

describe('the sums of a text as a line', () => {
  it('are read back as they were, and nothing else is taken for them', async () => {
    const comparison = await openComparison({ tokenizers: [{ name: 'units', counter }] });
    const sums = await comparison.count({ name: 'a', lines: ['abba', 'z'], hashes: () => ['00'] });
    const line = serializeSums({ text: 3, sums, passages: ['abba'] });
    const read = parseSums(line, 'part', comparison.tokenizers);
    expect(read).toEqual({ text: 3, sums, passages: ['abba'] });
    const json = JSON.parse(line);
    for (const [change, message] of [
      [{ name: 1 }, 'names no text'],
      [{ text: -1 }, 'names no text'],
      [{ size: [1, 2, 3] }, 'counts'],
      [{ tallies: [] }, 'of 1 tokenizers'],
      [{ pieces: [[300, 1]] }, 'ids that units has not'],
      [{ pieces: [[1]] }, 'ids that units has not'],
      [{ blocks: [1, 2, 3] }, 'half a block'],
      [{ blocks: [1.5, 2] }, 'counts'],
      [{ worst: [[{}]] }, 'no list of lines'],
      [{ passages: [1] }, 'no list of texts'],
    ] as const) {
      const bad = JSON.stringify({ ...json, ...change });
      expect(() => parseSums(bad, 'part: line 2', comparison.tokenizers)).toThrow(`part: line 2: `);
      expect(() => parseSums(bad, 'part: line 2', comparison.tokenizers)).toThrow(message);
    }
    expect(() => parseSums(line.slice(1), 'part', comparison.tokenizers)).toThrow(FormatError);
  });
});
