// The proof that every engine gives the same ids: ours from both files, sentencepiece-js, @huggingface/tokenizers and the
// Rust engine (npm package tokenizers), for LLaMA, for a safe build and for a merge with scores below its base. A sample of
// the lines in `npm test`, all of them in `npm run test:all`.
// What an engine does otherwise is written down at the end, with an example each: if one is mended, a test here says so.
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTokenizerModel } from '../../../src/formats/sentencepiece/model-from-proto.ts';
import { appendPieces } from '../../../src/pipeline/build/extend-vocabulary.ts';
import { type MergedTokenizer, mergeTokenizers } from '../../../src/pipeline/build/merge-tokenizers.ts';
import {
  ENGINE_FILES,
  findEnginePackage,
  openVerifyEngine,
  VERIFY_ENGINES,
  type VerifyEngineName,
} from '../../../src/pipeline/verify/engines.ts';
import { probeTexts } from '../../../src/pipeline/verify/texts.ts';
import { trainDocument } from '../../../src/train/train-sentencepiece.ts';
import { llama2 as base, sampleLines, zhPieces } from '../../llama2.ts';
import { modelOf } from '../../models.ts';
import { isLongRun, runs, scaled } from '../../runs.ts';
import { hasShared, sharedFixture, sharedPath } from '../../shared.ts';

/** Of the sample and held-out lines and the golden texts every so many-th is taken. */
const SAMPLE_STEP = isLongRun ? 1 : 60;
const SPELLED = /<s>|<\/s>|<unk>/;

const names = VERIFY_ENGINES.filter(
  (name) =>
    ['own', 'model', 'json'].includes(ENGINE_FILES[name]) &&
    (name.startsWith('vocab-merge') || findEnginePackage(name) !== undefined),
);

type Encode = (texts: readonly string[]) => Promise<number[][]>;

async function openAll(
  { files }: Pick<MergedTokenizer, 'files'>,
  { skip }: { readonly skip?: VerifyEngineName } = {},
): Promise<Map<string, Encode>> {
  const engines = new Map<string, Encode>();
  for (const engine of names) {
    if (engine === skip) continue;
    const isModel = engine === 'vocab-merge' || engine === 'sentencepiece-js';
    const file = isModel ? 'tokenizer.model' : 'tokenizer.json';
    const config = JSON.parse(String(files.get('tokenizer_config.json')));
    const { encodeTexts } = await openVerifyEngine({ engine, label: file, data: files.get(file)!, config });
    engines.set(engine, async (texts) => {
      const { ids, idStarts } = await encodeTexts(texts, {});
      return texts.map((_, i) => Array.from(ids.subarray(idStarts[i]!, idStarts[i + 1]!)));
    });
  }
  return engines;
}

/** Texts with other ids than ours, by engine; empty where all agree. */
async function differing(engines: Map<string, Encode>, texts: readonly string[]): Promise<[string, string][]> {
  const wanted = await engines.get('vocab-merge')!(texts);
  const found: [string, string][] = [];
  for (const [name, encode] of engines) {
    const ids = await encode(texts);
    texts.forEach((text, i) => {
      if (String(ids[i]) !== String(wanted[i])) found.push([name, text]);
    });
  }
  return found;
}

async function extensionWithOtherPieces() {
  if (hasShared) return parseTokenizerModel(sharedFixture('chinese_sp.model'));
  const { model } = await trainDocument(sampleLines, {
    modelType: 'unigram',
    vocabSize: 4000,
    normalizationRuleName: 'identity',
    hardVocabLimit: false,
  });
  return model;
}

const MODELS: readonly (readonly [name: string, make: () => Promise<Pick<MergedTokenizer, 'files' | 'model'>>])[] = [
  [
    'llama2',
    // Nothing but a token, so that the files are made as for every merge.
    () => mergeTokenizers({ base, extension: modelOf([]), addTokens: ['[PAD]'] }),
  ],
  ['a safe build', async () => (await appendPieces(base, zhPieces)).merged],
  [
    'a merge with scores below',
    async () => mergeTokenizers({ base, extension: await extensionWithOtherPieces(), scores: 'below' }),
  ],
];

function sharedLines(): string[] {
  if (!hasShared) return [];
  const read = (name: string) =>
    gunzipSync(readFileSync(sharedPath(name)))
      .toString()
      .split(/\r?\n/);
  const heldout = readdirSync(sharedPath('corpus/heldout')).flatMap((name) => read(`corpus/heldout/${name}`));
  const golden = read('fixtures/golden.jsonl.gz').filter((line) => line !== '');
  const all = [...heldout, ...golden.map((line) => (JSON.parse(line) as { text: string }).text)];
  return all.filter((line, i) => i % SAMPLE_STEP === 0 && !SPELLED.test(line));
}

describe(`the engines ${names.slice(2).join(', ')} ${names.includes('tokenizers') ? '' : '(without Rust: the package tokenizers is not installed)'}`, () => {
  it.each(MODELS)('give our ids for %s', async (_, make) => {
    const made = await make();
    const engines = await openAll(made);
    const lines = sharedLines();
    const probes = probeTexts(made.model, { randomTexts: scaled(100), spelledSpecials: false });
    const texts = [...sampleLines.filter((_, i) => i % SAMPLE_STEP === 0), ...lines, ...probes].filter(
      (text) => !text.includes('[PAD]'),
    );
    for (let i = 0; i < texts.length; i += 2000) expect(await differing(engines, texts.slice(i, i + 2000))).toEqual([]);

    const pieces = made.model.pieces.filter((piece, id) => made.model.pieceTypes[id] === 1 && piece !== '');
    const text = fc
      .array(
        fc.oneof(
          fc.constantFrom(...pieces),
          fc.string({ unit: 'grapheme', maxLength: 6 }),
          fc.string({ unit: 'binary', maxLength: 3 }),
          fc.constantFrom(' ', '  ', '\n', '0', '。'),
        ),
        { maxLength: 24 },
      )
      .map((parts) => parts.join('').toWellFormed())
      .filter((joined) => !SPELLED.test(joined));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 20, maxLength: 20 }), async (some) => {
        expect(await differing(engines, some)).toEqual([]);
      }),
      runs(4),
    );
  });
});

describe('what engines do otherwise', () => {
  let engines: Map<string, Encode>;
  beforeAll(async () => {
    engines = await openAll(await mergeTokenizers({ base, extension: modelOf([]), addTokens: ['[PAD]'] }));
  });
  const differ = async (text: string) => [...new Set((await differing(engines, [text])).map(([name]) => name))];
  const huggingFace: readonly string[] = names.slice(3);

  it.each(['<s>', 'a</s>b', ' <unk>', 'x[PAD]'])(
    'Hugging Face engines read %j as the token, SentencePiece as text',
    async (text) => {
      expect(await differ(text)).toEqual(huggingFace);
    },
  );

  it('@huggingface/tokenizers spells a lone surrogate in bytes, where all others see the piece U+FFFD', async () => {
    expect(await differ('a\ud800b')).toEqual(['@huggingface/tokenizers']);
    expect(await differ('a\ufffdb')).toEqual([]);
    const ids = await engines.get('@huggingface/tokenizers')!(['a\ud800b']);
    expect(ids[0]!.map((id) => base.model.pieces[id])).toEqual(['▁a', '<0xEF>', '<0xBF>', '<0xBD>', 'b']);
  });

  it('Hugging Face engines do not join characters that are no pieces themselves', async () => {
    const extension = modelOf([['银行', 0]]);
    expect(base.tokenizer.encodePieceText('银').length).toBe(3);
    const joining = await openAll(await mergeTokenizers({ base, extension }));
    const found = await differing(joining, ['中国银行', '银']);
    expect(found.map(([name]) => name)).toEqual(huggingFace);
    expect(found.every(([, text]) => text === '中国银行')).toBe(true);
  });

  it('Hugging Face engines put ties in an order, SentencePiece takes the leftmost', async () => {
    const extension = modelOf([['国人'], ['中国']]);
    const tied = await openAll(await mergeTokenizers({ base, extension, scores: 'zero' }), {
      skip: 'vocab-merge-json',
    });
    const ids = await Promise.all(
      [...tied].map(async ([name, encode]) => [name, (await encode(['中国人']))[0]!.slice(1)]),
    );
    const [left, right] = [
      [32_001, 30_313], // 中国 人
      [30_275, 32_000], // 中 国人
    ];
    expect(Object.fromEntries(ids)).toEqual(
      Object.fromEntries([...tied.keys()].map((name) => [name, huggingFace.includes(name) ? right : left])),
    );
  });

  it('our reader refuses such a list of merges where no scores give the same ids', async () => {
    const extension = modelOf([['人民'], ['民日'], ['日人'], ['民人民'], ['日人民']]);
    const { files } = await mergeTokenizers({ base, extension, scores: 'zero' });
    const input = { label: 'tokenizer.json', data: String(files.get('tokenizer.json')), config: {} };
    await expect(openVerifyEngine({ engine: 'vocab-merge-json', ...input })).rejects.toThrow(
      'as tied scores leave them',
    );
  });
});
