// Cuts text into the segments that a frequency table counts: runs of characters of one script, and runs of punctuation.
// Everything else (digits, spaces, other scripts) only separates. Segments never mix scripts, as pieces never do.
// Pure. Spec of the scripts: core/unicode/scripts.ts.

import { scriptId, scriptOf } from '../../core/unicode/scripts.ts';
import { OptionError } from '../../errors.ts';

/** Punctuation of Chinese text that is counted by default, in runs of its own. */
export const CHINESE_PUNCTUATION = '，。、：；？！“”‘’（）《》【】〈〉「」『』—…·％～';

/** Which characters make segments. */
export interface SegmentOptions {
  /** Unicode names of the scripts. Default `['Han']`. */
  readonly scripts?: readonly string[] | undefined;
  /** Characters that make runs of their own. Default {@link CHINESE_PUNCTUATION}; `''` for none. */
  readonly punctuation?: string | undefined;
}

/** Cuts a text; calls back with each segment, in order. */
export type SegmentCutter = (text: string, onSegment: (segment: string) => void) => void;

/** Kinds of characters: 0 separates, 1 is punctuation, scripts follow. */
const PUNCTUATION_KIND = 1;

/**
 * @throws OptionError for a script that Unicode does not name
 * @example
 * ```ts
 * const segments: string[] = [];
 * createSegmentCutter()('他说：“GPT很强。”', (segment) => segments.push(segment));
 * segments; // ['他说', '：“', '很强', '。”']
 * ```
 */
export function createSegmentCutter(options: SegmentOptions = {}): SegmentCutter {
  const { scripts = ['Han'], punctuation = CHINESE_PUNCTUATION } = options;
  const kindOfScript = new Map<number, number>();
  scripts.forEach((name, i) => {
    const id = scriptId(name);
    if (id === undefined) {
      throw new OptionError(`scripts: ${JSON.stringify(name)} is not the name of a Unicode script`, {
        hint: 'Examples are Han, Hiragana, Hangul, Latin.',
      });
    }
    kindOfScript.set(id, PUNCTUATION_KIND + 1 + i);
  });
  const marks = new Set([...punctuation].map((mark) => mark.codePointAt(0)!));
  const kindOf = (code: number): number =>
    marks.has(code) ? PUNCTUATION_KIND : (kindOfScript.get(scriptOf(code)) ?? 0);
  // Nearly all text is in the basic plane: its kinds are looked up in a table.
  const kinds = Uint8Array.from({ length: 0x10000 }, (_, code) => kindOf(code));

  return (text, onSegment) => {
    let start = 0;
    let current = 0;
    for (let i = 0; i < text.length; ) {
      const unit = text.charCodeAt(i);
      const code = unit >= 0xd800 && unit < 0xdc00 ? text.codePointAt(i)! : unit;
      const kind = code < 0x10000 ? kinds[code]! : kindOf(code);
      if (kind !== current) {
        if (current !== 0) onSegment(text.slice(start, i));
        start = i;
        current = kind;
      }
      i += code < 0x10000 ? 1 : 2;
    }
    if (current !== 0) onSegment(text.slice(start));
  };
}

/** Adds up how often texts occur. */
export interface TextCounter {
  add(text: string, count: number): void;
  /** All texts with their counts, in no particular order. */
  entries(): Iterable<[text: string, count: number]>;
}

/** Maps the counts are spread over: one map of JavaScript ends at 16.7 million entries. */
const SHARDS = 64;

/** Strings up to this length are copied when they are cut out of another one. */
const COPIED_UNITS = 12;

/** An empty counter. */
export function createTextCounter(): TextCounter {
  const shards = Array.from({ length: SHARDS }, () => new Map<string, number>());
  return {
    add(text, count) {
      const shard = shards[(text.charCodeAt(0) * 7 + text.charCodeAt(text.length - 1)) % SHARDS]!;
      const sum = shard.get(text);
      if (sum !== undefined) shard.set(text, sum + count);
      // A long slice would keep alive the whole chunk of text that it was cut out of.
      else shard.set(text.length > COPIED_UNITS ? copyOf(text) : text, count);
    },
    *entries() {
      for (const shard of shards) yield* shard;
    },
  };
}

function copyOf(text: string): string {
  const units = new Uint16Array(Math.min(text.length, 4096));
  let copy = '';
  for (let start = 0; start < text.length; start += units.length) {
    const length = Math.min(units.length, text.length - start);
    for (let i = 0; i < length; i++) units[i] = text.charCodeAt(start + i);
    copy += String.fromCharCode(...units.subarray(0, length));
  }
  return copy;
}
