// Reads text for continued BPE: tokenizes it with the base and keeps the runs of tokens that new pieces can be made of,
// with their counts. Nothing is kept as text. A line is read as the tokenizer reads a text, with the dummy prefix if
// the base puts one; fragments, such as the entries of frequency tables, without. No run goes past the end of a pre-token.

import { PIECE_TYPE, type TokenizerModel } from '../../core/model.ts';
import { scriptName, scriptOf } from '../../core/unicode/scripts.ts';
import { codePointBytes, codePointLength } from '../../core/unicode/utf8.ts';
import type { WeightedSentence } from '../../core/weighted-sentence.ts';
import { InputError, OptionError } from '../../errors.ts';
import { uncoveredCodePoint } from '../../tokenize/symbols/symbols.ts';
import { forecastTraining } from '../forecast.ts';
import { yieldToEventLoop } from '../runtime/yield-to-event-loop.ts';
import { createPieceRule } from './byte-join-rule.ts';
import { CHARACTER_KIND, createCharacterKinds, type KindOf } from './character-kinds.ts';
import { FORM } from './join-rule.ts';
import type { ExtendRuntime, ExtendSource, RunOptions } from './options.ts';
import { createRunCounter } from './run-counter.ts';
import { type CollectedRuns, createRunJoiner, type SourceFigures } from './run-joiner.ts';
import { createTokenReader, type TokenReader } from './token-reader.ts';

/** Work between two turns of the event loop. */
const YIELD_LINES = 8192;

/** Counts are kept for each source. */
const MOST_SOURCES = 1024;

/**
 * Reads all sources, on threads where the runtime has them, or one after the other.
 *
 * @param options.isWeighed false: the sources need not be told apart; all counts are those of one source
 * @throws InputError when no source has text, or a count is not a whole number of at least 1
 * @throws OptionError for too many sources to tell apart, and for text that takes more than `maxMemory`
 */
export async function collectRuns(
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  options: RunOptions,
  runtime: ExtendRuntime = {},
): Promise<CollectedRuns> {
  const { isWeighed } = options;
  if (isWeighed && sources.length > MOST_SOURCES) {
    throw new OptionError(`sources: ${sources.length} are too many to weigh, the limit is ${MOST_SOURCES}`, {
      hint: 'Concatenate files that belong together.',
    });
  }
  const collected =
    (await collectParts(base, sources, options, runtime)) ??
    (await createSourceReader(base, options)(
      sources.map(({ name, sentences }) => ({ name, batches: inBatches(sentences) })),
      runtime,
    ));
  const lines = collected.sources.reduce((sum, source) => sum + source.lines, 0);
  runtime.onProgress?.({ phase: 'read', done: lines });
  if (lines === 0) {
    const where = sources.map(({ name }) => name).join(', ') || 'no source';
    throw new InputError(`${where}: there is no text to learn from`, { hint: 'Check the input.' });
  }
  return collected;
}

async function collectParts(
  base: TokenizerModel,
  sources: readonly ExtendSource[],
  options: RunOptions,
  { readRunParts, onProgress, signal, maxMemory = Infinity }: ExtendRuntime,
): Promise<CollectedRuns | undefined> {
  const joiner = createRunJoiner(
    sources.map(({ name }) => name),
    options.isWeighed,
  );
  const take = (part: CollectedRuns, firstSource: number): void => {
    joiner.add(part, firstSource);
    checkMemory(joiner.cellCount, maxMemory);
    onProgress?.({ phase: 'read', done: joiner.lines });
  };
  return (await readRunParts?.(base, options, take, signal)) ? joiner.finish() : undefined;
}

/** A source whose sentences come many at a time: a promise for each line would cost as much as cutting it. */
export interface BatchSource {
  readonly name: string;
  readonly batches: AsyncIterable<readonly Sentence[]>;
}

type Sentence = string | WeightedSentence;

async function* inBatches(sentences: ExtendSource['sentences']): AsyncGenerator<readonly Sentence[]> {
  let batch: Sentence[] = [];
  for await (const sentence of sentences) {
    if (batch.push(sentence) < YIELD_LINES) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/**
 * Reads sources, one after the other, none of which need have text. What it reads with is made once: large arrays that come and
 * go between others that stay would leave holes in the memory of a thread.
 */
export function createSourceReader(
  base: TokenizerModel,
  options: RunOptions,
): (sources: readonly BatchSource[], runtime?: ExtendRuntime) => Promise<CollectedRuns> {
  const { isWeighed } = options;
  const runs = createRunCounter(isWeighed);
  const reader = createRunReader({ base, reader: createTokenReader(base) }, options, runs.add);
  return async (sources, { onProgress, signal, maxMemory = Infinity } = {}) => {
    const figures: SourceFigures[] = [];
    let lines = 0;
    reader.begin(isWeighed ? sources.length : 1);
    for (const [index, { name, batches }] of sources.entries()) {
      if (isWeighed && index > 0) runs.nextSource();
      const before = lines;
      reader.start(isWeighed ? index : 0);
      for await (const batch of batches) {
        for (const sentence of batch) {
          const { text, count, isFragment } = typeof sentence === 'string' ? { text: sentence, count: 1 } : sentence;
          if (!Number.isSafeInteger(count) || count < 1) {
            throw new InputError(`${name}: line ${lines - before + 1} has the count ${count}`, {
              hint: 'Counts are whole numbers of at least 1.',
            });
          }
          reader.read(text, count, isFragment ?? false);
          if (++lines % YIELD_LINES === 0) {
            checkMemory(runs.cellCount, maxMemory);
            onProgress?.({ phase: 'read', source: name, done: lines });
            await yieldToEventLoop(signal);
          }
        }
      }
      figures.push({ name, lines: lines - before, ...reader.figures() });
    }
    return { ...runs.handOut(), ...reader.symbols(), sources: figures };
  };
}

// A cell takes what a character is forecast to.
function checkMemory(cells: number, maxMemory: number): void {
  const { peakBytes } = forecastTraining({ characters: cells, modelType: 'extend' });
  if (peakBytes <= maxMemory) return;
  throw new OptionError(`maxMemory: learning from this text takes more than ${Math.floor(maxMemory / 1e6)} MB`, {
    hint: 'Give the text as files, so that a part of it can be chosen, or count it first and learn from the table.',
  });
}

/** Not part of a run. */
const FOREIGN = -1;

/** More than there are forms; see join-rule.ts. */
const FORM_LIMIT = 16;

const CODE_POINTS = 0x110000;

/** Tokenizes and cuts. */
function createRunReader(
  { base, reader }: { readonly base: TokenizerModel; readonly reader: TokenReader },
  options: RunOptions,
  addRun: (run: Int32Array, length: number, count: number) => void,
) {
  const { pieces, pieceTypes, byteFallback } = base;
  const kindOf = createCharacterKinds(options);
  const rule = createPieceRule(base, kindOf, options);
  const mayMeet = Uint8Array.from({ length: FORM_LIMIT ** 2 }, (_, forms) =>
    Number(rule.mayMeet(Math.floor(forms / FORM_LIMIT), forms % FORM_LIMIT)),
  );
  const mayBegin = Uint8Array.from({ length: FORM_LIMIT }, (_, form) => Number(rule.mayBegin(form)));
  // Bytes do not tell which characters they are parts of, so that these are counted in the text.
  const textCounter = base.units === 'byte' ? createTextCounter(kindOf) : undefined;

  let symbolTokens: number[] = [];
  let symbolTexts: string[] = [];
  let symbolForms: number[] = [];
  let isUncovered: boolean[] = [];
  let symbolSources: number[][] = [];
  // By token, uncovered characters behind the pieces: its symbol + 2, 0 where it has not occurred; and how often it occurs in
  // the source at hand. What is counted of a source follows from that at its end.
  const tokenSymbols = new Int32Array(pieces.length + CODE_POINTS);
  const tokenCounts = new Float64Array(pieces.length + CODE_POINTS);
  const sourceTokens: number[] = [];
  let uncoveredCounts = new Map<number, Float64Array>();
  let sourceCount = 0;
  let source = 0;
  let characters = 0;
  let joiningCharacters = 0;
  let tokens = 0;
  /** Characters by script, until one of a chosen script comes up. */
  let strayScripts: Map<string, number> | undefined;
  let run = new Int32Array(64);

  function addSymbol(token: number, text: string, uncovered: boolean): number {
    const form = rule.formOf(text);
    if (form === FORM.foreign) return FOREIGN;
    symbolTokens.push(token);
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

  /** A token that has not occurred before. */
  function addToken(token: number): number {
    if (token < pieces.length)
      return pieceTypes[token] === PIECE_TYPE.normal ? addSymbol(token, pieces[token]!, false) : FOREIGN;
    const codePoint = token - pieces.length;
    const kind = kindOf(codePoint);
    if (!byteFallback || (kind !== CHARACTER_KIND.joining && kind !== CHARACTER_KIND.single)) return FOREIGN;
    uncoveredCounts.set(codePoint, new Float64Array(sourceCount));
    return addSymbol(token, String.fromCodePoint(codePoint), true);
  }

  /** Cuts the symbols of a stretch into runs. */
  function readStretch(read: Int32Array, start: number, end: number, count: number): void {
    let runLength = 0;
    let lastForm = 0;
    for (let i = start; i < end; i++) {
      const symbolRead = read[i]!;
      const token = symbolRead >= 0 ? symbolRead : pieces.length + uncoveredCodePoint(symbolRead);
      if (tokenCounts[token] === 0) {
        sourceTokens.push(token);
        if (tokenSymbols[token] === 0) tokenSymbols[token] = addToken(token) + 2;
      }
      tokenCounts[token]! += count;
      // Without byte fallback a run of unknown characters is one token.
      if (symbolRead < 0 && !byteFallback && (i === start || read[i - 1]! >= 0)) tokens += count;
      const symbol = tokenSymbols[token]! - 2;
      if (symbol === FOREIGN) {
        if (runLength > 1) addRun(run, runLength, count);
        runLength = 0;
        continue;
      }
      const form = symbolForms[symbol]!;
      if (runLength > 0 && mayMeet[lastForm * FORM_LIMIT + form] === 0) {
        if (runLength > 1) addRun(run, runLength, count);
        runLength = 0;
      }
      if (runLength > 0 || mayBegin[form] === 1) run[runLength++] = symbol;
      lastForm = form;
    }
    if (runLength > 1) addRun(run, runLength, count);
  }

  /** Counts what has been read of the source. */
  function sumUp(): void {
    for (const token of sourceTokens) {
      const count = tokenCounts[token]!;
      tokenCounts[token] = 0;
      const codePoint = token - pieces.length;
      if (codePoint < 0) tokens += count;
      else {
        if (byteFallback) tokens += codePointBytes(codePoint) * count;
        const counts = uncoveredCounts.get(codePoint);
        if (counts !== undefined) counts[source]! += count;
      }
      const symbol = tokenSymbols[token]! - 2;
      if (symbol === FOREIGN) continue;
      if (textCounter === undefined && rule.isPiece(symbolForms[symbol]!)) {
        joiningCharacters += symbolTexts[symbol]!.length * count;
      }
      const seenIn = symbolSources[symbol]!;
      if (seenIn.at(-1) !== source) seenIn.push(source);
    }
    sourceTokens.length = 0;
  }

  return {
    /** Begins with nothing; what was handed out stays as it is. */
    begin(sources: number): void {
      symbolTokens = [];
      symbolTexts = [];
      symbolForms = [];
      isUncovered = [];
      symbolSources = [];
      uncoveredCounts = new Map();
      strayScripts = new Map();
      sourceCount = sources;
      tokenSymbols.fill(0);
      textCounter?.begin();
    },
    start(index: number): void {
      source = index;
      characters = 0;
      joiningCharacters = 0;
      tokens = 0;
    },
    read(line: string, count: number, isFragment: boolean): void {
      const symbolCount = reader.read(line, isFragment);
      const { text, symbols, ends } = reader;
      if (strayScripts !== undefined) countStray(text, strayScripts);
      characters += (codePointLength(text) - reader.prefixLength) * count;
      if (textCounter !== undefined) joiningCharacters += textCounter.count(text, source) * count;
      if (run.length < symbolCount) run = new Int32Array(2 * symbolCount);
      let start = 0;
      for (const end of ends) {
        readStretch(symbols, start, end, count);
        start = end;
      }
    },
    figures() {
      sumUp();
      return { characters, joiningCharacters, tokens };
    },
    symbols: () => ({
      symbolTokens,
      symbolTexts,
      symbolForms,
      isUncovered,
      characterSources: textCounter?.characterSources ?? sourcesOfCharacters(symbolTexts, symbolSources),
      uncoveredCounts,
      strayScripts,
    }),
  };
}

/** Counts the characters of texts that new pieces can be made of, and notes which source has which. */
function createTextCounter(kindOf: KindOf) {
  // Last source that has the character, from 1 on, and whether it is of a chosen script.
  const lastSources = new Uint16Array(0x110000);
  const isJoining = new Uint8Array(0x110000);
  let characterSources = new Map<number, number[]>();
  return {
    get characterSources() {
      return characterSources;
    },
    begin(): void {
      characterSources = new Map();
      lastSources.fill(0);
    },
    count(text: string, source: number): number {
      let found = 0;
      for (let i = 0; i < text.length; i++) {
        const codePoint = text.codePointAt(i)!;
        if (codePoint > 0xffff) i++;
        if (lastSources[codePoint] !== source + 1) {
          const sources = characterSources.get(codePoint);
          if (sources !== undefined) sources.push(source);
          else {
            characterSources.set(codePoint, [source]);
            if (kindOf(codePoint) === CHARACTER_KIND.joining) isJoining[codePoint] = 1;
          }
          lastSources[codePoint] = source + 1;
        }
        found += isJoining[codePoint]!;
      }
      return found;
    },
  };
}

function sourcesOfCharacters(
  texts: readonly string[],
  symbolSources: readonly (readonly number[])[],
): Map<number, readonly number[]> {
  const sets = new Map<number, Set<number>>();
  for (const [symbol, text] of texts.entries()) {
    for (const character of text) {
      const codePoint = character.codePointAt(0)!;
      const sources = sets.get(codePoint) ?? new Set();
      sets.set(codePoint, sources);
      for (const source of symbolSources[symbol]!) sources.add(source);
    }
  }
  return new Map([...sets].map(([codePoint, sources]) => [codePoint, [...sources].sort((a, b) => a - b)]));
}
