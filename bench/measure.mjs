// Timing, by tinybench. Tasks take turns in several short rounds, and a task's figure is the median of its best round:
// on a shared machine a busy neighbour then spoils a round, not a task.
import { Bench } from 'tinybench';

const ROUNDS = 4;

/**
 * Times tasks `{ name, run, before? }`.
 * @returns `{ name, milliseconds, samples, margin }[]`: the median of the best round, the number of samples in it, and
 *   the relative margin of error of its mean in percent
 */
export async function measure(tasks, { time }) {
  const best = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    const bench = new Bench({
      time: time / ROUNDS,
      iterations: 2,
      warmupTime: time / ROUNDS / 4,
      warmupIterations: 1,
      throws: true,
    });
    for (const { name, run, before } of tasks) bench.add(name, run, before === undefined ? {} : { beforeEach: before });
    await bench.run();
    for (const { name, result } of bench.tasks) {
      const { p50: milliseconds, samplesCount: samples, rme: margin } = result.latency;
      const earlier = best.get(name);
      if (earlier === undefined || milliseconds < earlier.milliseconds) {
        best.set(name, { name, milliseconds, samples, margin });
      }
    }
  }
  return tasks.map(({ name }) => best.get(name));
}
