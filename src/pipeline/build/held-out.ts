// Holds lines of the input out, so that a report can be made on text of the language that is learnt: they are not learnt from.
// One line in ten, chosen by a hash of its text; of long inputs fewer, so that what is kept in memory stays small. It never
// reads anything twice. Entries of frequency tables and the rests of cut lines are no lines, and are all learnt from.
import { basename } from 'node:path';
import { codePointLength } from '../../core/unicode/utf8.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { placeToHoldOut } from '../../corpus/lines/line-share.ts';
import type { ComparedText } from '../../report/measure/compare-tokenizers.ts';
import type { ExtendSource } from '../../train/extend/options.ts';

/** Share of the lines that are held out. */
const MOST_SHARE = 0.1;
/** UTF-16 units that are held out of all sources together, evenly among them: some 10,000 lines. */
const MOST_UNITS = 1_000_000;
/** Sources from which a text of the report is made of each; of more, one of all. */
const MOST_TEXTS = 12;

/** What was held out, for messages and the manifest. */
export interface HeldOutFigures {
  readonly lines: number;
  readonly characters: number;
  /** Lines of the input, those held out included. */
  readonly of: number;
}

/** Sources without what is held out of them. */
export interface HeldOut {
  /** To learn from, once. */
  readonly sources: readonly ExtendSource[];
  /** Texts for a report; complete when the sources have been read. */
  texts(): ComparedText[];
  figures(): HeldOutFigures;
}

type Sentence = string | WeightedSentence;

/**
 * Takes some lines out of the sources while they are read. Exactly the lines of a source whose place is below its final
 * share are held out, so that no text is both learnt from and held out within a source.
 *
 * @example
 * ```ts
 * const held = holdOut([{ name: 'mine.txt', sentences: lines }]);
 * const learned = await learnExtension(model, held.sources, { newPieces: 100 });
 * held.texts(); // [{ name: 'mine.txt, held out', lines: […] }]
 * ```
 */
export function holdOut(sources: readonly ExtendSource[]): HeldOut {
  const parts = sources.map(() => ({ held: [] as string[], of: 0 }));
  const most = Math.floor(MOST_UNITS / Math.max(1, sources.length));
  const texts = (): ComparedText[] => {
    const each = sources.map(({ name }, i) => ({
      name: `${name === '-' ? 'stdin' : basename(name)}, held out`,
      lines: parts[i]!.held,
    }));
    const filled = each.filter(({ lines }) => lines.length > 0);
    if (filled.length <= MOST_TEXTS) return filled;
    return [{ name: 'input, held out', lines: filled.flatMap(({ lines }) => lines) }];
  };
  return {
    sources: sources.map((source, i) => ({ ...source, sentences: divert(source.sentences, parts[i]!, most) })),
    texts,
    figures: () => {
      const lines = parts.flatMap(({ held }) => held);
      return {
        lines: lines.length,
        characters: lines.reduce((sum, line) => sum + codePointLength(line), 0),
        of: parts.reduce((sum, { of }) => sum + of, 0),
      };
    },
  };
}

async function* divert(
  sentences: ExtendSource['sentences'],
  part: { held: string[]; of: number },
  most: number,
): AsyncGenerator<Sentence> {
  let share = MOST_SHARE;
  let units = 0;
  let held: { readonly sentence: Sentence; readonly text: string; readonly place: number }[] = [];
  for await (const sentence of sentences) {
    const { text, isFragment = false } = typeof sentence === 'string' ? { text: sentence } : sentence;
    if (!isFragment) part.of++;
    const place = isFragment ? 1 : placeToHoldOut(text);
    if (place >= share) {
      yield sentence;
      continue;
    }
    held.push({ sentence, text, place });
    units += text.length;
    while (units > most) {
      share /= 2;
      const released = held.filter((one) => one.place >= share);
      held = held.filter((one) => one.place < share);
      units = held.reduce((sum, one) => sum + one.text.length, 0);
      for (const one of released) yield one.sentence;
    }
  }
  part.held = held.map(({ text }) => text);
}
