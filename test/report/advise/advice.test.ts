import { describe, expect, it } from 'vitest';
import {
  type AdviceFacts,
  adviseExtension,
  LEAST_ADVICE_LINES,
  LEAST_SAVING,
  MOST_DEAD,
  MOST_LONGER,
  MOST_UNUSED,
  TOKENS_PER_NEW_PIECE,
} from '../../../src/report/advise/advice.ts';

/** An extension with nothing against it. */
const GOOD: AdviceFacts = {
  ratio: 0.5,
  ratioInterval: { low: 0.48, high: 0.52 },
  lines: 5000,
  firstTokens: 1_000_000,
  newPieces: 10_000,
  usedPieces: 9000,
  longerLines: 0,
  breakEvenRatio: 0.98,
  tokensToLearn: { tokens: 50_000_000, isLowerBound: false },
  deadPieces: 0,
  brokenPieces: 0,
  knee: { newPieces: 10_000, isReached: true },
  trainingTexts: 0,
};

const codesOf = (facts: Partial<AdviceFacts>): { verdict: string; codes: string[]; newPieces: number | null } => {
  const { verdict, reasons, newPieces } = adviseExtension({ ...GOOD, ...facts });
  return { verdict, codes: reasons.map(({ code }) => code), newPieces };
};

describe('adviseExtension', () => {
  it('says extend where the gain is clear and no harm was found', () => {
    expect(adviseExtension(GOOD)).toEqual({
      verdict: 'extend',
      text: 'Extend: 50.0 % fewer tokens for 10,000 new rows.',
      newPieces: 10_000,
      reasons: [
        {
          code: 'saves',
          side: 'for',
          values: { saving: 0.5, low: 0.48, high: 0.52 },
          text: '50.0 % fewer tokens (48.0 % to 52.0 %).',
        },
        { code: 'no-harm', side: 'for', values: {}, text: 'No line gets longer and no old piece is lost.' },
      ],
    });
  });

  it('claims no harm only where an audit looked for it', () => {
    expect(codesOf({ brokenPieces: undefined, deadPieces: undefined })).toMatchObject({
      verdict: 'extend',
      codes: ['saves', 'not-audited'],
    });
  });

  it("says don't where too little is saved even at the better end of the interval", () => {
    const little = { ratio: 0.95, ratioInterval: { low: 0.94, high: 0.96 } };
    expect(codesOf(little)).toEqual({ verdict: 'dont', codes: ['saves-little'], newPieces: null });
    expect(adviseExtension({ ...GOOD, ...little }).text).toBe(
      "Don't extend: 5.0 % fewer tokens are not worth untrained rows.",
    );
  });

  it("says don't where nothing is saved", () => {
    const none = { ratio: 1.02, ratioInterval: { low: 1.01, high: 1.03 } };
    expect(codesOf(none)).toEqual({ verdict: 'dont', codes: ['saves-nothing', 'slower'], newPieces: null });
    expect(adviseExtension({ ...GOOD, ...none }).text).toBe("Don't extend: it saves no tokens here.");
  });

  it("says don't where the larger LM head costs more than is saved", () => {
    const slow = { ratio: 0.85, ratioInterval: { low: 0.84, high: 0.86 }, breakEvenRatio: 0.8 };
    expect(codesOf(slow)).toEqual({ verdict: 'dont', codes: ['slower'], newPieces: null });
    expect(codesOf({ ...slow, breakEvenRatio: 0.9 }).verdict).toBe('extend');
  });

  it('asks for more text where the interval reaches over the limit', () => {
    const limit = 1 - LEAST_SAVING;
    const unsure = { ratio: limit - 0.01, ratioInterval: { low: limit - 0.05, high: limit + 0.03 } };
    expect(codesOf(unsure)).toEqual({ verdict: 'measure', codes: ['uncertain'], newPieces: null });
    expect(codesOf({ ...unsure, ratioInterval: { low: limit - 0.05, high: limit } }).verdict).toBe('extend');
    expect(codesOf({ ...unsure, ratioInterval: { low: limit + 0.01, high: limit + 0.03 } }).verdict).toBe('dont');
  });

  it('asks for more text where there are few lines or none', () => {
    expect(codesOf({ lines: LEAST_ADVICE_LINES - 1 })).toEqual({
      verdict: 'measure',
      codes: ['too-few-lines'],
      newPieces: null,
    });
    expect(codesOf({ lines: LEAST_ADVICE_LINES }).verdict).toBe('extend');
    expect(codesOf({ ratio: null, ratioInterval: null, lines: 0 }).verdict).toBe('measure');
    // Harm does not need much text.
    expect(codesOf({ lines: 5, brokenPieces: 3 }).codes).toEqual(['too-few-lines', 'broken-pieces']);
  });

  it('goes by the figure itself where intervals were switched off', () => {
    expect(codesOf({ ratioInterval: null }).verdict).toBe('extend');
    expect(codesOf({ ratioInterval: null, ratio: 0.99 }).verdict).toBe('dont');
  });

  it('does not judge by text that was learnt from', () => {
    expect(codesOf({ trainingTexts: 2 })).toEqual({ verdict: 'measure', codes: ['not-held-out'], newPieces: null });
    // Where not even that saves enough, nothing more need be measured.
    expect(codesOf({ trainingTexts: 2, ratio: 0.99, ratioInterval: { low: 0.98, high: 1 } }).verdict).toBe('dont');
  });

  it('asks for a repair where old pieces break, rows are dead or lines get longer', () => {
    expect(codesOf({ brokenPieces: 1 })).toEqual({
      verdict: 'repair',
      codes: ['saves', 'broken-pieces', 'rescore'],
      newPieces: null,
    });
    expect(codesOf({ deadPieces: MOST_DEAD * 10_000 }).verdict).toBe('extend');
    expect(codesOf({ deadPieces: MOST_DEAD * 10_000 + 1 }).codes).toEqual(['saves', 'dead-pieces', 'rescore']);
    expect(codesOf({ longerLines: MOST_LONGER * 5000 }).codes).toEqual(['saves']);
    expect(codesOf({ longerLines: MOST_LONGER * 5000 + 1 }).codes).toEqual(['saves', 'longer-lines', 'rescore']);
    const { reasons } = adviseExtension({ ...GOOD, brokenPieces: 1 });
    expect(reasons.at(-1)!.text).toMatch(
      /`vocab-merge audit --repair`.*already trained with this tokenizer needs it as it is/,
    );
  });

  it('asks for no repair where new scores can mend nothing', () => {
    const dead = { deadPieces: 657, canRescore: false };
    expect(codesOf(dead)).toEqual({
      verdict: 'extend-smaller',
      codes: ['saves', 'dead-pieces', 'drop'],
      newPieces: 9343,
    });
    expect(adviseExtension({ ...GOOD, ...dead }).text).toBe(
      'Extend without the dead pieces: 9,343 of the 10,000 can be produced, whatever their scores.',
    );
    const longer = adviseExtension({ ...GOOD, longerLines: 500, canRescore: false });
    expect(longer.verdict).toBe('repair');
    expect(longer.reasons.at(-1)!.text).toContain('learn the pieces anew with `vocab-merge extend`');
  });

  it('gives no verdict on text that the pieces are not for', () => {
    const other = { ratio: 1, ratioInterval: { low: 1, high: 1 }, newTokenShare: 0.0004 };
    expect(codesOf(other)).toEqual({ verdict: 'measure', codes: ['other-text'], newPieces: null });
    expect(codesOf({ ...other, lines: 3, brokenPieces: 1 }).codes).toEqual(['other-text', 'broken-pieces']);
    expect(codesOf({ ...other, newTokenShare: 0.001 }).verdict).toBe('dont');
    expect(codesOf({ ...other, newTokenShare: null }).verdict).toBe('dont');
  });

  it('advises fewer rows where they would be a large part of the model', () => {
    expect(codesOf({ growth: 0.25 }).verdict).toBe('extend');
    const large = { newPieces: 1_000_000, usedPieces: 900_000, growth: 1.21, knee: undefined, deadPieces: 0 };
    expect(codesOf(large)).toEqual({
      verdict: 'extend-smaller',
      codes: ['saves', 'no-harm', 'large-rows'],
      newPieces: 206_611,
    });
  });

  it('advises the knee of the curve where the vocabulary is past it', () => {
    const past = { knee: { newPieces: 4000, isReached: true } };
    expect(codesOf(past)).toEqual({
      verdict: 'extend-smaller',
      codes: ['saves', 'no-harm', 'past-knee'],
      newPieces: 4000,
    });
    expect(adviseExtension({ ...GOOD, ...past }).text).toBe(
      'Extend by fewer pieces: about 4,000 of the 10,000 are enough.',
    );
    expect(codesOf({ knee: { newPieces: 4000, isReached: false } }).verdict).toBe('extend');
    expect(codesOf({ knee: { newPieces: 20_000, isReached: true } }).verdict).toBe('extend');
  });

  it('advises fewer pieces where a long text leaves most of them unused', () => {
    const used = (1 - MOST_UNUSED) * 10_000;
    const enough = TOKENS_PER_NEW_PIECE * 10_000;
    expect(codesOf({ usedPieces: used, firstTokens: enough }).verdict).toBe('extend');
    const unused = { usedPieces: used - 1, firstTokens: enough };
    expect(codesOf(unused)).toEqual({
      verdict: 'extend-smaller',
      codes: ['saves', 'no-harm', 'unused-pieces'],
      newPieces: used - 1,
    });
    expect(codesOf({ ...unused, firstTokens: enough - 1 }).verdict).toBe('extend');
  });

  it('notes rare pieces that the planned training will hardly see', () => {
    const tokensToLearn = { tokens: 2_000_000_000, isLowerBound: true };
    expect(codesOf({ tokensToLearn })).toMatchObject({ verdict: 'extend', codes: ['saves', 'no-harm', 'rare-pieces'] });
    expect(codesOf({ tokensToLearn, trainingTokens: 3_000_000_000 }).codes).toEqual(['saves', 'no-harm']);
    expect(adviseExtension({ ...GOOD, tokensToLearn }).reasons.at(-1)!.text).toBe(
      'Training must see at least 2,000,000,000 tokens like these for 95 % of the new pieces to occur 100 times; ' +
        '1,000,000,000 are planned.',
    );
  });

  it('notes answers of evaluations whose ids change', () => {
    expect(codesOf({ changedAnswers: 20 })).toMatchObject({
      verdict: 'extend',
      codes: ['saves', 'no-harm', 'changed-answers'],
    });
  });
});
