// Should the vocabulary be extended, and by how much? Plain advice from measured figures, as codes with numbers and as
// English sentences. Pure: the same facts give the same advice. It weighs what can be counted - tokens, bytes, harm, rows
// that training will hardly see - and says nothing of a model's quality, which only training shows.
import { asPercent, counted } from '../../core/counted.ts';
import type { Interval } from '../measure/bootstrap.ts';
import { formatInteger } from '../measure/comparison-table.ts';
import { LEAST_OCCURRENCES } from '../measure/pieces/piece-usage.ts';
import { DEFAULT_TRAINING_TOKENS } from './model-shapes.ts';

/** What the advice is given on: figures of one tokenizer that extends the first. */
export interface AdviceFacts {
  /** Tokens as a share of the first tokenizer's on all texts; null where there are none. */
  readonly ratio: number | null;
  /** Its confidence interval; null for too few lines. */
  readonly ratioInterval: Interval | null;
  /** Lines and tokens (of the first tokenizer) that were measured. */
  readonly lines: number;
  readonly firstTokens: number;
  /** New pieces, and those of them that occur. */
  readonly newPieces: number;
  readonly usedPieces: number;
  /** Lines that take more tokens than with the first. */
  readonly longerLines: number;
  /** Ratio above which decoding gets slower, of the model shape in question. */
  readonly breakEvenRatio: number;
  /** As of `NewPieceUsage.tokensToLearn`. */
  readonly tokensToLearn: { readonly tokens: number; readonly isLowerBound: boolean } | null;
  /** Tokens that the new rows will be trained on. Default {@link DEFAULT_TRAINING_TOKENS}. */
  readonly trainingTokens?: number | undefined;
  /** From an audit against the first tokenizer: new pieces never produced, and its pieces that no longer are. */
  readonly deadPieces?: number | undefined;
  readonly brokenPieces?: number | undefined;
  /** Whether new scores could mend anything: false where all new pieces have scores of their own below the base's merges. */
  readonly canRescore?: boolean | undefined;
  /** Share of the tokens that are new pieces. */
  readonly newTokenShare?: number | null | undefined;
  /** By how much the new rows make the model larger, as a share of it. */
  readonly growth?: number | undefined;
  /** From a size curve: the last size whose every step pays, and whether the curve goes beyond it. */
  readonly knee?: { readonly newPieces: number; readonly isReached: boolean } | undefined;
  /** Answers of multiple-choice evaluations whose ids differ from the first tokenizer's. */
  readonly changedAnswers?: number | undefined;
  /** Texts that were also training text. */
  readonly trainingTexts?: number | undefined;
}

/** The advice in a word. `measure`: not before there is more, or other, text to measure on. */
export type AdviceVerdict = 'extend' | 'extend-smaller' | 'repair' | 'measure' | 'dont';

/** Why. */
export type AdviceCode =
  | 'saves'
  | 'saves-little'
  | 'saves-nothing'
  | 'slower'
  | 'uncertain'
  | 'other-text'
  | 'too-few-lines'
  | 'not-held-out'
  | 'broken-pieces'
  | 'dead-pieces'
  | 'longer-lines'
  | 'changed-answers'
  | 'not-audited'
  | 'past-knee'
  | 'large-rows'
  | 'unused-pieces'
  | 'rare-pieces'
  | 'rescore'
  | 'drop'
  | 'no-harm';

/** One reason, for or against. */
export interface AdviceReason {
  readonly code: AdviceCode;
  /** `for` extending, `against`, or a `note` that decides nothing. */
  readonly side: 'for' | 'against' | 'note';
  /** The numbers of the sentence, for other languages. */
  readonly values: Readonly<Record<string, number>>;
  /** The reason as an English sentence. */
  readonly text: string;
}

/** Result of {@link adviseExtension}. */
export interface Advice {
  readonly verdict: AdviceVerdict;
  /** The verdict as an English sentence. */
  readonly text: string;
  /** New pieces that are advised; null where none, or no other number, is. */
  readonly newPieces: number | null;
  readonly reasons: readonly AdviceReason[];
}

/**
 * Tokens that must be saved. New rows start untrained and a checkpoint with them fits no other tokenizer: that is worth
 * hardly anything below a tenth, which quantization or a longer context give without retraining. A judgement, not a
 * measurement; published extensions of LLaMA for Chinese save 40 to 60 %.
 */
export const LEAST_SAVING = 0.1;
/** Less is shown as 0.0 %: nothing to speak of. */
const LEAST_SHOWN = 0.0005;
/** Share of the tokens that are new pieces, below which a text is not of the kind that the pieces are for. */
const LEAST_NEW_TOKENS = 0.001;
/** Share of the model that new rows may take. A judgement: published extensions take 2 to 7 % of theirs. */
const MOST_GROWTH = 0.25;
/** Lines from which a share of them says something of the kind of text. */
export const LEAST_ADVICE_LINES = 100;
/** With this many tokens for each new piece, a piece that text like this needs is all but certain to have occurred. */
export const TOKENS_PER_NEW_PIECE = 50;
/** Share of the new pieces that may stay unused on such a text. */
export const MOST_UNUSED = 0.5;
/** Broken base pieces that are tolerated: none. Each changes the ids of text that the model has learnt. */
const MOST_BROKEN = 0;
/** Share of the new pieces that may be dead: each is a row that costs memory and is never trained. */
export const MOST_DEAD = 0.01;
/** Share of the lines that may get longer. */
export const MOST_LONGER = 0.01;

/**
 * Gives advice. The order of the questions: is it the right text, is there enough of it, is the gain worth it, is harm done, is
 * it too large.
 *
 * @example
 * ```ts
 * adviseExtension({
 *   ratio: 0.97, ratioInterval: { low: 0.96, high: 0.98 }, lines: 5000, firstTokens: 1e6, newPieces: 8000,
 *   usedPieces: 7000, longerLines: 0, breakEvenRatio: 0.99, tokensToLearn: null,
 * }).text; // "Don't extend: 3.0 % fewer tokens are not worth untrained rows."
 * ```
 */
export function adviseExtension(facts: AdviceFacts): Advice {
  const { ratio, ratioInterval, lines } = facts;
  const notes = notesOn(facts);
  const harms = harmsOf(facts);
  if (ratio === null) return measureMore('There is no text to judge by.', [tooFew(lines), ...harms, ...notes]);
  const saving = 1 - ratio;
  const { newTokenShare = null, newPieces } = facts;
  if (newTokenShare !== null && newTokenShare < LEAST_NEW_TOKENS && newPieces > 0) {
    const reason = against(
      'other-text',
      { share: newTokenShare },
      `${asPercent(newTokenShare)} of the tokens are new pieces: this is not text that they were made for. If it is what you serve, don't extend.`,
    );
    return measureMore('No verdict: measure on text that the new pieces are for.', [reason, ...harms, ...notes]);
  }

  // The careful end of each doubt: it is "don't" only when even the better end of the interval is not enough.
  const best = ratioInterval?.low ?? ratio;
  const worst = ratioInterval?.high ?? ratio;
  if (lines < LEAST_ADVICE_LINES) {
    const text = `Measure on more text first: ${counted(lines, 'line is', 'lines are')} too few.`;
    return measureMore(text, [tooFew(lines), ...harms, ...notes]);
  }
  const limit = Math.min(1 - LEAST_SAVING, facts.breakEvenRatio);
  if (best > limit) return dont(facts, saving, notes);
  if (worst > limit) {
    const reason = against(
      'uncertain',
      { low: 1 - worst, high: 1 - best, least: 1 - limit },
      `Between ${asPercent(1 - worst)} and ${asPercent(1 - best)} fewer tokens; at least ${asPercent(1 - limit)} are worth it.`,
    );
    return measureMore('Measure on more text first: the interval of the saving includes the limit.', [
      reason,
      ...harms,
      ...notes,
    ]);
  }
  if ((facts.trainingTexts ?? 0) > 0) {
    return measureMore('Measure again without the text that the pieces were learnt from: it flatters them.', [
      ...harms,
      ...notes,
    ]);
  }

  const gain: AdviceReason = {
    code: 'saves',
    side: 'for',
    values: { saving, low: 1 - worst, high: 1 - best },
    text: `${asPercent(saving)} fewer tokens (${asPercent(1 - worst)} to ${asPercent(1 - best)}).`,
  };
  if (harms.length > 0) {
    const { canRescore = true, deadPieces = 0 } = facts;
    if (!canRescore && harms.every(({ code }) => code === 'dead-pieces')) {
      const alive = newPieces - deadPieces;
      const text = `Extend without the dead pieces: ${formatInteger(alive)} of the ${formatInteger(newPieces)} can be produced, whatever their scores.`;
      return { verdict: 'extend-smaller', text, newPieces: alive, reasons: [gain, ...harms, DROP_NOTE, ...notes] };
    }
    const text =
      'Repair it before a model is trained with it: it saves tokens, but harms text that the model knows, or wastes rows.';
    return { verdict: 'repair', text, newPieces: null, reasons: [gain, ...harms, rescoreNote(canRescore), ...notes] };
  }
  const noHarm: AdviceReason[] =
    facts.longerLines === 0 && facts.brokenPieces === 0
      ? [{ code: 'no-harm', side: 'for', values: {}, text: 'No line gets longer and no old piece is lost.' }]
      : [];
  const size = tooLarge(facts);
  if (size !== undefined) {
    const text = `Extend by fewer pieces: about ${formatInteger(size.newPieces)} of the ${formatInteger(facts.newPieces)} are enough.`;
    const reasons = [gain, ...noHarm, size.reason, ...notes];
    return { verdict: 'extend-smaller', text, newPieces: size.newPieces, reasons };
  }
  const text = `Extend: ${asPercent(saving)} fewer tokens for ${counted(facts.newPieces, 'new row')}.`;
  return { verdict: 'extend', text, newPieces: facts.newPieces, reasons: [gain, ...noHarm, ...notes] };
}

function dont(facts: AdviceFacts, saving: number, notes: readonly AdviceReason[]): Advice {
  const { breakEvenRatio } = facts;
  const reasons: AdviceReason[] = [];
  if (saving < LEAST_SHOWN) {
    reasons.push(against('saves-nothing', { saving }, 'This text takes no fewer tokens than before.'));
  } else if (saving < LEAST_SAVING) {
    const text = `${asPercent(saving)} fewer tokens. Below ${asPercent(LEAST_SAVING)}, new rows are not worth their training.`;
    reasons.push(against('saves-little', { saving, least: LEAST_SAVING }, text));
  }
  if (1 - saving > breakEvenRatio && 1 - breakEvenRatio >= LEAST_SHOWN) {
    const text = `Decoding gets slower: only from ${asPercent(1 - breakEvenRatio)} fewer tokens on does the larger LM head pay.`;
    reasons.push(against('slower', { least: 1 - breakEvenRatio }, text));
  }
  const text =
    saving < LEAST_SHOWN
      ? "Don't extend: it saves no tokens here."
      : `Don't extend: ${asPercent(saving)} fewer tokens are not worth untrained rows.`;
  return { verdict: 'dont', text, newPieces: null, reasons: [...reasons, ...harmsOf(facts), ...notes] };
}

const DROP_NOTE: AdviceReason = {
  code: 'drop',
  side: 'note',
  values: {},
  text: '`vocab-merge audit --repair --drop` takes the dead pieces out, with a row map for the checkpoint.',
};

function rescoreNote(canRescore: boolean): AdviceReason {
  const how = canRescore
    ? '`vocab-merge audit --repair` gives the new pieces scores below the base; ids and rows stay.'
    : 'No scores can mend it: learn the pieces anew with `vocab-merge extend`.';
  const text = `${how} A model that was already trained with this tokenizer needs it as it is.`;
  return { code: 'rescore', side: 'note', values: { canRescore: Number(canRescore) }, text };
}

function harmsOf(facts: AdviceFacts): AdviceReason[] {
  const { brokenPieces = 0, deadPieces = 0, longerLines, lines, newPieces } = facts;
  const reasons: AdviceReason[] = [];
  if (brokenPieces > MOST_BROKEN) {
    const text = `${counted(brokenPieces, 'old piece')} can no longer be produced, so that text which the model knows gets other ids.`;
    reasons.push(against('broken-pieces', { pieces: brokenPieces }, text));
  }
  if (deadPieces > MOST_DEAD * newPieces) {
    const text = `${counted(deadPieces, 'new piece')} can never be produced. Their rows take memory and are never trained.`;
    reasons.push(against('dead-pieces', { pieces: deadPieces }, text));
  }
  if (longerLines > MOST_LONGER * lines) {
    const text = `${formatInteger(longerLines)} of ${counted(lines, 'line')} ${longerLines === 1 ? 'takes' : 'take'} more tokens than before.`;
    reasons.push(against('longer-lines', { lines: longerLines, of: lines }, text));
  }
  return reasons;
}

function tooLarge(facts: AdviceFacts): { newPieces: number; reason: AdviceReason } | undefined {
  const { newPieces, usedPieces, firstTokens, knee, growth = 0 } = facts;
  if (knee?.isReached && knee.newPieces > 0 && knee.newPieces < newPieces) {
    const text = `Behind ${counted(knee.newPieces, 'new piece')}, every further 1,000 save too little.`;
    return { newPieces: knee.newPieces, reason: against('past-knee', { knee: knee.newPieces }, text) };
  }
  if (growth > MOST_GROWTH) {
    const fewer = Math.floor((newPieces * MOST_GROWTH) / growth);
    const text = `The new rows make the model ${asPercent(growth)} larger. With ${formatInteger(fewer)} it is ${asPercent(MOST_GROWTH)}.`;
    return { newPieces: fewer, reason: against('large-rows', { growth, fewer, most: MOST_GROWTH }, text) };
  }
  const isEnoughText = firstTokens >= TOKENS_PER_NEW_PIECE * newPieces;
  if (isEnoughText && newPieces - usedPieces > MOST_UNUSED * newPieces) {
    const unused = newPieces - usedPieces;
    const text = `${formatInteger(unused)} of ${formatInteger(newPieces)} new pieces do not occur in this text.`;
    return { newPieces: usedPieces, reason: against('unused-pieces', { unused, newPieces }, text) };
  }
  return undefined;
}

function notesOn(facts: AdviceFacts): AdviceReason[] {
  const { tokensToLearn, trainingTokens = DEFAULT_TRAINING_TOKENS, trainingTexts = 0, changedAnswers = 0 } = facts;
  const reasons: AdviceReason[] = [];
  if (trainingTexts > 0) {
    const text = `${counted(trainingTexts, 'compared text was', 'compared texts were')} also training text. On other text the gain is smaller.`;
    reasons.push({ code: 'not-held-out', side: 'note', values: { texts: trainingTexts }, text });
  }
  if (facts.brokenPieces === undefined) {
    const text =
      'Not audited: `vocab-merge audit` finds pieces that the encoder never produces, and old pieces that it no longer does.';
    reasons.push({ code: 'not-audited', side: 'note', values: {}, text });
  }
  if (changedAnswers > 0) {
    const text = `${counted(changedAnswers, 'answer of multiple-choice tests has', 'answers of multiple-choice tests have')} another id than before: do not compare scores.`;
    reasons.push({ code: 'changed-answers', side: 'note', values: { answers: changedAnswers }, text });
  }
  // A lower bound that is near the plan says only that the text was short; one that is above it says that it is too little.
  if (tokensToLearn !== null && tokensToLearn.tokens > trainingTokens) {
    const { tokens, isLowerBound } = tokensToLearn;
    const text =
      `Training must see ${isLowerBound ? 'at least ' : 'about '}${formatInteger(tokens)} tokens like these for 95 % of the new ` +
      `pieces to occur ${LEAST_OCCURRENCES} times; ${formatInteger(trainingTokens)} are planned.`;
    reasons.push({ code: 'rare-pieces', side: 'note', values: { tokens, trainingTokens }, text });
  }
  return reasons;
}

function measureMore(text: string, reasons: readonly AdviceReason[]): Advice {
  return { verdict: 'measure', text, newPieces: null, reasons };
}

function tooFew(lines: number): AdviceReason {
  const text = `Measured: ${counted(lines, 'line')}. At least ${LEAST_ADVICE_LINES} are needed for a judgement.`;
  return against('too-few-lines', { lines, least: LEAST_ADVICE_LINES }, text);
}

function against(code: AdviceCode, values: AdviceReason['values'], text: string): AdviceReason {
  return { code, side: 'against', values, text };
}
