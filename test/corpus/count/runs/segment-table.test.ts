import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../../src/core/unicode/utf8.ts';
import { createRunCollector } from '../../../../src/corpus/count/runs/run-collector.ts';
import { createSegmentTable, orderedUnit, plainUnit } from '../../../../src/corpus/count/runs/segment-table.ts';
import { mergeRuns, readRun } from '../../../../src/corpus/count/runs/sorted-runs.ts';
import { createSpill } from '../../../../src/corpus/count/runs/spill.ts';
import { OutputError } from '../../../../src/errors.ts';
import { runs } from '../../../runs.ts';
import { temporaryFolder } from '../../../temporary-folder.ts';
import { entriesOf } from '../entries.ts';

const segments = fc.array(
  fc.tuple(
    fc.oneof(
      fc.string({
        unit: fc.constantFrom('甲', '乙', '\uffe0', '\u{20000}', '\u{10ffff}', 'a'),
        minLength: 1,
        maxLength: 5,
      }),
      // Around the longest length of one unit, and rarely: they are long.
      fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 0x7fff, 0x8000).map((length) => '长'.repeat(length)),
    ),
    fc.constantFrom(1, 2, 0x7fff, 0x8000, 2 ** 32, 2 ** 45 + 3),
  ),
  { maxLength: 60 },
);

describe('createSegmentTable', () => {
  it('moves units so that their order is that of UTF-8, and back', () => {
    const units = Array.from({ length: 0x10000 }, (_, unit) => unit);
    expect(units.map(orderedUnit).map(plainUnit)).toEqual(units);
    expect(orderedUnit(0xd800)).toBeGreaterThan(orderedUnit(0xffff));
  });

  it('adds up and sorts, also when it spills after every few segments', () => {
    fc.assert(
      fc.property(segments, fc.integer({ min: 1, max: 3000 }), (added, tableBytes) => {
        const expected = new Map<string, number>();
        const table = createSegmentTable(1 << 20);
        const spill = createSpill(tmpdir(), 100);
        const collector = createRunCollector(tableBytes, spill);
        for (const [text, count] of added) {
          expected.set(text, (expected.get(text) ?? 0) + count);
          table.add(`x${text}x`, 1, text.length + 1, count);
          collector.table.add(text, 0, text.length, count);
          collector.sealIfFull();
        }
        const sorted = [...expected].sort(([a], [b]) => compareUtf8(a, b));
        expect(table.size).toBe(expected.size);
        expect(entriesOf(readRun(table.sorted()))).toEqual(sorted);
        expect(entriesOf(mergeRuns(collector.runs(), { weights: [1], distinct: [0] }))).toEqual(sorted);
        spill.close();
      }),
      runs(25),
    );
  });

  it('sorts many entries that agree in long beginnings', () => {
    const table = createSegmentTable(1 << 22);
    const texts = Array.from(
      { length: 300 },
      (_, i) => `${'同'.repeat(1000)}${String.fromCodePoint(0x4e00 + ((i * 7) % 300))}`,
    );
    for (const text of texts) table.add(text, 0, text.length, 1);
    expect(entriesOf(readRun(table.sorted())).map(([text]) => text)).toEqual(texts.sort(compareUtf8));
  });
});

describe('mergeRuns', () => {
  it('weighs sources and tells how many texts each of them has', () => {
    const spill = createSpill(tmpdir(), 0);
    const collector = createRunCollector(1 << 12, spill);
    collector.table.add('甲乙', 0, 1, 4);
    collector.table.add('甲乙', 1, 2, 1);
    collector.nextSource();
    collector.table.add('甲', 0, 1, 3);
    const distinct = [0, 0];
    expect(entriesOf(mergeRuns(collector.runs(), { weights: [0.5, 1], distinct }))).toEqual([
      ['乙', 0.5],
      ['甲', 5],
    ]);
    expect(distinct).toEqual([2, 1]);
    spill.close();
  });
});

describe('createSpill', () => {
  const folder = temporaryFolder();

  it('keeps bytes in memory and on disk, in a file without a name', () => {
    const spill = createSpill(folder, 4);
    const places = [1, 2, 3].map((value) => spill.write(new Uint8Array(3).fill(value)));
    expect(places).toEqual([0, 3, 6]);
    expect(spill.spilledBytes).toBe(5);
    expect(readdirSync(folder)).toEqual([]);
    const readFrom = (place: number, length: number): number[] => {
      const bytes = new Uint8Array(length);
      spill.read(place, bytes);
      return [...bytes];
    };
    expect(readFrom(1, 8)).toEqual([1, 1, 2, 2, 2, 3, 3, 3]);
    spill.cut(5);
    expect(() => readFrom(4, 2)).toThrow(OutputError);
    expect(spill.write(new Uint8Array(2).fill(4))).toBe(5);
    expect(readFrom(2, 5)).toEqual([1, 2, 2, 4, 4]);
    expect(spill.spilledBytes).toBe(7);
    spill.close();
  });

  it('says where it cannot write', () => {
    const spill = createSpill(join(folder, 'missing'), 0);
    expect(() => spill.write(new Uint8Array(1))).toThrow(OutputError);
  });
});
