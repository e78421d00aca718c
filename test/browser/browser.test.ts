// The encoder and the merge in Chromium, from a bundle of the public entry: the same ids and the same bytes as here, with files of
// every kind.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildTokenizerJson, serializeTokenizerJson } from '../../src/formats/tokenizer-json/tokenizer-json.ts';
import { parseVocabulary } from '../../src/formats/vocabulary/parse-vocabulary.ts';
import { mergeVocab } from '../../src/merge/merge-vocab.ts';
import { sha256Of } from '../../src/pipeline/io/sha256.ts';
import { probeTexts } from '../../src/pipeline/verify/texts.ts';
import { createTokenizer } from '../../src/tokenize/tokenizer.ts';
import { trainDocument } from '../../src/train/train-sentencepiece.ts';
import { buildLlama2 } from '../../src/vocab/llama2.ts';
import { sampleTexts } from '../../src/vocab/sample-texts.ts';
import { vocabularyFiles } from '../kinds.ts';
import { hasShared, sharedFixture } from '../shared.ts';
import { bundlePage, needsBrowser, runInBrowser } from './headless.ts';
import type { BrowserInput, BrowserOutput } from './page.ts';

const LLAMA3_RANKS = 'byte-level/llama3-tiktoken/tokenizer.model.gz';

/** Small ones of every kind, and a published tiktoken file where it is there: what is in no such file must be known of it. */
const files = [
  ...vocabularyFiles,
  ...(hasShared ? [{ fileName: 'tokenizer.model', bytes: sharedFixture(LLAMA3_RANKS), files: new Map() }] : []),
];

/** Without vocabularies. */
const MAX_GZIP_BYTES = 120_000;

describe('in a browser', needsBrowser, () => {
  it('encodes and merges as it does here, from a bundle of less than 120 KB', async () => {
    const everything = await bundlePage('../../src/browser.ts');
    const gzipBytes = gzipSync(everything, { level: 9 }).length;
    console.log(`bundle of everything for browsers: ${everything.length} bytes, ${gzipBytes} gzipped`);
    expect(gzipBytes).toBeLessThan(MAX_GZIP_BYTES);
    expect(everything).not.toMatch(/["'`]node:/);
    const script = await bundlePage('page.ts');

    const lines = (await sampleTexts()).flatMap(({ lines }) => lines.split('\n'));
    const base = await buildLlama2();
    const extension = await trainDocument(
      lines.map((text) => ({ text, count: 1 })),
      { modelType: 'bpe', vocabSize: 4000, normalizationRuleName: 'identity' },
    );
    const { patch } = mergeVocab({ base: base.model, extension: extension.model, scores: 'below' });
    const merged = base.apply(patch);
    const tokenizer = createTokenizer(merged.model);
    const texts = [...lines, ...probeTexts(tokenizer.model, { randomTexts: 1000 })];
    const kinds = files.map(({ fileName, files }, i) => ({
      fileName,
      path: `/kind-${i}`,
      files: Object.fromEntries(files),
    }));
    const input: BrowserInput = { texts, kinds };
    const output = await runInBrowser<BrowserOutput>(script, {
      '/input.json': JSON.stringify(input),
      '/base.model': base.bytes,
      '/extension.model': extension.bytes,
      ...Object.fromEntries(files.map(({ bytes }, i) => [`/kind-${i}`, bytes])),
    });

    expect(output.nodeGlobals).toEqual([]);
    expect(output.ids.length).toBe(texts.length);
    for (const [i, text] of texts.entries()) {
      expect(output.ids[i], text).toEqual(tokenizer.encode(text));
      expect(output.decoded[i], text).toBe(tokenizer.decode(output.ids[i]!));
    }
    for (const [i, file] of files.entries()) {
      const opened = createTokenizer(parseVocabulary(file));
      expect(output.idsOfKinds[i], file.fileName).toEqual(texts.map((text) => opened.encode(text)));
    }
    expect(output.counts).toEqual(output.ids.map((ids) => ids.length));
    expect(output.modelSha256).toBe(sha256Of(merged.bytes));
    const json = serializeTokenizerJson(buildTokenizerJson(tokenizer.model));
    expect(output.jsonSha256).toBe(sha256Of(new TextEncoder().encode(json)));
    expect(output.piecesInJson).toBe(merged.model.pieces.length);
  });
});
