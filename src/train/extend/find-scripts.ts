// Which scripts a text is written in, by its first part: what continued BPE learns when no script is named.
// Only letters count; Latin inside text of another script is left alone, so that its English keeps its ids.
// Scripts are those of core/unicode/scripts.ts. It tells no languages apart.
import { countScripts, SCRIPT, scriptCount, scriptName } from '../../core/unicode/scripts.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import type { ExtendSource, FoundScripts } from './options.ts';

/** Characters that are looked at, in all sources together and evenly among them, but of no source fewer than the least. */
const MOST_CHARACTERS = 1_000_000;
const LEAST_CHARACTERS = 4_000;

/** Least share of the letters that a script must have to be learnt. */
const LEAST_SHARE = 0.05;

/** Japanese is written in all three: a text may have few of one. */
const JAPANESE: readonly number[] = [SCRIPT.han, SCRIPT.hiragana, SCRIPT.katakana];

/**
 * Chooses scripts by the letters of each: those with at least 5 % of the letters that are not Latin; with Hiragana or
 * Katakana all three scripts of Japanese; Latin where all others together have less than 5 % of the letters, or there are no letters.
 *
 * @param counts letters of each script, `[scriptCount]`
 */
export function chooseScripts(counts: Float64Array): FoundScripts {
  const letters = counts.reduce((sum, count) => sum + count, 0);
  // The sort is stable: equal counts keep the order of the ids.
  const present = [...counts.keys()].filter((id) => counts[id]! > 0).sort((a, b) => counts[b]! - counts[a]!);
  const others = letters - counts[SCRIPT.latin]!;
  let chosen: number[] = [SCRIPT.latin];
  if (others > 0 && others >= LEAST_SHARE * letters) {
    chosen = present.filter((id) => id !== SCRIPT.latin && counts[id]! >= LEAST_SHARE * others);
    if (chosen.includes(SCRIPT.hiragana) || chosen.includes(SCRIPT.katakana)) {
      chosen.push(...JAPANESE.filter((id) => !chosen.includes(id)));
    }
  }
  return {
    scripts: chosen.map(scriptName),
    shares: present.map((id) => ({ script: scriptName(id), share: counts[id]! / letters })),
  };
}

/**
 * Looks at the first part of each source. Sources without a `preview` are read so far and handed back whole, what was read
 * before the rest; the others are as they were.
 *
 * @example
 * ```ts
 * const { found } = await findScripts([{ name: 'ja', sentences: ['データを送る。', '空の色', 'OK'] }]);
 * found.scripts; // ['Han', 'Hiragana', 'Katakana']
 * ```
 */
export async function findScripts(
  sources: readonly ExtendSource[],
): Promise<{ readonly found: FoundScripts; readonly sources: readonly ExtendSource[] }> {
  const counts = new Float64Array(scriptCount);
  const most = Math.max(LEAST_CHARACTERS, Math.floor(MOST_CHARACTERS / Math.max(1, sources.length)));
  const whole: ExtendSource[] = [];
  for (const source of sources) {
    const iterator = iteratorOf(source.preview ?? source.sentences);
    const held: (string | WeightedSentence)[] = [];
    let left = most;
    while (left > 0) {
      const { done, value } = await iterator.next();
      if (done) break;
      const { text, count } = typeof value === 'string' ? { text: value, count: 1 } : value;
      // A count that is none is refused where the text is learnt from, with its line.
      countScripts(text, counts, count > 0 ? count : 1);
      left -= text.length;
      if (source.preview === undefined) held.push(value);
    }
    if (source.preview === undefined) whole.push({ ...source, sentences: chain(held, iterator) });
    else {
      await iterator.return?.();
      whole.push(source);
    }
  }
  return { found: chooseScripts(counts), sources: whole };
}

type Sentence = string | WeightedSentence;

function iteratorOf(sentences: ExtendSource['sentences']): AsyncIterator<Sentence> | Iterator<Sentence> {
  return Symbol.asyncIterator in sentences ? sentences[Symbol.asyncIterator]() : sentences[Symbol.iterator]();
}

async function* chain(
  held: readonly Sentence[],
  rest: AsyncIterator<Sentence> | Iterator<Sentence>,
): AsyncGenerator<Sentence> {
  yield* held;
  yield* { [Symbol.asyncIterator]: () => rest as AsyncIterator<Sentence> };
}
