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

/**
 * Cuts a text; calls back with the place of each segment, in order. With `front`, a `▁` before the text says that it is a
 * beginning.
 */
export type SegmentCutter = (text: string, onSegment: OnSegmentCut) => void;

/** Told that `text[start, end)` is a segment, and the number of its code points. */
export type OnSegmentCut = (start: number, end: number, characters: number) => void;

/** Kinds of characters: 0 separates, 1 is punctuation, scripts follow. */
const PUNCTUATION_KIND = 1;

const SPACE_CODE_POINT = SPACE_SYMBOL.codePointAt(0)!;

/**
 * @throws OptionError for a script that Unicode does not name, and for punctuation that no table can hold
 * @example
 * ```ts
 * const text = '他说：“GPT很强。”';
 * const segments: string[] = [];
 * createSegmentCutter()(text, (start, end) => segments.push(text.slice(start, end)));
 * segments; // ['他说', '：“', '很强', '。”']
 *
 * const line = '▁他说：“很强。”';
 * const fronted: string[] = [];
 * createSegmentCutter({ join: 'front' })(line, (start, end) => fronted.push(line.slice(start, end)));
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
  if (/[\t\n\r]|\p{Cs}/u.test(punctuation)) {
    throw new OptionError(
      `punctuation: ${JSON.stringify(punctuation)} has a tab, a line end or half of a surrogate pair`,
      { hint: 'A table has one entry a line, with a tab before its count.' },
    );
  }
  const marks = new Set([...punctuation].map((mark) => mark.codePointAt(0)!));
  const hasFronts = join === 'front';
  const kindOf = (code: number): number => {
    // A `▁` of the text itself only separates: at the front of a segment it would say that a text begins.
    if (hasFronts && code === SPACE_CODE_POINT) return 0;
    return marks.has(code) ? PUNCTUATION_KIND : (kindOfScript.get(scriptOf(code)) ?? 0);
  };
  // Nearly all text is in the basic plane: its kinds are looked up in a table.
  const kinds = Uint8Array.from({ length: 0x10000 }, (_, code) => kindOf(code));
  // No entry of a table can have these, and some of them are of the script Common.
  for (const code of [0x09, 0x0a, 0x0d]) kinds[code] = 0;
  kinds.fill(0, 0xd800, 0xe000);

  return (text, onSegment) => {
    const first = hasFronts && text.startsWith(SPACE_SYMBOL) ? SPACE_SYMBOL.length : 0;
    let start = first;
    let current = 0;
    // Characters of two units since `start`.
    let pairs = 0;
    for (let i = first; i < text.length; ) {
      const unit = text.charCodeAt(i);
      const code = unit >= 0xd800 && unit < 0xdc00 ? text.codePointAt(i)! : unit;
      const kind = code < 0x10000 ? kinds[code]! : kindOf(code);
      if (kind !== current) {
        const isFronted = hasFronts && kind > PUNCTUATION_KIND;
        if (!isFronted || current !== PUNCTUATION_KIND) {
          if (current !== 0) onSegment(start, i, i - start - pairs);
          start = i;
          pairs = 0;
        }
        if (isFronted && start === first) start = 0;
        current = kind;
      }
      i += code < 0x10000 ? 1 : 2;
      if (code >= 0x10000) pairs++;
    }
    if (current !== 0) onSegment(start, text.length, text.length - start - pairs);
  };
}
