// Parses the regular expressions of tokenizer files: Oniguruma's syntax (tokenizers), or that of Rust's fancy-regex (tiktoken).
// What it cannot do exactly it refuses, naming the construct and its place: back references, recursion, conditions, \K, \X.
// Sets of characters, in brackets and as escapes, are parse-set.ts' business.
// Syntax: Oniguruma's doc/RE (6.9.10), docs of fancy-regex 0.19 and regex 1.13.
import { type CodePointSet, complementOf, onigurumaWordSet, setOf } from './code-point-set.ts';
import { createSetParser } from './parse-set.ts';
import { createPatternCursor, type Modes, type ParseRegexOptions, type PatternCursor } from './pattern-cursor.ts';
import type { AssertionKind, RegexNode } from './syntax-tree.ts';

/** Largest number in `{n,m}`: Oniguruma's own limit. */
const MAX_REPEAT = 100_000;
const LINE_FEED: CodePointSet = setOf([[0x0a, 0x0a]]);
const ANYTHING: CodePointSet = setOf([[0, 0x10ffff]]);

/** Letters that are one letter in Unicode's full case folding when they follow each other: ß, ﬁ, ﬀ … */
const LIGATURES: ReadonlySet<string> = new Set(['ss', 'ff', 'fi', 'fl', 'st']);

/**
 * Parses a regular expression.
 *
 * @throws FormatError naming a construct that cannot be done exactly, or is none, and its place
 */
export function parseRegex(pattern: string, options: ParseRegexOptions): RegexNode {
  const cursor = createPatternCursor(pattern, options);
  const { signs, isOniguruma, looksAt, take } = cursor;
  const refuse: PatternCursor['refuse'] = cursor.refuse;
  const { parseBrackets, parseSetEscape, literalSet, checkNoCase } = createSetParser(cursor);

  function parseAlternatives(outer: Modes): RegexNode {
    cursor.enter();
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
    while (cursor.at < signs.length && signs[cursor.at] !== ')') {
      if (take('|')) {
        endBranch();
        continue;
      }
      const start = cursor.at;
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
    cursor.leave();
    return branches.length === 1 ? branches[0]! : { type: 'alternatives', nodes: branches };
  }

  /** The character that was parsed from `start` on, when it stands for itself. */
  function literalOf(start: number): string | undefined {
    return cursor.at === start + 1 ? signs[start]!.toLowerCase() : undefined;
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
    let end = cursor.at + 2;
    while (/^[a-zA-Z-]$/.test(signs[end] ?? '')) end++;
    if (signs[end] !== ')' || end === cursor.at + 2) return undefined;
    const changed = changeModes(modes, signs.slice(cursor.at + 2, end).join(''));
    cursor.at = end + 1;
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
    const start = cursor.at;
    const sign = signs[cursor.at++]!;
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
    const start = cursor.at - 1;
    const close = (node: RegexNode): RegexNode => {
      if (!take(')')) refuse('a group that is not closed', start);
      return node;
    };
    const inner = (innerModes = modes): RegexNode => close(parseAlternatives(innerModes));
    if (!take('?')) return looksAt('*') ? refuse('a callout', start) : inner();
    if (take('#')) {
      while (cursor.at < signs.length && signs[cursor.at] !== ')') cursor.at++;
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
      while (cursor.at < signs.length && signs[cursor.at] !== '>') cursor.at++;
      if (!take('>')) refuse('a name that is not closed', start);
      return inner();
    }
    let letters = '';
    while (/^[a-zA-Z-]$/.test(signs[cursor.at] ?? '')) letters += signs[cursor.at++];
    if (letters === '' || !take(':')) refuse(`the group "(?${letters}${signs[cursor.at] ?? ''}"`, start);
    return inner(changeModes(modes, letters));
  }

  function parseEscape(modes: Modes): RegexNode {
    const start = cursor.at - 1;
    const sign = signs[cursor.at];
    if (sign === undefined) refuse('a backslash at the end', start);
    const kind = assertionOf(sign);
    if (kind !== undefined) {
      cursor.at++;
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
      cursor.at++;
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

  function parseQuantifiers(atom: RegexNode): RegexNode {
    let node = atom;
    for (;;) {
      const start = cursor.at;
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
    const match = /^\{(\d*)(,?)(\d*)\}/.exec(signs.slice(cursor.at, cursor.at + 24).join(''));
    if (match === null || (match[1] === '' && (match[3] === '' || !isOniguruma))) return undefined;
    const start = cursor.at;
    const min = Number(match[1]);
    const max = match[2] === '' ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY)) refuse(match[0], start);
    if (max < min) refuse(`${match[0]}, from high to low`, start);
    cursor.at += match[0].length;
    return [min, max, true];
  }

  const node = parseAlternatives({ ignoreCase: false, dotAll: false });
  if (cursor.at < signs.length) refuse('")" without "("');
  return node;
}
