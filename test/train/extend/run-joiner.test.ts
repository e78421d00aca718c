// Parts of a text, joined, are what reading all of it at once gives, however it is cut.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PIECE_TYPE } from '../../../src/core/model.ts';
import { byteToPiece } from '../../../src/core/unicode/utf8.ts';
import type { WeightedSentence } from '../../../src/core/weighted-sentence.ts';
import { resolveExtendOptions } from '../../../src/train/extend/options.ts';
import { type CollectedRuns, createRunJoiner } from '../../../src/train/extend/run-joiner.ts';
import { createSourceReader } from '../../../src/train/extend/runs.ts';
import { modelOf, type PieceEntry } from '../../models.ts';
import { plainRuns } from '../../oracles/plain-runs.ts';
import { runs } from '../../runs.ts';

const PIECES = ['▁', 'a', '，', '中', '文', '国'].map((piece): PieceEntry => [piece, -9]);
const BYTES = Array.from({ length: 256 }, (_, byte): PieceEntry => [byteToPiece(byte), 0, PIECE_TYPE.byte]);
const BASE = modelOf([['<unk>', 0, PIECE_TYPE.unknown], ...PIECES, ['中文', -1], ...BYTES], { byteFallback: true });

const character = fc.constantFrom('中', '文', '国', '山', '水', '，', 'a', '봄');
const sentence = fc.record({
  text: fc.array(character, { minLength: 1, maxLength: 8 }).map((characters) => characters.join('')),
  count: fc.constantFrom(1, 2, 7),
  isFragment: fc.boolean(),
});

async function* batchesOf(sentences: readonly WeightedSentence[]) {
  yield sentences;
}

/** A run that two parts have may be there twice. */
function plain({ counted, once, runCounts, runPlaces, sourceStarts, ...rest }: CollectedRuns) {
  return { ...rest, runs: plainRuns({ counted, once, runCounts, runPlaces, sourceStarts }) };
}

describe('createRunJoiner', () => {
  it('joins parts into what reading at once gives', async () => {
    const sources = fc.array(fc.array(sentence, { maxLength: 5 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sources, fc.boolean(), fc.integer({ min: 1, max: 4 }), async (texts, isWeighed, perPart) => {
        const options = { ...resolveExtendOptions({ newPieces: 1, scripts: ['Han'] }), isWeighed };
        const named = texts.map((sentences, i) => ({ name: `s${i}`, sentences }));
        const readSources = createSourceReader(BASE, options);
        const read = (sources: readonly { name: string; sentences: readonly WeightedSentence[] }[]) =>
          readSources(sources.map(({ name, sentences }) => ({ name, batches: batchesOf(sentences) })));
        const joiner = createRunJoiner(
          named.map(({ name }) => name),
          isWeighed,
        );
        // Every part has so many sentences of the sources in turn, and may end in the middle of one.
        const all = texts.flatMap((sentences, source) => sentences.map((each) => ({ source, each })));
        for (let start = 0; start < all.length; start += perPart) {
          const part = all.slice(start, start + perPart);
          const [first, last] = [part[0]!.source, part.at(-1)!.source];
          const own = named.slice(first, last + 1).map(({ name }, i) => ({
            name,
            sentences: part.filter(({ source }) => source === first + i).map(({ each }) => each),
          }));
          joiner.add(await read(own), first);
        }
        expect(plain(joiner.finish())).toEqual(plain(await read(named)));
      }),
      runs(60),
    );
  });
});
