// Command line of the benchmark.
import { readOptions } from './options.mjs';

const USAGE = `usage: npm run bench -- [options]

  --quick             a fifth of the measuring time and of the sizes below, for a first look
  --text FILE         measure this text instead of corpus-samples/; repeats; each file is a row of its own
  --extension FILE    the .model that is merged into llama2; default: a 20,000-piece BPE model trained from the
                      embedded Chinese table, made once and kept in bench/results/
  --corpus FILE       the text of the part that encodes a file; repeats; default: lines made from the embedded table
  --python PATH       a Python with the package sentencepiece, to be measured beside us on that file and in training
  --train-mb N        train on the first N MB of the corpus; default 10
  --resize-mb N       megabytes of other tensors in the checkpoint that is resized; default 2000
  --scores zero|below|keep   scores of the new pieces; default below, for which every engine gives the same ids
  --out FILE          where the JSON goes; default bench/results/<time>.json
`;

/** Options of this run; prints the usage and ends the process when they are wrong. */
export function parseArguments(args) {
  const { trainMb, resizeMb, ...options } = readOptions(args, {
    usage: USAGE,
    rest: 'text',
    flags: {
      quick: { type: 'boolean', default: false },
      text: { type: 'string', multiple: true, default: [] },
      corpus: { type: 'string', multiple: true, default: [] },
      python: { type: 'string' },
      'train-mb': { type: 'count' },
      'resize-mb': { type: 'count' },
      extension: { type: 'string' },
      scores: { type: 'string', choices: ['zero', 'below', 'keep'], default: 'below' },
      out: { type: 'string' },
    },
  });
  const part = options.quick ? 0.2 : 1;
  return { ...options, trainMb: trainMb ?? 10 * part, resizeMb: resizeMb ?? 2000 * part };
}
