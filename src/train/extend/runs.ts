// Reads text for continued BPE: tokenizes it with the base and keeps the runs of tokens that new pieces can be made of,
// each once with its count. Nothing is kept as text. A line is read as the tokenizer reads a text, with the dummy prefix if
// the base puts one; fragments, such as the entries of frequency tables, without.

import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { scriptName, scriptOf } from '../../core/unicode/scripts.ts';
import { codePointBytes } from '../../core/unicode/utf8.ts';
import { InputError, OptionError } from '../../errors.ts';
import { createBpeSegmenter } from '../../tokenize/bpe/segmenter.ts';
import { createNormalizer } from '../../tokenize/normalizer.ts';
import { createPrefixMatcher } from '../../tokenize/symbols/prefix-matcher.ts';
import { uncoveredCodePoint } from '../../tokenize/symbols/symbols.ts';
import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { CHARACTER_KIND, createCharacterKinds } from './character-kinds.ts';
import { createJoinRule, FORM } from './join-rule.ts';
import type { ExtendRuntime, ExtendSource, ResolvedExtendOptions } from './options.ts';
import { type CountedRuns, createRunCounter } from './run-counter.ts';

/** Work between two turns of the event loop. */
const YIELD_LINES = 8192;

/** Counts of one source, before any weighing. */
export interface SourceFigures {
  readonly name: string;
  readonly lines: number;
  /** Characters of the normalized text, without the dummy prefix. */
  readonly characters: number;
  /** Characters that new pieces can be made of. */
  readonly joiningCharacters: number;
  /** Tokens that the base takes. */
  readonly tokens: number;
}

/** What {@link collectRuns} returns. */
export interface CollectedRuns extends CountedRuns {
  /** Text of each symbol that occurs in the runs: a base piece, or a character that the base lacks. `[symbols]` */
  readonly symbolTexts: readonly string[];
  /** What each symbol may join with, see join-rule.ts. `[symbols]` */
  readonly symbolForms: readonly number[];
  /** True for the symbols that are such characters. `[symbols]` */
  readonly isUncovered: readonly boolean[];
  /** The sources in which each symbol occurs, ascending. `[symbols]` */
  readonly symbolSources: readonly (readonly number[])[];
  /**
   * Characters that the base has only as bytes, and how often they occur in each source: code point to
   * `[sources]`. Empty for a base without byte fallback.
   */
  readonly uncoveredCounts: ReadonlyMap<number, Float64Array>;
  readonly sources: readonly SourceFigures[];
  /** Where the text has no character of the chosen scripts: the script that most of it is written in, if any. */
  readonly strayScript: string | undefined;
}

/** Counts are kept for each source. */
const MOST_SOURCES = 1024;

/**
 * Reads all sources, one after the other.
 *
 * @param options.isWeighed false: the sources need not be told apart; all counts are those of one source
 * @throws InputError when no source has text, or a count is not a whole number of at least 1
 * @throws OptionError for too many sources to tell apart
 */
export async function collectRuns(
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  options: ResolvedExtendOptions & { readonly isWeighed: boolean },
  { onProgress, signal }: ExtendRuntime = {},
): Promise<CollectedRuns> {
  const { isWeighed } = options;
  if (isWeighed && sources.length > MOST_SOURCES) {
    throw new OptionError(`sources: ${sources.length} are too many to weigh, the limit is ${MOST_SOURCES}`, {
      hint: 'Concatenate files that belong together.',
    });
  }
  const runs = createRunCounter();
  const reader = createRunReader(base, options, isWeighed ? sources.length : 1, runs.add);
  const figures: SourceFigures[] = [];
  let lines = 0;
  for (const [index, { name, sentences }] of sources.entries()) {
    if (isWeighed && index > 0) runs.nextSource();
    const before = lines;
    reader.start(isWeighed ? index : 0);
    for await (const sentence of sentences) {
      const { text, count, isFragment } = typeof sentence === 'string' ? { text: sentence, count: 1 } : sentence;
      if (!Number.isSafeInteger(count) || count < 1) {
        throw new InputError(`${name}: line ${lines - before + 1} has the count ${count}`, {
          hint: 'Counts are whole numbers of at least 1.',
        });
      }
      reader.read(text, count, isFragment ?? false);
      if (++lines % YIELD_LINES === 0) {
        onProgress?.({ phase: 'read', source: name, done: lines });
        await yieldToEventLoop(signal);
      }
    }
    figures.push({ name, lines: lines - before, ...reader.figures() });
  }
  onProgress?.({ phase: 'read', done: lines });
  if (lines === 0) {
    const where = sources.map(({ name }) => name).join(', ') || 'no source';
    throw new InputError(`${where}: there is no text to learn from`, { hint: 'Check the input.' });
  }
  return { ...runs.finish(), ...reader.symbols(), sources: figures, strayScript: reader.strayScript() };
}

/** Not looked up yet. */
const UNSEEN = -2;
/** Not part of a run. */
const FOREIGN = -1;

/** Tokenizes and cuts. */
function createRunReader(
  base: TokenizerModel,
  options: ResolvedExtendOptions,
  sourceCount: number,
  addRun: (run: Int32Array, length: number, count: number) => void,
) {
  const { pieces, pieceTypes, byteFallback } = base;
  const kindOf = createCharacterKinds(options);
  const rule = createJoinRule(kindOf, options);
  const userDefinedIds = new Map<string, number>();
  for (let id = 0; id < pieces.length; id++) {
    if (pieceTypes[id] === PIECE_TYPE.userDefined) userDefinedIds.set(pieces[id]!, id);
  }
  const userDefined = [...userDefinedIds.keys()];
  const normalizer = createNormalizer(base.normalizer, { userDefined });
  const insideNormalizer = createNormalizer({ ...base.normalizer, addDummyPrefix: false }, { userDefined });
  // This segmenter leaves unused pieces whole, as merges see them; they end a run like any other token that cannot join.
  const segmenter = createBpeSegmenter(base, { matcher: createPrefixMatcher(userDefined), userDefinedIds });

  const symbolTexts: string[] = [];
  const symbolForms: number[] = [];
  const isUncovered: boolean[] = [];
  const symbolSources: number[][] = [];
  const pieceSymbols = new Int32Array(pieces.length).fill(UNSEEN);
  const characterSymbols = new Map<number, number>();
  const uncoveredCounts = new Map<number, Float64Array>();
  let source = 0;
  let characters = 0;
  let joiningCharacters = 0;
  let tokens = 0;
  /** Characters by script, until one of a chosen script comes up. */
  let strayScripts: Map<string, number> | undefined = new Map();
  let units = new Uint16Array(1024);
  let run = new Int32Array(64);

  function addSymbol(text: string, uncovered: boolean): number {
    const form = rule.formOf(text);
    if (form === FORM.foreign) return FOREIGN;
    symbolForms.push(form);
    isUncovered.push(uncovered);
    symbolSources.push([]);
    return symbolTexts.push(text) - 1;
  }

  function countStray(text: string, counts: Map<string, number>): void {
    for (const character of text) {
      const codePoint = character.codePointAt(0)!;
      if (kindOf(codePoint) === CHARACTER_KIND.joining) {
        strayScripts = undefined;
        return;
      }
      const script = scriptName(scriptOf(codePoint));
      if (script !== 'Common' && script !== 'Inherited') counts.set(script, (counts.get(script) ?? 0) + 1);
    }
  }

  /** Symbol of a character without a piece, which is counted. */
  function countUncovered(codePoint: number, count: number): number {
    let symbol = characterSymbols.get(codePoint);
    if (symbol === undefined) {
      const kind = kindOf(codePoint);
      symbol = FOREIGN;
      if (byteFallback && (kind === CHARACTER_KIND.joining || kind === CHARACTER_KIND.single)) {
        uncoveredCounts.set(codePoint, new Float64Array(sourceCount));
        symbol = addSymbol(String.fromCodePoint(codePoint), true);
      }
      characterSymbols.set(codePoint, symbol);
    }
    const counts = uncoveredCounts.get(codePoint);
    if (counts !== undefined) counts[source]! += count;
    return symbol;
  }

  return {
    start(index: number): void {
      source = index;
      characters = 0;
      joiningCharacters = 0;
      tokens = 0;
    },
    read(text: string, count: number, isFragment: boolean): void {
      const normalized = (isFragment ? insideNormalizer : normalizer).normalize(text);
      const { length } = normalized;
      if (strayScripts !== undefined) countStray(normalized, strayScripts);
      if (units.length < length) units = new Uint16Array(2 * length);
      let codePoints = length;
      for (let i = 0; i < length; i++) {
        const unit = normalized.charCodeAt(i);
        units[i] = unit;
        if (unit >= 0xdc00 && unit < 0xe000) codePoints--;
      }
      const prefix = !isFragment && base.normalizer.addDummyPrefix && length > 0 ? 1 : 0;
      characters += (codePoints - prefix) * count;
      const symbolCount = segmenter.segment(units, length);
      const { symbols } = segmenter;
      if (run.length < symbolCount) run = new Int32Array(2 * symbolCount);
      let runLength = 0;
      let isInUnknown = false;
      for (let i = 0; i < symbolCount; i++) {
        const token = symbols[i]!;
        let symbol: number;
        if (token >= 0) {
          symbol = pieceSymbols[token]!;
          if (symbol === UNSEEN) {
            symbol = pieceTypes[token] === PIECE_TYPE.normal ? addSymbol(pieces[token]!, false) : FOREIGN;
            pieceSymbols[token] = symbol;
          }
          tokens += count;
          isInUnknown = false;
        } else {
          const codePoint = uncoveredCodePoint(token);
          symbol = countUncovered(codePoint, count);
          // Without byte fallback a run of unknown characters is one token.
          if (byteFallback) tokens += codePointBytes(codePoint) * count;
          else if (!isInUnknown) tokens += count;
          isInUnknown = true;
        }
        if (symbol >= 0) {
          const form = symbolForms[symbol]!;
          if (runLength > 0 && !rule.mayMeet(symbolForms[run[runLength - 1]!]!, form)) {
            if (runLength > 1) addRun(run, runLength, count);
            runLength = 0;
          }
          run[runLength++] = symbol;
          if (rule.isPiece(form)) joiningCharacters += symbolTexts[symbol]!.length * count;
          const seenIn = symbolSources[symbol]!;
          if (seenIn.at(-1) !== source) seenIn.push(source);
        } else if (runLength > 0) {
          if (runLength > 1) addRun(run, runLength, count);
          runLength = 0;
        }
      }
      if (runLength > 1) addRun(run, runLength, count);
    },
    figures: () => ({ characters, joiningCharacters, tokens }),
    symbols: () => ({ symbolTexts, symbolForms, isUncovered, symbolSources, uncoveredCounts }),
    strayScript: () =>
      [...(strayScripts ?? [])].reduce((most, next) => (next[1] > most[1] ? next : most), ['', 0])[0] || undefined,
  };
}
