// The text that the shipped Chinese pieces are learnt from, as sources: a folder of zh-*.txt.gz, each cut to the same size,
// and one source more of their contemporary lines in the characters of Taiwan. What a site repeats (disclaimers, the sentences
// of its stock market robot) is left out beyond its first times. Lines are chosen by a hash of their text.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Converter } from 'opencc-js/cn2t';

/** Bytes of each source at most: beyond, a source says little that is new. */
const MOST_BYTES = 8_000_000;
/** Written in the plain language of today; every so many-th line is learnt from in traditional characters as well. */
const CONTEMPORARY = /^zh-(wiki|medical|news|novel|tech|dialog|hot|newsweb|finnews|exam|finance)$/;
const TRADITIONAL_STEP = 97;
/** A clause of at least so many Han characters counts so often in a source, whatever its digits are. */
const CLAUSE_CHARACTERS = 6;
const MOST_REPEATS = 3;
/** What news and stock market sites put under everything, in ever other words. */
const BOILERPLATE =
  /转载|注明来源|及时性|投资有风险|需谨慎|责任编辑|原创文章|本站立场|证券之星|算法生成|据此操作|占总成交额|资金净|授权|更多精彩|经济网/;
/** Nothing joins with a letter, so the clauses beside one that is left out do not meet. */
const PLACEHOLDER = 'A';
/** One line in so many is for validation, up to so many UTF-16 units of a source. */
const VALIDATION_STEP = 20;
const VALIDATION_UNITS = 100_000;

/** No source is more than this share of the text. */
export const MOST_SHARE = 0.063;
/** How much pieces and segments gain by being frequent in every source: see `extend --evenness`. */
export const EVENNESS = 0.2;

/** What each source counts, once all are brought to one size: as make-llama2-zh.mjs --choose found them. */
export const WEIGHTS = {
  'zh-classical': 0.9,
  'zh-dialog': 1.33,
  'zh-exam': 1.41,
  'zh-finance': 1.3,
  'zh-finnews': 1.91,
  'zh-hant': 0.5,
  'zh-history': 0.78,
  'zh-hot': 1.84,
  'zh-law': 0.44,
  'zh-medical': 0.44,
  'zh-news': 0.84,
  'zh-newsweb': 1.34,
  'zh-novel': 0.86,
  'zh-tech': 0.84,
  'zh-tw': 1.21,
  'zh-wiki': 1.78,
};

/** The sources of the folder: their lines, and of those the ones that validation sets aside. */
export function readSources(folder) {
  const sources = [];
  const traditional = [];
  const convert = Converter({ from: 'cn', to: 'tw' });
  for (const file of readdirSync(folder).sort()) {
    const name = /^(zh-\w+)\.txt\.gz$/.exec(file)?.[1];
    if (name === undefined) continue;
    const all = withoutRepeats(
      gunzipSync(readFileSync(join(folder, file)))
        .toString()
        .split('\n'),
    );
    const bytes = all.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    const kept = Math.min(1, MOST_BYTES / bytes) * 10_000;
    sources.push({ name, ...split(all, (hash) => (hash >>> 8) % 10_000 < kept) });
    if (!CONTEMPORARY.test(name)) continue;
    for (const line of all) if (hashOf(line) % TRADITIONAL_STEP === 3) traditional.push(convert(line));
  }
  sources.push({ name: 'zh-tw', ...split(traditional, () => true) });
  return sources;
}

/** The lines with PLACEHOLDER for each clause that is boilerplate, or that its source has had too often. */
function withoutRepeats(lines) {
  const counts = new Map();
  const isRepeated = (clause) => {
    if (BOILERPLATE.test(clause)) return true;
    const key = clause.replace(/[^\p{Script=Han}]/gu, '');
    if (key.length < CLAUSE_CHARACTERS) return false;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count > MOST_REPEATS;
  };
  return lines
    .filter((line) => line !== '')
    .map((line) =>
      line
        .split(/(?<=[，。！？；：、,;:])/)
        .map((clause) => (isRepeated(clause) ? PLACEHOLDER : clause))
        .join(''),
    );
}

function split(lines, isKept) {
  const train = [];
  const validation = [];
  let units = 0;
  for (const line of lines) {
    const hash = hashOf(line);
    if (hash % VALIDATION_STEP === 7) {
      if (units < VALIDATION_UNITS) validation.push(line);
      units += line.length;
    } else if (isKept(hash)) train.push(line);
  }
  return { train, validation };
}

/** 32 bits of a line (FNV-1a over its UTF-16 units, then mixed). */
function hashOf(line) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
