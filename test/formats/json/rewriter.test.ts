// Rewriting JSON texts: entries that leave, in every layout, against JSON.parse.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSweep } from '../../../src/formats/json/json-sweep.ts';
import { createRewriter } from '../../../src/formats/json/rewriter.ts';
import { runs } from '../../runs.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** The text with the numbers of its only list or object raised by 100, those below `least` left out with their entries. */
function rewritten(text: string, kind: 'list' | 'object', least: number): string {
  const sweep = new JsonSweep(utf8(text), 'x.json');
  const rewriter = createRewriter(sweep);
  rewriter.filter(kind, () => {
    const start = sweep.at;
    const value = sweep.readInteger();
    rewriter.replace(start, sweep.at, String(value + 100));
    return value >= least;
  });
  return new TextDecoder().decode(rewriter.finish());
}

describe('a rewriter', () => {
  it('leaves out entries with their commas, whatever the layout, and keeps the rest of the text', () => {
    const numbers = fc.array(fc.nat(99), { maxLength: 8 });
    fc.assert(
      fc.property(numbers, fc.nat(100), fc.constantFrom(undefined, 1, 2), (values, least, indent) => {
        const kept = values.filter((value) => value >= least).map((value) => value + 100);
        const list = rewritten(JSON.stringify(values, null, indent), 'list', least);
        expect(JSON.parse(list)).toEqual(kept);
        if (kept.length > 0) expect(list).toBe(JSON.stringify(kept, null, indent));
        const named = (all: readonly number[]) => Object.fromEntries(all.map((value) => [`,"${value % 100}中`, value]));
        const object = rewritten(JSON.stringify(named(values), null, indent), 'object', least);
        expect(JSON.parse(object)).toEqual(named(kept));
      }),
      runs(200),
    );
  });

  it('keeps odd white space', () => {
    expect(rewritten('[ 1 ,2\n,  3 , 4 ] ', 'list', 2)).toBe('[102\n,  103 , 104 ] ');
    expect(rewritten('{"a" : 1 ,"b":2}', 'object', 9)).toBe('{}');
  });
});
