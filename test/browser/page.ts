// What runs in the browser: this project's encoder and merge, unchanged, through its public entry. The page gets its
// inputs from the test's server and sends back what it made of them.
import {
  buildTokenizerJson,
  createTokenizer,
  mergeVocab,
  parseSentencePiece,
  parseTokenizerJson,
  parseVocabulary,
  serializeTokenizerJson,
} from '../../src/browser.ts';

/** What the page is given. */
export interface BrowserInput {
  readonly texts: readonly string[];
  /** Files of other kinds to open: the one with the vocabulary, and texts beside it. */
  readonly kinds: readonly {
    readonly fileName: string;
    readonly path: string;
    readonly files: Record<string, string>;
  }[];
}

/** What it sends back. */
export interface BrowserOutput {
  readonly ids: readonly (readonly number[])[];
  readonly counts: readonly number[];
  readonly decoded: readonly string[];
  /** SHA-256 of the merged model, and of its tokenizer.json, in hexadecimal. */
  readonly modelSha256: string;
  readonly jsonSha256: string;
  readonly piecesInJson: number;
  /** Ids of the texts by each of the other kinds. */
  readonly idsOfKinds: readonly (readonly (readonly number[])[])[];
  /** Milliseconds to parse, merge and open; for information. */
  readonly milliseconds: number;
  /** What was left in the page that only Node has. */
  readonly nodeGlobals: readonly string[];
}

async function run(): Promise<BrowserOutput> {
  const bytesOf = async (path: string) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const { texts, kinds } = (await (await fetch('/input.json')).json()) as BrowserInput;
  const [baseBytes, extensionBytes] = [await bytesOf('/base.model'), await bytesOf('/extension.model')];
  const start = performance.now();
  const base = parseSentencePiece(baseBytes);
  const extension = parseSentencePiece(extensionBytes);
  const merged = base.apply(mergeVocab({ base: base.model, extension: extension.model, scores: 'below' }).patch);
  const tokenizer = createTokenizer(merged.model);
  const milliseconds = performance.now() - start;
  const json = serializeTokenizerJson(buildTokenizerJson(tokenizer.model));
  const ids = texts.map((text) => tokenizer.encode(text));
  const idsOfKinds: number[][][] = [];
  for (const { fileName, path, files } of kinds) {
    const vocabulary = { fileName, bytes: await bytesOf(path), files: new Map(Object.entries(files)) };
    const opened = createTokenizer(parseVocabulary(vocabulary));
    idsOfKinds.push(texts.map((text) => opened.encode(text)));
  }
  return {
    ids,
    counts: texts.map((text) => tokenizer.countTokens(text)),
    decoded: ids.map((found) => tokenizer.decode(found)),
    modelSha256: await sha256(merged.bytes),
    jsonSha256: await sha256(new TextEncoder().encode(json)),
    piecesInJson: Object.keys((parseTokenizerJson(json).model as { vocab: Record<string, number> }).vocab).length,
    idsOfKinds,
    milliseconds,
    nodeGlobals: ['process', 'Buffer', 'require', 'global'].filter((name) => name in globalThis),
  };
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

run().then(
  (output) => fetch('/output', { method: 'POST', body: JSON.stringify(output) }),
  (error) => fetch('/output', { method: 'POST', body: JSON.stringify({ error: String(error?.stack ?? error) }) }),
);
