// Parity with the reference's trainer on real corpora: whole model files, byte for byte.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseModelProto } from '../../src/formats/sentencepiece/model-file.ts';
import { trainDocument } from '../../src/train/train-sentencepiece.ts';
import { hasShared, needsShared, sharedPath } from '../shared.ts';
import { optionsFrom } from './reference-options.ts';

interface TrainedModel {
  readonly name: string;
  readonly input: string;
  readonly options: Record<string, unknown>;
}

const models: readonly TrainedModel[] = hasShared
  ? JSON.parse(readFileSync(sharedPath('fixtures/trained/index.json'), 'utf8'))
  : [{ name: 'models', input: '', options: {} }];

describe('models of sentencepiece 0.2.2', needsShared, () => {
  it.each(models)('$name come out byte for byte', async ({ name, input, options }) => {
    const folder = input === 'mixed.txt' ? 'fixtures/trained' : 'corpus/train';
    const lines = gunzipSync(readFileSync(sharedPath(`${folder}/${input}.gz`)))
      .toString()
      .split('\n');
    if (lines.at(-1) === '') lines.pop();
    const expected = readFileSync(sharedPath(`fixtures/trained/${name}.model`));
    const { bytes } = await trainDocument(lines, {
      ...optionsFrom(options),
      input: [input],
      modelPrefix: name,
      numThreads: 1,
      precompiledCharsmap: parseModelProto(expected).normalizerSpec!.precompiledCharsmap,
    });
    expect(Buffer.compare(bytes, expected)).toBe(0);
  });
});
