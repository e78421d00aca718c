// Command line of bench/encode.mjs.
import { availableParallelism } from 'node:os';
import { readOptions } from './options.mjs';

const USAGE = `usage: node bench/encode.mjs [options]

  --quick             a fifth of the measuring time, long lines up to 100,000 characters
  --text FILE         measure this text instead of corpus-samples/; repeats; each file (.gz too) is a row, and all of them mixed
  --extension FILE    the .model that is merged into llama2; default: a 20,000-piece BPE model trained from the
                      embedded Chinese table, made once and kept in bench/results/
  --kind all|sentencepiece|byte-level   default all
  --byte-level DIR    folder with llama3.1/tokenizer.json, qwen2.5/ and gpt4o/, .gz too; default ../shared/fixtures/byte-level
  --python PATH       a Python with the package sentencepiece, to be measured beside us
  --threads N         batches on 1 to N threads; default the machine's
  --only NAMES        only these engines, by comma; ours is always there
  --out FILE          where the JSON goes; default bench/results/encode-<time>.json
`;

/** Options of this run; prints the usage and ends the process when they are wrong. */
export function parseEncodeArguments(args) {
  const options = readOptions(args, {
    usage: USAGE,
    rest: 'text',
    flags: {
      quick: { type: 'boolean', default: false },
      text: { type: 'string', multiple: true, default: [] },
      extension: { type: 'string' },
      kind: { type: 'string', choices: ['all', 'sentencepiece', 'byte-level'], default: 'all' },
      'byte-level': { type: 'string' },
      python: { type: 'string' },
      threads: { type: 'count', default: availableParallelism() },
      only: { type: 'string' },
      out: { type: 'string' },
    },
  });
  return { ...options, only: options.only?.split(','), scores: 'below' };
}
