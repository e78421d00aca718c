// The tokenizers of a comparison, opened for counting, with names that tell them apart, and which of them extend the first.
import { createFewestTokens } from './fewest-tokens.ts';
import { type ComparedTokenizer, type CountingEngine, openCounter } from './open-counter.ts';
import type { TokenCounter } from './token-counter.ts';

/** One tokenizer of a comparison. */
export interface Contestant {
  readonly name: string;
  readonly counter: TokenCounter;
  /** Ids from here on are new; undefined when it does not extend the first. */
  readonly firstNewId: number | undefined;
  /** The fewest tokens of a line; undefined when they are not asked for, or its pieces are not known. */
  readonly fewestTokens: ((line: string) => number) | undefined;
}

/** How tokenizers are opened. */
export interface ContestantOptions {
  readonly engine: CountingEngine | undefined;
  /** Also count the fewest tokens possible. */
  readonly optimum: boolean;
}

/** Opens the tokenizers, in their order. */
export async function openContestants(
  tokenizers: readonly ComparedTokenizer[],
  { engine, optimum }: ContestantOptions,
): Promise<Contestant[]> {
  const names = uniqueNames(tokenizers.map(({ name }) => name));
  const contestants: Contestant[] = [];
  for (const [i, tokenizer] of tokenizers.entries()) {
    const counter = await openCounter(tokenizer, engine);
    const first = contestants[0]?.counter;
    const extendsFirst = first !== undefined && isExtensionOf(counter, first);
    contestants.push({
      name: names[i]!,
      counter,
      firstNewId: extendsFirst ? first.vocabSize : undefined,
      fewestTokens: optimum ? openFewestTokens(tokenizer) : undefined,
    });
  }
  return contestants;
}

function openFewestTokens(entry: ComparedTokenizer): ((line: string) => number) | undefined {
  if (!('tokenizer' in entry) || entry.tokenizer.normalize === undefined) return undefined;
  const { model, normalize } = entry.tokenizer;
  const counter = createFewestTokens(model, normalize);
  return (line) => counter.count(line);
}

function isExtensionOf(counter: TokenCounter, first: TokenCounter): boolean {
  if (counter.vocabSize <= first.vocabSize) return false;
  for (let id = 0; id < first.vocabSize; id++) if (counter.idToPiece(id) !== first.idToPiece(id)) return false;
  return true;
}

/** Names with ` (2)`, ` (3)` … behind those that came before, so that every row of a table says which it is. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(unique); n++) unique = `${name} (${n})`;
    taken.add(unique);
    return unique;
  });
}
