import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Length } from '../../../src/core/unicode/utf8.ts';
import { createLineSet } from '../../../src/corpus/lines/line-set.ts';
import { splitLine } from '../../../src/corpus/lines/split-line.ts';
import { textLines } from '../../../src/corpus/read/records/text-lines.ts';

describe('splitLine', () => {
  it('cuts after sentences, then pauses, then anywhere safe', () => {
    expect(splitLine('他说：“好。”我走了。', 24)).toEqual(['他说：“好。”', '我走了。']);
    expect(splitLine('什么？！走吧', 16)).toEqual(['什么？！', '走吧']);
    expect(splitLine('一二三，四五六', 16)).toEqual(['一二三，', '四五六']);
    expect(splitLine('一二三四五六', 16)).toEqual(['一二三四五', '六']);
    expect(splitLine('short', 16)).toEqual(['short']);
  });

  it('cuts no surrogate pair, and no mark or joiner off its character', () => {
    expect(splitLine('abcdefghijklmn\u{1F600}x', 16)).toEqual(['abcdefghijklmn', '\u{1F600}x']);
    expect(splitLine(`${'a'.repeat(15)}e\u0301b`, 16)).toEqual(['a'.repeat(15), 'e\u0301b']);
    const family = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}';
    expect(splitLine(`${'x'.repeat(20)}${family}`, 24)).toEqual(['x'.repeat(20), family]);
  });

  it('loses nothing and stays within the limit, whatever the text', () => {
    const character = fc.constantFrom(...'好。！”，a \t\u0301\u200D\uD83D\uDE00', '\u{1F600}', '\uD800', '\uDC00');
    const line = fc.array(character, { maxLength: 200 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(line, fc.integer({ min: 16, max: 80 }), (text, limit) => {
        const parts = splitLine(text, limit);
        expect(parts.join('')).toBe(text);
        for (const part of parts) expect(utf8Length(part)).toBeLessThanOrEqual(limit);
        expect(
          parts.slice(0, -1).every((part) => part !== '' && !/[\uD800-\uDBFF]$/.test(part)) ||
            /[\uD800-\uDFFF]/.test(text),
        ).toBe(true);
      }),
    );
  });

  it('is not quadratic: a million characters without a break', () => {
    const line = '好'.repeat(1_000_000);
    expect(splitLine(line, 4192).length).toBe(Math.ceil(1_000_000 / 1397));
    expect(splitLine('\u0301'.repeat(100_000), 4192).join('').length).toBe(100_000);
  });
});

describe('textLines', () => {
  it('gives the same lines as split, however the text is cut', async () => {
    const text = fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', '好'), { maxLength: 40 }).map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), fc.boolean(), async (whole, size, fragments) => {
        async function* chunks() {
          for (let i = 0; i < whole.length; i += size) yield whole.slice(i, i + size);
        }
        const found: string[] = [];
        for await (const { lines } of textLines(chunks(), { shown: 'x', fragments })) found.push(...lines);
        const expected = whole.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
        if (whole === '' || whole.endsWith('\n')) expected.pop();
        expect(found).toEqual(expected);
      }),
    );
  });

  it('closes a line that was handed out in fragments', async () => {
    const half = 'x'.repeat((1 << 20) + 1);
    async function* chunks() {
      yield half;
      yield half;
    }
    const batches = [];
    for await (const batch of textLines(chunks(), { shown: 'x', fragments: true })) batches.push(batch);
    expect(batches.map(({ open, lines }) => [open, lines.map((line) => line.length)])).toEqual([
      [true, [half.length]],
      [true, [half.length]],
      [false, [0]],
    ]);
  });
});

describe('createLineSet', () => {
  it('says what it has seen, as a set does', () => {
    const set = createLineSet();
    const plain = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const text = `行${(i * 7919) % 12_000}`;
      expect(set.add(text)).toBe(!plain.has(text));
      plain.add(text);
    }
    expect(set.size).toBe(plain.size);
  });
});
