// SentencePiece's named normalization rules: nfkc, nmt_nfkc (with the whitespace and control characters of neural
// machine translation), and both with case folding (_cf). They are derived here from Unicode's data, not copied.
// Frozen at Unicode 17.0.0 whatever the runtime knows: see normalization-rules-table.ts.
// Semantics: https://github.com/google/sentencepiece/blob/master/doc/normalization.md and src/builder.cc (0.2.2).
import { OptionError } from '../../errors.ts';
import { codePointLength } from '../unicode/utf8.ts';
import { buildCharsmap } from './charsmap-builder.ts';
import {
  CASE_FOLDING_RUNS,
  DECOMPOSING_RUNS,
  YOUNGER_COMPATIBILITY_RUNS,
  YOUNGER_COMPOSITIONS,
} from './normalization-rules-table.ts';

/** The names that `normalization_rule_name` takes. */
export const NORMALIZATION_RULE_NAMES = ['identity', 'nfkc', 'nmt_nfkc', 'nfkc_cf', 'nmt_nfkc_cf'] as const;

/** One of {@link NORMALIZATION_RULE_NAMES}. */
export type NormalizationRuleName = (typeof NORMALIZATION_RULE_NAMES)[number];

/** Rules under construction: source text to replacement. */
type Rules = Map<string, string>;

/**
 * Builds the precompiled charsmap of a named rule set, byte for byte the one SentencePiece 0.2.2 writes into a model.
 * It takes about half a second; the result is some 240 kB, empty for `identity`.
 *
 * @throws OptionError for another name
 * @example
 * ```ts
 * parseCharsmapRules(buildNormalizationCharsmap('nmt_nfkc')).get('：'); // ':'
 * ```
 */
export function buildNormalizationCharsmap(name: NormalizationRuleName): Uint8Array<ArrayBuffer> {
  return name === 'identity' ? new Uint8Array(0) : buildCharsmap(buildNormalizationRules(name));
}

/**
 * Builds the rules of a named set, source text to replacement; none for `identity`.
 *
 * @throws OptionError for another name
 */
export function buildNormalizationRules(name: NormalizationRuleName): Map<string, string> {
  if (!NORMALIZATION_RULE_NAMES.includes(name)) {
    throw new OptionError(`normalization rule: ${JSON.stringify(name)} is unknown`, {
      hint: `The names are: ${NORMALIZATION_RULE_NAMES.join(', ')}.`,
    });
  }
  if (name === 'identity') return new Map();
  const rules = buildNfkcRules();
  if (name.startsWith('nmt_')) dropRedundant(rules, addNmtRules(rules));
  return name.endsWith('_cf') ? withCaseFolding(rules) : rules;
}

// A rule for each character that NFKC changes, and one for each sequence that NFKC composes - in every spelling, so
// that "half-width katakana + voiced mark" is one step too. Normalizing is then longest match, without decomposing.
function buildNfkcRules(): Rules {
  const rules: Rules = new Map();
  // Characters that decompose into one character, by that one.
  const spellings = new Map<string, string[]>();
  // Decompositions into several characters that compose, at least in part, and their NFKC.
  const compositions = new Map<string, string>();
  forEachDecomposition((character, nfkd, nfkc) => {
    if (nfkc !== character) rules.set(character, nfkc);
    if (codePointLength(nfkd) === 1) {
      const known = spellings.get(nfkd);
      if (known) known.push(character);
      else spellings.set(nfkd, [character]);
    } else if (nfkc !== nfkd) compositions.set(nfkd, nfkc);
  });
  for (const [nfkd, nfkc] of compositions) {
    for (const sequence of spellingsOf(nfkd, spellings)) if (sequence !== nfkc) rules.set(sequence, nfkc);
  }
  dropRedundant(rules);
  return rules;
}

/** Every text that results from exchanging characters of `nfkd` for others that decompose into them. */
function spellingsOf(nfkd: string, spellings: ReadonlyMap<string, readonly string[]>): string[] {
  let texts = [''];
  for (const character of nfkd) {
    const choices = [character, ...(spellings.get(character) ?? [])];
    texts = texts.flatMap((text) => choices.map((choice) => text + choice));
  }
  return texts;
}

function forEachDecomposition(visit: (character: string, nfkd: string, nfkc: string) => void): void {
  let codePoint = 0;
  for (const [, gap, length] of DECOMPOSING_RUNS.matchAll(/([0-9a-z]+)(?::([0-9a-z]+))?/g)) {
    codePoint += parse36(gap!);
    for (const end = codePoint + parse36(length ?? '1'); codePoint < end; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      visit(character, character.normalize('NFKD'), character.normalize('NFKC'));
    }
  }
  for (const [first, images] of YOUNGER_COMPATIBILITY_RUNS) {
    let younger = first;
    for (const image of images) visit(String.fromCodePoint(younger++), image, image);
  }
  for (const [younger, ...sequence] of YOUNGER_COMPOSITIONS) {
    const character = String.fromCodePoint(younger);
    visit(character, String.fromCodePoint(...sequence), character);
  }
}

// Drops each longer rule that the shorter ones make needless. Order matters: lengths ascend, as in the reference. Where this
// was done before and then only rules of `touched` characters changed, the others are as needed as they were.
function dropRedundant(rules: Rules, touched?: ReadonlySet<string>): void {
  const byLength: string[][] = [];
  for (const source of rules.keys()) {
    if (codePointLength(source) === 1 || (touched !== undefined && !hasOneOf(source, touched))) continue;
    const length = codePointLength(source);
    byLength[length] ??= [];
    byLength[length].push(source);
  }
  byLength.forEach((sources, length) => {
    for (const source of sources) {
      if (applyRules(rules, source, length - 1) === rules.get(source)) rules.delete(source);
    }
  });
}

/** Normalizes by the longest rule at each place, looking at rules of up to `maxLength` characters. */
function applyRules(rules: Rules, text: string, maxLength: number): string {
  let result = '';
  for (let at = 0; at < text.length; ) {
    let end = at;
    for (let length = 0; length < maxLength && end < text.length; length++) end = nextCharacter(text, end);
    const first = nextCharacter(text, at);
    let replacement = rules.get(text.slice(at, end));
    while (replacement === undefined && end > first) {
      end = previousCharacter(text, end);
      replacement = rules.get(text.slice(at, end));
    }
    result += replacement ?? text.slice(at, end);
    at = end;
  }
  return result;
}

function nextCharacter(text: string, at: number): number {
  return at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
}

function previousCharacter(text: string, at: number): number {
  return at - (at > 1 && text.codePointAt(at - 2)! > 0xffff ? 2 : 1);
}

function hasOneOf(text: string, characters: ReadonlySet<string>): boolean {
  for (const character of text) if (characters.has(character)) return true;
  return false;
}

// What counts as a space, and what disappears, in text for machine translation. Of the control characters U+0080 to
// U+009F the reference deletes only two. U+FF5E stays: Japanese uses the full-width tilde in its own way. Gives the characters
// whose rules are others now.
function addNmtRules(rules: Rules): Set<string> {
  const spaces = [
    0x09, 0x0a, 0x0c, 0x0d, 0x1680, 0x200b, 0x200c, 0x200e, 0x200f, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd,
  ];
  const touched = new Set(['\uff5e']);
  const set = (codePoint: number, replacement: string): void => {
    const character = String.fromCodePoint(codePoint);
    rules.set(character, replacement);
    touched.add(character);
  };
  for (const codePoint of spaces) set(codePoint, ' ');
  for (const codePoint of [...Array(0x1f).keys()].map((i) => i + 1).concat(0x7f, 0x8f, 0x9f)) {
    if (!spaces.includes(codePoint)) set(codePoint, '');
  }
  rules.delete('\uff5e');
  return touched;
}

// Folds what the rules give, and adds a rule for each character that they leave alone and that has another case.
function withCaseFolding(rules: Rules): Rules {
  const foldings = readCaseFoldings();
  const folded: Rules = new Map();
  for (const [source, replacement] of rules) {
    let text = '';
    for (const character of replacement) text += foldings.get(character) ?? character;
    folded.set(source, text);
  }
  for (const [character, image] of foldings) if (!folded.has(character)) folded.set(character, image);
  dropRedundant(folded);
  return folded;
}

function readCaseFoldings(): Map<string, string> {
  const foldings = new Map<string, string>();
  let codePoint = 0;
  const runs = CASE_FOLDING_RUNS.matchAll(/([0-9a-z]+)(?::([0-9a-z]+)(\*?))?([+-][0-9a-z]+)/g);
  for (const [, gap, count, everySecond, distance] of runs) {
    const step = everySecond === '*' ? 2 : 1;
    codePoint += parse36(gap!);
    for (let left = parse36(count ?? '1'); left > 0; left--) {
      foldings.set(String.fromCodePoint(codePoint), String.fromCodePoint(codePoint + parse36(distance!)));
      codePoint += left > 1 ? step : 1;
    }
  }
  return foldings;
}

function parse36(digits: string): number {
  return Number.parseInt(digits, 36);
}
