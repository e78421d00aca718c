// The tokenizers of a comparison, opened for counting, with names that tell them apart, and which of them extend the first.
import { isSentencePieceModel } from '../../core/model.ts';
import { pieceToByte } from '../../core/unicode/utf8.ts';
import { createFewestTokens } from './fewest-tokens.ts';
import { type ComparedTokenizer, type CountingEngine, encoderOf, openCounter } from './open-counter.ts';
import { surfaceOf, TOKEN_KIND, type TokenCounter } from './token-counter.ts';

/** One tokenizer of a comparison. */
export interface CountedTokenizer {
  readonly name: string;
  readonly counter: TokenCounter;
  /** Ids from here on are new; undefined when it does not extend the first. */
  readonly firstNewId: number | undefined;
  /** Code points that each id stands for, spaces not counted, 0 for parts of characters, `[vocabSize]`. */
  readonly surfaceLengths: () => Uint16Array;
  /** The fewest tokens of a line; undefined when they are not asked for, or its pieces are not known. */
  readonly fewestTokens: ((line: string) => number) | undefined;
}

/** How tokenizers are opened. */
export interface CountedTokenizerOptions {
  readonly engine: CountingEngine | undefined;
  /** Counters that are open already, in the order of the tokenizers. */
  readonly counters: readonly TokenCounter[] | undefined;
  /** Also count the fewest tokens possible. */
  readonly optimum: boolean;
}

/** Opens the tokenizers, in their order. */
export async function openCountedTokenizers(
  tokenizers: readonly ComparedTokenizer[],
  { engine, counters, optimum }: CountedTokenizerOptions,
): Promise<CountedTokenizer[]> {
  const names = uniqueNames(tokenizers.map(({ name }) => name));
  const counted: CountedTokenizer[] = [];
  for (const [i, tokenizer] of tokenizers.entries()) {
    const counter = counters?.[i] ?? (await openCounter(tokenizer, engine));
    const first = counted[0]?.counter;
    const extendsFirst = first !== undefined && isExtensionOf(counter, first);
    let lengths: Uint16Array | undefined;
    counted.push({
      name: names[i]!,
      counter,
      firstNewId: extendsFirst ? first.vocabSize : undefined,
      surfaceLengths() {
        lengths ??= Uint16Array.from({ length: counter.vocabSize }, (_, id) =>
          isFirstByte(counter, id) ? 1 : countVisible(surfaceOf(counter, id) ?? ''),
        );
        return lengths;
      },
      fewestTokens: optimum ? openFewestTokens(tokenizer) : undefined,
    });
  }
  return counted;
}

/** True for the byte that a character begins with: it stands for the character. */
function isFirstByte({ tokenKinds, idToPiece }: TokenCounter, id: number): boolean {
  if (tokenKinds[id] !== TOKEN_KIND.byte) return false;
  const byte = pieceToByte(idToPiece(id) ?? '');
  return byte > 0x20 && (byte & 0xc0) !== 0x80;
}

function openFewestTokens(entry: ComparedTokenizer): ((line: string) => number) | undefined {
  const { model, normalize } = encoderOf(entry) ?? {};
  // The pieces of other models do not cover the text that is normalized: they cover its bytes, or its pre-tokens.
  if (model === undefined || normalize === undefined || !isSentencePieceModel(model)) return undefined;
  const counter = createFewestTokens(model, normalize);
  return (line) => counter.count(line);
}

/** Code points of `text` that are no white space. */
export function countVisible(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // The second half of a pair was counted with the first; lone halves are rare enough.
    if (unit >= 0xdc00 && unit < 0xe000) continue;
    if (unit > 0x20 && unit !== 0xa0 && unit !== 0x3000) count++;
  }
  return count;
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
