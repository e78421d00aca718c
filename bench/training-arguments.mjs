// Command line of the training benchmark.
import { parseArgs } from 'node:util';

const USAGE = `usage: node bench/train.mjs [options]

  --text FILE       train on this text, plain or .gz; repeats; default: lines made from the embedded Chinese table
  --type TYPE       unigram or bpe; repeats; default both
  --pieces N        size of the vocabulary; default 20000
  --threads N       for every trainer; default 2
  --runs N          runs of each trainer, of which the fastest counts; default 1
  --scaling         on the first 10, 20, 40 and 80 MB of the text, as far as there is as much
  --spm-train PATH  the program of sentencepiece; default spm_train, when it is installed
  --python PATH     an interpreter that has the module sentencepiece
  --program PATH    our command line; default dist/cli/main.js
  --tmp DIR         where the unpacked text and the models go while it runs; default the system's temporary folder
  --out FILE        where the JSON goes; default bench/results/train-<time>.json
`;

/** Options of this run; prints the usage and ends the process when they are wrong. */
export function parseTrainArguments(args) {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        text: { type: 'string', multiple: true, default: [] },
        type: { type: 'string', multiple: true, default: ['unigram', 'bpe'] },
        pieces: { type: 'string', default: '20000' },
        threads: { type: 'string', default: '2' },
        runs: { type: 'string', default: '1' },
        scaling: { type: 'boolean', default: false },
        'spm-train': { type: 'string' },
        python: { type: 'string' },
        program: { type: 'string' },
        tmp: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return wrongUsage(error.message);
  }
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const unknown = values.type.find((type) => type !== 'unigram' && type !== 'bpe');
  if (unknown !== undefined) return wrongUsage(`--type ${unknown} is neither unigram nor bpe`);
  // `--text a b c` reads as one would expect.
  if (positionals.length > 0 && values.text.length === 0) return wrongUsage(`unexpected argument ${positionals[0]}`);
  const numbers = {};
  for (const name of ['pieces', 'threads', 'runs']) {
    numbers[name] = Number(values[name]);
    if (!Number.isInteger(numbers[name]) || numbers[name] < 1) return wrongUsage(`--${name} ${values[name]}`);
  }
  return {
    ...numbers,
    text: [...values.text, ...positionals],
    types: [...new Set(values.type)],
    scaling: values.scaling,
    spmTrain: values['spm-train'],
    python: values.python,
    program: values.program,
    tmp: values.tmp,
    out: values.out,
  };
}

function wrongUsage(message) {
  process.stderr.write(`error: ${message}\n${USAGE}`);
  process.exit(2);
}
