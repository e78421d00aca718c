import { describe, expect, it } from 'vitest';
import { createTokenizerCounter, type TokenCounter } from '../../../src/report/counters/token-counter.ts';
import {
  ANSWERS,
  type AnswerPlace,
  checkAnswerTokens,
  summarizeAnswers,
} from '../../../src/report/measure/answer-tokens.ts';
import { llama2 } from '../../llama2.ts';

/** Takes the longest piece at each place; ids are positions in the list, -1 for a character without a piece. */
function greedyCounter(pieces: readonly string[]): TokenCounter {
  return {
    engine: 'greedy',
    vocabSize: pieces.length,
    tokenKinds: new Uint8Array(pieces.length),
    idToPiece: (id) => pieces[id],
    forEachId(text, visit) {
      for (let at = 0; at < text.length; ) {
        const here = pieces.filter((piece) => text.startsWith(piece, at)).sort((a, b) => b.length - a.length)[0];
        visit(here === undefined ? -1 : pieces.indexOf(here));
        at += here?.length ?? 1;
      }
    },
  };
}

const PROMPT_PIECES = ['Answer', ':', '答案', '：', ' ', ...ANSWERS];

describe('checkAnswerTokens', () => {
  it('tells single tokens, split ones and ones that join with the prompt', () => {
    const counter = greedyCounter([...PROMPT_PIECES, ' A', '：B']);
    const { answers } = checkAnswerTokens('greedy', counter);
    const at = (answer: string, place: AnswerPlace) =>
      answers.find((each) => each.answer === answer && each.place === place);
    expect(answers).toHaveLength(14 * 3);
    expect(at('A', 'after space')).toMatchObject({ pieces: [' A'], joins: false, isSingle: true, sameAsFirst: null });
    expect(at('B', 'after space')).toMatchObject({ pieces: [' ', 'B'], joins: false, isSingle: false });
    expect(at('A', 'no space')).toMatchObject({ pieces: ['A'], isSingle: true });
    expect(at('B', 'no space')).toMatchObject({ ids: [], joins: true, isSingle: false });
    expect(at('C', 'alone')).toMatchObject({ ids: [PROMPT_PIECES.indexOf('C')], isSingle: true });
  });

  it('does not take an unknown character for a single token', () => {
    const { answers } = checkAnswerTokens('few', greedyCounter(['Answer', ':', '答案', '：', 'A']));
    expect(answers.filter(({ isSingle }) => isSingle).map(({ answer, place }) => `${answer} ${place}`)).toEqual([
      'A alone',
      'A no space',
    ]);
  });

  it('says what an extension changes', () => {
    const first = checkAnswerTokens('first', greedyCounter(PROMPT_PIECES));
    const same = checkAnswerTokens('same', greedyCounter([...PROMPT_PIECES, '中']), first);
    expect(summarizeAnswers(same).map(({ changed }) => changed)).toEqual([[], [], []]);
    const other = checkAnswerTokens('other', greedyCounter([...PROMPT_PIECES, ' C', '：5']), first);
    expect(summarizeAnswers(other)).toEqual([
      { place: 'alone', letters: 4, digits: 10, changed: [], split: [] },
      { place: 'after space', letters: 1, digits: 0, changed: ['C'], split: [...'ABD0123456789'] },
      { place: 'no space', letters: 4, digits: 9, changed: ['5'], split: ['5'] },
    ]);
    expect(summarizeAnswers(first).every(({ changed }) => changed === null)).toBe(true);
  });

  it('knows that llama2 has letters with a space and no digit with one', async () => {
    const tokenizer = llama2.tokenizer;
    const answers = checkAnswerTokens('llama2', createTokenizerCounter(tokenizer));
    expect(summarizeAnswers(answers)).toEqual([
      { place: 'alone', letters: 4, digits: 0, changed: null, split: [...'0123456789'] },
      { place: 'after space', letters: 4, digits: 0, changed: null, split: [...'0123456789'] },
      { place: 'no space', letters: 4, digits: 10, changed: null, split: [] },
    ]);
    const zero = answers.answers.find(({ answer, place }) => answer === '0' && place === 'after space')!;
    expect(zero.pieces).toEqual(['▁', '0']);
  });
});
