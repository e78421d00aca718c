// Counts the embedded table of Chinese segments, vocab/zh-segments.tsv.br, from the text that the shipped pieces are learnt
// from, with the same weights and the same evenness; prints the figures for vocab/README.md. `count` does the same for one
// text; here the counts of sixteen sources become one, so that training knows nothing of sources and is as good.
// Usage, after a build: node scripts/make-zh-table.mjs CORPUS
// CORPUS is a folder with the fifteen zh-*.txt.gz that vocab/README.md names.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { SPACE_SYMBOL } from '../dist/core/model.js';
import { buildTrie } from '../dist/core/trie.js';
import { CHINESE_PUNCTUATION, createSegmentCutter } from '../dist/corpus/count/count-segments.js';
import { frequencyTable } from '../dist/corpus/read/frequency-table.js';
import { buildFrequencyTable, packFrequencyTable, serializeFrequencyTable } from '../dist/index.js';
import { createPowerMean } from '../dist/train/extend/selection.js';
import { WEIGHT_UNITS, weighSources } from '../dist/train/extend/source-weights.js';
import { ZH_TABLE_NAME } from '../dist/vocab/zh-table.js';
import { EVENNESS, MOST_SHARE, readSources, WEIGHTS } from './llama2-zh-sources.mjs';

/** Longest segment in characters, marks and the sign of a beginning included, and its least weighed count. */
const MAX_LENGTH = 7;
const MIN_COUNT = 4;
/** A segment of more than one character is used by so many sources, as a shipped piece is. */
const MIN_SOURCES = 2;
/** Costs more than any segment, in 1/256 bit. */
const RARE_COST = 256 * 80;
/** The options of `count` that the table is as if made with. */
const HEADER = { scripts: 'Han', punctuation: CHINESE_PUNCTUATION, join: 'front' };

const [corpus] = process.argv.slice(2);
if (corpus === undefined) throw new Error('usage: see the head of this file');

const sources = readSources(corpus).map(countRuns);
const sizes = sources.map(({ size }) => size);
const weights = weighSources(sizes, sources, MOST_SHARE);
for (const [i, { name, size }] of sources.entries()) {
  console.log(`${name}  ${size} characters, weight ${(weights[i] / WEIGHT_UNITS).toFixed(3)}`);
}
const { table, characters } = await condenseRuns();
const segments = new Map(table.texts.map((text, i) => [text, table.counts[i]]));
for (const [text, uses] of countUses(segments)) {
  if ([...text].length > 1 && uses.filter((count) => count > 0).length < MIN_SOURCES) segments.delete(text);
}
const worthOf = createPowerMean(sizes, weights, 1 - EVENNESS);
const counts = [...countUses(segments)].map(([text, uses]) => [text, Math.round(worthOf(uses))]);
pack(counts.filter(([, count]) => count > 0));

/** The runs of a source with their counts, as `count --join front` cuts them. */
function countRuns({ name, train, validation }) {
  const cut = createSegmentCutter({ join: 'front' });
  const runs = new Map();
  let size = 0;
  for (const text of [...train, ...validation]) {
    const line = SPACE_SYMBOL + text;
    cut(line, (start, end, characters) => {
      const run = line.slice(start, end);
      runs.set(run, (runs.get(run) ?? 0) + 1);
      size += characters;
    });
  }
  return { name, weight: WEIGHTS[name], runs, size };
}

/** The frequent segments of all sources together; counts are in parts of WEIGHT_UNITS, which makes them whole. */
async function condenseRuns() {
  const sums = new Map();
  for (const [i, { runs }] of sources.entries()) {
    for (const [text, count] of runs) sums.set(text, (sums.get(text) ?? 0) + count * weights[i]);
  }
  const folder = mkdtempSync(join(tmpdir(), 'zh-table-'));
  try {
    const file = join(folder, 'runs.tsv');
    const runs = { header: HEADER, texts: [...sums.keys()], counts: Float64Array.from(sums.values()) };
    writeFileSync(file, serializeFrequencyTable(runs));
    return await buildFrequencyTable({
      inputs: [file],
      join: 'front',
      maxLength: MAX_LENGTH,
      minCount: MIN_COUNT * WEIGHT_UNITS,
      maxMemory: 4e9,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * How often each source uses each segment when its runs are cut into as few as possible, of equally many into the more
 * frequent ones, as corpus/count/condense/condense.ts cuts them. Costs are whole numbers, so that the same cuts are found everywhere.
 */
function countUses(segments) {
  const texts = [...segments.keys()];
  const total = [...segments.values()].reduce((sum, count) => sum + count, 0);
  const costs = Float64Array.from(segments.values(), (count) => Math.round(256 * (40 + Math.log2(total / count))));
  const uses = new Map(texts.map((text) => [text, new Float64Array(sources.length)]));
  const { rootNodes, nodeValues, child } = buildTrie(texts, [...texts.keys()]);
  let longest = 0;
  for (const { runs } of sources) for (const text of runs.keys()) longest = Math.max(longest, text.length);
  const best = new Float64Array(longest + 1);
  const starts = new Int32Array(longest + 1);
  for (const [source, { runs }] of sources.entries()) {
    for (const [text, count] of runs) {
      best.fill(Infinity, 1, text.length + 1);
      const reach = (start, end, cost) => {
        // At equal cost the longer segment, which comes first.
        if (best[start] + cost >= best[end]) return;
        best[end] = best[start] + cost;
        starts[end] = start;
      };
      for (let start = 0; start < text.length; start++) {
        if (best[start] === Infinity) continue;
        // A character that is too rare to be a segment takes a place all the same.
        reach(start, start + (text.codePointAt(start) > 0xffff ? 2 : 1), RARE_COST);
        let node = rootNodes[text.charCodeAt(start)];
        for (let end = start + 1; node !== 0; end++) {
          if (nodeValues[node] >= 0) reach(start, end, costs[nodeValues[node]]);
          node = end < text.length ? child(node, text.charCodeAt(end)) : 0;
        }
      }
      for (let end = text.length; end > 0; end = starts[end]) {
        const counted = uses.get(text.slice(starts[end], end));
        if (counted !== undefined) counted[source] += count;
      }
    }
  }
  return uses;
}

function pack(entries) {
  const made = frequencyTable(entries, { ...HEADER, maxLength: MAX_LENGTH });
  const packed = packFrequencyTable(made, ZH_TABLE_NAME);
  writeFileSync(new URL(`../vocab/${ZH_TABLE_NAME}`, import.meta.url), packed);
  const text = brotliDecompressSync(packed);
  const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
  const kept = made.texts.reduce((sum, segment, i) => sum + [...segment].length * made.counts[i], 0);
  console.log(
    `${made.texts.length} segments, ${kept} characters of ${Math.round(characters / WEIGHT_UNITS)} weighed ones`,
  );
  console.log(`${ZH_TABLE_NAME}  ${packed.length} bytes  ${hashOf(packed)}`);
  console.log(`decompressed       ${text.length} bytes  ${hashOf(text)}`);
}
