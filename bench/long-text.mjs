// Makes as much Chinese text as is wanted out of some real text, in such a way that new phrases keep coming as they do there, and
// measures how fast they come: Heaps' law, V = K n^β, where n runs of characters have V different ones. Run number n is new
// with the probability dV/dn that the real text has there; else it is one of those before, the frequent ones more often. New
// runs are those of the real text first, then three of them joined, mostly where they have a character in common, so that new
// pairs and longer n-grams come about as fast as well. It is no language model: what it makes reads badly, but has the
// statistics that counting and learning depend on.
//
//   node bench/long-text.mjs zh-*.txt.gz --bytes 1e9 --out long.txt
//   node bench/long-text.mjs --measure long.txt

import { once } from 'node:events';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createGunzip, gunzipSync } from 'node:zlib';
import { mulberry32 } from './texts.mjs';

const { values, positionals } = parseArgs({
  options: {
    measure: { type: 'boolean', default: false },
    bytes: { type: 'string', default: '1e9' },
    out: { type: 'string' },
  },
  allowPositionals: true,
});
const SEED = 20_261_121;
const RUNS = /\p{Script=Han}+/gu;
/** Runs of a line, and the longest run that is made. */
const LINE_RUNS = 8;
const MOST_CHARACTERS = 40;
/** Runs remembered, to come again, and for each of them where up to three stretches of the real text begin and end. */
const HISTORY = 1 << 22;
const PLACES = 6;
/** Share of joins where the runs have no character in common. */
const FREE_JOINS = 0.15;
/** One in so many different strings is counted. */
const SAMPLED = 64;

if (values.measure) console.log(await measure(positionals));
else await make(positionals, Number(values.bytes), values.out);

function* runsOf(text) {
  for (const match of text.matchAll(RUNS)) yield match;
}

async function make(paths, bytes, out) {
  const real = paths.map(readText).join('\n');
  /** Where the runs of the real text begin and end, every run once, in the order of the text. */
  const seen = new Set();
  const starts = [];
  const ends = [];
  let total = 0;
  let atHalf = 0;
  let runsAtHalf = 0;
  for (const { 0: run, index } of runsOf(real)) {
    total++;
    if (index * 2 < real.length) [atHalf, runsAtHalf] = [seen.size, total];
    if (seen.has(run)) continue;
    seen.add(run);
    starts.push(index);
    ends.push(index + run.length);
  }
  const exponent = Math.log(seen.size / atHalf) / Math.log(total / runsAtHalf);
  const factor = seen.size / total ** exponent;
  seen.clear();
  console.error(
    `real text: ${total} runs, ${starts.length} different ones, V = ${factor.toFixed(3)} n^${exponent.toFixed(3)}`,
  );
  const places = placesOfCharacters(real, starts, ends);
  const next = mulberry32(SEED);
  const file = createWriteStream(out);
  const history = new Uint32Array(PLACES * HISTORY);
  let made = 0;
  let fresh = 0;
  let written = 0;
  while (written < bytes) {
    let lines = '';
    for (let line = 0; line < 4096; line++) {
      for (let i = 0; i < LINE_RUNS; i++) {
        const at = PLACES * (made % HISTORY);
        const isNew = made < 64 || next() < factor * exponent * made ** (exponent - 1);
        if (isNew) {
          const run = fresh < starts.length ? [starts[fresh], ends[fresh]] : join(starts, ends, real, places, next);
          history.fill(0, at, at + PLACES);
          fresh++;
          history.set(run, at);
        } else {
          const from = PLACES * Math.floor(next() * Math.min(made, HISTORY));
          history.copyWithin(at, from, from + PLACES);
        }
        made++;
        for (let k = at; k < at + PLACES; k += 2) lines += real.slice(history[k], history[k + 1]);
        lines += i === LINE_RUNS - 1 ? '。\n' : '，';
      }
    }
    const buffer = Buffer.from(lines);
    written += buffer.length;
    if (!file.write(buffer)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  console.error(`${out}: ${written} bytes, ${made} runs, ${fresh} of them new`);
}

function readText(path) {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Where each character stands inside a run: `places[starts[c], starts[c + 1])`. */
function placesOfCharacters(real, runStarts, runEnds) {
  const starts = new Uint32Array(0x10001);
  const each = (visit) => {
    for (let run = 0; run < runStarts.length; run++) {
      for (let at = runStarts[run]; at < runEnds[run] - 1; at++) visit(real.charCodeAt(at), at, runEnds[run]);
    }
  };
  each((unit) => starts[unit + 1]++);
  for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
  const used = starts.slice();
  const places = new Uint32Array(starts[0x10000]);
  const ends = new Uint32Array(places.length);
  each((unit, at, end) => {
    places[used[unit]] = at;
    ends[used[unit]++] = end;
  });
  return { starts, places, ends };
}

/** The beginning of a run, a middle of another, and the end of a third: where each stretch begins and ends. */
function join(starts, ends, real, places, next) {
  for (;;) {
    const run = Math.floor(next() * starts.length);
    if (ends[run] - starts[run] < 3) continue;
    const stretches = [starts[run]];
    let end = ends[run];
    for (let joined = 0; joined < 2; joined++) {
      const from = stretches.at(-1);
      const cut = Math.min(end - 1, from + 1 + Math.floor(next() * Math.min(4, end - from - 1)));
      const unit = real.charCodeAt(cut);
      const isFree = next() < FREE_JOINS;
      const [first, last] = isFree ? [0, places.places.length] : [places.starts[unit], places.starts[unit + 1]];
      if (first === last) break;
      const other = first + Math.floor(next() * (last - first));
      stretches.push(cut + 1, places.places[other] + 1);
      end = places.ends[other];
    }
    stretches.push(end);
    if (stretches.length === PLACES && end - stretches.at(-2) < MOST_CHARACTERS) return stretches;
  }
}

/** Exponents of runs, pairs and groups of four characters between each eighth of the text, quarter, half and the whole. */
async function measure(paths) {
  const kinds = [
    { name: 'runs', length: 0 },
    { name: '2-grams', length: 2 },
    { name: '4-grams', length: 4 },
  ].map((kind) => ({ ...kind, hashes: new Set(), count: 0, points: [] }));
  let characters = 0;
  let wanted = 1e6;
  const mark = () => {
    for (const kind of kinds) kind.points.push([kind.count, kind.hashes.size * SAMPLED]);
  };
  for (const path of paths) {
    const stored = createReadStream(path);
    const input = path.endsWith('.gz') ? stored.pipe(createGunzip()) : stored;
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      for (const { 0: run } of runsOf(line)) {
        characters += run.length;
        for (const kind of kinds) {
          const length = kind.length || run.length;
          for (let at = 0; at + length <= run.length; at++) {
            kind.count++;
            const hash = hashOf(run, at, at + length);
            if (hash % SAMPLED === 0) kind.hashes.add(hash);
          }
        }
      }
      if (characters < wanted) continue;
      mark();
      wanted *= 2;
    }
  }
  mark();
  return Object.fromEntries(
    kinds.map(({ name, points }) => {
      const slopes = points.slice(1).map(([n, v], i) => Math.log(v / points[i][1]) / Math.log(n / points[i][0]));
      return [
        name,
        {
          different: points.at(-1)[1],
          of: points.at(-1)[0],
          exponents: slopes.map((slope) => slope.toFixed(2)).join(' '),
        },
      ];
    }),
  );
}

/** 52 bits: few enough to be a number, too many to meet by chance. */
function hashOf(text, start, end) {
  let [a, b] = [end - start, 0x9e3779b9];
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x85ebca6b) ^ (a >>> 15);
    b = Math.imul(b ^ unit, 0xc2b2ae35) ^ (b >>> 13);
  }
  a = Math.imul(a ^ (a >>> 16), 0x27d4eb2f);
  b = Math.imul(b ^ (b >>> 15), 0x165667b1);
  return ((a ^ (a >>> 13)) >>> 0) * 2 ** 20 + ((b ^ (b >>> 16)) >>> 12);
}
