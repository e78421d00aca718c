// The engines of bench/encode.mjs, each as { name, run(text), idsOf(lines), before?, close? }. `run` encodes every line of
// a text, one by one, into arrays; where the work is done in another process, it returns the time that was taken there.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildTokenizerJson, serializeTokenizerJson } from '../dist/formats/tokenizer-json/tokenizer-json.js';
import { createTokenizer } from '../dist/index.js';
import { OURS, prepareEngines } from './engines.mjs';

const PYTHON_NAME = 'sentencepiece (pip)';
const PYTHON = `import json, sys, time, sentencepiece
processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
texts = {}
print(json.dumps(sentencepiece.__version__), flush=True)
for request in sys.stdin:
    request = json.loads(request)
    if "lines" in request:
        texts[request["name"]] = request["lines"]
    lines = texts[request["name"]]
    start = time.perf_counter()
    ids = [processor.encode(line) for line in lines]
    milliseconds = (time.perf_counter() - start) * 1000
    print(json.dumps({"milliseconds": milliseconds, "ids": ids if request.get("ids") else None}), flush=True)
`;

/** The engines that there are, ours first. */
export async function openEncodeEngines(document, { python, only }) {
  const isWanted = (name) => only === undefined || name === OURS || only.includes(name);
  const engines = [];
  for (const { name, open } of await prepareEngines(document, { isLlama2: false })) {
    if (!isWanted(name)) continue;
    const { encode, forget } = await open();
    engines.push({
      name,
      run: ({ lines }) => {
        for (const line of lines) encode(line);
      },
      idsOf: async (lines) => lines.map((line) => Array.from(encode(line))),
      before: forget,
      ...(name === OURS && { tokenizer: createTokenizer(document.model) }),
    });
  }
  if (isWanted('tokenizers')) engines.push(...openRust(document));
  if (python !== undefined && isWanted(PYTHON_NAME)) engines.push(await openPython(python, document));
  return engines;
}

/** The Rust engine of the npm package tokenizers, where it is installed: line by line, and all lines at once. */
function openRust({ model }) {
  let Tokenizer;
  try {
    ({ Tokenizer } = createRequire(import.meta.url)('tokenizers'));
  } catch {
    process.stderr.write('tokenizers (Rust) is not installed and left out\n');
    return [];
  }
  const tokenizer = Tokenizer.fromString(serializeTokenizerJson(buildTokenizerJson(model)));
  const plain = { addSpecialTokens: false };
  const idsOf = async (lines) => (await tokenizer.encodeBatch(lines, plain)).map((encoding) => encoding.getIds());
  const run = async ({ lines }) => {
    for (const line of lines) (await tokenizer.encode(line, null, plain)).getIds();
  };
  const runBatch = async ({ lines }) => {
    await idsOf(lines);
  };
  return [
    { name: 'tokenizers', run, idsOf },
    { name: 'tokenizers (batch)', run: runBatch, idsOf },
  ];
}

/** C++ SentencePiece behind its Python package, in a process of its own that takes the time itself. */
async function openPython(python, { bytes }) {
  const folder = await mkdtemp(join(tmpdir(), 'vocab-merge-bench-'));
  const path = join(folder, 'tokenizer.model');
  await writeFile(path, bytes);
  const child = spawn(python, ['-c', PYTHON, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await answers.next();
    if (!done) return JSON.parse(value);
    process.stderr.write(`error: ${python} ended\nhint: --python takes a Python that has the package sentencepiece.\n`);
    process.exit(1);
  };
  child.on('error', (error) => {
    process.stderr.write(`error: ${python}: ${error.message}\nhint: --python takes the path of a Python.\n`);
    process.exit(1);
  });
  await next();
  const known = new Set();
  const ask = async (name, lines, ids) => {
    child.stdin.write(`${JSON.stringify({ name, ids, ...(!known.has(name) && { lines }) })}\n`);
    known.add(name);
    return next();
  };
  return {
    name: PYTHON_NAME,
    run: async ({ name, lines }) => ({ overriddenDuration: (await ask(name, lines, false)).milliseconds }),
    idsOf: async (lines) => (await ask('all lines', lines, true)).ids,
    close: async () => {
      child.stdin.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
