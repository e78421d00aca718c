// Published tokenizers through the packed form: the same model, and how much of a page it takes.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MOST_EMBEDDED } from '../../../src/report/page/collect-page-data.ts';
import { packModel, unpackModel } from '../../../src/report/page/packed-model.ts';
import { needsShared } from '../../shared.ts';
import { openPublished, PUBLISHED } from '../../tokenize/published-tokenizers.ts';

describe('published tokenizers', needsShared, () => {
  it.each(PUBLISHED)('%s', (name) => {
    const { model } = openPublished(name);
    const { bytes } = packModel(model)!;
    expect(unpackModel(bytes)).toEqual(model);
    const base64 = Math.ceil(gzipSync(bytes).length / 3) * 4;
    console.log(`${name}: ${bytes.length} bytes packed, ${base64} characters in a page`);
    expect(base64).toBeLessThan(MOST_EMBEDDED / 2);
    expect(packModel(model, model)!.bytes.length).toBeLessThan(250_000);
  });
});
