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
  const drawn: { text: string; lines: { at: number; passage: string }[] }[] = [];
  return {
    tap(text) {
      const entry = { text: text.name, lines: [] as { at: number; passage: string }[] };
      drawn.push(entry);
      const random = createMersenneTwister(drawn.length);
      async function* lines(): AsyncGenerator<string> {
        let seen = 0;
        for await (const batch of batchLines(text.lines)) {
          for (const line of batch) {
            if (codePointLength(line) >= LEAST_PASSAGE) {
              // Vitter's Algorithm R: every line is as likely to be among those that are kept.
              const slot = seen < CANDIDATE_LINES ? seen : random.nextBelow(seen + 1);
              if (slot < CANDIDATE_LINES) entry.lines[slot] = { at: seen, passage: cutPassage(line) };
              seen++;
            }
            yield line;
          }
        }
      }
      return { ...text, lines: lines() };
    },
    candidates: () =>
      drawn.map(({ text, lines }) => ({
        text,
        passages: [...lines].sort((a, b) => a.at - b.at).map(({ passage }) => passage),
      })),
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
