// Timing, by tinybench. A figure is the median of its samples: on a shared machine the mean follows the neighbours.
import { Bench } from 'tinybench';

/**
 * Times tasks `{ name, run, before? }` one after the other.
 * @returns `{ name, milliseconds, samples, margin }[]`; `milliseconds` is the median, `margin` the relative margin of error in percent
 */
export async function measure(tasks, { time }) {
  const bench = new Bench({ time, iterations: 3, warmupTime: time / 4, warmupIterations: 2, throws: true });
  for (const { name, run, before } of tasks) bench.add(name, run, before === undefined ? {} : { beforeEach: before });
  await bench.run();
  return bench.tasks.map(({ name, result }) => ({
    name,
    milliseconds: result.latency.p50,
    samples: result.latency.samplesCount,
    margin: result.latency.rme,
  }));
}
