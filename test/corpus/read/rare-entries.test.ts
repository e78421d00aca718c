import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBytes } from '../../../src/core/grown.ts';
import { withoutRareEntries } from '../../../src/corpus/read/rare-entries.ts';
import { runs } from '../../runs.ts';

const entry = fc.tuple(fc.stringMatching(/^[甲b\u{20000}\t]{1,5}$/u), fc.constantFrom(1, 2, 3, 10, 11, 99, 100_000));
const line = fc.oneof(
  entry.map(([text, count]) => `${text}\t${count}`),
  fc.constantFrom('', '#end', '甲', '\t2', '甲\t', '甲\t0', '甲\t1\r', '甲\t1x', '7', `甲\t${'1'.repeat(16)}`),
);

describe('withoutRareEntries', () => {
  it('leaves out the entries that are not to be kept and nothing else, however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.boolean(),
        fc.constantFrom(2, 10, undefined),
        fc.integer({ min: 40, max: 90 }),
        async (lines, hasEnd, least, chunkBytes) => {
          const rare: [count: number, bytes: number, characters: number][] = [];
          const expected = lines.map((each, i) => {
            const [, text, digits] = /^(.+)\t(\d{1,15})$/su.exec(each) ?? [];
            const count = Number(digits);
            const isLast = i === lines.length - 1 && !hasEnd;
            if (text === undefined || count === 0 || isLast) return each;
            if (least !== undefined && (count >= least || text.endsWith('b'))) return each;
            rare.push([count, Buffer.byteLength(text), [...text].length]);
            return '';
          });
          const bytes = new TextEncoder().encode(lines.join('\n') + (hasEnd && lines.length > 0 ? '\n' : ''));
          async function* chunks() {
            for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
          }
          const told: typeof rare = [];
          const kept: Uint8Array[] = [];
          const isKept = (count: number, units: Uint16Array, length: number) =>
            count >= least! || String.fromCharCode(...units.subarray(0, length)).endsWith('b');
          const onEntry = (...each: (typeof rare)[number]) => told.push(each);
          for await (const chunk of withoutRareEntries(chunks(), { ...(least && { isKept }), onEntry }))
            kept.push(chunk);
          expect(new TextDecoder().decode(joinBytes(kept))).toBe(
            expected.join('\n') + (hasEnd && lines.length > 0 ? '\n' : ''),
          );
          expect(told).toEqual(rare);
        },
      ),
      runs(100),
    );
  });

  it('hands on a line that is longer than a chunk as it is', async () => {
    const parts = ['甲\t1\n乙乙', '乙乙乙乙', '乙\t1\n丙\t1\n'].map((part) => new TextEncoder().encode(part));
    async function* chunks() {
      yield* parts;
    }
    let kept = '';
    for await (const chunk of withoutRareEntries(chunks(), { onEntry: () => {} })) kept += Buffer.from(chunk);
    expect(kept).toBe('\n乙乙乙乙乙乙乙\t1\n\n');
  });
});
