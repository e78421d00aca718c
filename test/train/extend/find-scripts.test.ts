// What scripts are found, and that looking for them takes nothing away from the text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scriptCount, scriptId } from '../../../src/core/unicode/scripts.ts';
import type { WeightedSentence } from '../../../src/core/weighted-sentence.ts';
import { chooseScripts, findScripts } from '../../../src/train/extend/find-scripts.ts';
import type { ExtendSource } from '../../../src/train/extend/options.ts';
import { runs } from '../../runs.ts';

function choose(letters: Readonly<Record<string, number>>): readonly string[] {
  const counts = new Float64Array(scriptCount);
  for (const [name, count] of Object.entries(letters)) counts[scriptId(name)!] = count;
  return chooseScripts(counts).scripts;
}

describe('chooseScripts', () => {
  it.each<[letters: Record<string, number>, scripts: string[]]>([
    [{ Han: 100 }, ['Han']],
    [{ Han: 40, Latin: 60 }, ['Han']],
    [{ Han: 5, Latin: 95 }, ['Han']],
    [{ Han: 4, Latin: 96 }, ['Latin']],
    [{ Hangul: 900, Han: 60, Latin: 5000 }, ['Hangul', 'Han']],
    [{ Hangul: 900, Han: 40 }, ['Hangul']],
    [{ Han: 960, Hiragana: 40 }, ['Han']],
    [{ Hiragana: 500, Han: 480, Katakana: 20 }, ['Hiragana', 'Han', 'Katakana']],
    [{ Thai: 50, Lao: 50 }, ['Lao', 'Thai']],
    [{}, ['Latin']],
  ])('of %j chooses %j', (letters, scripts) => {
    expect(choose(letters)).toEqual(scripts);
  });

  it('gives the share of every script', () => {
    const counts = new Float64Array(scriptCount);
    counts[scriptId('Latin')!] = 1;
    counts[scriptId('Thai')!] = 3;
    expect(chooseScripts(counts).shares).toEqual([
      { script: 'Thai', share: 0.75 },
      { script: 'Latin', share: 0.25 },
    ]);
  });
});

async function linesOf({ sentences }: ExtendSource): Promise<(string | WeightedSentence)[]> {
  const lines: (string | WeightedSentence)[] = [];
  for await (const line of sentences) lines.push(line);
  return lines;
}

async function* once(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

describe('findScripts', () => {
  it('counts a sentence as often as it occurs', async () => {
    const sentences = [
      { text: 'ก', count: 99 },
      { text: 'カ', count: 1 },
    ];
    expect((await findScripts([{ name: 'a', sentences }])).found.scripts).toEqual(['Thai']);
  });

  it('looks into every source, however long the first is', async () => {
    const long = { name: 'en', sentences: Array(200).fill('English '.repeat(10_000)) };
    const { found } = await findScripts([long, { name: 'ko', sentences: ['한국어 '.repeat(100_000)] }]);
    expect(found.scripts).toEqual(['Hangul']);
  });

  it('gives back every line of what can be read once, in order', async () => {
    const line = fc.oneof(fc.constantFrom('한국어', '中文', 'abc'), fc.string({ unit: 'binary', maxLength: 3000 }));
    const property = fc.asyncProperty(fc.array(fc.array(line), { minLength: 1, maxLength: 3 }), async (texts) => {
      const sources = texts.map((lines, i) => ({ name: `${i}`, sentences: once(['ไทย', ...lines]) }));
      const { sources: whole } = await findScripts(sources);
      expect(await Promise.all(whole.map(linesOf))).toEqual(texts.map((lines) => ['ไทย', ...lines]));
    });
    await fc.assert(property, runs(20));
  });

  it('reads no further than it must, and closes what it has looked at', async () => {
    let read = 0;
    let isClosed = false;
    async function* preview(): AsyncGenerator<string> {
      try {
        for (;;) {
          read++;
          yield 'ไทย'.repeat(1000);
        }
      } finally {
        isClosed = true;
      }
    }
    const source = { name: 'th', sentences: ['not touched'], preview: preview() };
    const { sources } = await findScripts([source]);
    expect(sources).toEqual([source]);
    expect(read).toBeLessThan(400);
    expect(isClosed).toBe(true);
  });
});
