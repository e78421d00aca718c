// Passages to show token by token: one of each text, that is typical of it rather than flattering. A few lines of each text
// are drawn at random (seeded) while it is counted; afterwards the one is taken whose ratio of tokens is nearest to that of
// the whole text. Texts are read once, so nothing is read again.
import { createMersenneTwister } from '../../core/mersenne-twister.ts';
import { codePointLength } from '../../core/unicode/utf8.ts';
import type { ComparedText } from './compare-tokenizers.ts';
import { batchLines } from './line-batches.ts';

/** Lines that are drawn of a text: to choose a passage from, and to measure a size curve on. */
export const CANDIDATE_LINES = 96;
/** Code points of the shortest line that is drawn, and of the longest passage. */
const LEAST_PASSAGE = 12;
export const LONGEST_PASSAGE = 200;

/** The lines drawn of one text. */
export interface TextCandidates {
  /** Name of the text. */
  readonly text: string;
  /** In the order of the text. */
  readonly passages: readonly string[];
}

/** Draws passages from texts as they pass: see {@link createPassageCollector}. */
export interface PassageCollector {
  /** The same text, to be compared instead of the given one. */
  tap(text: ComparedText): ComparedText;
  /** What was drawn, in the order of the texts; complete after all of them were read. */
  candidates(): TextCandidates[];
}

/**
 * Creates a collector.
 *
 * @example
 * ```ts
 * const collector = createPassageCollector();
 * const report = await compareTokenizers({ tokenizers, texts: texts.map(collector.tap) });
 * collector.candidates()[0]; // { text: 'zh-news', passages: ['…', …] }
 * ```
 */
export function createPassageCollector(): PassageCollector {
  const drawn: { readonly text: string; readonly passages: () => readonly string[] }[] = [];
  return {
    tap(text) {
      const { text: tapped, passages } = drawPassages(text, drawn.length);
      drawn.push({ text: text.name, passages });
      return tapped;
    },
    candidates: () => drawn.map(({ text, passages }) => ({ text, passages: passages() })),
  };
}

/** Of sections of a large text every sixth is drawn one line from: 86 in all, whoever counts which. */
const SECTION_STRIDE = 6;

/**
 * Draws passages from one text as it passes.
 *
 * @param at place of the text in the comparison: each has draws of its own
 */
export function drawPassages(
  text: ComparedText,
  at: number,
): { readonly text: ComparedText; readonly passages: () => string[] } {
  const draws: { readonly at: number; readonly passage: string }[][] = [];
  async function* tap(source: ComparedText['lines'], seed: number, slots: number): AsyncGenerator<string> {
    const lines: { at: number; passage: string }[] = [];
    draws.push(lines);
    const random = createMersenneTwister(seed);
    let seen = 0;
    for await (const batch of batchLines(source)) {
      for (const line of batch) {
        if (codePointLength(line) >= LEAST_PASSAGE) {
          // Vitter's Algorithm R: every line is as likely to be among those that are kept.
          const slot = seen < slots ? seen : random.nextBelow(seen + 1);
          if (slot < slots) lines[slot] = { at: seen, passage: cutPassage(line) };
          seen++;
        }
        yield line;
      }
    }
  }
  const sections = text.sections?.map(({ index, lines }) => ({
    index,
    lines: index % SECTION_STRIDE === 0 ? tap(lines, (at + 1 + Math.imul(index + 1, 0x9e3779b1)) >>> 0, 1) : lines,
  }));
  return {
    text: sections === undefined ? { ...text, lines: tap(text.lines, at + 1, CANDIDATE_LINES) } : { ...text, sections },
    passages: () => draws.flatMap((lines) => [...lines].sort((a, b) => a.at - b.at).map(({ passage }) => passage)),
  };
}

/**
 * The beginning of a line, at most {@link LONGEST_PASSAGE} code points, cut behind a sentence or a space where there is one
 * in its second half.
 */
export function cutPassage(line: string): string {
  const head = [...line.slice(0, 2 * LONGEST_PASSAGE + 2)].slice(0, LONGEST_PASSAGE).join('');
  if (head.length === line.length) return line;
  const ends = [...head.matchAll(/[。！？；.!?;]+[”’」』）)"']*/g)].map((match) => match.index + match[0].length);
  const sentence = ends.filter((end) => end > head.length / 2).at(-1);
  if (sentence !== undefined) return head.slice(0, sentence);
  const space = head.lastIndexOf(' ');
  return space > head.length / 2 ? head.slice(0, space) : head;
}
