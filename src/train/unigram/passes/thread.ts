// What one of several threads does for Unigram training: it takes chunks of words, one after the other, until none is
// left. Words, pieces and sums lie in shared memory. Lattices are worked out side by side, but their shares are added
// chunk after chunk in the order of the corpus, each thread waiting for its turn: so every float32 sum is the one that a
// single thread comes to, bit for bit. It starts no threads; pipeline/ does.

import { CONTROL, stopThreads, takeTasks } from '../../runtime/thread-requests.ts';
import type { LatticeReply, LatticeRequest, LatticeThreadInit } from '../../runtime/train-threads.ts';
import { createLatticeKernels } from '../lattice/lattice-kernels.ts';
import { createLossFinder, findPieces } from '../lattice/prune.ts';

/** Chunks that a thread works out before it waits for its turn: a thread that the system lets rest holds up no other. */
const MOST_AHEAD = 16;

/** Pieces whose losses a thread works out at one go. */
const TASK_PIECES = 1 << 12;

/** Serves one training: the returned function works on one request until no chunk is left. */
export function createLatticeThread(init: LatticeThreadInit): (request: LatticeRequest) => LatticeReply {
  const { words, chunkStarts } = init;
  const chunks = chunkStarts.length - 1;
  const kernels = createLatticeKernels(words, MOST_AHEAD + 1);

  function forEachChunk(control: Int32Array, visit: (first: number, end: number, chunk: number) => void): void {
    takeTasks(control, chunks, (chunk) => visit(chunkStarts[chunk]!, chunkStarts[chunk + 1]!, chunk));
  }

  function work(request: LatticeRequest): LatticeReply {
    const { control } = request;
    switch (request.kind) {
      case 'expect': {
        const worker = kernels.sharesOf(request);
        const waiting: { readonly chunk: number; readonly addShares: () => void }[] = [];
        // Adds the chunks whose turn it is; waits for turns while more than `limit` chunks are left.
        const settle = (limit: number): void => {
          while (waiting.length > 0) {
            const { chunk, addShares } = waiting[0]!;
            const isTurn = waiting.length > limit ? waitForTurn(control, chunk) : isTurnOf(control, chunk);
            if (!isTurn) return;
            addShares();
            Atomics.store(control, CONTROL.turn, chunk + 1);
            Atomics.notify(control, CONTROL.turn);
            waiting.shift();
          }
        };
        forEachChunk(control, (first, end, chunk) => {
          waiting.push({ chunk, addShares: worker(first, end) });
          settle(MOST_AHEAD);
        });
        settle(0);
        return undefined;
      }
      case 'best-paths': {
        const counter = kernels.bestPathsOf(request);
        forEachChunk(control, (first, end) => counter.add(first, end));
        return counter.finish();
      }
      case 'find-pieces': {
        const { positions, packed } = request;
        const { nodes, starts } = words;
        forEachChunk(control, (first, end) => findPieces(positions, packed, nodes, starts[first]!, starts[end]!));
        return undefined;
      }
      case 'losses': {
        const { losses, input } = request;
        const lossOf = createLossFinder(input, words.nodes);
        takeTasks(control, Math.ceil(losses.length / TASK_PIECES), (task) => {
          const end = Math.min(losses.length, (task + 1) * TASK_PIECES);
          for (let piece = task * TASK_PIECES; piece < end; piece++) losses[piece] = lossOf(piece);
        });
        return undefined;
      }
      case 'rename': {
        const { nodes, starts } = words;
        const { newNodes } = request;
        forEachChunk(control, (first, end) => {
          const last = starts[end]!;
          for (let i = starts[first]!; i < last; i++) nodes[i] = newNodes[nodes[i]!]!;
        });
        return undefined;
      }
    }
  }

  return (request) => {
    try {
      return work(request);
    } catch (error) {
      stopThreads(request.control);
      throw error;
    }
  };
}

function isTurnOf(control: Int32Array, chunk: number): boolean {
  return Atomics.load(control, CONTROL.turn) === chunk;
}

/** Waits until all chunks before this one are added; false when the threads shall stop. */
function waitForTurn(control: Int32Array, chunk: number): boolean {
  for (;;) {
    if (Atomics.load(control, CONTROL.stop) !== 0) return false;
    const turn = Atomics.load(control, CONTROL.turn);
    if (turn === chunk) return true;
    // With a limit, because a stop between the look above and the wait would go unheard.
    Atomics.wait(control, CONTROL.turn, turn, 50);
  }
}
