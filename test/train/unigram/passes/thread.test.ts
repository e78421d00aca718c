import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { CONTROL, CONTROL_SIZE, stopThreads } from '../../../../src/train/runtime/thread-requests.ts';
import type { LatticeRequest } from '../../../../src/train/runtime/train-threads.ts';
import { packForest } from '../../../../src/train/unigram/forest/pieces.ts';
import { createStepEngine } from '../../../../src/train/unigram/passes/engine.ts';
import { createLatticeThread } from '../../../../src/train/unigram/passes/thread.ts';
import { byPiece, drain, AB_FOREST as FOREST, nodeOf, type Weighted, wordsOf } from '../corpus.ts';

const WORDS: Weighted[] = [
  ['ab', 3],
  ['b', 1],
  ['abx', 2],
  ['abab', 7],
  ['a', 5],
];
/** Two words, two words, one word. */
const CHUNK_STARTS = Uint32Array.of(0, 2, 4, 5);

const controlOf = () => new Int32Array(new SharedArrayBuffer(4 * CONTROL_SIZE));

function start() {
  const words = wordsOf(FOREST, WORDS);
  return { words, work: createLatticeThread({ words, chunkStarts: CHUNK_STARTS }) };
}

type Expect = Extract<LatticeRequest, { kind: 'expect' }>;

function expectRequest(control: Int32Array, isWide = false): Expect {
  const size = FOREST.parents.length;
  return {
    kind: 'expect',
    control,
    packed: packForest(FOREST),
    unknownPiece: FOREST.order[0]!,
    expected: isWide ? new Float64Array(size) : new Float32Array(new SharedArrayBuffer(4 * size)),
    objective: new Float64Array(1),
    total: WORDS.reduce((sum, [, count]) => sum + count, 0),
  };
}

const bestPathsRequest = (control: Int32Array, isWide: boolean): LatticeRequest => ({
  kind: 'best-paths',
  control,
  packed: packForest(FOREST),
  unknownPiece: FOREST.order[0]!,
  isWide,
});

const sequential = (isWide: boolean) => createStepEngine(wordsOf(FOREST, WORDS), isWide, async (steps) => drain(steps));

/** Another thread: when all chunks are taken, it copies `expected` to `seen`, then sets a place of `control`. */
function otherThread(control: Int32Array, expected: Expect['expected'], place: number): [Worker, Float32Array] {
  const seen = new Float32Array(new SharedArrayBuffer(4 * expected.length));
  const code = `
    const { control, expected, seen, place } = require('node:worker_threads').workerData;
    while (Atomics.load(control, ${CONTROL.next}) <= ${CHUNK_STARTS.length - 1}) Atomics.wait(control, ${CONTROL.turn}, 0, 5);
    seen.set(expected);
    Atomics.store(control, place, 1);
    Atomics.notify(control, ${CONTROL.turn});`;
  return [new Worker(code, { eval: true, workerData: { control, expected, seen, place } }), seen];
}

describe.each([false, true])('createLatticeThread, wide: %s', (isWide) => {
  it('comes to the expected counts of one thread, bit for bit', async () => {
    const request = expectRequest(controlOf(), isWide);
    start().work(request);
    const { expected, objective } = await sequential(isWide).expect(FOREST);
    expect([...request.expected]).toEqual([...expected]);
    expect(request.objective[0]).toBe(objective);
  });

  it('answers with the counts of best paths', async () => {
    expect(start().work(bestPathsRequest(controlOf(), isWide))).toEqual(
      await sequential(isWide).countBestPaths(FOREST),
    );
  });
});

describe('createLatticeThread', () => {
  it('renames the nodes of all chunks', () => {
    const { words, work } = start();
    const before = words.nodes.slice();
    const newNodes = Int32Array.from(FOREST.parents.keys(), (node) => node * 10);
    work({ kind: 'rename', control: controlOf(), newNodes });
    expect(words.nodes).toEqual(before.map((node) => node * 10));
  });

  it('takes only the chunks that no other thread has taken', () => {
    const control = controlOf();
    control[CONTROL.next] = 1;
    const counts = start().work(bestPathsRequest(control, false));
    // Without the first two words.
    expect(byPiece(FOREST, counts!)).toEqual([
      ['a', 2 + 5],
      ['ab', 2 + 2 * 7],
    ]);
    expect(start().work(bestPathsRequest(control, false))).toEqual(new Float32Array(FOREST.parents.length));
  });

  it('adds its shares only when the chunks before its own are added', async () => {
    const control = controlOf();
    control[CONTROL.next] = 1;
    const request = expectRequest(control);
    const [other, seen] = otherThread(control, request.expected, CONTROL.turn);
    start().work(request);
    await once(other, 'exit');
    expect(seen).toEqual(new Float32Array(FOREST.parents.length));
    expect(request.expected[nodeOf(FOREST, 'a')]).toBeGreaterThan(5);
    expect(control[CONTROL.turn]).toBe(3);
  });

  it('gives up waiting for its turn when the threads shall stop', async () => {
    const control = controlOf();
    control[CONTROL.next] = 1;
    const request = expectRequest(control);
    const [other] = otherThread(control, request.expected, CONTROL.stop);
    start().work(request);
    await once(other, 'exit');
    expect([...request.expected]).toEqual([0, 0, 0, 0]);
    expect(control[CONTROL.turn]).toBe(0);
  });

  it('begins nothing once the threads shall stop', () => {
    const control = controlOf();
    stopThreads(control);
    const { words, work } = start();
    const before = words.nodes.slice();
    work({ kind: 'rename', control, newNodes: new Int32Array(FOREST.parents.length) });
    expect(words.nodes).toEqual(before);
    expect(control[CONTROL.next]).toBe(0);
  });

  it('stops the others when it fails', () => {
    const control = controlOf();
    const { words } = start();
    const work = createLatticeThread({ words: { ...words, maxLength: -2 }, chunkStarts: CHUNK_STARTS });
    expect(() => work(expectRequest(control))).toThrow(RangeError);
    expect(control[CONTROL.stop]).toBe(1);
  });
});
