// llama.cpp's SPM tokenizer (llm_tokenizer_spm in src/llama-vocab.cpp) as its rules say, written for the tests and sharing
// nothing with src/tokenize: characters, a queue of bigrams (highest score first, leftmost of equals), and for what ends up
// as no token the way it was merged taken back, down to bytes. A GGUF file carries pieces, scores and types; that is all
// it needs. Text that spells a special token is text here (parse_special off), as for SentencePiece.
import { PIECE_TYPE, type TokenizerModel } from '../../src/core/model.ts';

interface Bigram {
  readonly left: number;
  readonly right: number;
  readonly text: string;
  readonly score: number;
}

/** Creates the tokenizer of a model with byte fallback; `addSpacePrefix` is a key of the GGUF file, true for LLaMA. */
export function createLlamaCppSpm(
  { pieces, pieceScores, pieceTypes }: TokenizerModel,
  { addSpacePrefix = true } = {},
): (text: string) => number[] {
  const tokenIds = new Map<string, number>();
  // The last of equal texts counts, as when a map is filled in order.
  pieces.forEach((piece, id) => {
    tokenIds.set(piece, id);
  });
  const byteId = (byte: number): number => {
    const id = tokenIds.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    if (id !== undefined && pieceTypes[id] === PIECE_TYPE.byte) return id;
    throw new Error(`no byte token for ${byte}`);
  };

  return (text) => {
    if (text === '') return [];
    const escaped = ((addSpacePrefix ? ' ' : '') + text.toWellFormed()).replaceAll(' ', '\u2581');
    const symbols = Array.from(escaped, (character, i) => ({ text: character, previous: i - 1, next: i + 1 }));
    symbols.at(-1)!.next = -1;
    const queue = createQueue();
    const parts = new Map<string, readonly [string, string]>();

    const offer = (left: number, right: number): void => {
      if (left < 0 || right < 0) return;
      const joined = symbols[left]!.text + symbols[right]!.text;
      const id = tokenIds.get(joined);
      if (id === undefined) return;
      queue.push({ left, right, text: joined, score: pieceScores[id]! });
      parts.set(joined, [symbols[left]!.text, symbols[right]!.text]);
    };
    for (let i = 1; i < symbols.length; i++) offer(i - 1, i);
    for (let bigram = queue.pop(); bigram !== undefined; bigram = queue.pop()) {
      const left = symbols[bigram.left]!;
      const right = symbols[bigram.right]!;
      // Outdated when either side has been merged since.
      if (left.text === '' || right.text === '' || left.text + right.text !== bigram.text) continue;
      left.text = bigram.text;
      right.text = '';
      left.next = right.next;
      if (right.next >= 0) symbols[right.next]!.previous = bigram.left;
      offer(left.previous, bigram.left);
      offer(bigram.left, left.next);
    }

    const ids: number[] = [];
    const emit = (part: string): void => {
      const id = tokenIds.get(part);
      const split = parts.get(part);
      if (id !== undefined) ids.push(id);
      else if (split !== undefined) split.forEach(emit);
      else for (const byte of new TextEncoder().encode(part)) ids.push(byteId(byte));
    };
    for (let at = 0; at >= 0; at = symbols[at]!.next) emit(symbols[at]!.text);
    return ids;
  };
}

/** A binary heap of bigrams. */
function createQueue(): { push(bigram: Bigram): void; pop(): Bigram | undefined } {
  const heap: Bigram[] = [];
  const isBefore = (a: Bigram, b: Bigram): boolean => a.score > b.score || (a.score === b.score && a.left < b.left);
  const swap = (i: number, k: number): void => {
    [heap[i], heap[k]] = [heap[k]!, heap[i]!];
  };
  return {
    push(bigram) {
      let at = heap.push(bigram) - 1;
      while (at > 0 && isBefore(heap[at]!, heap[(at - 1) >> 1]!)) {
        swap(at, (at - 1) >> 1);
        at = (at - 1) >> 1;
      }
    },
    pop() {
      if (heap.length < 2) return heap.pop();
      const top = heap[0]!;
      heap[0] = heap.pop()!;
      for (let at = 0; ; ) {
        let first = at;
        for (const child of [2 * at + 1, 2 * at + 2]) {
          if (child < heap.length && isBefore(heap[child]!, heap[first]!)) first = child;
        }
        if (first === at) return top;
        swap(at, first);
        at = first;
      }
    },
  };
}
