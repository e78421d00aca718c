import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../src/core/unicode/utf8.ts';
import { type CondenseRoom, condense, readRuns } from '../../../../src/corpus/count/condense/condense.ts';
import { ALONE, createMeeting } from '../../../../src/corpus/count/condense/team.ts';
import { segmentText } from '../../../../src/corpus/count/entry-text.ts';
import { createRunCollector } from '../../../../src/corpus/count/runs/run-collector.ts';
import { mergeRuns } from '../../../../src/corpus/count/runs/sorted-runs.ts';
import { createSpill, type Spill } from '../../../../src/corpus/count/runs/spill.ts';
import { OptionError } from '../../../../src/errors.ts';
import { plainCondense } from '../../../oracles/plain-condense.ts';
import { runs } from '../../../runs.ts';

type Entries = readonly (readonly [text: string, count: number])[];
type SmallRoom = Partial<Omit<CondenseRoom, 'openSpill'>> & { readonly blockCharacters?: number };

/** Of a team of several, what all of them find; what they exchange goes through a structured clone, as between threads. */
async function condenseEntries(
  entries: Entries,
  maxLength: number,
  minCount: number,
  { blockCharacters, ...room }: SmallRoom = {},
  members = 1,
) {
  const collector = createRunCollector(1 << 16, createSpill(tmpdir(), 1 << 20));
  for (const [text, count] of entries) collector.table.add(text, 0, text.length, count);
  const source = mergeRuns(collector.runs(), { weights: [1], distinct: [0] });
  const spills: Spill[] = [];
  const openSpill = (): Spill => {
    // The first blocks stay in memory, the others go to disk.
    const spill = createSpill(tmpdir(), 64);
    spills.push(spill);
    return spill;
  };
  const found: [string, number][] = [];
  const meeting = createMeeting(members);
  try {
    const task = readRuns(source, openSpill(), blockCharacters);
    const { places } = task.blocks;
    const totals = await Promise.all(
      Array.from({ length: members }, (_, index) => {
        const own = places.slice((places.length * index) / members, (places.length * (index + 1)) / members);
        const exchange = async <T>(handed: T): Promise<readonly T[]> =>
          (await meeting.exchange(index, structuredClone(handed))) as readonly T[];
        return condense(
          { ...task, blocks: { ...task.blocks, places: own } },
          { maxLength, minCount },
          { openSpill, workBytes: 1 << 20, ...room },
          (units, start, end, count) => found.push([segmentText(units, start, end), count]),
          members === 1 ? ALONE : { index, size: members, exchange },
        );
      }),
    );
    return {
      entries: found,
      characters: totals.reduce((sum, { characters }) => sum + characters, 0),
      droppedCharacters: totals.reduce((sum, { droppedCharacters }) => sum + droppedCharacters, 0),
    };
  } finally {
    for (const spill of spills) spill.close();
  }
}

// Counts from 4,095 on are kept in another way than smaller ones.
const counts = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constantFrom(4094, 4095, 70_000));
const weighted = fc.array(fc.tuple(fc.stringMatching(/^[甲乙\u{20000}]{1,9}$/u), counts), {
  minLength: 1,
  maxLength: 12,
});

describe('condense', () => {
  it('keeps frequent segments and drops rare ones', async () => {
    const { entries, characters, droppedCharacters } = await condenseEntries(
      [
        ['人工智能技术', 10],
        ['人工智能', 20],
        ['技术', 5],
        ['龘人工智能', 1],
      ],
      4,
      5,
    );
    expect(new Map(entries)).toEqual(
      new Map([
        ['人工智能', 31],
        ['技术', 15],
      ]),
    );
    expect([characters, droppedCharacters]).toEqual([60 + 80 + 10 + 5, 1]);
  });

  it('cuts as trying everything does, however the text is divided into blocks, groups and among a team', async () => {
    await fc.assert(
      fc.asyncProperty(
        weighted,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(1, 5, 1000),
        fc.constantFrom(1, 1 << 20),
        fc.integer({ min: 1, max: 3 }),
        async (source, maxLength, minCount, division, workBytes, members) => {
          const room = { blockCharacters: division, groupPlaces: division, passPlaces: 8 * division, workBytes };
          const { entries, characters, droppedCharacters } = await condenseEntries(
            source,
            maxLength,
            minCount,
            room,
            members,
          );
          const sums = new Map<string, number>();
          for (const [text, count] of source) sums.set(text, (sums.get(text) ?? 0) + count);
          const expected = [...plainCondense([...sums], maxLength, minCount)].sort(([a], [b]) => compareUtf8(a, b));
          expect([...entries].sort(([a], [b]) => compareUtf8(a, b))).toEqual(
            expected.filter(([, count]) => count >= minCount),
          );
          const size = (parts: Entries): number =>
            parts.reduce((sum, [text, count]) => sum + [...text].length * count, 0);
          expect(characters).toBe(size(source));
          expect(size(entries) + droppedCharacters).toBe(characters);
        },
      ),
      runs(40),
    );
  });

  it('works with more than 65,536 characters, and more n-grams in a group', async () => {
    const text = Array.from({ length: 70_000 }, (_, i) => String.fromCodePoint(0x20000 + i)).join('');
    const { entries } = await condenseEntries([[text, 2]], 2, 2, { groupPlaces: 1 << 17 });
    expect(entries.length).toBe(35_000);
    expect(
      entries
        .map(([segment]) => segment)
        .sort(compareUtf8)
        .join(''),
    ).toBe(text);
  });

  it('checks its options', async () => {
    await expect(condenseEntries([['甲', 1]], 0, 1)).rejects.toThrow(OptionError);
    await expect(condenseEntries([['甲', 1]], 17, 1)).rejects.toThrow(OptionError);
    await expect(condenseEntries([['甲', 1]], 8, 0)).rejects.toThrow(OptionError);
  });
});
