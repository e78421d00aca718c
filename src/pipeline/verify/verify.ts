// Gives the same texts to every engine that can load a tokenizer's files, and compares their ids with those of our own
// from the file with the vocabulary. Engines run side by side, one thread each. Where an engine differs, it is said why, if the file
// format is the cause (explain.ts), and always shown; whatever is left over makes the tokenizer fail.
import { checkWhole } from '../../core/check-whole.ts';
import { isSentencePieceModel, type TokenizerModel } from '../../core/model.ts';
import { FormatError, messageOf } from '../../errors.ts';
import { parseTokenizerJson } from '../../formats/tokenizer-json/tokenizer-json.ts';
import type { Tokenizer } from '../../tokenize/tokenizer.ts';
import type { HubOptions } from '../../vocab/hub.ts';
import { type EncodedTexts, type EncodingThread, startEncodingThread } from '../threads/encode-batch-thread.ts';
import { findWorkerFile } from '../threads/worker-file.ts';
import {
  ENGINE_FILES,
  findEnginePackage,
  openOurs,
  openVerifyEngine,
  VERIFY_ENGINES,
  type VerifyEngineFacts,
  type VerifyEngineInput,
  type VerifyEngineName,
  type VerifyFileKind,
} from './engines.ts';
import {
  createJavaScriptReader,
  createJsonReader,
  createLlamaCppReader,
  KNOWN_CAUSES,
  type KnownCause,
} from './explain.ts';
import { readVerifyFiles, type VerifyBytes, type VerifyFiles } from './files.ts';
import { type MadeFile, makeGguf, makeRanks } from './made-files.ts';
import { CAUSES, type EngineReport, type VerifyDifference, type VerifyReport } from './report.ts';
import { type ProbeOptions, probeTexts } from './texts.ts';

/** UTF-16 units and texts that go to the engines at a time. */
const PORTION_UNITS = 1 << 16;
const PORTION_TEXTS = 1 << 10;
/** Portions under way, so that fast engines do not wait for slow ones at every step. */
const UNDER_WAY = 4;
/** Tokens shown of a difference, and characters of its text. */
const SHOWN_TOKENS = 8;
const SHOWN_CHARACTERS = 80;

/** Options of {@link verifyTokenizer}. */
export interface VerifyOptions extends ProbeOptions {
  /** A folder or a file with a vocabulary of any kind, a built-in name, or `hf://owner/repo[@revision]`. */
  readonly source: string;
  /** Texts to compare on, besides the built-in ones. */
  readonly lines?: Iterable<string> | AsyncIterable<string> | undefined;
  /** Engines to ask; default all. The first of {@link VERIFY_ENGINES} that can be opened is the reference. */
  readonly engines?: readonly VerifyEngineName[] | undefined;
  /** Differences kept of each kind and engine; default 3. */
  readonly examples?: number | undefined;
  /** Called now and then with the number of texts compared so far. */
  readonly onProgress?: ((progress: { readonly texts: number; readonly differing: number }) => void) | undefined;
  readonly hub?: HubOptions | undefined;
}

/**
 * Compares the ids of every engine that can load a tokenizer.
 *
 * @throws InputError, FormatError when there is no tokenizer, or no engine that can load it
 * @throws OptionError when `examples` or `randomTexts` is not a whole number from 0 on
 * @example
 * ```ts
 * const report = await verifyTokenizer({ source: 'merged', lines: readLines(['heldout']) });
 * report.passed; // true
 * ```
 */
export async function verifyTokenizer(options: VerifyOptions): Promise<VerifyReport> {
  const { source, engines = VERIFY_ENGINES, examples = 3, randomTexts = 2000, hub } = options;
  checkWhole('examples', examples, 0);
  checkWhole('randomTexts', randomTexts, 0);
  const files = await readVerifyFiles(source, hub);
  const tokenizer = openReference(files);
  const runs = VERIFY_ENGINES.filter((name) => engines.includes(name)).map((name) =>
    createRun(name, files, tokenizer.model),
  );
  const closed: Promise<void>[] = [];
  try {
    await Promise.all(runs.map((run) => open(run)));
    const openRuns = runs.filter((run) => run.thread !== undefined);
    const counts = await compare(openRuns, { ...options, examples, randomTexts, files, tokenizer });
    const reports = runs.map((run) => reportOf(run, run === openRuns[0], counts.texts));
    return {
      format: 'vocab-merge/verify',
      version: 1,
      source,
      modelSha256: files.own?.sha256 ?? null,
      jsonSha256: 'sha256' in files.json ? files.json.sha256 : null,
      vocabSize: tokenizer.vocabSize,
      builtInTexts: counts.texts - counts.lines,
      lines: counts.lines,
      tokens: counts.tokens,
      passed: reports.every(({ status, unexplained }) => status !== 'failed' && unexplained.texts === 0),
      engines: reports,
    };
  } finally {
    for (const { thread } of runs) if (thread !== undefined) closed.push(thread.close());
    await Promise.all(closed);
  }
}

/** An engine on its way through the comparison. */
interface Run {
  readonly name: VerifyEngineName;
  readonly file: string;
  readonly input: VerifyEngineInput | undefined;
  status: EngineReport['status'];
  reason: string | null;
  version: string | null;
  thread: EncodingThread<VerifyEngineFacts> | undefined;
  differing: number;
  readonly known: Map<KnownCause, { texts: number; examples: VerifyDifference[] }>;
  readonly unexplained: { texts: number; examples: VerifyDifference[] };
}

function createRun(name: VerifyEngineName, files: VerifyFiles, reference: TokenizerModel): Run {
  const isMissing = !name.startsWith('vocab-merge') && findEnginePackage(name) === undefined;
  const file = fileFor(name, files, isMissing ? undefined : reference);
  const isThere = 'data' in file;
  const facts = { config: files.config, isListed: !isSentencePieceModel(reference) };
  const own = name === 'vocab-merge' ? files.own : undefined;
  return {
    name,
    file: isThere ? file.label : FILE_NAMES[ENGINE_FILES[name]],
    input: isThere
      ? { engine: name, label: file.label, data: file.data, ...(own !== undefined && { own }), ...facts }
      : undefined,
    status: isMissing ? 'not-installed' : isThere ? 'compared' : 'no-file',
    reason: isMissing ? `the package is not installed (npm install ${name})` : isThere ? null : file.reason,
    version: null,
    thread: undefined,
    differing: 0,
    known: new Map(),
    unexplained: { texts: 0, examples: [] },
  };
}

/** Names of files in messages. */
const FILE_NAMES: Readonly<Record<VerifyFileKind, string>> = {
  own: 'tokenizer.model',
  model: 'tokenizer.model',
  json: 'tokenizer.json',
  ranks: 'ranks',
  gguf: 'GGUF',
};

// What is made from the model is made for engines that are there.
function fileFor(name: VerifyEngineName, files: VerifyFiles, reference: TokenizerModel | undefined): MadeFile {
  const { own, model, json, gguf } = files;
  const asData = (file: VerifyBytes): MadeFile => ({ label: file.label, data: file.bytes });
  switch (ENGINE_FILES[name]) {
    case 'own':
      return own === undefined ? { reason: `${files.name} has no file but tokenizer.json` } : asData(own);
    case 'model':
      return 'bytes' in model ? asData(model) : model;
    case 'json':
      return 'text' in json ? { label: json.label, data: json.text } : json;
    case 'ranks':
      return reference === undefined ? { reason: '' } : makeRanks(reference);
    case 'gguf':
      if (reference === undefined) return { reason: '' };
      return gguf === undefined ? makeGguf(reference, files.name) : asData(gguf);
  }
}

function openReference({ own, json, config }: VerifyFiles): Tokenizer {
  if (own !== undefined) return openOurs({ label: own.label, data: own.bytes, own, config });
  if (!('text' in json)) throw new FormatError(json.reason);
  return openOurs({ label: json.label, data: json.text, config, isListed: true });
}

async function open(run: Run): Promise<void> {
  if (run.status !== 'compared') return;
  const file = findWorkerFile('verify/verify-worker');
  try {
    const thread =
      file === undefined ? await openHere(run.input!) : startEncodingThread<VerifyEngineFacts>(file, run.input);
    run.thread = thread;
    run.version = (await thread.ready).version ?? null;
  } catch (error) {
    run.thread = undefined;
    // Our reader of tokenizer.json refuses what SentencePiece has no word for; that is no fault of the file.
    run.status = run.name === 'vocab-merge-json' ? 'refused' : 'failed';
    run.reason = messageOf(error);
  }
}

/** The engine in this thread, where there is no compiled worker file. */
async function openHere(input: VerifyEngineInput): Promise<EncodingThread<VerifyEngineFacts>> {
  const { ready, encodeTexts } = await openVerifyEngine(input);
  return {
    ready: Promise.resolve(ready),
    encode: async (texts, request = {}) => encodeTexts(texts, request),
    close: async () => {},
  };
}

interface Comparison extends VerifyOptions {
  readonly examples: number;
  readonly randomTexts: number;
  readonly files: VerifyFiles;
  readonly tokenizer: Tokenizer;
}

async function compare(
  runs: readonly Run[],
  options: Comparison,
): Promise<{ texts: number; lines: number; tokens: number }> {
  const { tokenizer, files, lines = [], onProgress } = options;
  const [reference, ...others] = runs;
  const counts = { texts: 0, lines: 0, tokens: 0 };
  // Made when the first engine differs, which for many tokenizers is never.
  let readJson: ReturnType<typeof createJsonReader> | undefined;
  // A file that stands alone says all that there is to say.
  const readsJson = isSentencePieceModel(tokenizer.model);
  const readingOf = (text: string) => {
    readJson ??= 'text' in files.json ? createJsonReader(parseTokenizerJson(files.json.text), tokenizer) : undefined;
    return readJson?.(text);
  };
  let readAsJavaScript: ReturnType<typeof createJavaScriptReader> | undefined;
  let readAsLlamaCpp: ReturnType<typeof createLlamaCppReader> | undefined;
  const reading = (run: Run, text: string) => {
    const kind = ENGINE_FILES[run.name];
    if (kind === 'gguf') {
      readAsLlamaCpp ??= createLlamaCppReader(tokenizer.model);
      return readAsLlamaCpp(text);
    }
    if (run.name === '@huggingface/tokenizers' && !readsJson) {
      readAsJavaScript ??= createJavaScriptReader(tokenizer.model);
      return readAsJavaScript(text);
    }
    return kind === 'json' && readsJson ? readingOf(text) : undefined;
  };

  const check = (texts: readonly string[], firstLine: number, results: readonly EncodedTexts[]): void => {
    const [wanted, ...found] = results;
    counts.tokens += wanted!.ids.length;
    counts.texts += texts.length;
    others.forEach((run, k) => {
      texts.forEach((text, i) => {
        const at = firstDifference(wanted!, found[k]!, i);
        if (at < 0) return;
        run.differing++;
        const ids = idsOf(found[k]!, i);
        const expected = reading(run, text);
        const isKnown = expected !== undefined && expected.causes.length > 0 && isSame(expected.ids, ids);
        const difference = (): VerifyDifference => ({
          line: firstLine === 0 ? null : firstLine + i,
          text: shorten(text),
          at,
          expected: shown(idsOf(wanted!, i), at, tokenizer),
          found: shown(ids, at, tokenizer),
        });
        for (const kind of isKnown ? expected.causes.map((cause) => knownOf(run, cause)) : [run.unexplained]) {
          kind.texts++;
          if (kind.examples.length < options.examples) kind.examples.push(difference());
        }
      });
    });
    const differing = others.reduce((sum, run) => sum + run.unexplained.texts, 0);
    onProgress?.({ texts: counts.texts, differing });
  };

  const underWay: Promise<void>[] = [];
  const send = async (texts: readonly string[], firstLine: number): Promise<void> => {
    if (reference === undefined) return;
    const results = Promise.all(runs.map(({ thread }) => thread!.encode(texts)));
    // Checked in the order of the texts, so that the first differences are the first.
    const previous = underWay.at(-1);
    const checked = results.then(async (encoded) => {
      await previous;
      check(texts, firstLine, encoded);
    });
    // Seen by the await below, or by the one at the end.
    checked.catch(() => {});
    underWay.push(checked);
    if (underWay.length > UNDER_WAY) await underWay.shift();
  };

  for await (const texts of portions(probeTexts(tokenizer.model, options))) await send(texts, 0);
  for await (const texts of portions(lines)) {
    await send(texts, counts.lines + 1);
    counts.lines += texts.length;
  }
  await Promise.all(underWay);
  return counts;
}

async function* portions(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let texts: string[] = [];
  let units = 0;
  for await (const line of lines) {
    // Engines disagree on how to repair lone surrogates before any tokenizer sees them; that is not what is compared.
    texts.push(line.isWellFormed() ? line : line.toWellFormed());
    units += line.length;
    if (units < PORTION_UNITS && texts.length < PORTION_TEXTS) continue;
    yield texts;
    texts = [];
    units = 0;
  }
  if (texts.length > 0) yield texts;
}

function reportOf(run: Run, isReference: boolean, texts: number): EngineReport {
  const { name, version, file, status, reason, differing, known, unexplained } = run;
  return {
    engine: name,
    version,
    file,
    status: isReference ? 'reference' : status,
    reason,
    texts: run.thread === undefined ? 0 : texts,
    differing,
    known: CAUSES.filter((cause) => known.has(cause)).map((cause) => ({
      cause,
      meaning: KNOWN_CAUSES[cause],
      ...known.get(cause)!,
    })),
    unexplained,
  };
}

function knownOf(run: Run, cause: KnownCause): { texts: number; examples: VerifyDifference[] } {
  const known = run.known.get(cause) ?? { texts: 0, examples: [] };
  run.known.set(cause, known);
  return known;
}

function idsOf({ ids, idStarts }: EncodedTexts, i: number): Int32Array {
  return ids.subarray(idStarts[i]!, idStarts[i + 1]!);
}

/** The first token of text `i` that differs, -1 when none does. */
function firstDifference(wanted: EncodedTexts, found: EncodedTexts, i: number): number {
  const start = wanted.idStarts[i]!;
  const length = wanted.idStarts[i + 1]! - start;
  const foundStart = found.idStarts[i]!;
  const foundLength = found.idStarts[i + 1]! - foundStart;
  const common = Math.min(length, foundLength);
  for (let at = 0; at < common; at++) {
    if (wanted.ids[start + at] !== found.ids[foundStart + at]) return at;
  }
  return length === foundLength ? -1 : common;
}

function isSame(a: readonly number[], b: Int32Array): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

function shown(ids: Int32Array, at: number, tokenizer: Tokenizer): VerifyDifference['found'] {
  const part = Array.from(ids.subarray(at, at + SHOWN_TOKENS));
  return {
    ids: part,
    pieces: part.map((id) => (id >= 0 && id < tokenizer.vocabSize ? tokenizer.idToSurface(id) : '?')),
  };
}

function shorten(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…`;
}
