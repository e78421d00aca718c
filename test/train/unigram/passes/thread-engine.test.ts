import { describe, expect, it } from 'vitest';
import { CONTROL } from '../../../../src/train/runtime/thread-requests.ts';
import type { LatticeReply, LatticeRequest, LatticeThread } from '../../../../src/train/runtime/train-threads.ts';
import { createStepEngine, type LatticeEngine } from '../../../../src/train/unigram/passes/engine.ts';
import { createLatticeThread } from '../../../../src/train/unigram/passes/thread.ts';
import { createThreadEngine, shareWords } from '../../../../src/train/unigram/passes/thread-engine.ts';
import { byPiece, drain, AB_FOREST as FOREST, nodeOf, type Weighted, wordsOf } from '../corpus.ts';

const WORDS: Weighted[] = [
  ['ab', 3],
  ['abx', 2],
  ['abab', 7],
];

const stepEngine = (isWide: boolean): LatticeEngine =>
  createStepEngine(wordsOf(FOREST, WORDS), isWide, async (steps) => drain(steps));

/** What must not be asked. */
const NO_ENGINE: LatticeEngine = {
  expect: () => Promise.reject(new Error('asked for expected counts')),
  countBestPaths: () => Promise.reject(new Error('asked for best paths')),
  findLosses: () => Promise.reject(new Error('asked for losses')),
  renameNodes: () => Promise.reject(new Error('asked to rename')),
};

function engineOf(
  threads: readonly LatticeThread[],
  {
    isWide = false,
    sequential = NO_ENGINE,
    signal,
  }: { isWide?: boolean; sequential?: LatticeEngine; signal?: AbortSignal } = {},
) {
  const { words } = shareWords(wordsOf(FOREST, WORDS));
  return createThreadEngine({ words, threads, isWide, sequential, signal });
}

/** Threads that answer as they are told. */
const answering = (...answers: ((request: LatticeRequest) => Promise<LatticeReply>)[]): LatticeThread[] =>
  answers.map((request) => ({ request }));

const reply = (counts: Record<string, number>) => async (): Promise<LatticeReply> => {
  const answer = new Float32Array(FOREST.parents.length);
  for (const [piece, count] of Object.entries(counts)) answer[nodeOf(FOREST, piece)] = count;
  return answer;
};

describe('shareWords', () => {
  it('copies the words into shared memory', () => {
    const words = wordsOf(FOREST, WORDS);
    const { words: copy, chunkStarts } = shareWords(words);
    expect(copy).toEqual(words);
    for (const array of [copy.nodes, copy.starts, copy.counts, chunkStarts]) {
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  it('cuts between words, at most 8192 positions to a chunk unless one word is longer', () => {
    const starts = Uint32Array.of(0, 5000, 10_000, 13_000, 22_000, 22_001);
    const words = { nodes: new Int32Array(22_001), starts, counts: new Float64Array(5).fill(1), maxLength: 9000 };
    expect([...shareWords(words).chunkStarts]).toEqual([0, 1, 3, 4, 5]);
    const exact = { ...words, starts: Uint32Array.of(0, 4096, 8192, 8193), counts: new Float64Array(3).fill(1) };
    expect([...shareWords(exact).chunkStarts]).toEqual([0, 2, 3]);
  });
});

describe.each([false, true])('createThreadEngine, wide: %s', (isWide) => {
  const open = () => {
    const init = shareWords(wordsOf(FOREST, WORDS));
    const threads = answering(
      ...Array.from({ length: 3 }, () => {
        const work = createLatticeThread(init);
        return async (request: LatticeRequest) => work(request);
      }),
    );
    const { words } = init;
    return { words, engine: createThreadEngine({ words, threads, isWide, sequential: NO_ENGINE, signal: undefined }) };
  };

  it('comes to what the calling thread comes to alone', async () => {
    const { engine } = open();
    const [found, alone] = [await engine.expect(FOREST), await stepEngine(isWide).expect(FOREST)];
    expect([...found.expected]).toEqual([...alone.expected]);
    expect(found.objective).toBe(alone.objective);
    const frequencies = await engine.countBestPaths(FOREST);
    expect(frequencies).toEqual(await stepEngine(isWide).countBestPaths(FOREST));
    const losses = await stepEngine(isWide).findLosses(FOREST, frequencies);
    expect(await engine.findLosses(FOREST, frequencies)).toEqual(losses);
    expect(losses[nodeOf(FOREST, 'ab')]).toBeGreaterThan(0);
  });

  it('renames the nodes in the shared words', async () => {
    const { engine, words } = open();
    const before = words.nodes.slice();
    await engine.renameNodes(Int32Array.from(FOREST.parents.keys(), (node) => node * 10));
    expect(words.nodes).toEqual(before.map((node) => node * 10));
  });
});

describe('createThreadEngine', () => {
  it('sends all threads the same request, in shared memory', async () => {
    const requests: LatticeRequest[] = [];
    const record = async (request: LatticeRequest): Promise<LatticeReply> => {
      requests.push(request);
      return undefined;
    };
    await engineOf(answering(record, record)).renameNodes(Int32Array.of(0, 1, 2, 3));
    expect(requests).toHaveLength(2);
    expect(requests[0]).toBe(requests[1]);
    expect(requests[0]).toMatchObject({ kind: 'rename', newNodes: Int32Array.of(0, 1, 2, 3) });
    await engineOf(answering(record)).expect(FOREST);
    const request = requests[2]!;
    if (request.kind !== 'expect') throw new Error(`asked for ${request.kind}`);
    for (const array of [request.control, request.packed.links, request.expected, request.objective]) {
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
    expect(request.total).toBe(12);
  });

  it('adds up the parts of the threads', async () => {
    const engine = engineOf(answering(reply({ a: 1, ab: 5 }), reply({ ab: 7, b: 2 })));
    expect(byPiece(FOREST, await engine.countBestPaths(FOREST))).toEqual([
      ['a', 1],
      ['b', 2],
      ['ab', 12],
    ]);
  });

  it('leaves sums that float32 cannot hold exactly to the calling thread, but for wide ones', async () => {
    const large = answering(reply({ a: 2 ** 24 - 1 }), reply({ a: 1 }));
    const alone = new Float32Array([1, 2, 3, 4]);
    const sequential = { ...NO_ENGINE, countBestPaths: async () => alone };
    expect(await engineOf(large, { sequential }).countBestPaths(FOREST)).toBe(alone);
    expect(byPiece(FOREST, await engineOf(large, { isWide: true }).countBestPaths(FOREST))).toEqual([['a', 2 ** 24]]);
    const small = answering(reply({ a: 2 ** 24 - 2 }), reply({ a: 1 }));
    expect(byPiece(FOREST, await engineOf(small).countBestPaths(FOREST))).toEqual([['a', 2 ** 24 - 1]]);
  });

  it('tells the others to stop when one fails, waits for them, and passes the error on', async () => {
    let stopped: number | undefined;
    const failing = () => Promise.reject(new Error('out of memory'));
    const slow = async ({ control }: LatticeRequest): Promise<LatticeReply> => {
      await new Promise((resolve) => setImmediate(resolve));
      stopped = control[CONTROL.stop];
      return undefined;
    };
    await expect(engineOf(answering(slow, failing)).expect(FOREST)).rejects.toThrow('out of memory');
    expect(stopped).toBe(1);
  });

  it('tells the threads to stop when the signal does, and asks nothing afterwards', async () => {
    const controller = new AbortController();
    const stops: number[] = [];
    const thread = async ({ control }: LatticeRequest): Promise<LatticeReply> => {
      controller.abort(new Error('enough'));
      stops.push(control[CONTROL.stop]!);
      return undefined;
    };
    const engine = engineOf(answering(thread), { signal: controller.signal });
    await expect(engine.expect(FOREST)).rejects.toThrow('enough');
    await expect(engine.countBestPaths(FOREST)).rejects.toThrow('enough');
    expect(stops).toEqual([1]);
  });
});
