// Command line of the benchmark.
import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run bench -- [options]

  --quick             a fifth of the measuring time, for a first look
  --text FILE         measure this text instead of corpus-samples/; repeats; each file is a row of its own
  --extension FILE    the .model that is merged into llama2; default: a 20,000-piece BPE model trained from the
                      embedded Chinese table, made once and kept in bench/results/
  --scores zero|below|keep   scores of the new pieces; default below, for which every engine gives the same ids
  --out FILE          where the JSON goes; default bench/results/<time>.json
`;

const SCORES = ['zero', 'below', 'keep'];

/** Options of this run; prints the usage and ends the process when they are wrong. */
export function parseArguments(args) {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        text: { type: 'string', multiple: true, default: [] },
        extension: { type: 'string' },
        scores: { type: 'string', default: 'below' },
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
  if (!SCORES.includes(values.scores)) return wrongUsage(`--scores ${values.scores} is none of ${SCORES.join(', ')}`);
  // `--text a b c` reads as one would expect.
  if (positionals.length > 0 && values.text.length === 0) return wrongUsage(`unexpected argument ${positionals[0]}`);
  return { ...values, text: [...values.text, ...positionals] };
}

function wrongUsage(message) {
  process.stderr.write(`error: ${message}\n${USAGE}`);
  process.exit(2);
}
