// Cuts text into the segments that a frequency table counts: runs of characters of one script, and runs of punctuation.
// Everything else (digits, spaces, other scripts) only separates. Segments never mix scripts; a mark may go with the
// characters behind it, so that `extend --join front` finds in a table what it finds in text.
// Pure. Spec of the scripts: core/unicode/scripts.ts; of what stands in front: train/extend/join-rule.ts.

import { SPACE_SYMBOL } from '../../core/model.ts';
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
  /**
   * `front`: the marks before a run of characters are in its segment, and a segment that begins a text begins with `▁`.
   * `none` (default): marks stay apart.
   */
  readonly join?: SegmentJoin | undefined;
}

/** What may go with the characters of a segment. */
export const SEGMENT_JOINS = ['none', 'front'] as const;

export type SegmentJoin = (typeof SEGMENT_JOINS)[number];

/** Cuts a text; calls back with each segment, in order. With `front`, a `▁` before the text says that it is a beginning. */
export type SegmentCutter = (text: string, onSegment: (segment: string) => void) => void;

/** Kinds of characters: 0 separates, 1 is punctuation, scripts follow. */
const PUNCTUATION_KIND = 1;

const SPACE_CODE_POINT = SPACE_SYMBOL.codePointAt(0)!;

/**
 * @throws OptionError for a script that Unicode does not name
 * @example
 * ```ts
 * const segments: string[] = [];
 * createSegmentCutter()('他说：“GPT很强。”', (segment) => segments.push(segment));
 * segments; // ['他说', '：“', '很强', '。”']
 *
 * const fronted: string[] = [];
 * createSegmentCutter({ join: 'front' })('▁他说：“很强。”', (segment) => fronted.push(segment));
 * fronted; // ['▁他说', '：“很强', '。”']
 * ```
 */
export function createSegmentCutter(options: SegmentOptions = {}): SegmentCutter {
  const { scripts = ['Han'], punctuation = CHINESE_PUNCTUATION, join = 'none' } = options;
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
  const hasFronts = join === 'front';
  const kindOf = (code: number): number => {
    // A `▁` of the text itself only separates: at the front of a segment it would say that a text begins.
    if (hasFronts && code === SPACE_CODE_POINT) return 0;
    return marks.has(code) ? PUNCTUATION_KIND : (kindOfScript.get(scriptOf(code)) ?? 0);
  };
  // Nearly all text is in the basic plane: its kinds are looked up in a table.
  const kinds = Uint8Array.from({ length: 0x10000 }, (_, code) => kindOf(code));

  return (text, onSegment) => {
    const first = hasFronts && text.startsWith(SPACE_SYMBOL) ? SPACE_SYMBOL.length : 0;
    let start = first;
    let current = 0;
    for (let i = first; i < text.length; ) {
      const unit = text.charCodeAt(i);
      const code = unit >= 0xd800 && unit < 0xdc00 ? text.codePointAt(i)! : unit;
      const kind = code < 0x10000 ? kinds[code]! : kindOf(code);
      if (kind !== current) {
        const isFronted = hasFronts && kind > PUNCTUATION_KIND;
        if (!isFronted || current !== PUNCTUATION_KIND) {
          if (current !== 0) onSegment(text.slice(start, i));
          start = i;
        }
        if (isFronted && start === first) start = 0;
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
