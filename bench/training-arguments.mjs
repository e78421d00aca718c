// Command line of the training benchmark.
import { readOptions } from './options.mjs';

const USAGE = `usage: node bench/train.mjs [options]

  --text FILE       train on this text, plain or .gz; repeats; default: lines made from the embedded Chinese table
  --type TYPE       unigram or bpe; repeats; default both
  --pieces N        size of the vocabulary; default 20000
  --threads N       for every trainer; default 2
  --runs N          runs of each trainer, of which the fastest counts; default 1
  --megabytes N     only the first N MB of the text
  --scaling         on the first 10, 20, 40 and 80 MB of the text, as far as there is as much
  --spm-train PATH  the program of sentencepiece; default spm_train, when it is installed
  --python PATH     an interpreter that has the module sentencepiece
  --program PATH    our command line; default dist/cli/main.js
  --tmp DIR         where the unpacked text and the models go while it runs; default the system's temporary folder
  --out FILE        where the JSON goes; default bench/results/train-<time>.json
`;

/** Options of this run; prints the usage and ends the process when they are wrong. */
export function parseTrainArguments(args) {
  const { type, ...options } = readOptions(args, {
    usage: USAGE,
    rest: 'text',
    flags: {
      text: { type: 'string', multiple: true, default: [] },
      type: { type: 'string', multiple: true, choices: ['unigram', 'bpe'], default: ['unigram', 'bpe'] },
      pieces: { type: 'count', default: 20000 },
      threads: { type: 'count', default: 2 },
      runs: { type: 'count', default: 1 },
      megabytes: { type: 'count' },
      scaling: { type: 'boolean', default: false },
      'spm-train': { type: 'string' },
      python: { type: 'string' },
      program: { type: 'string' },
      tmp: { type: 'string' },
      out: { type: 'string' },
    },
  });
  return { ...options, types: [...new Set(type)] };
}
