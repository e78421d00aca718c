// Parses the regular expressions of tokenizer files: Oniguruma's syntax (tokenizers), or that of Rust's fancy-regex (tiktoken).
// What it cannot do exactly it refuses, naming the construct and its place: back references, recursion, conditions, \K, \X,
// properties other than general categories and East Asian scripts, letters beyond ASCII without regard to case. Syntax: Oniguruma's doc/RE (6.9.10),
// docs of fancy-regex 0.19 and regex 1.13.
import { categoryOf } from '../../core/unicode/categories.ts';
import { FormatError } from '../../errors.ts';
import {
  type CodePointSet,
  complementOf,
  digitSet,
  hexDigitSet,
  intersectionOf,
  onigurumaWordSet,
  rustWordSet,
  setOf,
  setOfCategory,
  setOfPosixBracket,
  setOfScript,
  spaceSet,
  unionOf,
  wordSet,
} from './code-point-set.ts';
import type { AssertionKind, RegexNode } from './syntax-tree.ts';

/** Whose rules a regular expression is written by. */
export type RegexSyntax = 'oniguruma' | 'rust';

/** What else parsing needs to know. */
export interface ParseRegexOptions {
  /** What the pattern belongs to, for messages. */
  readonly what: string;
  readonly syntax: RegexSyntax;
}

interface Modes {
  readonly ignoreCase: boolean;
  /** `.` takes line breaks: `(?m)` of Oniguruma, `(?s)` of Rust. */
  readonly dotAll: boolean;
}

/** Deepest nesting of groups and brackets. */
const MAX_DEPTH = 200;
/** Largest number in `{n,m}`: Oniguruma's own limit. */
const MAX_REPEAT = 100_000;
const LAST_CODE_POINT = 0x10ffff;
const LINE_FEED: CodePointSet = setOf([[0x0a, 0x0a]]);
const ANYTHING: CodePointSet = setOf([[0, LAST_CODE_POINT]]);

/** Letters that are one letter in Unicode's full case folding when they follow each other: ß, ﬁ, ﬀ … */
const LIGATURES: ReadonlySet<string> = new Set(['ss', 'ff', 'fi', 'fl', 'st']);

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
  a: 0x07,
  e: 0x1b,
};

/**
 * Parses a regular expression.
 *
 * @throws FormatError naming a construct that cannot be done exactly, or is none, and its place
 */
export function parseRegex(pattern: string, { what, syntax }: ParseRegexOptions): RegexNode {
  const isOniguruma = syntax === 'oniguruma';
  const signs = [...pattern];
  let at = 0;
  let depth = 0;

  function refuse(construct: string, place = at): never {
    const shown = pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern;
    throw new FormatError(
      `${what}: ${construct} at character ${place + 1} of the pattern ${shown} cannot be done exactly`,
      {
        hint: 'Write the pattern without it, or count with @huggingface/tokenizers, which reads patterns in its own way.',
      },
    );
  }

  const looksAt = (text: string): boolean => {
    for (let i = 0; i < text.length; i++) if (signs[at + i] !== text[i]) return false;
    return true;
  };
  const take = (text: string): boolean => {
    if (!looksAt(text)) return false;
    at += text.length;
    return true;
  };

  function parseAlternatives(outer: Modes): RegexNode {
    if (++depth > MAX_DEPTH) refuse(`nesting deeper than ${MAX_DEPTH}`);
    let modes = outer;
    const branches: RegexNode[] = [];
    let nodes: RegexNode[] = [];
    let literals: (string | undefined)[] = [];
    const endBranch = (): void => {
      if (modes.ignoreCase && isOniguruma) checkLigatures(literals);
      branches.push(nodes.length === 1 ? nodes[0]! : { type: 'sequence', nodes });
      nodes = [];
      literals = [];
    };
    while (at < signs.length && signs[at] !== ')') {
      if (take('|')) {
        endBranch();
        continue;
      }
      const start = at;
      const changed = parseModeSwitch(modes);
      if (changed !== undefined) {
        if (isOniguruma) {
          // What follows, alternatives and all, is as if in a group: a(?i)b|c is a(?i:b|c).
          nodes.push(parseAlternatives(changed));
          break;
        }
        modes = changed;
        continue;
      }
      const node = parseAtom(modes);
      if (node === undefined) continue;
      const literal = literalOf(start);
      const repeated = parseQuantifiers(node);
      nodes.push(repeated);
      literals.push(repeated === node ? literal : undefined);
    }
    endBranch();
    depth--;
    return branches.length === 1 ? branches[0]! : { type: 'alternatives', nodes: branches };
  }

  /** The character that was parsed from `start` on, when it stands for itself. */
  function literalOf(start: number): string | undefined {
    return at === start + 1 ? signs[start]!.toLowerCase() : undefined;
  }

  function checkLigatures(literals: readonly (string | undefined)[]): void {
    for (let i = 1; i < literals.length; i++) {
      const pair = `${literals[i - 1]}${literals[i]}`;
      if (LIGATURES.has(pair)) refuse(`the letters "${pair}" without regard to case (a ligature may match them)`);
    }
  }

  /** `(?i)` and its like, which hold up to the end of the group; `undefined` for anything else. */
  function parseModeSwitch(modes: Modes): Modes | undefined {
    if (!looksAt('(?')) return undefined;
    let end = at + 2;
    while (/^[a-zA-Z-]$/.test(signs[end] ?? '')) end++;
    if (signs[end] !== ')' || end === at + 2) return undefined;
    const changed = changeModes(modes, signs.slice(at + 2, end).join(''));
    at = end + 1;
    return changed;
  }

  function changeModes(modes: Modes, letters: string): Modes {
    let result = modes;
    let on = true;
    for (const letter of letters) {
      if (letter === '-') on = false;
      else if (letter === 'i') result = { ...result, ignoreCase: on };
      else if (letter === (isOniguruma ? 'm' : 's')) result = { ...result, dotAll: on };
      else refuse(`the mode "${letter}"`);
    }
    return result;
  }

  /** One part without its quantifier; `undefined` for a comment. */
  function parseAtom(modes: Modes): RegexNode | undefined {
    const start = at;
    const sign = signs[at++]!;
    switch (sign) {
      case '(':
        return parseGroup(modes);
      case '[':
        return { type: 'set', set: parseBrackets(modes) };
      case '.':
        return { type: 'set', set: modes.dotAll ? ANYTHING : complementOf(LINE_FEED) };
      case '^':
        return { type: 'assertion', kind: isOniguruma ? 'line-start' : 'text-start' };
      case '$':
        return { type: 'assertion', kind: isOniguruma ? 'line-end' : 'text-end' };
      case '\\':
        return parseEscape(modes);
      case '*':
      case '+':
      case '?':
        return refuse(`"${sign}" with nothing to repeat`, start);
      case '{':
        if (!isOniguruma) refuse('"{"', start);
    }
    return setNode(literalSet(sign.codePointAt(0)!, modes));
  }

  function setNode(set: CodePointSet): RegexNode {
    return { type: 'set', set };
  }

  function parseGroup(modes: Modes): RegexNode | undefined {
    const start = at - 1;
    const close = (node: RegexNode): RegexNode => {
      if (!take(')')) refuse('a group that is not closed', start);
      return node;
    };
    const inner = (innerModes = modes): RegexNode => close(parseAlternatives(innerModes));
    if (!take('?')) return looksAt('*') ? refuse('a callout', start) : inner();
    if (take('#')) {
      while (at < signs.length && signs[at] !== ')') at++;
      if (!take(')')) refuse('a comment that is not closed', start);
      return undefined;
    }
    if (take(':')) return inner();
    if (take('>')) return { type: 'atomic', node: inner() };
    if (take('=')) return { type: 'look', node: inner(), behind: false, negative: false };
    if (take('!')) return { type: 'look', node: inner(), behind: false, negative: true };
    if (take('<=')) return { type: 'look', node: inner(), behind: true, negative: false };
    if (take('<!')) return { type: 'look', node: inner(), behind: true, negative: true };
    if (looksAt('<') || looksAt('P<')) {
      while (at < signs.length && signs[at] !== '>') at++;
      if (!take('>')) refuse('a name that is not closed', start);
      return inner();
    }
    let letters = '';
    while (/^[a-zA-Z-]$/.test(signs[at] ?? '')) letters += signs[at++];
    if (letters === '' || !take(':')) refuse(`the group "(?${letters}${signs[at] ?? ''}"`, start);
    return inner(changeModes(modes, letters));
  }

  function parseEscape(modes: Modes): RegexNode {
    const start = at - 1;
    const sign = signs[at];
    if (sign === undefined) refuse('a backslash at the end', start);
    const kind = assertionOf(sign);
    if (kind !== undefined) {
      at++;
      if (kind === 'search-start' && !isOniguruma) refuse('\\G', start);
      return { type: 'assertion', kind };
    }
    if (isOniguruma && take('R')) {
      const crlf: RegexNode = { type: 'sequence', nodes: [setNode(setOf([[0x0d, 0x0d]])), setNode(LINE_FEED)] };
      const one = setNode(
        setOf([
          [0x0a, 0x0d],
          [0x85, 0x85],
          [0x2028, 0x2029],
        ]),
      );
      return { type: 'atomic', node: { type: 'alternatives', nodes: [crlf, one] } };
    }
    if (isOniguruma && take('N')) return setNode(complementOf(LINE_FEED));
    if (isOniguruma && take('O')) return setNode(ANYTHING);
    if (isOniguruma && (sign === 'w' || sign === 'W')) {
      at++;
      checkNoCase(modes, `\\${sign}`, start);
      return setNode(sign === 'w' ? onigurumaWordSet() : complementOf(onigurumaWordSet()));
    }
    return setNode(parseSetEscape(modes, start));
  }

  function assertionOf(sign: string): AssertionKind | undefined {
    switch (sign) {
      case 'A':
        return 'text-start';
      case 'z':
        return 'text-end';
      case 'Z':
        return 'text-end-or-last-break';
      case 'b':
        return 'word-boundary';
      case 'B':
        return 'no-word-boundary';
      case 'G':
        return 'search-start';
      default:
        return undefined;
    }
  }

  /** An escape that stands for one character out of a set, in brackets or outside; `at` is behind the backslash. */
  function parseSetEscape(modes: Modes, start: number): CodePointSet {
    const sign = signs[at]!;
    const negated = (set: CodePointSet, isNegated: boolean): CodePointSet => (isNegated ? complementOf(set) : set);
    const isUpper = sign !== sign.toLowerCase();
    switch (sign.toLowerCase()) {
      case 's':
        at++;
        return negated(spaceSet(), isUpper);
      case 'd':
        at++;
        return negated(digitSet(), isUpper);
      case 'h':
        at++;
        return negated(hexDigitSet(), isUpper);
      case 'w':
        at++;
        checkNoCase(modes, `\\${sign}`, start);
        return negated(isOniguruma ? wordSet() : rustWordSet(), isUpper);
      case 'p':
        at++;
        return parseProperty(modes, isUpper, start);
    }
    const codePoint = parseCodePointEscape(start);
    return literalSet(codePoint, modes);
  }

  function parseProperty(modes: Modes, isNegated: boolean, start: number): CodePointSet {
    let name: string;
    if (take('{')) {
      const end = signs.indexOf('}', at);
      if (end < 0) refuse('a property that is not closed', start);
      name = signs.slice(at, end).join('');
      at = end + 1;
    } else if (isOniguruma) return refuse('\\p without braces', start);
    else name = signs[at++] ?? '';
    const isOutside = name.startsWith('^');
    const plain = isOutside ? name.slice(1) : name;
    const set =
      setOfCategory(plain) ??
      setOfScript(plain) ??
      setOfCategory(LONG_NAMES[plain.replaceAll(/[ _-]/g, '').toLowerCase()] ?? '');
    if (set === undefined) return refuse(`the property \\p{${name}}`, start);
    checkNoCase(modes, `\\p{${name}}`, start);
    return isNegated !== isOutside ? complementOf(set) : set;
  }

  function checkNoCase(modes: Modes, construct: string, start: number): void {
    if (modes.ignoreCase) refuse(`${construct} without regard to case`, start);
  }

  /** The code point of an escape such as `\n`, `\x41` or `\.`; `at` is behind the backslash. */
  function parseCodePointEscape(start: number): number {
    const sign = signs[at++]!;
    const simple = SIMPLE_ESCAPES[sign];
    if (simple !== undefined && (isOniguruma || sign !== 'e')) return simple;
    const hex = (digits: RegExp): number => {
      const text = digits.exec(signs.slice(at, at + 12).join(''))?.[0];
      if (text === undefined) refuse(`\\${sign}`, start);
      at += text.length;
      const codePoint = Number.parseInt(text.replaceAll(/[{}]/g, ''), 16);
      if (codePoint > LAST_CODE_POINT || (codePoint >= 0xd800 && codePoint < 0xe000)) refuse(`\\${sign}${text}`, start);
      return codePoint;
    };
    if (sign === 'x') {
      const isBraced = signs[at] === '{';
      const codePoint = hex(isBraced ? /^\{[0-9a-fA-F]{1,8}\}/ : isOniguruma ? /^[0-9a-fA-F]{1,2}/ : /^[0-9a-fA-F]{2}/);
      if (isOniguruma && !isBraced && codePoint > 0x7f) refuse('a byte above 7F', start);
      return codePoint;
    }
    if (sign === 'u') return hex(isOniguruma || signs[at] !== '{' ? /^[0-9a-fA-F]{4}/ : /^\{[0-9a-fA-F]{1,8}\}/);
    // Signs that are no letter and no digit stand for themselves; whatever else has a meaning that is not done here.
    if (/^[0-9a-zA-Z]$/.test(sign)) refuse(`\\${sign}`, start);
    return sign.codePointAt(0)!;
  }

  function literalSet(codePoint: number, modes: Modes): CodePointSet {
    return rangeSet(codePoint, codePoint, modes);
  }

  function rangeSet(first: number, last: number, modes: Modes): CodePointSet {
    const range = setOf([[first, last]]);
    if (!modes.ignoreCase) return range;
    const others: [number, number][] = [];
    for (let codePoint = first; codePoint <= last; codePoint++) {
      if (codePoint < 0x80) {
        const sign = String.fromCharCode(codePoint);
        for (const other of [sign.toLowerCase(), sign.toUpperCase()]) {
          others.push([other.charCodeAt(0), other.charCodeAt(0)]);
        }
        // The two letters beyond ASCII that fold to one of ASCII.
        if (sign.toLowerCase() === 's') others.push([0x17f, 0x17f]);
        if (sign.toLowerCase() === 'k') others.push([0x212a, 0x212a]);
      } else if (hasCase(codePoint)) {
        refuse(`"${String.fromCodePoint(codePoint)}" without regard to case`);
      }
    }
    return unionOf([range, setOf(others)]);
  }

  function parseBrackets(modes: Modes): CodePointSet {
    const start = at - 1;
    if (++depth > MAX_DEPTH) refuse(`nesting deeper than ${MAX_DEPTH}`);
    const isNegated = take('^');
    const parts: CodePointSet[] = [];
    let whole: CodePointSet | undefined;
    let isFirst = true;
    const intersect = (): void => {
      const part = unionOf(parts.splice(0));
      whole = whole === undefined ? part : intersectionOf(whole, part);
    };
    for (;;) {
      if (at >= signs.length) refuse('a bracket that is not closed', start);
      if (signs[at] === ']' && !isFirst) {
        at++;
        break;
      }
      isFirst = false;
      if (take('&&')) {
        intersect();
        continue;
      }
      if (looksAt('[:') && /^\[:\^?[a-z]+:\]/.test(signs.slice(at, at + 12).join(''))) {
        parts.push(parsePosix(modes));
        continue;
      }
      if (take('[')) {
        parts.push(parseBrackets(modes));
        continue;
      }
      if (!isOniguruma && (looksAt('--') || looksAt('~~'))) refuse(`"${signs[at]}${signs[at]}" in brackets`);
      parts.push(parseBracketItem(modes));
    }
    intersect();
    depth--;
    return isNegated ? complementOf(whole!) : whole!;
  }

  function parsePosix(modes: Modes): CodePointSet {
    const start = at;
    at += 2;
    const isNegated = take('^');
    const end = signs.indexOf(':', at);
    const name = signs.slice(at, end).join('');
    at = end + 2;
    // Rust's are ASCII only.
    const set = isOniguruma ? setOfPosixBracket(name) : undefined;
    if (set === undefined) return refuse(`[:${name}:]`, start);
    if (name === 'word') checkNoCase(modes, '[:word:]', start);
    return isNegated ? complementOf(set) : set;
  }

  /** A character, a range or an escape in brackets. */
  function parseBracketItem(modes: Modes): CodePointSet {
    const start = at;
    const first = parseBracketEnd(modes);
    const hasRange = signs[at] === '-' && signs[at + 1] !== ']' && signs[at + 1] !== undefined;
    if (!hasRange) return typeof first === 'number' ? literalSet(first, modes) : first;
    if (typeof first !== 'number' || looksAt('-[') || looksAt('-&&')) refuse('"-" behind a set', start);
    at++;
    const last = parseBracketEnd(modes);
    if (typeof last !== 'number') return refuse('a range that ends in a set', start);
    if (last < first) refuse('a range from high to low', start);
    return rangeSet(first, last, modes);
  }

  /** One end of a range as its code point, or a set. */
  function parseBracketEnd(modes: Modes): number | CodePointSet {
    const start = at;
    const sign = signs[at++]!;
    if (sign !== '\\') return sign.codePointAt(0)!;
    const escaped = signs[at];
    if (escaped === undefined) refuse('a backslash at the end', start);
    if (escaped === 'b' && isOniguruma) {
      at++;
      return 0x08;
    }
    if ('sSdDhHwWpP'.includes(escaped)) return parseSetEscape(modes, start);
    return parseCodePointEscape(start);
  }

  function parseQuantifiers(atom: RegexNode): RegexNode {
    let node = atom;
    for (;;) {
      const start = at;
      const range = parseQuantifier();
      if (range === undefined) return node;
      if (node.type === 'assertion') refuse('the repetition of a position', start);
      const [min, max, isInterval] = range;
      const canBePossessive = !isInterval || !isOniguruma;
      if (isInterval && isOniguruma && min === max && take('?')) {
        // In Oniguruma a{n}? is (?:a{n})?.
        node = {
          type: 'repeat',
          node: { type: 'repeat', node, min, max, greed: 'greedy' },
          min: 0,
          max: 1,
          greed: 'greedy',
        };
        continue;
      }
      const greed = take('?') ? 'lazy' : canBePossessive && take('+') ? 'possessive' : 'greedy';
      node = { type: 'repeat', node, min, max, greed };
    }
  }

  function parseQuantifier(): readonly [min: number, max: number, isInterval: boolean] | undefined {
    if (take('?')) return [0, 1, false];
    if (take('*')) return [0, Number.POSITIVE_INFINITY, false];
    if (take('+')) return [1, Number.POSITIVE_INFINITY, false];
    if (!looksAt('{')) return undefined;
    const match = /^\{(\d*)(,?)(\d*)\}/.exec(signs.slice(at, at + 24).join(''));
    if (match === null || (match[1] === '' && (match[3] === '' || !isOniguruma))) return undefined;
    const start = at;
    const min = Number(match[1]);
    const max = match[2] === '' ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY)) refuse(match[0], start);
    if (max < min) refuse(`${match[0]}, from high to low`, start);
    at += match[0].length;
    return [min, max, true];
  }

  const node = parseAlternatives({ ignoreCase: false, dotAll: false });
  if (at < signs.length) refuse('")" without "("');
  return node;
}

function hasCase(codePoint: number): boolean {
  const text = String.fromCodePoint(codePoint);
  const isLetterWithCase = [1, 2, 3].includes(categoryOf(codePoint));
  return isLetterWithCase || codePoint === 0x345 || text.toLowerCase() !== text || text.toUpperCase() !== text;
}

/** The long names of general categories that people write, without spaces and in small letters. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  letter: 'L',
  uppercaseletter: 'Lu',
  lowercaseletter: 'Ll',
  titlecaseletter: 'Lt',
  modifierletter: 'Lm',
  otherletter: 'Lo',
  mark: 'M',
  number: 'N',
  decimalnumber: 'Nd',
  punctuation: 'P',
  symbol: 'S',
  separator: 'Z',
};
