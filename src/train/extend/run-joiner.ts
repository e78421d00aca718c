// What is read of a text to learn from, and how what was read of its parts is put together: in the order of the parts it is what
// reading all at once would have given, down to the order of symbols and runs; but a run that two parts have is there twice,
// which to learning is the same. It reads nothing: runs.ts does.
import { BARRIER, type Cells, createCells, MAX_NARROW } from '../merges/merge-text.ts';
import type { CountedRuns } from './run-counter.ts';

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

/** What is read of the text to learn from: plain data, which goes between threads. */
export interface CollectedRuns extends CountedRuns {
  /** What each symbol is in the base: the id of a piece, or behind all of them the code point of a character. `[symbols]` */
  readonly symbolTokens: readonly number[];
  /** Text of each symbol that occurs in the runs: a base piece, or a character that the base lacks. `[symbols]` */
  readonly symbolTexts: readonly string[];
  /** What each symbol may join with, see join-rule.ts. `[symbols]` */
  readonly symbolForms: readonly number[];
  /** True for the symbols that are such characters. `[symbols]` */
  readonly isUncovered: readonly boolean[];
  /** The sources in which each character occurs, ascending, by code point; told apart only where sources are weighed. */
  readonly characterSources: ReadonlyMap<number, readonly number[]>;
  /**
   * Characters that the base has only as bytes, and how often they occur in each source: code point to
   * `[sources]`. Empty for a base without byte fallback.
   */
  readonly uncoveredCounts: ReadonlyMap<number, Float64Array>;
  readonly sources: readonly SourceFigures[];
  /** Where the text has no character of the chosen scripts: its letters by script. */
  readonly strayScripts: ReadonlyMap<string, number> | undefined;
}

/** Parts being joined: see {@link createRunJoiner}. */
export interface RunJoiner {
  /** Cells of all runs so far, and lines. */
  readonly cellCount: number;
  readonly lines: number;
  /** Adds the next part, which begins in this source. */
  add(part: CollectedRuns, firstSource: number): void;
  finish(): CollectedRuns;
}

/**
 * Joins parts of a text, none yet.
 *
 * @param names of all sources
 * @param isWeighed whether the sources are told apart; parts must have been read alike
 */
export function createRunJoiner(names: readonly string[], isWeighed: boolean): RunJoiner {
  const sourceCount = isWeighed ? names.length : 1;
  const counted: Cells[] = [];
  const once: Cells[] = [];
  const countsOfParts: Float64Array[] = [];
  const placesOfParts: Float64Array[] = [];
  const sourceStarts = [0];
  let runCount = 0;
  let onceCells = 0;
  let countedCells = 0;
  const symbolsByToken = new Map<number, number>();
  const symbolTokens: number[] = [];
  const symbolTexts: string[] = [];
  const symbolForms: number[] = [];
  const isUncovered: boolean[] = [];
  const characterSources = new Map<number, number[]>();
  const uncoveredCounts = new Map<number, Float64Array>();
  const sources = names.map((name) => ({ name, lines: 0, characters: 0, joiningCharacters: 0, tokens: 0 }));
  let strayScripts: Map<string, number> | undefined = new Map();
  let source = 0;
  let lines = 0;

  function goTo(wanted: number): void {
    for (; source < wanted; source++) sourceStarts.push(runCount);
  }

  /** The names here of the symbols of a part; a barrier, which is -1, keeps its own in front of them. */
  function namesOf(part: CollectedRuns): Int32Array {
    const names = new Int32Array(part.symbolTokens.length + 1).fill(BARRIER);
    for (const [symbol, token] of part.symbolTokens.entries()) {
      let joined = symbolsByToken.get(token);
      if (joined === undefined) {
        joined = symbolTokens.push(token) - 1;
        symbolsByToken.set(token, joined);
        symbolTexts.push(part.symbolTexts[symbol]!);
        symbolForms.push(part.symbolForms[symbol]!);
        isUncovered.push(part.isUncovered[symbol]!);
      }
      names[symbol + 1] = joined;
    }
    return names;
  }

  function addRuns(part: CountedRuns, names: Int32Array, first: number): void {
    part.sourceStarts.slice(0, -1).forEach((start, own) => {
      const before = runCount + start;
      for (; source < first + own; source++) sourceStarts.push(before);
    });
    countsOfParts.push(part.runCounts);
    placesOfParts.push(part.runPlaces.map((place) => onceCells + place));
    runCount += part.runCounts.length;
    const isNarrow = symbolTokens.length <= MAX_NARROW;
    for (const cells of part.once) {
      once.push(renamed(cells, names, isNarrow));
      onceCells += cells.length;
    }
    for (const cells of part.counted) {
      counted.push(renamed(cells, names, isNarrow));
      countedCells += cells.length;
    }
  }

  return {
    get cellCount() {
      return onceCells + countedCells;
    },
    get lines() {
      return lines;
    },
    add(part, firstSource) {
      const first = isWeighed ? firstSource : 0;
      addRuns(part, namesOf(part), first);
      for (const [codePoint, own] of part.characterSources) {
        const known = characterSources.get(codePoint) ?? [];
        characterSources.set(codePoint, known);
        // Parts are in order, so that only the last source may be there already.
        for (const each of own) if (known.at(-1) !== first + each) known.push(first + each);
      }
      for (const [codePoint, own] of part.uncoveredCounts) {
        const counts = uncoveredCounts.get(codePoint) ?? new Float64Array(sourceCount);
        uncoveredCounts.set(codePoint, counts);
        own.forEach((count, each) => {
          counts[first + each]! += count;
        });
      }
      for (const [own, figures] of part.sources.entries()) {
        const sum = sources[firstSource + own]!;
        sum.lines += figures.lines;
        sum.characters += figures.characters;
        sum.joiningCharacters += figures.joiningCharacters;
        sum.tokens += figures.tokens;
        lines += figures.lines;
      }
      if (part.strayScripts === undefined) strayScripts = undefined;
      for (const [script, count] of part.strayScripts ?? []) {
        strayScripts?.set(script, (strayScripts.get(script) ?? 0) + count);
      }
    },
    finish() {
      goTo(sourceCount - 1);
      return {
        counted,
        once,
        runCounts: joinNumbers(countsOfParts, runCount),
        runPlaces: joinNumbers(placesOfParts, runCount),
        sourceStarts: [...sourceStarts, runCount],
        symbolTokens,
        symbolTexts,
        symbolForms,
        isUncovered,
        characterSources,
        uncoveredCounts,
        sources,
        strayScripts,
      };
    },
  };
}

/** The same cells with other symbols, in place where these fit. */
function renamed(cells: Cells, names: Int32Array, isNarrow: boolean): Cells {
  const target = isNarrow || cells instanceof Int32Array ? cells : createCells(cells.length, false);
  for (let i = 0; i < cells.length; i++) target[i] = names[cells[i]! + 1]!;
  return target;
}

function joinNumbers(parts: readonly Float64Array[], length: number): Float64Array {
  const joined = new Float64Array(length);
  let to = 0;
  for (const part of parts) {
    joined.set(part, to);
    to += part.length;
  }
  return joined;
}
