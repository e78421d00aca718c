// Whether the answers of multiple-choice evaluations - A, B, C, D and the digits - are one token where they are looked for.
// An evaluation compares the probabilities of the tokens that may follow a prompt; an answer of two tokens, or one that
// joins with the prompt's last token, is not found there. It looks at ids only, and knows no evaluation by name.
import type { TokenCounter } from '../counters/token-counter.ts';

/** Answers that are looked at. */
export const ANSWERS: readonly string[] = [...'ABCD0123456789'];

/** Where an answer stands. */
export const ANSWER_PLACES = {
  /** The whole text is the answer, as in a list of choices that are encoded one by one. */
  alone: '',
  /** Behind a prompt and a space: `Answer: A`. */
  'after space': 'Answer: ',
  /** Behind a prompt without a space, as in Chinese: `答案：A`. */
  'no space': '答案：',
} as const;

/** One of {@link ANSWER_PLACES}. */
export type AnswerPlace = keyof typeof ANSWER_PLACES;

/** What one answer becomes at one place. */
export interface AnswerToken {
  readonly answer: string;
  readonly place: AnswerPlace;
  /** Ids that stand for the answer, the space in front of it included; empty where `joins`. */
  readonly ids: readonly number[];
  /** Texts of those ids. */
  readonly pieces: readonly string[];
  /** The answer takes a part of the prompt into its token, so that the prompt alone has other ids. */
  readonly joins: boolean;
  /** Exactly one token, and the prompt's own ids in front of it. */
  readonly isSingle: boolean;
  /** The same ids as with the first tokenizer; null for the first, and for those that do not extend it. */
  readonly sameAsFirst: boolean | null;
}

/** The answers of one tokenizer. */
export interface AnswerTokens {
  /** Name of the tokenizer. */
  readonly tokenizer: string;
  /** Of every answer at every place, in the order of {@link ANSWERS} and {@link ANSWER_PLACES}. */
  readonly answers: readonly AnswerToken[];
}

/**
 * Looks at every answer at every place.
 *
 * @param first the first tokenizer's, when this one extends it
 * @example
 * ```ts
 * const { answers } = checkAnswerTokens('llama2', createTokenizerCounter(tokenizer));
 * // llama2 has no digit with a space in front: ` 0` is `▁` and `0`
 * answers.filter(({ isSingle }) => !isSingle).every(({ answer }) => /[0-9]/.test(answer)); // true
 * ```
 */
export function checkAnswerTokens(name: string, counter: TokenCounter, first?: AnswerTokens): AnswerTokens {
  const idsOf = (text: string): number[] => {
    const ids: number[] = [];
    counter.forEachId(text, (id) => ids.push(id));
    return ids;
  };
  const answers: AnswerToken[] = [];
  for (const answer of ANSWERS) {
    for (const [place, prompt] of Object.entries(ANSWER_PLACES) as [AnswerPlace, string][]) {
      // The space belongs to the answer, not to the prompt: that is how evaluations cut it.
      const before = idsOf(prompt.trimEnd());
      const all = idsOf(prompt + answer);
      const joins = before.some((id, i) => all[i] !== id);
      const ids = joins ? [] : all.slice(before.length);
      const other = first?.answers[answers.length];
      answers.push({
        answer,
        place,
        ids,
        pieces: ids.map((id) => counter.idToPiece(id) ?? ''),
        joins,
        isSingle: ids.length === 1 && ids[0]! >= 0,
        sameAsFirst: other === undefined ? null : joins === other.joins && String(ids) === String(other.ids),
      });
    }
  }
  return { tokenizer: name, answers };
}

/** The answers at one place, summed up. */
export interface AnswerSummary {
  readonly place: AnswerPlace;
  /** Letters and digits that are a single token there. */
  readonly letters: number;
  readonly digits: number;
  /** Answers whose ids differ from the first tokenizer's; null where that is not asked. */
  readonly changed: readonly string[] | null;
  /** Answers that are not a single token there. */
  readonly split: readonly string[];
}

/** Answers whose ids are not the first tokenizer's, over all places; null where that is not asked. */
export function countChangedAnswers(summaries: readonly AnswerSummary[]): number | null {
  let count = 0;
  for (const { changed } of summaries) {
    if (changed === null) return null;
    count += changed.length;
  }
  return count;
}

/** Sums the answers up by place. */
export function summarizeAnswers({ answers }: AnswerTokens): AnswerSummary[] {
  return (Object.keys(ANSWER_PLACES) as AnswerPlace[]).map((place) => {
    const here = answers.filter((answer) => answer.place === place);
    const single = here.filter(({ isSingle }) => isSingle);
    const isKnown = here.every(({ sameAsFirst }) => sameAsFirst !== null);
    return {
      place,
      letters: single.filter(({ answer }) => answer >= 'A').length,
      digits: single.filter(({ answer }) => answer < 'A').length,
      changed: isKnown ? here.filter(({ sameAsFirst }) => !sameAsFirst).map(({ answer }) => answer) : null,
      split: here.filter(({ isSingle }) => !isSingle).map(({ answer }) => answer),
    };
  });
}
